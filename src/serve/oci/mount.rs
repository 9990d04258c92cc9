//! Mounting: a blob that another repository has already need not be sent again.

use axum::http::StatusCode;
use axum::response::Response;

use super::call::Call;
use super::head::Head;
use super::path::Name;
use super::refusal::Refusal;
use crate::digest::Digest;
use crate::name::Repository;
use crate::serve::auth::Action;
use crate::store::{self, Store};

/// Gives the repository a blob that another one has; nothing if none has it, and the client then
/// sends it.
///
/// Without `from` any repository will do that was sent the blob. It has to be one that the client may
/// read: to any other it is as if it did not have it.
pub(super) async fn try_mount(call: &Call, name: &Name) -> Result<Option<Response>, Refusal> {
    let Some(digest) = call.digest("mount")? else { return Ok(None) };
    let from = match call.parameter("from") {
        Some(from) => match Name::parse(from) {
            Ok(from) => Some(from.repository),
            // No repository can have such a name, so none has the blob.
            Err(_) => return Ok(None),
        },
        None => None,
    };
    let to = name.repository.clone();
    let (state, who) = (call.state.clone(), call.who.clone());
    let may_read = move |from: &Repository| state.permit(&who, Action::Read, from).is_ok();
    let mount = move |store: &Store| -> Result<bool, store::Error> {
        let from = match from {
            Some(from) => Some(from).filter(may_read),
            None => store.holder(&digest, may_read)?,
        };
        from.map_or(Ok(false), |from| store.mount(&from, &to, &digest))
    };
    let is_mounted = call.state.write(mount).await??;
    Ok(is_mounted.then(|| created(name, &digest)))
}

/// Says that a repository has a blob now, and where.
pub(super) fn created(name: &Name, digest: &Digest) -> Response {
    let head = Head::new().and("docker-content-digest", digest).at(name, "blobs", digest);
    head.only(StatusCode::CREATED)
}
