//! Sending archives and their signature files, by the names that an index gives them.

use axum::response::Response;

use crate::digest::Digest;
use crate::name::{ChartName, Repository, SpaceName, Version};
use crate::ops::vouch;
use crate::serve::refusal::Refusal;
use crate::serve::sending::{self, Wish};
use crate::serve::state::State;
use crate::store::{self, Store};

const PROVENANCE: &str = ".prov";

/// Sends the file of a name in a space.
pub(super) async fn send(
    state: &State,
    wish: &Wish,
    space: SpaceName,
    file: &str,
) -> Result<Response, Refusal> {
    let unknown = || Refusal::not_found(format!("{space} has no file {file}"));
    let (archive, is_archive) = match file.strip_suffix(PROVENANCE) {
        Some(archive) => (archive, false),
        None => (file, true),
    };
    let (place, names) = (space.clone(), vouch::names_of(archive));
    let found = state.read(move |store| find(store, &place, names, is_archive)).await??;
    let media_type = match is_archive {
        true => "application/gzip",
        false => "application/pgp-signature",
    };
    sending::blob(state, wish, found.ok_or_else(unknown)?, media_type).await
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
