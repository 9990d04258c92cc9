//! What the HTTP library and servers report, told apart: what is worth another try, and what not.

use std::io::{self, ErrorKind, Read as _};
use std::time::SystemTime;

use serde::Deserialize;
use ureq::Timeout;
use ureq::http::header::{CONTENT_TYPE, RETRY_AFTER};

use super::Error;
use super::error::PLAIN;
use super::response::Response;
use super::retry::{Failure, is_passing, retry_after};
use crate::name::Host;

/// The most of an error's body that is read, in bytes, and shown, in characters.
const MAX_BODY_BYTES: u64 = 16 << 10;
const MAX_MESSAGE: usize = 300;

/// Classifies what the library reports, while connecting, sending or receiving.
pub(super) fn of_library(error: ureq::Error, doing: String, host: Host) -> Failure {
    let tls =
        |reason| Failure::Final(Error::Tls { doing: doing.clone(), host: host.clone(), reason });
    let connect = |reason| {
        Failure::Final(Error::Connect { doing: doing.clone(), host: host.clone(), reason })
    };
    match error {
        ureq::Error::Io(error) => of_io(error, doing, host),
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            Failure::Final(Error::Timeout { doing, host, step: "make a connection" })
        }
        ureq::Error::Timeout(_) => slow(doing, host, "answer"),
        ureq::Error::HostNotFound => connect("there is no such host".to_owned()),
        ureq::Error::ConnectionFailed => connect("no connection could be made".to_owned()),
        ureq::Error::ConnectProxyFailed(reason) => connect(format!("the proxy says {reason:?}")),
        ureq::Error::Rustls(error) => tls(tls_reason(&error)),
        ureq::Error::Tls(reason) => tls(reason.to_owned()),
        other => {
            Failure::Final(Error::Protocol { doing, host, reason: printable(&other.to_string()) })
        }
    }
}

fn of_io(error: io::Error, doing: String, host: Host) -> Failure {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return Failure::Final(Error::Tls { doing, host, reason: tls_reason(error) });
    }
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => slow(doing, host, "answer"),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => broken(doing, host, error),
        _ => Failure::Final(Error::Connect { doing, host, reason: printable(&error.to_string()) }),
    }
}

/// Tells of a connection that broke.
pub(super) fn broken(doing: String, host: Host, source: io::Error) -> Failure {
    let error = Error::Broken { doing, host, source };
    Failure::Passing { error, reason: "the connection broke".to_owned(), wait: None }
}

/// Tells of a server that took too long.
pub(super) fn slow(doing: String, host: Host, step: &'static str) -> Failure {
    let error = Error::Timeout { doing, host, step };
    Failure::Passing { error, reason: "no answer".to_owned(), wait: None }
}

fn tls_reason(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(_) => PLAIN.to_owned(),
        other => other.to_string(),
    }
}

/// Classifies an answer that is no success. Of 401, the caller has dealt before.
pub(super) fn of_answer(response: Response, doing: String, is_known: bool) -> Failure {
    let status = response.status();
    let host = response.url.host().clone();
    let wait = response.header(&RETRY_AFTER).and_then(|text| retry_after(text, SystemTime::now()));
    let is_read = matches!(*response.method(), ureq::http::Method::GET | ureq::http::Method::HEAD);
    let reason = response.status_text();
    let message = message(response);
    let error = match status {
        401 | 403 => Error::Unauthorized { doing, host, is_known, status, message },
        404 if is_read => Error::NotFound { doing, message },
        429 => Error::TooMany { doing, host, wait },
        _ => Error::Server { doing, status, message },
    };
    match is_passing(status) {
        true => Failure::Passing { error, reason, wait },
        false => Failure::Final(error),
    }
}

/// The errors of registries, token servers and ChartMuseum.
#[derive(Deserialize)]
struct Body {
    errors: Option<Vec<Said>>,
    error: Option<String>,
    error_description: Option<String>,
    details: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    code: String,
    message: Option<String>,
}

/// Reads what a server says about an error: `: CODE: text`, or nothing.
fn message(response: Response) -> String {
    // Go's server sends no type where it was sent plain HTTP in place of TLS.
    let kind = response.header(&CONTENT_TYPE).unwrap_or("text/plain");
    let is_text = kind.starts_with("text/plain");
    let mut bytes = Vec::new();
    // Whatever could be read of it is better than a second error about the first.
    let _ = response.into_body().take(MAX_BODY_BYTES).read_to_end(&mut bytes);
    let text = match serde_json::from_slice(&bytes) {
        Ok(body) => said(body),
        Err(_) if is_text && !bytes.starts_with(b"<") => {
            String::from_utf8_lossy(&bytes).into_owned()
        }
        Err(_) => String::new(),
    };
    let text = printable(text.trim());
    if text.is_empty() { text } else { format!(": {text}") }
}

fn said(body: Body) -> String {
    let errors = body.errors.unwrap_or_default().into_iter().map(|said| match said.message {
        Some(message) if !message.is_empty() => format!("{}: {message}", said.code),
        _ => said.code,
    });
    let others = [body.error, body.error_description, body.details].into_iter().flatten();
    errors.chain(others).take(4).collect::<Vec<_>>().join("; ")
}

/// Makes text from a server fit for an error: short, on one line, without control characters.
fn printable(text: &str) -> String {
    let mut short = String::new();
    for character in text.chars().take(MAX_MESSAGE) {
        match character {
            '\n' | '\t' | '\r' => short.push(' '),
            other if other.is_control() => short.extend(other.escape_default()),
            other => short.push(other),
        }
    }
    if text.chars().nth(MAX_MESSAGE).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say_is_short_and_harmless() {
        assert_eq!(printable("a\nb\u{1b}[2J"), "a b\\u{1b}[2J");
        assert_eq!(printable(&"x".repeat(301)).chars().count(), 301);
        assert_eq!(printable(&"x".repeat(300)).chars().count(), 300);
    }

    #[test]
    fn errors_are_read_in_every_dialect() {
        let read = |text: &str| said(serde_json::from_str(text).unwrap());
        let registry = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no such tag","detail":{}},
                           {"code":"DENIED"}]}"#;
        assert_eq!(read(registry), "MANIFEST_UNKNOWN: no such tag; DENIED");
        assert_eq!(read(r#"{"error":"not found"}"#), "not found");
        assert_eq!(read(r#"{"details":"incorrect username"}"#), "incorrect username");
        assert_eq!(read("{}"), "");
    }
}
