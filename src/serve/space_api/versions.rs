//! Versions: listed, downloaded, replaced, deleted.

use axum::http::StatusCode;
use axum::response::IntoResponse as _;

use super::call::{Call, find, naming, path_of, reference};
use super::charts::link;
use super::page::{self, Page};
use super::{Answer, send};
use crate::ops::accept::{Mode, Sent, accept};
use crate::ops::{self, remove, version};
use crate::serve::refusal::Refusal;
use crate::serve::sending;
use crate::store::Store;

pub(super) async fn list(call: Call) -> Answer {
    let (page, chart) = (Page::of(&call)?, call.chart()?);
    let path = chart.to_string();
    let list = move |store: &Store| version::list(store, &chart);
    let versions = call.state.fetch(list).await?.map_err(naming(path))?;
    let total = versions.len();
    let numbers = page.cut(versions).into_iter().map(|report| report.version.to_string().into());
    Ok(page::answer(total, numbers.collect()))
}

/// Sends the archive as it is.
pub(super) async fn download(call: Call) -> Answer {
    let (chart, version) = call.version()?;
    let path = path_of(&chart, &version);
    let content = move |store: &Store| -> Result<_, ops::Error> {
        let manifest = find(store, &chart, &version)?;
        Ok(store.facts(&manifest)?.chart.map(|chart| chart.content))
    };
    let content = call.state.fetch(content).await?.map_err(naming(path))?;
    let content = content.ok_or_else(|| Refusal::invalid("this is no chart"))?;
    sending::blob(&call.state, &call.wish(), content, "application/gzip").await
}

pub(super) async fn replace(call: Call) -> Answer {
    let (chart, version) = call.version()?;
    let path = path_of(&chart, &version);
    let state = call.state.clone();
    let (place, number) = (chart.clone(), version.clone());
    // What is not there cannot be replaced: known before the archive has come.
    let is_there = move |store: &Store| find(store, &place, &number);
    state.read(is_there).await?.map_err(naming(path.clone()))?;
    let mut archive = call.archive(&chart.space).await?;
    let content = archive.take()?;
    let mode = Mode::Replace(chart.chart.clone(), version.clone());
    let sent = Sent { space: chart.space.clone(), content, provenance: None, mode };
    state.write(move |store| accept(store, sent)).await?.map_err(naming(path))?;
    Ok(send(StatusCode::OK, &link(&chart, &version)))
}

pub(super) async fn delete(call: Call) -> Answer {
    let (chart, version) = call.version()?;
    let path = path_of(&chart, &version);
    let delete = move |store: &Store| {
        find(store, &chart, &version)?;
        remove::remove_version(store, &reference(&chart, &version))
    };
    call.state.write(delete).await?.map_err(naming(path))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
