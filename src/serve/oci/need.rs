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

/// Says what a token must be good for to make a request, in distribution's words; nothing if any token
/// will do. A blob that is to be mounted must be there to read.
pub(super) fn scope(method: &Method, resource: &Resource, from: Option<&str>) -> Option<String> {
    if *resource == Resource::Catalog {
        return Some("registry:catalog:*".to_owned());
    }
    let (action, name) = need(method, resource)?;
    let actions = match action {
        Action::Read => "pull",
        Action::Push | Action::Overwrite => "pull,push",
        Action::Delete => "delete",
    };
    let scope = format!("repository:{}:{actions}", name.text);
    match from.and_then(|from| Name::parse(from).ok()) {
        Some(from) => Some(format!("{scope} repository:{}:pull", from.text)),
        None => Some(scope),
    }
}

/// Finds the right that a method needs; none is needed to be told that it is not answered.
fn need<'a>(method: &Method, resource: &'a Resource) -> Option<(Action, &'a Name)> {
    let is_read = matches!(method.as_str(), "GET" | "HEAD");
    match (resource, method.as_str()) {
        (Resource::Base | Resource::Catalog | Resource::Token, _) => None,
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
