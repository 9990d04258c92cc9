//! What an index is of, and whose versions count where several spaces have them: the one place where
//! that is decided, for the index and for the files that it lists.

use std::sync::Arc;

use crate::digest::Digest;
use crate::name::{ChartName, Repository, SpaceName, Version};
use crate::storage::ChartState;
use crate::store::{Error, Store};

/// Says what an index is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One space.
    Space(SpaceName),
    /// All spaces. Of a version that several have, that counts of the first of [`Scope::spaces`].
    Everything,
}

/// Is a version, and the repository that it counts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) version: Version,
    pub(super) manifest: Digest,
    pub(super) repository: Arc<Repository>,
}

impl Scope {
    /// Lists the spaces in the order in which they count: `library`, and then the others, sorted. It
    /// is `library` alone if there are none.
    pub fn spaces(&self, store: &Store) -> Result<Vec<SpaceName>, Error> {
        let library = SpaceName::library();
        let mut spaces = match self {
            Scope::Space(space) => return Ok(vec![space.clone()]),
            Scope::Everything => store.space_names()?,
        };
        spaces.sort_by_key(|space| *space != library);
        Ok(if spaces.is_empty() { vec![library] } else { spaces })
    }

    /// Finds the manifest of the version that an index lists; that of the first of several names
    /// which a space has.
    pub fn find(
        &self,
        store: &Store,
        names: &[(ChartName, Version)],
    ) -> Result<Option<Digest>, Error> {
        for space in self.spaces(store)? {
            for (chart, version) in names {
                let repository = Repository { space: space.clone(), chart: chart.clone() };
                if let Some(manifest) = store.look_up_version(&repository, version)? {
                    return Ok(Some(manifest));
                }
            }
        }
        Ok(None)
    }

    /// Lists the charts, sorted by name and then in the order in which they count; nothing if there is
    /// no such space, but for `library`.
    pub(super) fn charts(&self, store: &Store) -> Result<Option<Vec<ChartState>>, Error> {
        if let Scope::Space(space) = self {
            let charts = store.chart_states(space)?;
            return Ok(charts.or_else(|| (*space == SpaceName::library()).then(Vec::new)));
        }
        let mut charts = Vec::new();
        for space in self.spaces(store)? {
            // A space may have been removed since it was listed.
            charts.extend(store.chart_states(&space)?.unwrap_or_default());
        }
        // Those of one name stay as they are, in the order of their spaces.
        charts.sort_by(|(one, _), (other, _)| one.chart.cmp(&other.chart));
        Ok(Some(charts))
    }
}

/// Gives together the charts that have one name.
pub(super) fn of_one_name(charts: &[ChartState]) -> impl Iterator<Item = &[ChartState]> {
    charts.chunk_by(|(one, _), (other, _)| one.chart == other.chart)
}

/// Lists the versions that charts of one name have, sorted, each as it counts.
pub(super) fn versions(store: &Store, charts: &[ChartState]) -> Result<Vec<Found>, Error> {
    let mut all = Vec::new();
    for (repository, _) in charts {
        let versions = store.versions(repository)?;
        let repository = Arc::new(repository.clone());
        all.extend(versions.into_iter().map(|(version, manifest)| {
            let repository = repository.clone();
            Found { version, manifest, repository }
        }));
    }
    if charts.len() > 1 {
        // The sort keeps the order of spaces, and the first of equal ones stays.
        all.sort_by(|one, other| one.version.cmp(&other.version));
        all.dedup_by(|other, one| one.version == other.version);
    }
    Ok(all)
}
