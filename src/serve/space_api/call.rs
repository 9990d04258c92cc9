//! A request, and what its path and parameters say.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};

use crate::error::{Classified as _, Kind};
use crate::name::{ChartName, Reference, Repository, SpaceName, Version};
use crate::ops;
use crate::serve::auth::Who;
use crate::serve::incoming;
use crate::serve::refusal::Refusal;
use crate::serve::sending::Wish;
use crate::serve::state::State;
use crate::store::{self, Store};

/// The most bytes of a document that a client sends: a plan, metadata, values.
const MAX_DOCUMENT_BYTES: usize = 4 << 20;

/// Is a request that has found its route.
pub(super) struct Call {
    pub(super) state: State,
    pub(super) who: Who,
    names: HashMap<String, String>,
    query: Vec<(String, String)>,
    method: Method,
    headers: HeaderMap,
    /// Never locked: it lets requests be looked at from several threads, which bodies cannot.
    body: Mutex<Body>,
}

impl Call {
    pub(super) fn new(
        state: State,
        who: Who,
        names: HashMap<String, String>,
        query: Vec<(String, String)>,
        request: Request<Body>,
    ) -> Call {
        let (head, body) = request.into_parts();
        let (method, headers, body) = (head.method, head.headers, Mutex::new(body));
        Call { state, who, names, query, method, headers, body }
    }

    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    /// Gives a parameter; the first, where it comes more than once.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(key, _)| key == name)?;
        Some(value)
    }

    /// Reads a name of the path.
    fn name<T>(
        &self,
        what: &str,
        parse: impl Fn(&str) -> Result<T, crate::name::Error>,
    ) -> Result<T, Refusal> {
        let text = self.names.get(what).map(String::as_str).unwrap_or_default();
        read_name(what, text, parse)
    }

    pub(super) fn space(&self) -> Result<SpaceName, Refusal> {
        self.name("space", SpaceName::parse)
    }

    pub(super) fn chart(&self) -> Result<Repository, Refusal> {
        let space = self.space()?;
        Ok(Repository { space, chart: self.name("chart", ChartName::parse)? })
    }

    pub(super) fn version(&self) -> Result<(Repository, Version), Refusal> {
        let chart = self.chart()?;
        Ok((chart, self.name("version", Version::parse)?))
    }

    /// Tells whether the body is a form of several parts.
    pub(super) fn is_form(&self) -> bool {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().trim_start().to_ascii_lowercase();
        kind.starts_with("multipart/form-data")
    }

    /// Says how the answer is wanted.
    pub(super) fn wish(&self) -> Wish {
        Wish { method: self.method.clone(), headers: self.headers.clone() }
    }

    /// Takes the archive out of a form.
    pub(super) async fn archive(self, space: &SpaceName) -> Result<incoming::Arriving, Refusal> {
        const FIELD: &str = "chartfile";
        let missing = || Refusal::invalid(format!("can't find param {FIELD} in request"));
        if !self.is_form() {
            return Err(missing());
        }
        let body = self.body.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut request = Request::new(body);
        *request.headers_mut() = self.headers;
        let parts = incoming::form(&self.state, space, request, FIELD, None).await?;
        parts.content.ok_or_else(missing)
    }

    /// Takes the body as a document.
    pub(super) async fn document(self) -> Result<Vec<u8>, Refusal> {
        let body = self.body.into_inner().unwrap_or_else(PoisonError::into_inner);
        incoming::document(body, MAX_DOCUMENT_BYTES).await
    }
}

/// Reads a name.
pub(super) fn read_name<T>(
    what: &str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, crate::name::Error>,
) -> Result<T, Refusal> {
    parse(text).map_err(|_| Refusal::invalid(format!("{what} is invalid: {text}")))
}

/// Names one version, as the store does.
pub(super) fn reference(chart: &Repository, version: &Version) -> Reference {
    Reference::tagged(chart.clone(), version.tag())
}

/// Names one version, as answers do.
pub(super) fn path_of(chart: &Repository, version: &Version) -> String {
    format!("{chart}/{version}")
}

/// Says of what is not there that it is not found, in the original's words.
pub(super) fn naming(path: String) -> impl FnOnce(ops::Error) -> Refusal {
    move |error| match error.kind() {
        Kind::NotFound if !matches!(error, ops::Error::Disk(_)) => absent(&path),
        _ => error.into(),
    }
}

pub(super) fn absent(path: &str) -> Refusal {
    Refusal::not_found(format!("/{path} not found"))
}

/// Says of what is there already that it is, in the original's words.
pub(super) fn conflict(refusal: Refusal, name: &str) -> Refusal {
    match refusal.is(Kind::Exists) {
        true => Refusal::of(Kind::Exists, format!("resource conflict because {name} exist")),
        false => refusal,
    }
}

/// Finds the manifest of a version.
pub(super) fn find(
    store: &Store,
    chart: &Repository,
    version: &Version,
) -> Result<crate::digest::Digest, ops::Error> {
    let found = store.look_up_version(chart, version)?;
    Ok(found.ok_or_else(|| store::Error::NotFound {
        what: "version",
        name: path_of(chart, version),
        near: Vec::new(),
    })?)
}
