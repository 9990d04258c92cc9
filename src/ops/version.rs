//! Looking at versions.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Map;

use super::Error;
use super::show::{open, steadily};
use crate::chart::load::Chart;
use crate::chart::values::{self, Coalesced};
use crate::digest::Digest;
use crate::name::{Reference, Repository, Tag, Version};
use crate::store::{Row, Store};

/// Describes a version.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionReport {
    /// The version.
    pub version: Version,
    /// The digest of the manifest.
    pub digest: Digest,
    /// The tags that stand for the same manifest.
    pub tags: Vec<Tag>,
}

/// Lists the versions of a chart, ascending.
pub fn list(store: &Store, repository: &Repository) -> Result<Vec<VersionReport>, Error> {
    let names = store.names(repository)?;
    let report = |(version, digest): (&Version, &Digest)| VersionReport {
        version: version.clone(),
        digest: *digest,
        tags: names
            .tags
            .iter()
            .filter(|(_, other)| *other == digest)
            .map(|(tag, _)| tag.clone())
            .collect(),
    };
    Ok(names.versions.iter().map(report).collect())
}

/// Gives the manifest of each version of the charts that were listed. A tag of another name may lead
/// to one that the version stood for before; the version's own name decides.
pub(super) fn by_chart(rows: Vec<Row>) -> BTreeMap<Repository, BTreeMap<Version, Digest>> {
    let mut charts: BTreeMap<Repository, BTreeMap<Version, Digest>> = BTreeMap::new();
    for row in rows {
        let Some(version) = row.version else { continue };
        let is_own = row.reference.tag == Some(version.tag());
        let versions = charts.entry(row.reference.repository).or_default();
        if is_own || !versions.contains_key(&version) {
            versions.insert(version, row.manifest);
        }
    }
    charts
}

/// Describes the version that a reference points at.
pub fn show(store: &Store, reference: &Reference) -> Result<VersionReport, Error> {
    let stored = steadily(|| open(store, reference))?;
    let names = store.names(&stored.found.repository)?;
    let digest = stored.found.manifest;
    let tags = names.tags.into_iter().filter(|(_, other)| *other == digest);
    let tags = tags.map(|(tag, _)| tag).collect();
    Ok(VersionReport { version: stored.chart.version, digest, tags })
}

/// Reads the values of a chart with those of its subcharts folded in under their names; where
/// `computed` is given as its templates see them: with aliases, conditions, tags and imports.
pub fn values(store: &Store, reference: &Reference, computed: bool) -> Result<Coalesced, Error> {
    let chart = super::show::load(store, reference)?;
    let coalesced = match computed {
        true => values::of_chart(&chart),
        false => values::coalesce(&node(&chart), &Map::new()),
    };
    coalesced.map_err(|error| Error::Stored { reference: reference.clone(), source: error.into() })
}

fn node(chart: &Chart) -> values::Node<'_> {
    let subcharts = chart.subcharts.iter().map(node).collect();
    values::Node { name: chart.name(), values: &chart.values, subcharts }
}
