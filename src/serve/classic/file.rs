//! Sending archives and their signature files, by the names that an index gives them.

use axum::response::Response;

use crate::digest::Digest;
use crate::ops::index::Scope;
use crate::ops::vouch;
use crate::serve::refusal::Refusal;
use crate::serve::sending::{self, Wish};
use crate::serve::state::State;
use crate::store::{self, Store};

const PROVENANCE: &str = ".prov";

/// Sends the file that an index lists under a name.
pub(super) async fn send(
    state: &State,
    wish: &Wish,
    scope: &Scope,
    file: &str,
) -> Result<Response, Refusal> {
    let unknown = || match scope {
        Scope::Space(space) => Refusal::not_found(format!("{space} has no file {file}")),
        Scope::Everything => Refusal::not_found(format!("there is no file {file}")),
    };
    let (archive, is_archive) = match file.strip_suffix(PROVENANCE) {
        Some(archive) => (archive, false),
        None => (file, true),
    };
    let (place, names) = (scope.clone(), vouch::names_of(archive));
    let manifest = state.read(move |store| place.find(store, &names)).await??;
    let manifest = manifest.ok_or_else(unknown)?;
    let find = move |store: &Store| find(store, &manifest, is_archive);
    let found = state.fetch_blob(&manifest, find).await??;
    let media_type = match is_archive {
        true => "application/gzip",
        false => "application/pgp-signature",
    };
    sending::blob(state, wish, found.ok_or_else(unknown)?, media_type).await
}

/// Finds the blob of a chart.
fn find(
    store: &Store,
    manifest: &Digest,
    is_archive: bool,
) -> Result<Option<Digest>, store::Error> {
    let chart = store.facts(manifest)?.chart;
    Ok(chart.and_then(|chart| match is_archive {
        true => Some(chart.content),
        false => chart.provenance,
    }))
}
