//! Charts in registries, of all generations of Helm.

use super::super::copy;
use super::super::prepare::{Prepared, stage_bytes};
use super::super::{BlobReport, Error, Kept, identity, transfer};
use super::staging::read_back;
use super::{Fetched, Pull};
use crate::chart::archive::MAX_STREAM_BYTES;
use crate::chart::provenance;
use crate::digest::Digest;
use crate::error::{Classified as _, Kind};
use crate::name::{Reference, Repository, Tag, Version};
use crate::oci::{ChartManifest, Descriptor, Document, Manifest, NotChart};
use crate::remote::ManifestName;
use crate::storage::Staged;
use crate::store::{NewChart, Store};

/// The most manifests of an index that are looked at in search of a chart.
const MAX_CANDIDATES: usize = 16;

impl Pull<'_> {
    /// Fetches the chart that a reference with a tag or a digest points at.
    pub(super) fn fetch_reference(&self, reference: &Reference) -> Result<Fetched, Error> {
        let document = self.chart_document(reference)?;
        let manifest = document.manifest().ok_or_else(|| not_a_chart(reference, "an index"))?;
        match ChartManifest::of(manifest) {
            Ok(parts) => self.fetch_parts(reference, &document, manifest, &parts),
            Err(NotChart::Alpha) => self.fetch_alpha(reference, manifest),
            Err(error) => Err(not_a_chart(reference, error)),
        }
    }

    /// Reads a manifest, and where it is an index, the one chart that this lists.
    fn chart_document(&self, reference: &Reference) -> Result<Document, Error> {
        let document = copy::document(self.client, reference)?;
        if document.manifest().is_some() {
            return Ok(document);
        }
        let mut charts = Vec::new();
        for listed in document.manifests().take(MAX_CANDIDATES) {
            let name = ManifestName::Digest(listed.digest);
            let child = self.client.manifest(&reference.repository, &name);
            let child = child.map_err(transfer::Error::from)?;
            if child.manifest().is_some_and(|manifest| ChartManifest::of(manifest).is_ok()) {
                charts.push(child);
            }
        }
        match charts.len() {
            1 => Ok(charts.remove(0)),
            0 => Err(not_a_chart(reference, "an index that lists no chart")),
            _ => Err(not_a_chart(reference, "an index that lists more than one chart")),
        }
    }

    fn fetch_parts(
        &self,
        reference: &Reference,
        document: &Document,
        manifest: &Manifest,
        parts: &ChartManifest<'_>,
    ) -> Result<Fetched, Error> {
        if let Some(chart) = self.kept(reference, document)? {
            return Ok(Fetched::same(reference.to_string(), chart));
        }
        let from = &reference.repository;
        let fetch = |blob: &Descriptor, limit| self.stage_blob(from, blob, limit);
        let (meta, meta_report) = fetch(parts.config, Store::MAX_DOCUMENT_BYTES)?;
        let ((content, content_report), outline) =
            self.stage_content(from, parts.content, MAX_STREAM_BYTES, reference)?;
        let provenance = parts.provenance.map(|blob| fetch(blob, provenance::MAX_BYTES as u64));
        let (provenance, provenance_report) = provenance.transpose()?.unzip();
        identity::check(reference, &outline.metadata, document, &read_back(&meta)?)?;
        let (name, version) = identity::of(&outline.metadata)?;
        let vouched = self.check_signature(&name, &version, &content, provenance.as_ref())?;
        let (repository, tag) = self.place(reference, &version);
        let chart = NewChart {
            repository,
            tag,
            version,
            manifest: stage_bytes(self.writer, document.bytes())?,
            meta,
            content,
            provenance,
            others: self.fetch_others(from, manifest, parts)?,
            made_from: None,
        };
        let mut warnings: Vec<String> = vouched.warning.into_iter().collect();
        if parts.is_legacy() {
            let media_type = &parts.content.media_type;
            warnings.push(format!("{reference}: its archive has the old media type {media_type}"));
        }
        let prepared = Prepared {
            chart,
            meta: meta_report,
            content: content_report,
            provenance: provenance_report,
            warnings,
        };
        Ok(Fetched::new(reference.to_string(), prepared, vouched.signers))
    }

    /// Fetches the layers that are no part of the chart. A manifest may list very many: together they
    /// may be as large as an archive.
    fn fetch_others(
        &self,
        from: &Repository,
        manifest: &Manifest,
        parts: &ChartManifest<'_>,
    ) -> Result<Vec<Staged>, Error> {
        let chart = [Some(parts.content), parts.provenance];
        let others = manifest.layers.iter().filter(|layer| !chart.contains(&Some(layer)));
        let (limit, sizes) = (MAX_STREAM_BYTES, others.clone().map(|blob| blob.size));
        let size = sizes.fold(0, u64::saturating_add);
        if size > limit {
            return Err(transfer::Error::OthersTooLarge { size, limit }.into());
        }
        others.map(|blob| Ok(self.stage_blob(from, blob, limit)?.0)).collect()
    }

    /// Describes a chart that is in the store whole, under the name that the pull would give it.
    fn kept(&self, reference: &Reference, document: &Document) -> Result<Option<Kept>, Error> {
        if self.options.keyring.is_some() {
            return Ok(None);
        }
        let digest = document.digest();
        let facts = match self.store.facts(&digest) {
            Ok(facts) => facts,
            // What is damaged is fetched anew.
            Err(error) if error.kind() == Kind::Damaged => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Some(chart) = facts.chart else { return Ok(None) };
        let (repository, tag) = self.place(reference, &chart.version);
        let reference_there = Reference::tagged(repository, tag);
        if !self.leads_to(&reference_there, digest)? {
            return Ok(None);
        }
        for blob in document.blobs() {
            if !self.is_whole(&blob.digest)? {
                return Ok(None);
            }
        }
        let report = |digest: Digest| {
            let size =
                document.blobs().find(|blob| blob.digest == digest).map_or(0, |blob| blob.size);
            BlobReport { digest, size, new: false }
        };
        Ok(Some(Kept {
            reference: reference_there,
            name: chart.name,
            version: chart.version,
            digest,
            meta: report(chart.meta),
            content: report(chart.content),
            provenance: chart.provenance.map(report),
        }))
    }

    /// Gives the name that a chart gets in the store: its own reference, or in another space.
    pub(super) fn place(&self, reference: &Reference, version: &Version) -> (Repository, Tag) {
        let Repository { space, chart } = reference.repository.clone();
        let space = self.options.to.clone().unwrap_or(space);
        let tag = reference.tag.clone().unwrap_or_else(|| version.tag());
        (Repository { space, chart }, tag)
    }
}

fn not_a_chart(reference: &Reference, reason: impl ToString) -> Error {
    let reason = reason.to_string();
    transfer::Error::NoChart { reference: reference.clone(), reason }.into()
}
