//! Looking into a stored chart, as `helm show` does.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Error;
use super::content::read_content;
use crate::chart::load::Chart;
use crate::digest::Digest;
use crate::name::Reference;
use crate::oci::Document;
use crate::store::{self, ChartFacts, Found, Store};

/// Is everything that `helm show` knows of a chart.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// The name that the chart was found by.
    pub reference: Reference,
    /// The digest of the manifest.
    pub digest: Digest,
    /// Chart.yaml.
    pub chart: Map<String, Value>,
    /// values.yaml, byte for byte.
    pub values: Option<String>,
    /// The read-me file.
    pub readme: Option<String>,
    /// The custom resource definitions, a file each.
    pub crds: Vec<String>,
}

/// Reads a stored chart.
pub fn show(store: &Store, reference: &Reference) -> Result<Shown, Error> {
    steadily(|| show_once(store, reference))
}

fn show_once(store: &Store, reference: &Reference) -> Result<Shown, Error> {
    let stored = open(store, reference)?;
    let chart = read_chart(store, &stored)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Shown {
        chart: metadata(store, &stored)?,
        values: chart.values_bytes().map(text),
        readme: chart.readme().map(|file| text(&file.data)),
        crds: chart.crds().into_iter().map(|file| text(&file.data)).collect(),
        digest: stored.found.manifest,
        reference: stored.reference,
    })
}

/// Reads only Chart.yaml of a stored chart: its archive is not opened.
pub fn chart(store: &Store, reference: &Reference) -> Result<Map<String, Value>, Error> {
    steadily(|| metadata(store, &open(store, reference)?))
}

/// Reads a stored chart whole.
pub fn load(store: &Store, reference: &Reference) -> Result<Chart, Error> {
    steadily(|| {
        let stored = open(store, reference)?;
        read_chart(store, &stored)
    })
}

fn read_chart(store: &Store, stored: &Stored) -> Result<Chart, Error> {
    read_content(store, stored, |bytes| Ok(Chart::from_archive(bytes)?))
}

/// Reads a stored chart whole, with what the store keeps of its Chart.yaml.
pub fn whole(store: &Store, reference: &Reference) -> Result<(Map<String, Value>, Chart), Error> {
    steadily(|| {
        let stored = open(store, reference)?;
        Ok((metadata(store, &stored)?, read_chart(store, &stored)?))
    })
}

/// Reads the manifest that a reference points at, of a chart or of anything else.
pub fn manifest(store: &Store, reference: &Reference) -> Result<(Found, Document), Error> {
    steadily(|| {
        let found = store.resolve(reference)?;
        let document = store.document(&found.manifest)?;
        Ok((found, document))
    })
}

/// Goes by a name, and again where it has moved meanwhile. Readers take no lock, so what a name
/// stood for may have been collected, which shows as a missing blob; what is missing for good is
/// damage. Writers are told by the store.
pub(super) fn steadily<T>(read: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    const FURTHER_TRIES: usize = 16;
    for _ in 0..FURTHER_TRIES {
        match read() {
            Err(Error::Store(store::Error::MissingBlob { .. } | store::Error::Moved { .. })) => {}
            result => return result,
        }
    }
    read()
}

fn metadata(store: &Store, stored: &Stored) -> Result<Map<String, Value>, Error> {
    let meta = store.read_blob(&stored.chart.meta, Store::MAX_DOCUMENT_BYTES)?;
    serde_json::from_slice(&meta).map_err(|_| not_a_chart(&stored.reference, "has no Chart.yaml"))
}

/// Is a chart found in the store.
pub(super) struct Stored {
    pub found: Found,
    /// The reference, with the tag that was chosen if none was given.
    pub reference: Reference,
    pub chart: ChartFacts,
}

/// Finds a chart; what is no chart is refused.
pub(super) fn open(store: &Store, reference: &Reference) -> Result<Stored, Error> {
    let found = store.resolve(reference)?;
    let facts = store.facts(&found.manifest)?;
    let reference = Reference {
        repository: found.repository.clone(),
        tag: found.tag.clone(),
        digest: reference.digest,
    };
    match facts.chart {
        Some(chart) => Ok(Stored { found, reference, chart }),
        None => Err(not_a_chart(&reference, "another artifact")),
    }
}

fn not_a_chart(reference: &Reference, found: &str) -> Error {
    Error::NotAChart { reference: reference.clone(), found: found.to_owned() }
}
