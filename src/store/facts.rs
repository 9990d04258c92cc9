//! What a manifest says of its chart.

use serde_json::Value;

use super::{Error, Store};
use crate::digest::Digest;
use crate::name::{ChartName, Version};
use crate::oci::{ChartManifest, Document, annotations};

/// Describes a manifest by the verified blobs that it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What there is to know of it if it is a chart.
    pub chart: Option<ChartFacts>,
    /// The size in bytes that the manifest gives the archive; of what is no chart, all that it lists.
    pub size: u64,
}

/// Describes a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartFacts {
    /// Its name.
    pub name: ChartName,
    /// Its version.
    pub version: Version,
    /// Chart.yaml as JSON.
    pub meta: Digest,
    /// The archive.
    pub content: Digest,
    /// The signature file, if there is one.
    pub provenance: Option<Digest>,
}

/// Finds the parts of a chart, if the document is a chart's manifest.
pub(super) fn chart_of(document: &Document) -> Option<ChartManifest<'_>> {
    ChartManifest::of(document.manifest()?).ok()
}

impl Store {
    /// Reads what a manifest says of its chart.
    pub fn facts(&self, manifest: &Digest) -> Result<Facts, Error> {
        let document = self.document(manifest)?;
        let Some(chart) = chart_of(&document) else {
            // Nobody has held these sizes against the blobs.
            let sizes = document.descriptors().map(|descriptor| descriptor.size);
            let size = sizes.fold(0, u64::saturating_add);
            return Ok(Facts { chart: None, size });
        };
        let (name, version) = self.identity(&document, &chart)?;
        let facts = ChartFacts {
            name,
            version,
            meta: chart.config.digest,
            content: chart.content.digest,
            provenance: chart.provenance.map(|descriptor| descriptor.digest),
        };
        Ok(Facts { chart: Some(facts), size: chart.content.size })
    }

    /// Gives name and version: from the manifest's annotations, which Helm writes and no Chart.yaml
    /// can set to other values, or where there are none that are names, from Chart.yaml.
    fn identity(
        &self,
        document: &Document,
        chart: &ChartManifest<'_>,
    ) -> Result<(ChartName, Version), Error> {
        match annotated(document) {
            Some(identity) => Ok(identity),
            None => self.identity_of_meta(&chart.config.digest),
        }
    }

    /// Reads name and version out of Chart.yaml as JSON.
    pub(super) fn identity_of_meta(&self, digest: &Digest) -> Result<(ChartName, Version), Error> {
        let invalid = |reason: String| Error::Meta { digest: Box::new(*digest), reason };
        let meta = self.read_blob(digest, Store::MAX_DOCUMENT_BYTES)?;
        let meta: Value =
            serde_json::from_slice(&meta).map_err(|error| invalid(error.to_string()))?;
        let field = |name| meta[name].as_str().unwrap_or_default();
        let name = ChartName::parse(field("name")).map_err(|error| invalid(error.to_string()))?;
        let version = Version::parse(field("version"));
        Ok((name, version.map_err(|error| invalid(error.to_string()))?))
    }
}

/// Reads name and version out of the annotations of a manifest, if they are there and well formed.
pub(super) fn annotated(document: &Document) -> Option<(ChartName, Version)> {
    let name = document.annotations().get(annotations::TITLE)?;
    let version = document.annotations().get(annotations::VERSION)?;
    Some((ChartName::parse(name).ok()?, Version::parse(version).ok()?))
}
