//! What is known of a manifest, which never changes.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::digest::Digest;
use crate::name::{ChartName, Version};
use crate::oci::{ChartManifest, Descriptor, Document, annotations};
use crate::storage::ChartParts;

/// The most that a manifest may list: images have some dozens of layers, and indexes of images.
const MOST_LISTED: usize = 10_000;

/// Says what a manifest is of.
#[derive(Debug)]
pub(super) struct Known {
    /// The chart, if it is one's.
    pub(super) chart: Option<(ChartName, ChartParts)>,
    /// Why a chart cannot be named that it is one's of.
    pub(super) odd: Option<String>,
    /// When it says that it was made; the first second of 1970 if it says nothing.
    pub(super) created: SystemTime,
    /// The blobs that it lists, with their sizes in bytes.
    pub(super) blobs: Vec<(Digest, u64)>,
    /// The manifests that it lists, with their sizes in bytes.
    pub(super) manifests: Vec<(Digest, u64)>,
    /// The size of the manifest itself, in bytes.
    pub(super) size: u64,
}

/// Is the chart that a manifest is of, if it is one's, or why that cannot be named.
pub(super) type Chart = Result<Option<(ChartName, ChartParts)>, String>;

impl Known {
    pub(super) fn of(document: &Document, chart: Chart) -> Known {
        let sized = |listed: &Descriptor| (listed.digest, listed.size);
        let is_too_much = document.descriptors().count() > MOST_LISTED;
        let (chart, odd) = match chart {
            _ if is_too_much => (None, Some(format!("it lists more than {MOST_LISTED} others"))),
            Ok(chart) => (chart, None),
            Err(reason) => (None, Some(reason)),
        };
        let most = if is_too_much { 0 } else { MOST_LISTED };
        Known {
            chart,
            odd,
            created: created(document),
            blobs: document.blobs().map(sized).take(most).collect(),
            manifests: document.manifests().map(sized).take(most).collect(),
            size: document.bytes().len() as u64,
        }
    }

    /// Tells whether a blob is listed.
    pub(super) fn lists(&self, blob: &Digest) -> bool {
        self.size_of(blob).is_some()
    }

    /// Gives the size in bytes that is said of a blob, if it is listed.
    pub(super) fn size_of(&self, blob: &Digest) -> Option<u64> {
        self.blobs.iter().find(|(listed, _)| listed == blob).map(|(_, size)| *size)
    }

    /// Tells how much is listed.
    pub(super) fn listed(&self) -> usize {
        self.blobs.len() + self.manifests.len()
    }
}

fn created(document: &Document) -> SystemTime {
    let text = document.annotations().get(annotations::CREATED);
    let time = text.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let seconds = time.and_then(|time| u64::try_from(time.as_second()).ok()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Reads the chart's name and version out of its Chart.yaml as JSON.
pub(super) fn chart_of(
    parts: &ChartManifest<'_>,
    meta: &[u8],
) -> Result<(ChartName, ChartParts), String> {
    let meta: Value = serde_json::from_slice(meta).map_err(|error| error.to_string())?;
    let field = |name| meta[name].as_str().unwrap_or_default();
    let name = ChartName::parse(field("name")).map_err(|error| error.to_string())?;
    let version = Version::parse(field("version")).map_err(|error| error.to_string())?;
    let parts = ChartParts {
        version,
        meta: parts.config.digest,
        content: parts.content.digest,
        provenance: parts.provenance.map(|found| found.digest),
    };
    Ok((name, parts))
}
