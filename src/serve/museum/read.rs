//! Charts as an index lists them, in JSON.

use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Answer, send};
use crate::chart::load::Chart;
use crate::name::{Reference, Repository, SpaceName, Version};
use crate::ops::{self, index, show};
use crate::serve::refusal::Refusal;
use crate::serve::state::State;
use crate::store::Store;

/// The most bytes of a list; whoever wants more asks for a part at a time.
const MAX_LIST_BYTES: usize = 64 << 20;

/// Lists charts with their versions.
pub(super) async fn charts(state: &State, space: SpaceName, query: &[(String, String)]) -> Answer {
    let offset = number(query, "offset")?.unwrap_or(0);
    let limit = number(query, "limit")?.unwrap_or(usize::MAX);
    let list = move |store: &Store| list(store, &space, offset, limit);
    let text = state.fetch(list).await??;
    let too_long = || {
        let text = format!("the list has more than {MAX_LIST_BYTES} bytes: use offset and limit");
        Refusal::status(StatusCode::BAD_REQUEST, text)
    };
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, text.ok_or_else(too_long)?).into_response())
}

/// Writes a list; nothing if it would be too long.
fn list(
    store: &Store,
    space: &SpaceName,
    mut offset: usize,
    mut limit: usize,
) -> Result<Option<String>, ops::Error> {
    let mut text = String::from("{");
    // A space that does not exist yet is empty: the first chart makes it.
    for (chart, _) in store.chart_states(space)?.unwrap_or_default() {
        if limit == 0 {
            break;
        }
        if store.versions(&chart)?.is_empty() {
            continue;
        }
        if offset > 0 {
            offset -= 1;
            continue;
        }
        let versions = index::versions(store, &chart)?;
        limit -= 1;
        if versions.is_empty() {
            continue;
        }
        let separator = if text.len() > 1 { "," } else { "" };
        text += &format!("{separator}{}:{}", json!(chart.chart.as_str()), json!(versions));
        if text.len() > MAX_LIST_BYTES {
            return Ok(None);
        }
    }
    Ok(Some(text + "}"))
}

/// Lists the versions of a chart.
pub(super) async fn chart(state: &State, chart: Repository) -> Answer {
    let unknown = || Refusal::not_found(format!("chart {chart} not found"));
    let place = chart.clone();
    let versions = state.fetch(move |store| index::versions(store, &place)).await??;
    match versions.is_empty() {
        true => Err(unknown()),
        false => Ok(send(StatusCode::OK, &json!(versions))),
    }
}

/// Describes a version.
pub(super) async fn version(state: &State, chart: Repository, version: &str) -> Answer {
    let number = find(state, &chart, version).await?;
    let described = move |store: &Store| -> Result<Option<Value>, ops::Error> {
        let Some(manifest) = store.look_up_version(&chart, &number)? else { return Ok(None) };
        Ok(Some(json!(index::describe(store, &chart, &number, &manifest)?)))
    };
    let described = state.fetch(described).await??;
    Ok(send(StatusCode::OK, &described.ok_or_else(unknown)?))
}

/// Sends the values.yaml of a version as it is; there may be none.
pub(super) async fn values(state: &State, chart: Repository, version: &str) -> Answer {
    let number = find(state, &chart, version).await?;
    let reference = Reference::tagged(chart, number.tag());
    let shown = state.load(move |store| show::show(store, &reference)).await??;
    let text = shown.values.ok_or_else(|| Refusal::not_found("values.yaml not found"))?;
    Ok(([(header::CONTENT_TYPE, "application/yaml")], text).into_response())
}

/// Sends the files in `templates/` of a version, in base64, and its own values.
pub(super) async fn templates(state: &State, chart: Repository, version: &str) -> Answer {
    let number = find(state, &chart, version).await?;
    let reference = Reference::tagged(chart, number.tag());
    let described = state.load(move |store| show::load(store, &reference).map(in_json)).await??;
    Ok(send(StatusCode::OK, &described))
}

fn in_json(chart: Chart) -> Value {
    let files = chart.files.iter().filter(|file| file.name.starts_with("templates/"));
    let files = files.map(|file| json!({ "name": file.name, "data": STANDARD.encode(&file.data) }));
    json!({ "templates": files.collect::<Vec<_>>(), "values": chart.values })
}

/// Finds a version that is there: by its text, or `latest`, the highest that is no pre-release or
/// else the highest.
pub(super) async fn find(
    state: &State,
    chart: &Repository,
    text: &str,
) -> Result<Version, Refusal> {
    let place = chart.clone();
    let versions = state.read(move |store| store.versions(&place)).await??;
    if text == "latest" {
        let releases = versions.keys().filter(|version| !version.precedence().is_prerelease());
        return releases.max().or(versions.keys().max()).cloned().ok_or_else(unknown);
    }
    let version = Version::parse(text).map_err(|_| unknown())?;
    match versions.contains_key(&version) {
        true => Ok(version),
        false => Err(unknown()),
    }
}

fn unknown() -> Refusal {
    Refusal::not_found("no chart version found")
}

fn number(query: &[(String, String)], name: &str) -> Result<Option<usize>, Refusal> {
    let Some((_, text)) = query.iter().find(|(key, _)| key == name) else { return Ok(None) };
    let wrong = |_| Refusal::invalid(format!("{name} must be a number, not {text:?}"));
    text.parse().map(Some).map_err(wrong)
}
