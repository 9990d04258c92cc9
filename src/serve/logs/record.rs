//! Records, and what of a request goes into one.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, Method, Uri, Version, header};

/// The most characters of a text that a client sent.
const MAX_TEXT: usize = 512;

/// What stands before the name of an upload, which lets whoever knows it add to the upload.
const UPLOADS: &str = "/blobs/uploads/";

/// Says how much something matters, most first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something may be wrong.
    Warn,
    /// Something was done.
    #[default]
    Info,
}

impl Level {
    /// All levels, most important first.
    pub const ALL: [Level; 3] = [Level::Error, Level::Warn, Level::Info];

    /// Gives the word that stands for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
        }
    }
}

/// Is something that a server tells who runs it.
#[derive(Debug, Clone)]
pub struct Record {
    /// When it happened.
    pub time: SystemTime,
    /// What happened.
    pub event: Event,
}

impl Record {
    /// Makes a record of what happens now.
    pub fn now(event: Event) -> Record {
        Record { time: SystemTime::now(), event }
    }

    /// Tells how much it matters.
    pub fn level(&self) -> Level {
        match self.event {
            Event::Failed { .. } => Level::Error,
            Event::Warned { .. } | Event::Waiting { .. } | Event::Dropped { .. } => Level::Warn,
            Event::Started { .. } | Event::Request(_) => Level::Info,
        }
    }
}

/// Says what happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The server has begun to answer.
    Started {
        /// What it serves.
        what: String,
        /// Where, as a URL.
        address: String,
    },
    /// Something failed that clients are told no more of than that.
    Failed {
        /// The error, with its causes.
        message: String,
        /// The request that it failed in, if that has a name.
        request: Option<String>,
    },
    /// Something may be wrong.
    Warned {
        /// What.
        message: String,
    },
    /// A lock is being waited for.
    Waiting {
        /// What keeps it.
        what: String,
    },
    /// Records were left out, as they could not be written as fast as they came.
    Dropped {
        /// How many.
        count: u64,
    },
    /// A request has been answered.
    Request(Box<Access>),
}

/// Says how a request was answered.
#[derive(Debug, Clone)]
pub struct Access {
    /// Its name, which the answer has as `X-Request-Id`.
    pub request: String,
    /// Who sent it.
    pub client: IpAddr,
    /// The user, if one has been proved.
    pub user: Option<String>,
    /// The method.
    pub method: String,
    /// The path, without the query and without the names of uploads.
    pub path: String,
    /// The version of HTTP.
    pub protocol: &'static str,
    /// The status; none if the client has gone before there was an answer.
    pub status: Option<u16>,
    /// How many bytes of its body have come.
    pub received: u64,
    /// How many bytes of the answer's body were sent.
    pub sent: u64,
    /// How long it took, to the last byte.
    pub duration: Duration,
    /// What the client calls itself.
    pub agent: Option<String>,
}

/// Bounds a text that a client sent.
fn bounded(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Gives the path of a request, without what nobody else may know.
pub(super) fn path(uri: &Uri) -> String {
    let path = uri.path();
    match path.find(UPLOADS).map(|place| place + UPLOADS.len()) {
        Some(end) if end < path.len() => bounded(&path[..end]) + "*",
        _ => bounded(path),
    }
}

pub(super) fn method(method: &Method) -> String {
    bounded(method.as_str())
}

/// Gives what a client calls itself.
pub(super) fn agent(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(header::USER_AGENT)?;
    Some(bounded(&String::from_utf8_lossy(agent.as_bytes())))
}

pub(super) fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_no_query_and_no_names_of_uploads() {
        for (uri, expected) in [
            ("/v2/a/b/manifests/v1?token=secret", "/v2/a/b/manifests/v1"),
            ("http://ann:secret@host/index.yaml", "/index.yaml"),
            ("/v2/a/b/blobs/uploads/secret?digest=x", "/v2/a/b/blobs/uploads/*"),
            ("/v2/a/b/blobs/uploads/", "/v2/a/b/blobs/uploads/"),
            ("/%1b[2J", "/%1b[2J"),
        ] {
            assert_eq!(path(&uri.parse().unwrap()), expected);
        }
        let long = format!("/{}", "x".repeat(2000));
        assert_eq!(path(&long.parse().unwrap()).chars().count(), MAX_TEXT + 1);
    }

    #[test]
    fn what_a_client_calls_itself_is_text_of_a_bounded_length() {
        let agent = |bytes: &[u8]| {
            let value = header::HeaderValue::from_bytes(bytes).unwrap();
            agent(&HeaderMap::from_iter([(header::USER_AGENT, value)])).unwrap()
        };
        assert_eq!(agent(b"helm/3"), "helm/3");
        assert_eq!(agent(b"\xff"), "\u{fffd}");
        assert_eq!(agent("é".repeat(2000).as_bytes()).chars().count(), MAX_TEXT + 1);
    }
}
