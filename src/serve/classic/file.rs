//! Sending archives and their signature files, by the names that an index gives them.

use axum::response::Response;

use crate::digest::Digest;
use crate::name::{ChartName, Repository, SpaceName, Version};
use crate::serve::refusal::Refusal;
use crate::serve::sending::{self, Wish};
use crate::serve::state::State;
use crate::store::{self, Store};

const ARCHIVE: &str = ".tgz";
const PROVENANCE: &str = ".tgz.prov";

/// Sends the file of a name in a space.
pub(super) async fn send(
    state: &State,
    wish: &Wish,
    space: SpaceName,
    file: &str,
) -> Result<Response, Refusal> {
    let unknown = || Refusal::not_found(format!("{space} has no file {file}"));
    let (stem, is_archive) = match file.strip_suffix(PROVENANCE) {
        Some(stem) => (stem, false),
        None => (file.strip_suffix(ARCHIVE).ok_or_else(unknown)?, true),
    };
    let (place, names) = (space.clone(), candidates(stem));
    let found = state.read(move |store| find(store, &place, names, is_archive)).await??;
    let media_type = match is_archive {
        true => "application/gzip",
        false => "application/pgp-signature",
    };
    sending::blob(state, wish, found.ok_or_else(unknown)?, media_type).await
}

/// Splits `NAME-VERSION` wherever that is possible, the longest name first: both may have dashes.
fn candidates(stem: &str) -> Vec<(ChartName, Version)> {
    let dashes = stem.rmatch_indices('-').map(|(place, _)| place);
    let split = |place: usize| {
        let (name, version) = (&stem[..place], &stem[place + 1..]);
        Some((ChartName::parse(name).ok()?, Version::parse(version).ok()?))
    };
    dashes.filter_map(split).collect()
}

/// Finds the blob of the first chart that is there.
fn find(
    store: &Store,
    space: &SpaceName,
    names: Vec<(ChartName, Version)>,
    is_archive: bool,
) -> Result<Option<Digest>, store::Error> {
    for (chart, version) in names {
        let repository = Repository { space: space.clone(), chart };
        let Some(manifest) = store.look_up_version(&repository, &version)? else { continue };
        let chart = store.facts(&manifest)?.chart;
        return Ok(chart.and_then(|chart| match is_archive {
            true => Some(chart.content),
            false => chart.provenance,
        }));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_version_may_both_have_dashes() {
        let split = |stem| {
            let all = candidates(stem).into_iter();
            all.map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>()
        };
        assert_eq!(split("a-1.0.0"), ["a 1.0.0"]);
        assert_eq!(split("a-b-1.0.0+x"), ["a-b 1.0.0+x"]);
        assert_eq!(split("a-1.0.0-rc.1-2"), ["a-1.0.0-rc.1 2", "a 1.0.0-rc.1-2"]);
        assert_eq!(split("../x-1.0.0"), Vec::<String>::new());
        assert_eq!(split("-1.0.0"), Vec::<String>::new());
    }
}
