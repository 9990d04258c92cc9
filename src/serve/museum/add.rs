//! Charts and signature files that are sent, and versions that are deleted.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use super::{Answer, read, send};
use crate::name::{Reference, Repository, SpaceName};
use crate::ops::accept::{Mode, Sent, accept};
use crate::ops::{remove, vouch};
use crate::serve::incoming::{self, Parts};
use crate::serve::refusal::Refusal;
use crate::serve::state::State;

/// The fields of a form.
const CHART: &str = "chart";
const PROVENANCE: &str = "prov";

/// Takes a chart: as it is, or in a form with or without its signature file.
pub(super) async fn chart(
    state: &State,
    space: SpaceName,
    query: &[(String, String)],
    request: Request<Body>,
) -> Answer {
    let Parts { content, provenance } = parts(state, &space, request).await?;
    let Some(mut content) = content else {
        return match provenance {
            Some(bytes) => attach(state, space, query, bytes).await,
            None => Err(Refusal::invalid("no package or provenance file found in form fields")),
        };
    };
    let mode = if is_forced(query) { Mode::Put } else { Mode::Add };
    let content = content.take()?;
    let sent = Sent { space, content, provenance, mode };
    state.write(move |store| accept(store, sent)).await??;
    Ok(send(StatusCode::CREATED, &json!({ "saved": true })))
}

/// Takes the signature file of a chart that is there.
pub(super) async fn provenance(
    state: &State,
    space: SpaceName,
    query: &[(String, String)],
    request: Request<Body>,
) -> Answer {
    let bytes = match is_form(&request) {
        true => parts(state, &space, request).await?.provenance,
        false => {
            let limit = crate::chart::provenance::MAX_BYTES;
            Some(incoming::document(request.into_body(), limit).await?)
        }
    };
    let missing = || Refusal::invalid("no provenance file found in form fields");
    attach(state, space, query, bytes.ok_or_else(missing)?).await
}

/// Deletes a version.
pub(super) async fn delete(state: &State, chart: Repository, version: &str) -> Answer {
    let number = read::find(state, &chart, version).await?;
    let reference = Reference::tagged(chart, number.tag());
    state.write(move |store| remove::remove_version(store, &reference)).await??;
    Ok(send(StatusCode::OK, &json!({ "deleted": true })))
}

async fn attach(
    state: &State,
    space: SpaceName,
    query: &[(String, String)],
    bytes: Vec<u8>,
) -> Answer {
    let force = is_forced(query);
    state.write(move |store| vouch::attach(store, &space, &bytes, force)).await??;
    Ok(send(StatusCode::CREATED, &json!({ "saved": true })))
}

async fn parts(state: &State, space: &SpaceName, request: Request<Body>) -> Result<Parts, Refusal> {
    match is_form(&request) {
        true => incoming::form(state, space, request, CHART, Some(PROVENANCE)).await,
        false => {
            let content = incoming::archive(state, space, request.into_body()).await?;
            Ok(Parts { content: Some(content), provenance: None })
        }
    }
}

fn is_form(request: &Request<Body>) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.unwrap_or_default().trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

/// Tells whether what is there may be replaced; ChartMuseum looks at nothing but the name.
pub(super) fn is_forced(query: &[(String, String)]) -> bool {
    query.iter().any(|(name, _)| name == "force")
}
