//! Spaces.

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde_json::json;

use super::call::{Call, conflict, naming, read_name};
use super::page::{self, Page};
use super::{Answer, PREFIX, send};
use crate::name::SpaceName;
use crate::ops::{self, space};
use crate::serve::refusal::Refusal;
use crate::store::Policy;

pub(super) async fn list(call: Call) -> Answer {
    let page = Page::of(&call)?;
    let mut spaces = call.state.read(space::list).await??;
    spaces.retain(|space| call.state.auth().may_list(&call.who, &space.name));
    let total = spaces.len();
    let names = page.cut(spaces).into_iter().map(|space| space.name.to_string().into());
    Ok(page::answer(total, names.collect()))
}

pub(super) async fn create(call: Call) -> Answer {
    let missing = || Refusal::invalid("can't find param space in request");
    let text = call.parameter("space").filter(|text| !text.is_empty()).ok_or_else(missing)?;
    let name = read_name("space", text, SpaceName::parse)?;
    let created = name.clone();
    let create = move |store: &_| space::create(store, &created, Policy::default());
    let result = call.state.write(create).await?;
    result.map_err(|error| conflict(error.into(), &name.to_string()))?;
    let link = format!("{PREFIX}/spaces/{}", segment(&name.to_string()));
    Ok(send(StatusCode::CREATED, &json!({ "name": name.to_string(), "link": link })))
}

pub(super) async fn remove(call: Call) -> Answer {
    let name = call.space()?;
    let path = name.to_string();
    let remove = move |store: &_| -> Result<_, ops::Error> { space::remove(store, &name, true) };
    call.state.write(remove).await?.map_err(naming(path))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Writes a name as one part of a path: spaces may have parts of their own.
pub(super) fn segment(name: &str) -> String {
    name.replace('/', "%2F")
}
