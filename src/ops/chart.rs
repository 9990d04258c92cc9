//! Listing and showing charts.

use serde::Serialize;

use super::Error;
use super::version::{self, VersionReport};
use crate::name::{Repository, SpaceName, Tag, Version};
use crate::store::Store;

/// Describes a chart.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChartReport {
    /// The chart, in its space.
    pub chart: Repository,
    /// Its highest version that is no pre-release, or else its highest.
    pub latest: Option<Version>,
    /// Its versions, ascending.
    pub versions: Vec<VersionReport>,
    /// Its tags, sorted.
    pub tags: Vec<Tag>,
}

/// Lists the charts of a space, or of all spaces.
pub fn list(store: &Store, space: Option<&SpaceName>) -> Result<Vec<ChartReport>, Error> {
    let spaces = match space {
        Some(space) => vec![space.clone()],
        None => store.spaces()?.into_iter().map(|space| space.name).collect(),
    };
    let mut charts = Vec::new();
    for space in spaces {
        for repository in store.charts(&space)? {
            charts.push(show(store, &repository)?);
        }
    }
    Ok(charts)
}

/// Describes a chart.
pub fn show(store: &Store, repository: &Repository) -> Result<ChartReport, Error> {
    let versions = version::list(store, repository)?;
    let tags = store.names(repository)?.tags.into_keys().collect();
    let numbers = || versions.iter().map(|report| &report.version);
    let release = numbers().rfind(|version| !version.precedence().is_prerelease());
    let latest = release.or(numbers().next_back()).cloned();
    Ok(ChartReport { chart: repository.clone(), latest, versions, tags })
}
