//! The OpenAPI document of the API (version 3.0.3), made of the table of routes.
//!
//! The crates that make such documents take them from attributes on every handler; here the table is
//! there anyway, and the document cannot say anything else than the router does.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::routes::{Gives, ROUTES, Route, Takes};
use super::{PREFIX, send};

/// Sends the document.
pub(super) async fn serve() -> Response {
    send(StatusCode::OK, &document())
}

fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(format!("{PREFIX}{}", route.path)).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.0.3",
        "info": { "title": "hreg", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "schemas": schemas() },
    })
}

fn operation(route: &Route) -> Value {
    let (status, kind, schema) = success(route.gives);
    let mut good = json!({ "description": "Done" });
    if let Some(schema) = schema {
        good["content"] = json!({ kind: { "schema": schema } });
    }
    let failed = content("application/json", of("Error"));
    let failed = json!({ "description": "Why not", "content": failed });
    let mut operation = json!({
        "summary": route.summary,
        "parameters": parameters(route),
        "responses": { status: good, "default": failed },
    });
    if let Some(body) = body(route.takes) {
        operation["requestBody"] = json!({ "required": true, "content": body });
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let parameter = |place: &str, name: &str, kind: &str| {
        let required = place == "path" || name == "space";
        json!({ "in": place, "name": name, "required": required, "schema": { "type": kind } })
    };
    let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<Value> = names.map(|name| parameter("path", name, "string")).collect();
    match route.takes {
        Takes::Page => {
            all.extend(["start", "limit"].map(|name| parameter("query", name, "integer")));
        }
        Takes::Space => all.push(parameter("query", "space", "string")),
        _ => {}
    }
    all
}

fn body(takes: Takes) -> Option<Value> {
    let file = json!({ "type": "string", "format": "binary" });
    let form = json!({
        "type": "object",
        "required": ["chartfile"],
        "properties": { "chartfile": file },
    });
    let map = json!({ "type": "object" });
    match takes {
        Takes::Archive => Some(content("multipart/form-data", form)),
        Takes::ArchiveOrPlan => {
            let mut either = content("multipart/form-data", form);
            either["application/json"] = json!({ "schema": map });
            Some(either)
        }
        Takes::Map => Some(content("application/json", map)),
        Takes::Nothing | Takes::Page | Takes::Space => None,
    }
}

/// Gives the status, the media type and the schema of what is sent.
fn success(gives: Gives) -> (&'static str, &'static str, Option<Value>) {
    const JSON: &str = "application/json";
    match gives {
        Gives::Nothing => ("204", JSON, None),
        Gives::Names => ("200", JSON, Some(of("Names"))),
        Gives::MetadataList => ("200", JSON, Some(of("MetadataList"))),
        Gives::Metadata => ("200", JSON, Some(of("Metadata"))),
        Gives::Values => ("200", "text/plain; charset=utf-8", Some(json!({ "type": "object" }))),
        Gives::Map => ("200", JSON, Some(json!({ "type": "object" }))),
        Gives::NewSpace => ("201", JSON, Some(of("SpaceLink"))),
        Gives::NewVersion => ("201", JSON, Some(of("ChartLink"))),
        Gives::Version => ("200", JSON, Some(of("ChartLink"))),
        Gives::Archive => {
            ("200", "application/gzip", Some(json!({ "type": "string", "format": "binary" })))
        }
    }
}

fn content(kind: &str, schema: Value) -> Value {
    json!({ kind: { "schema": schema } })
}

fn of(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn schemas() -> Value {
    let texts = |names: &[&str]| {
        let fields = names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" })));
        json!({ "type": "object", "required": names, "properties": Map::from_iter(fields) })
    };
    let list = |items: Value| {
        let count = json!({ "type": "integer" });
        let metadata = json!({
            "type": "object",
            "properties": { "total": count, "itemsLength": count },
        });
        let items = json!({ "type": "array", "items": items });
        json!({ "type": "object", "properties": { "metadata": metadata, "items": items } })
    };
    let family = json!({ "type": "array", "items": of("Metadata") });
    let mut metadata = texts(&["name", "version"]);
    metadata["properties"]["dependencies"] = family;
    json!({
        "Error": texts(&["message", "reason"]),
        "SpaceLink": texts(&["name", "link"]),
        "ChartLink": texts(&["space", "chart", "version", "link"]),
        "Metadata": metadata,
        "Names": list(json!({ "type": "string" })),
        "MetadataList": list(of("Metadata")),
    })
}
