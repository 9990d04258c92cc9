//! What a manifest says of its chart.

use serde_json::Value;

use super::{Error, Store};
use crate::digest::Digest;
use crate::oci::{ChartManifest, Document, annotations};

/// Describes a manifest by the verified blobs that it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The chart's name and version, if it is a chart.
    pub chart: Option<(String, String)>,
    /// Chart.yaml as JSON, if it is a chart.
    pub meta: Option<Digest>,
    /// The archive, if it is a chart.
    pub content: Option<Digest>,
    /// The signature file, if there is one.
    pub provenance: Option<Digest>,
    /// The size of the archive in bytes; of what is no chart, of all its layers.
    pub size: u64,
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
            return Ok(Facts {
                chart: None,
                meta: None,
                content: None,
                provenance: None,
                size: document.descriptors().map(|descriptor| descriptor.size).sum(),
            });
        };
        Ok(Facts {
            chart: Some(self.identity(&document, &chart)?),
            meta: Some(chart.config.digest),
            content: Some(chart.content.digest),
            provenance: chart.provenance.map(|descriptor| descriptor.digest),
            size: chart.content.size,
        })
    }

    /// Gives name and version: from the manifest's annotations, which no chart can set to another
    /// value, or where an older client wrote none, from Chart.yaml.
    fn identity(
        &self,
        document: &Document,
        chart: &ChartManifest<'_>,
    ) -> Result<(String, String), Error> {
        let named = |key| document.annotations().get(key).cloned();
        if let (Some(name), Some(version)) =
            (named(annotations::TITLE), named(annotations::VERSION))
        {
            return Ok((name, version));
        }
        let meta = self.read_blob(&chart.config.digest, Store::MAX_DOCUMENT_BYTES)?;
        let meta: Value = serde_json::from_slice(&meta).unwrap_or(Value::Null);
        let field = |name| meta[name].as_str().unwrap_or_default().to_owned();
        Ok((field("name"), field("version")))
    }
}
