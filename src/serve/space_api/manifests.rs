//! What charts say of themselves: Chart.yaml and values.yaml, read and written.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use serde_json::{Map, Value};

use super::call::{Call, find, naming, path_of, reference};
use super::charts::FIRST_OF_1980;
use super::page::{self, Page};
use super::{Answer, send};
use crate::name::{Reference, Repository, Version};
use crate::ops::chart::{self, ChartReport};
use crate::ops::edit::{Edit, edit};
use crate::ops::{self, metadata, version};
use crate::serve::refusal::Refusal;
use crate::serve::state::State;
use crate::store::Store;

/// The most bytes of a list; whoever wants more asks for a part at a time.
const MAX_LIST_BYTES: usize = 64 << 20;

/// Lists the metadata of every version of every chart.
pub(super) async fn of_space(call: Call) -> Answer {
    list_space(call, |report| numbers(report).collect()).await
}

/// Lists the metadata of the latest version of each chart.
pub(super) async fn latest_of_space(call: Call) -> Answer {
    list_space(call, |report| report.latest.into_iter().collect()).await
}

/// Lists the metadata of every version of a chart.
pub(super) async fn of_chart(call: Call) -> Answer {
    let (page, place) = (Page::of(&call)?, call.chart()?);
    let path = place.to_string();
    let report = move |store: &Store| chart::show(store, &place);
    let report = call.state.fetch(report).await?.map_err(naming(path))?;
    let place = report.chart.clone();
    let all = numbers(report).map(|number| reference(&place, &number)).collect();
    list_of(&call.state, page, all).await
}

/// Gives the metadata of the latest version of a chart.
pub(super) async fn latest_of_chart(call: Call) -> Answer {
    let place = call.chart()?;
    let path = place.to_string();
    let read = move |store: &Store| -> Result<_, ops::Error> {
        let latest = chart::show(store, &place)?.latest;
        latest.map(|number| metadata::family(store, &reference(&place, &number))).transpose()
    };
    let read = call.state.fetch(read).await?.map_err(naming(path.clone()))?;
    let metadata = read.ok_or_else(|| super::call::absent(&path))?;
    Ok(send(StatusCode::OK, &Value::Object(metadata)))
}

/// Gives the metadata of a version.
pub(super) async fn metadata(call: Call) -> Answer {
    let (place, number) = call.version()?;
    show(&call.state, place, number).await
}

/// Replaces Chart.yaml.
pub(super) async fn put_metadata(call: Call) -> Answer {
    let (place, number) = call.version()?;
    let state = call.state.clone();
    let fields = read_map(&call.document().await?)?;
    change(&state, &place, &number, Edit::WholeMetadata(fields)).await?;
    show(&state, place, number).await
}

/// Gives the values of a version, with those of the charts in it.
pub(super) async fn values(call: Call) -> Answer {
    let (place, number) = call.version()?;
    let path = path_of(&place, &number);
    let read = move |store: &Store| {
        find(store, &place, &number)?;
        version::values(store, &reference(&place, &number), false)
    };
    let values = call.state.load(read).await?.map_err(naming(path))?.values;
    let text = Value::Object(values).to_string();
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// Replaces values.yaml.
pub(super) async fn put_values(call: Call) -> Answer {
    let (place, number) = call.version()?;
    let state = call.state.clone();
    let text = call.document().await?;
    change(&state, &place, &number, Edit::WholeValues(read_map(&text)?)).await?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, Body::from(text)).into_response())
}

fn numbers(report: ChartReport) -> impl Iterator<Item = Version> {
    report.versions.into_iter().map(|report| report.version)
}

async fn list_space(call: Call, wanted: fn(ChartReport) -> Vec<Version>) -> Answer {
    let (page, space) = (Page::of(&call)?, call.space()?);
    let path = space.to_string();
    let list = move |store: &Store| chart::list(store, Some(&space));
    let reports = call.state.fetch(list).await?.map_err(naming(path))?;
    let mut all = Vec::new();
    for report in reports {
        let place = report.chart.clone();
        all.extend(wanted(report).iter().map(|number| reference(&place, number)));
    }
    list_of(&call.state, page, all).await
}

/// Lists what the wanted ones say of themselves; one that cannot be read is left out, and told to
/// who runs the server.
async fn list_of(state: &State, page: Page, all: Vec<Reference>) -> Answer {
    let total = all.len();
    let wanted = page.cut(all);
    let reporting = state.clone();
    let read = move |store: &Store| {
        let (mut items, mut size) = (Vec::new(), 0);
        for reference in &wanted {
            match metadata::family(store, reference) {
                Ok(metadata) => items.push(Value::Object(metadata)),
                Err(error) => reporting.report(&error),
            }
            size += items.last().map_or(0, |item| item.to_string().len());
            if size > MAX_LIST_BYTES {
                return None;
            }
        }
        Some(items)
    };
    let too_long =
        || Refusal::invalid(format!("the list has more than {MAX_LIST_BYTES} bytes: use limit"));
    Ok(page::answer(total, state.fetch(read).await?.ok_or_else(too_long)?))
}

async fn show(state: &State, place: Repository, number: Version) -> Answer {
    let path = path_of(&place, &number);
    let read = move |store: &Store| {
        find(store, &place, &number)?;
        metadata::family(store, &reference(&place, &number))
    };
    let metadata = state.fetch(read).await?.map_err(naming(path))?;
    Ok(send(StatusCode::OK, &Value::Object(metadata)))
}

async fn change(
    state: &State,
    place: &Repository,
    number: &Version,
    change: Edit,
) -> Result<(), Refusal> {
    let path = path_of(place, number);
    let (place, number) = (place.clone(), number.clone());
    let change = move |store: &Store| {
        find(store, &place, &number)?;
        edit(store, &reference(&place, &number), &change, FIRST_OF_1980)
    };
    state.load(change).await?.map_err(naming(path))?;
    Ok(())
}

fn read_map(text: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let read = serde_json::from_slice(text);
    read.map_err(|error| Refusal::invalid(format!("the body is no JSON object: {error}")))
}
