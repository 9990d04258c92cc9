//! The tags of a repository.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use serde_json::json;

use super::head::Head;
use super::page::Page;
use super::path::Name;
use super::refusal::{Code, Refusal};
use super::{Answer, call::Call};
use crate::name::{Tag, Version};
use crate::storage::{Names, State};
use crate::store::Store;

/// Is a list of tags.
#[derive(Debug)]
pub(super) struct Listed {
    names: Vec<String>,
    /// The answer to who asks for all of them.
    whole: Bytes,
}

impl Listed {
    /// Tells about how many bytes the list takes.
    pub(super) fn bytes(&self) -> usize {
        let names = self.names.iter().map(|name| name.capacity() + size_of::<String>());
        self.whole.len() + names.sum::<usize>()
    }
}

/// Lists all that a manifest can be asked for by: tags, and the versions that answer as such.
pub(super) async fn list(call: &mut Call, name: Name) -> Answer {
    let page = Page::of(call)?;
    let head = Head::new().and("content-type", "application/json");
    let state = call.state.now(|store| store.names_state(&name.repository))?;
    let known = state.as_ref().and_then(|state| call.state.memory().tags(&name.text, state));
    let names = match known {
        Some(known) if page.is_whole(known.names.len()) => {
            return Ok(head.answer(StatusCode::OK, known.whole.clone()));
        }
        Some(known) => known.names.clone(),
        None => {
            let names = read(call, &name).await?;
            keep(call, &name, state, &names);
            names
        }
    };
    let (tags, is_more) = page.cut(names);
    let next = tags.last().filter(|_| is_more).map(String::as_str);
    let document = json!({ "name": name.text, "tags": tags });
    let path = format!("/v2/{}/tags/list?", name.text);
    Ok(page.answer(head, &path, &document, next))
}

/// Reads the names of a repository, sorted.
async fn read(call: &Call, name: &Name) -> Result<Vec<String>, Refusal> {
    let repository = name.repository.clone();
    let read = move |store: &Store| store.names_or_none(&repository);
    let Some(Names { tags, versions }) = call.state.read(read).await?? else {
        let text = format!("there is no repository {}", name.text);
        return Err(Refusal::not_found(Code::NameUnknown, text));
    };
    let versions: BTreeSet<Tag> = versions.keys().map(Version::tag).collect();
    let all: BTreeSet<Tag> = tags.into_keys().chain(versions).collect();
    Ok(all.iter().map(Tag::to_string).collect())
}

/// Keeps a list that was read after the names were in this state. Without names it is the manifests that
/// tell whether there is a repository, and these have another state.
fn keep(call: &Call, name: &Name, state: Option<State>, names: &[String]) {
    let Some(state) = state.filter(|_| !names.is_empty()) else { return };
    let whole = json!({ "name": name.text, "tags": names }).to_string().into();
    let listed = Listed { names: names.to_vec(), whole };
    call.state.memory().keep_tags(&name.text, state, Arc::new(listed));
}
