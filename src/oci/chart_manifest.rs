//! The manifest of a chart: written as Helm writes it, and told from those of other things.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Descriptor, Manifest, MetaFacts, media};
use crate::digest::Digest;
use crate::error::{Classified, Kind};
use crate::go_json;

/// Writes the manifest of a chart, out of the digests and sizes in bytes of its parts.
///
/// The bytes are those that Helm 3.17.3 pushes, without the time of creation, so that one chart has
/// one digest everywhere; and the content always comes before the provenance, where Helm goes by
/// their digests.
pub fn chart_manifest(
    facts: &MetaFacts<'_>,
    config: (Digest, u64),
    content: (Digest, u64),
    provenance: Option<(Digest, u64)>,
) -> Vec<u8> {
    let part = |media_type, (digest, size)| Descriptor::new(media_type, digest, size);
    let provenance = provenance.map(|found| part(media::CHART_PROVENANCE, found));
    go_json::to_vec(&Written {
        schema_version: 2,
        config: part(media::CHART_CONFIG, config),
        layers: [part(media::CHART_CONTENT, content)].into_iter().chain(provenance).collect(),
        annotations: facts.manifest_annotations(),
    })
}

/// The members that Helm writes, in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    schema_version: u8,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'a str, String>,
}

/// Points at the parts of a chart in its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChartManifest<'a> {
    /// Chart.yaml as JSON.
    pub config: &'a Descriptor,
    /// The archive.
    pub content: &'a Descriptor,
    /// The provenance file of a signed chart.
    pub provenance: Option<&'a Descriptor>,
}

impl<'a> ChartManifest<'a> {
    /// Finds the parts of a chart by their media types: their order says nothing.
    ///
    /// Archives are known by their types since Helm 3.0.0-beta.1; layers of other types are
    /// ignored, as Helm does.
    ///
    /// # Errors
    ///
    /// Fails if this is no chart, or if a part is there more than once: Helm would take the last.
    pub fn of(manifest: &'a Manifest) -> Result<ChartManifest<'a>, NotChart> {
        if manifest.layers.iter().any(|layer| media::is_chart_meta(&layer.media_type)) {
            return Err(NotChart::Alpha);
        }
        let config = match &manifest.config {
            Some(config) if config.media_type == media::CHART_CONFIG => config,
            other => {
                let found = other.as_ref().map(|config| config.media_type.clone());
                return Err(NotChart::Config { found: found.unwrap_or_default() });
            }
        };
        let content = only(manifest, "chart archive", media::is_chart_content)?;
        let provenance = only(manifest, "provenance", |found| found == media::CHART_PROVENANCE)?;
        Ok(ChartManifest { config, content: content.ok_or(NotChart::NoContent)?, provenance })
    }

    /// Tells whether the archive's media type is one that Helm no longer writes.
    pub fn is_legacy(&self) -> bool {
        self.content.media_type != media::CHART_CONTENT
    }
}

/// Finds the only layer whose media type is accepted.
fn only<'a>(
    manifest: &'a Manifest,
    part: &'static str,
    accepts: impl Fn(&str) -> bool,
) -> Result<Option<&'a Descriptor>, NotChart> {
    let mut found = manifest.layers.iter().filter(|layer| accepts(&layer.media_type));
    let first = found.next();
    match found.next() {
        Some(_) => Err(NotChart::Twice { part }),
        None => Ok(first),
    }
}

/// Says why a manifest is none of a chart.
#[derive(Debug, thiserror::Error)]
pub enum NotChart {
    /// The config is of another type, or there is none.
    #[error("the manifest is no chart's: its config is {found:?}, not {}", media::CHART_CONFIG)]
    Config {
        /// The config's media type.
        found: String,
    },
    /// No layer is a chart's archive.
    #[error("manifest does not contain a layer with mediatype {}", media::CHART_CONTENT)]
    NoContent,
    /// A part is there more than once.
    #[error("the manifest has more than one {part} layer, so it does not say which one is meant")]
    Twice {
        /// The part.
        part: &'static str,
    },
    /// The archive lacks the chart's name and version.
    #[error("the chart was saved by an alpha of Helm 3: its archive has neither name nor version")]
    Alpha,
}

impl Classified for NotChart {
    fn kind(&self) -> Kind {
        match self {
            NotChart::Alpha => Kind::Unsupported,
            _ => Kind::Invalid,
        }
    }
}

#[cfg(test)]
mod tests;
