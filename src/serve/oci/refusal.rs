//! Why a request is refused, in the words of the specification.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::error::{Classified as _, Kind};
use crate::ops;
use crate::serve::auth::Denied;
use crate::serve::refusal::ELSEWHERE;
use crate::serve::state::{Lost, State};
use crate::{digest, storage, store};

/// Names a reason; the texts are part of the specification, but for the last three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    BlobUnknown,
    UploadInvalid,
    UploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    SizeInvalid,
    Denied,
    Unauthorized,
    Unsupported,
    TooManyRequests,
    /// Distribution's, for `n` that is no number.
    Pagination,
    /// Distribution's, for what may go well later.
    Unavailable,
    /// Distribution's, for all else.
    Unknown,
}

impl Code {
    fn as_str(self) -> &'static str {
        match self {
            Code::BlobUnknown => "BLOB_UNKNOWN",
            Code::UploadInvalid => "BLOB_UPLOAD_INVALID",
            Code::UploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Code::DigestInvalid => "DIGEST_INVALID",
            Code::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Code::ManifestInvalid => "MANIFEST_INVALID",
            Code::ManifestUnknown => "MANIFEST_UNKNOWN",
            Code::NameInvalid => "NAME_INVALID",
            Code::NameUnknown => "NAME_UNKNOWN",
            Code::SizeInvalid => "SIZE_INVALID",
            Code::Denied => "DENIED",
            Code::Unauthorized => "UNAUTHORIZED",
            Code::Unsupported => "UNSUPPORTED",
            Code::TooManyRequests => "TOOMANYREQUESTS",
            Code::Pagination => "PAGINATION_NUMBER_INVALID",
            Code::Unavailable => "UNAVAILABLE",
            Code::Unknown => "UNKNOWN",
        }
    }
}

/// Says why a request is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: Code,
    message: String,
    hint: Option<String>,
    headers: HeaderMap,
    /// What the client may not do, where that is the reason.
    pub(super) denied: Option<Denied>,
    /// What failed here, which is told to who runs the server.
    failure: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Refusal {
        let (message, headers) = (message.into(), HeaderMap::new());
        Refusal { status, code, message, hint: None, headers, denied: None, failure: None }
    }

    pub(super) fn bad(code: Code, message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn not_found(code: Code, message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, code, message)
    }

    /// Refuses a method where others are answered.
    pub(super) fn method(allowed: &'static str) -> Refusal {
        let text = format!("only {allowed} are answered here");
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, Code::Unsupported, text);
        refusal.with(header::ALLOW, allowed)
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Refusal {
        // What cannot be a header is left out; all that are given here can.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Makes the answer, and tells who runs the server of what failed here.
    pub(super) fn into_response(self, state: &State) -> Response {
        if let Some(failure) = &self.failure {
            state.report(&**failure);
        }
        let error =
            json!({ "code": self.code.as_str(), "message": self.message, "detail": self.hint });
        let body = json!({ "errors": [error] }).to_string();
        let kind = [(header::CONTENT_TYPE, "application/json")];
        (self.status, self.headers, kind, body).into_response()
    }

    /// Hides what failed here from the client.
    fn failed(kind: Kind, failure: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Refusal {
        let (status, code, message) = match kind {
            Kind::Locked => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, "the store is busy")
            }
            Kind::NoSpace => {
                (StatusCode::INSUFFICIENT_STORAGE, Code::Unavailable, "the disk is full")
            }
            Kind::Unreachable | Kind::Unauthorized => {
                (StatusCode::BAD_GATEWAY, Code::Unavailable, ELSEWHERE)
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, Code::Unknown, "the registry has failed"),
        };
        let refusal =
            Refusal { failure: Some(failure.into()), ..Refusal::new(status, code, message) };
        match kind {
            Kind::Locked => refusal.with(header::RETRY_AFTER, "1"),
            _ => refusal,
        }
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Refusal {
        ops::Error::from(error).into()
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Refusal {
        let code = match denied.status() {
            StatusCode::UNAUTHORIZED => Code::Unauthorized,
            StatusCode::METHOD_NOT_ALLOWED => Code::Unsupported,
            _ => Code::Denied,
        };
        let refusal = Refusal::new(denied.status(), code, denied.message());
        Refusal { denied: Some(denied), ..refusal }
    }
}

impl From<digest::Error> for Refusal {
    fn from(error: digest::Error) -> Refusal {
        Refusal::bad(Code::DigestInvalid, error.to_string())
    }
}

impl From<Lost> for Refusal {
    fn from(_: Lost) -> Refusal {
        Refusal::failed(Kind::System, "a request has ended before its time")
    }
}

/// Turns what `ops` and `store` say into the words of the specification: the one place where that is
/// done.
impl From<ops::Error> for Refusal {
    fn from(error: ops::Error) -> Refusal {
        use store::Error as Store;
        let (status, code) = match &error {
            ops::Error::Store(Store::NotFound { what, .. }) => {
                let code = match *what {
                    "blob" => Code::BlobUnknown,
                    "upload" => Code::UploadUnknown,
                    "chart" | "space" => Code::NameUnknown,
                    _ => Code::ManifestUnknown,
                };
                (StatusCode::NOT_FOUND, code)
            }
            ops::Error::Store(
                Store::MissingBlob { .. }
                | Store::Storage(storage::Error::Elsewhere { kind: Kind::NotFound, .. }),
            ) => (StatusCode::NOT_FOUND, Code::BlobUnknown),
            ops::Error::Store(Store::MissingPart { .. }) => {
                (StatusCode::BAD_REQUEST, Code::ManifestBlobUnknown)
            }
            ops::Error::Store(Store::WrongBytes(_)) => {
                (StatusCode::BAD_REQUEST, Code::DigestInvalid)
            }
            ops::Error::Store(Store::ChartsOnly { .. }) => (StatusCode::FORBIDDEN, Code::Denied),
            ops::Error::Store(
                Store::Immutable { .. }
                | Store::VersionExists { .. }
                | Store::TagIsVersion { .. }
                | Store::BlobInUse { .. },
            ) => (StatusCode::CONFLICT, Code::Denied),
            ops::Error::Stored { .. } => (StatusCode::BAD_REQUEST, Code::ManifestInvalid),
            other => match other.kind() {
                Kind::Invalid | Kind::Unsupported => {
                    (StatusCode::BAD_REQUEST, Code::ManifestInvalid)
                }
                kind => return Refusal::failed(kind, error),
            },
        };
        let message = match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        Refusal { hint: error.hint(), ..Refusal::new(status, code, message) }
    }
}
