//! The tags of a repository.

use std::collections::BTreeSet;

use serde_json::json;

use super::head::Head;
use super::page::Page;
use super::path::Name;
use super::refusal::{Code, Refusal};
use super::{Answer, call::Call};
use crate::name::{Tag, Version};
use crate::storage::Names;
use crate::store::Store;

/// Lists all that a manifest can be asked for by: tags, and the versions that answer as such.
pub(super) async fn list(call: &mut Call, name: Name) -> Answer {
    let page = Page::of(call)?;
    let repository = name.repository.clone();
    let read = move |store: &Store| store.names_or_none(&repository);
    let Some(Names { tags, versions }) = call.state.read(read).await?? else {
        let text = format!("there is no repository {}", name.text);
        return Err(Refusal::not_found(Code::NameUnknown, text));
    };
    let versions: BTreeSet<Tag> = versions.keys().map(Version::tag).collect();
    let all: BTreeSet<Tag> = tags.into_keys().chain(versions).collect();
    let (tags, is_more) = page.cut(all.iter().map(Tag::to_string).collect());
    let next = tags.last().filter(|_| is_more).map(String::as_str);
    let document = json!({ "name": name.text, "tags": tags });
    let path = format!("/v2/{}/tags/list?", name.text);
    Ok(page.answer(Head::new().and("content-type", "application/json"), &path, &document, next))
}
