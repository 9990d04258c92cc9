//! Charts: listed, uploaded, built by a plan, deleted.

use std::path::PathBuf;

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::call::{Call, absent, conflict, naming, path_of};
use super::need;
use super::page::{self, Page};
use super::spaces::segment;
use super::{Answer, PREFIX, send};
use crate::name::{Repository, SpaceName, Version};
use crate::ops::accept::{Mode, Sent, accept};
use crate::ops::orchestrate::{self, Options};
use crate::ops::{self, remove};
use crate::plan::Draft;
use crate::serve::refusal::Refusal;
use crate::store::{Overwrite, Store};

/// The time of the files in what is built: the first day that every archive tool can show.
pub(super) const FIRST_OF_1980: u64 = 315_532_800;

pub(super) async fn list(call: Call) -> Answer {
    let (page, space) = (Page::of(&call)?, call.space()?);
    let path = space.to_string();
    let charts = move |store: &Store| -> Result<_, ops::Error> { Ok(store.charts(&space)?) };
    let charts = call.state.read(charts).await?.map_err(naming(path))?;
    let total = charts.len();
    let names = page.cut(charts).into_iter().map(|chart| chart.chart.to_string().into());
    Ok(page::answer(total, names.collect()))
}

/// Takes an archive, or builds a chart by a plan: the content type decides.
pub(super) async fn add(call: Call) -> Answer {
    let space = call.space()?;
    match call.is_form() {
        true => upload(call, space).await,
        false => build(call, space).await,
    }
}

async fn upload(call: Call, space: SpaceName) -> Answer {
    let state = call.state.clone();
    let mut archive = call.archive(&space).await?;
    let content = archive.take()?;
    let sent = Sent { space, content, provenance: None, mode: Mode::Add };
    let saved = state.write(move |store| accept(store, sent)).await?.map_err(taken)?;
    let chart = saved.chart;
    Ok(send(StatusCode::CREATED, &link(&chart.reference.repository, &chart.version)))
}

async fn build(call: Call, space: SpaceName) -> Answer {
    let (state, who) = (call.state.clone(), call.who.clone());
    let text = call.document().await?;
    let mut draft = Draft::read(&text).map_err(ops::Error::from)?;
    draft.roots().try_for_each(|node| need::check_sources(&state, &who, node))?;
    let plan = &mut draft.plan;
    plan.semantics = plan.semantics.or(state.settings().semantics);
    let target = Repository { space: space.clone(), chart: plan.save.chart.clone() };
    let version = plan.save.version.clone();
    if plan.save.space.as_ref().is_some_and(|other| *other != space) {
        draft.refuse("save.space", format!("the plan is sent to another space, {space}"));
    }
    let options = Options {
        draft,
        name: PathBuf::from("plan"),
        space: Some(space.clone()),
        semantics: None,
        tag: None,
        overwrite: Overwrite::Never,
        lock: None,
        modified: FIRST_OF_1980,
    };
    let build = move |store: &Store| -> Result<bool, ops::Error> {
        if store.chart_states(&space)?.is_none() {
            return Ok(false);
        }
        orchestrate::orchestrate(store, &options).map(|_| true)
    };
    match state.load(build).await?.map_err(taken)? {
        true => Ok(send(StatusCode::CREATED, &link(&target, &version))),
        false => Err(absent(&target.space.to_string())),
    }
}

pub(super) async fn delete(call: Call) -> Answer {
    let chart = call.chart()?;
    let path = chart.to_string();
    let reference = crate::name::Reference { repository: chart, tag: None, digest: None };
    let delete = move |store: &Store| remove::remove(store, &reference, true);
    call.state.write(delete).await?.map_err(naming(path))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Says that a version is there already, in the original's words.
pub(super) fn taken(error: ops::Error) -> Refusal {
    let path = match &error {
        ops::Error::Store(crate::store::Error::VersionExists { repository, version, .. })
        | ops::Error::TargetExists { repository, version, .. } => path_of(repository, version),
        _ => return error.into(),
    };
    conflict(error.into(), &path)
}

/// Says where a version is.
pub(super) fn link(chart: &Repository, version: &Version) -> Value {
    let space = chart.space.to_string();
    let place = segment(&space);
    let link = format!("{PREFIX}/spaces/{place}/charts/{}/versions/{version}", chart.chart);
    let (chart, version) = (chart.chart.to_string(), version.to_string());
    json!({ "space": space, "chart": chart, "version": version, "link": link })
}
