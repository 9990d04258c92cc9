//! Charts that the alphas of Helm 3 pushed: an archive without a name, and beside it a document
//! with all but the name and the version.
//!
//! Source: `pkg/registry/cache.go` of v3.0.0-alpha.1 and v3.0.0-alpha.2.

use super::super::content::read_files;
use super::super::prepare::{Destination, stage, stage_packed};
use super::super::{Error, identity, transfer};
use super::staging::read_back;
use super::{Fetched, Pull};
use crate::chart::archive::MAX_STREAM_BYTES;
use crate::chart::load::File;
use crate::chart::metadata::Metadata;
use crate::chart::{self, yaml};
use crate::name::Reference;
use crate::oci::{Descriptor, Manifest, media};
use crate::store::{self, Store};

const NAME: &str = "sh.helm.chart.name";
const VERSION: &str = "sh.helm.chart.version";

/// The first day that every archive tool can show, as for folders that are packed.
const MODIFIED: u64 = 315_532_800;

impl Pull<'_> {
    /// Fetches a chart in two parts, and puts it together as Helm would have exported it.
    pub(super) fn fetch_alpha(
        &self,
        reference: &Reference,
        manifest: &Manifest,
    ) -> Result<Fetched, Error> {
        let layer = |accepts: fn(&str) -> bool| {
            let mut found = manifest.layers.iter().filter(|layer| accepts(&layer.media_type));
            match (found.next(), found.next()) {
                (Some(layer), None) => Ok(layer),
                _ => Err(transfer::Error::NoChart {
                    reference: reference.clone(),
                    reason: "it is not of one meta and one content layer".to_owned(),
                }),
            }
        };
        let (meta, content) = (layer(media::is_chart_meta)?, layer(media::is_alpha_content)?);
        let metadata = self.alpha_metadata(reference, meta, content)?;
        identity::check_reference(reference, &metadata)?;
        let (name, version) = identity::of(&metadata)?;
        let files = self.alpha_files(reference, content, &metadata)?;
        let packed = stage_packed(self.writer, &metadata.name, &files, MODIFIED)?;
        // Nobody can have signed what is packed only now.
        self.check_signature(&name, &version, &packed, None)?;
        let (repository, tag) = self.place(reference, &version);
        let destination = Destination::Reference(Reference::tagged(repository, tag));
        let source = reference.to_string();
        let path = std::path::Path::new(&source);
        let mut prepared =
            stage(self.store, self.writer, path, &metadata, &destination, packed, None)?;
        let warning = "it was pushed by an alpha of Helm 3, in two parts, and put together anew";
        prepared.warnings.push(format!("{source}: {warning}"));
        Ok(Fetched::new(source, prepared, Vec::new()))
    }

    /// Reads what Chart.yaml said: name and version are on the archive, or else in the reference.
    fn alpha_metadata(
        &self,
        reference: &Reference,
        meta: &Descriptor,
        content: &Descriptor,
    ) -> Result<Metadata, Error> {
        let refuse =
            |error: chart::Error| Error::Load { path: reference.to_string().into(), source: error };
        let (staged, _) =
            self.stage_blob(&reference.repository, meta, Store::MAX_DOCUMENT_BYTES)?;
        let bytes = read_back(&staged)?;
        let mut metadata = Metadata::from_json(&bytes).map_err(|error| refuse(error.into()))?;
        let given = |key| content.annotations.get(key).cloned();
        let tag = reference.tag.as_ref().map(ToString::to_string).unwrap_or_default();
        metadata.name = given(NAME).unwrap_or_else(|| reference.repository.chart.to_string());
        metadata.version = given(VERSION).unwrap_or(tag);
        if metadata.api_version.is_empty() {
            "v1".clone_into(&mut metadata.api_version);
        }
        metadata.validate().map_err(|error| refuse(error.into()))?;
        Ok(metadata)
    }

    /// Reads the archive, and gives it its own Chart.yaml.
    fn alpha_files(
        &self,
        reference: &Reference,
        content: &Descriptor,
        metadata: &Metadata,
    ) -> Result<Vec<File>, Error> {
        let load =
            |error: chart::Error| Error::Load { path: reference.to_string().into(), source: error };
        let (staged, _) = self.stage_blob(&reference.repository, content, MAX_STREAM_BYTES)?;
        let mut bytes = staged.open().map_err(store::Error::from)?;
        let mut files = read_files(&mut bytes).map_err(|error| load(error.into()))?;
        files.retain(|file| file.name != "Chart.yaml");
        let text = yaml::emit(metadata).map_err(|error| load(error.into()))?;
        files.push(File { name: "Chart.yaml".to_owned(), data: text.into_bytes(), mode: 0o644 });
        Ok(files)
    }
}
