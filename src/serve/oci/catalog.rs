//! All repositories that the client may read: not of the specification, but of Docker's registry, and asked for by clients.

use serde_json::json;

use super::head::Head;
use super::page::Page;
use super::path::Name;
use super::{Answer, call::Call};

/// Lists the repositories that have something to pull, and a name that clients can ask for.
pub(super) async fn list(call: &mut Call) -> Answer {
    let page = Page::of(call)?;
    let mut repositories = call.state.read(|store| store.filled_repositories()).await??;
    repositories.retain(|one| call.state.auth().may_list(&call.who, one));
    let mut names: Vec<String> = repositories.iter().filter_map(Name::of).collect();
    names.sort();
    let (names, is_more) = page.cut(names);
    let next = names.last().filter(|_| is_more).map(String::as_str);
    let document = json!({ "repositories": names });
    let head = Head::new().and("content-type", "application/json");
    Ok(page.answer(head, "/v2/_catalog?", &document, next))
}
