//! Which right each request needs.

use axum::http::Method;

use super::call::Call;
use super::path::{Name, Resource};
use super::refusal::Refusal;
use crate::serve::auth::Action;

/// Refuses a request whose sender may not make it. What is in a space, and whether there is such a
/// space, is told to nobody who may not read there.
pub(super) fn check(call: &Call, method: &Method, resource: &Resource) -> Result<(), Refusal> {
    if let Some((action, name)) = need(method, resource) {
        return call.permit(action, name);
    }
    let auth = call.state.auth();
    match resource {
        // Clients ask here whether they need a password: one that is told otherwise sends none later.
        Resource::Base => auth.challenge(&call.who)?,
        Resource::Catalog => auth.permit_somewhere(&call.who, Action::Read)?,
        _ => {}
    }
    Ok(())
}

/// Finds the right that a method needs; none is needed to be told that it is not answered.
fn need<'a>(method: &Method, resource: &'a Resource) -> Option<(Action, &'a Name)> {
    let is_read = matches!(method.as_str(), "GET" | "HEAD");
    match (resource, method.as_str()) {
        (Resource::Base | Resource::Catalog, _) => None,
        // What has come of an upload is only for whom it belongs to.
        (Resource::Upload(name, _) | Resource::Uploads(name), _) => Some((Action::Push, name)),
        (
            Resource::Tags(name)
            | Resource::Referrers(name, _)
            | Resource::Manifest(name, _)
            | Resource::Blob(name, _),
            _,
        ) if is_read => Some((Action::Read, name)),
        (Resource::Manifest(name, _) | Resource::Blob(name, _), "DELETE") => {
            Some((Action::Delete, name))
        }
        // Whether it is to overwrite shows only under the lock.
        (Resource::Manifest(name, _), "PUT") => Some((Action::Push, name)),
        _ => None,
    }
}
