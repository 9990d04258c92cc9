//! Charts in classic repositories: an archive, and perhaps a signature file beside it.

use std::io::Read as _;
use std::path::Path;

use super::super::prepare::{Destination, stage, stage_bytes};
use super::super::{BlobReport, Error, Kept, identity, transfer};
use super::choose::Entry;
use super::{Fetched, Pull};
use crate::chart::archive::MAX_STREAM_BYTES;
use crate::chart::provenance;
use crate::digest::Algorithm;
use crate::error::{Classified as _, Kind};
use crate::name::{Reference, Repository, SpaceName};
use crate::remote::{Download, Url};
use crate::storage::Staged;
use crate::store::ChartFacts;

impl Pull<'_> {
    /// Fetches the archive of an entry, from the first of its addresses that gives it.
    pub(super) fn fetch_entry(&self, entry: &Entry) -> Result<Fetched, Error> {
        if let Some(chart) = self.kept_entry(entry)? {
            let source = entry.urls.first().map_or(entry.to_string(), Url::to_string);
            return Ok(Fetched::same(source, chart));
        }
        let mut failed = None;
        for url in &entry.urls {
            match self.fetch_from(entry, url) {
                Ok(fetched) => return Ok(fetched),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Err(failed.unwrap_or_else(|| {
            let reason = "it has no address".to_owned();
            transfer::Error::IndexEntry { entry: entry.to_string(), reason }.into()
        }))
    }

    fn fetch_from(&self, entry: &Entry, url: &Url) -> Result<Fetched, Error> {
        let mut download = self.download(entry, url, MAX_STREAM_BYTES)?;
        let (content, outline) = self.stage_archive(&mut download, Algorithm::Sha256, url)?;
        let actual = content.blob().digest();
        if let Some(expected) = entry.digest.filter(|expected| *expected != actual) {
            let (expected, actual) = (Box::new(expected), Box::new(actual));
            let url = url.to_string();
            return Err(transfer::Error::IndexDigest { url, expected, actual }.into());
        }
        let outline = outline?;
        let (name, version) = identity::of(&outline.metadata)?;
        if name != entry.name || version != entry.version {
            let (chart, entry) = (format!("{name} {version}"), entry.to_string());
            let url = url.to_string();
            return Err(transfer::Error::IndexDisagrees { url, chart, entry }.into());
        }
        let signature = self.fetch_signature(entry, url)?;
        let vouched = self.check_signature(&name, &version, &content, signature.as_ref())?;
        let destination = Destination::Space(self.space());
        let source = url.to_string();
        let path = Path::new(&source);
        let metadata = &outline.metadata;
        let mut prepared =
            stage(self.store, self.writer, path, metadata, &destination, content, signature)?;
        prepared.warnings.extend(vouched.warning);
        if entry.digest.is_none() {
            let warning = format!("{source}: the index has no digest to hold it against");
            prepared.warnings.push(warning);
        }
        Ok(Fetched::new(source, prepared, vouched.signers))
    }

    fn download(&self, entry: &Entry, url: &Url, limit: u64) -> Result<Download, Error> {
        let download = self.client.download(&entry.repository, url, limit);
        Ok(download.map_err(transfer::Error::from)?)
    }

    /// Fetches the signature file beside an archive, if it is wanted and there.
    fn fetch_signature(&self, entry: &Entry, url: &Url) -> Result<Option<Staged>, Error> {
        if !self.options.provenance && self.options.keyring.is_none() {
            return Ok(None);
        }
        let limit = provenance::MAX_BYTES as u64;
        let beside = entry.repository.provenance(url).map_err(transfer::Error::from)?;
        let mut reader = match self.client.download(&entry.repository, &beside, limit) {
            Ok(reader) => reader,
            Err(error) if error.kind() == Kind::NotFound => return Ok(None),
            Err(error) => return Err(transfer::Error::from(error).into()),
        };
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(transfer::Error::broken)?;
        Ok(Some(stage_bytes(self.writer, &bytes)?))
    }

    /// Describes a chart that is in the store with the very archive that the index lists.
    fn kept_entry(&self, entry: &Entry) -> Result<Option<Kept>, Error> {
        let Some(digest) = entry.digest else { return Ok(None) };
        if self.options.keyring.is_some() || self.options.provenance {
            return Ok(None);
        }
        let repository = Repository { space: self.space(), chart: entry.name.clone() };
        let reference = Reference::tagged(repository, entry.version.tag());
        let found = match self.store.resolve(&reference) {
            Ok(found) => found,
            // What is damaged is fetched anew.
            Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Damaged) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        if !self.leads_to(&reference, found.manifest)? {
            return Ok(None);
        }
        let facts = match self.store.facts(&found.manifest) {
            Ok(facts) => facts,
            Err(error) if error.kind() == Kind::Damaged => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Some(chart) = facts.chart.filter(|chart| chart.content == digest) else {
            return Ok(None);
        };
        let ChartFacts { name, version, meta, content, provenance } = chart;
        for part in [meta, content].iter().chain(&provenance) {
            if !self.is_whole(part)? {
                return Ok(None);
            }
        }
        let report = |digest| -> Result<BlobReport, Error> {
            let size = self.store.open_blob(&digest)?.size();
            Ok(BlobReport { digest, size, new: false })
        };
        Ok(Some(Kept {
            reference,
            name,
            version,
            digest: found.manifest,
            meta: report(meta)?,
            content: report(content)?,
            provenance: provenance.map(report).transpose()?,
        }))
    }

    fn space(&self) -> SpaceName {
        self.options.to.clone().unwrap_or_else(SpaceName::library)
    }
}
