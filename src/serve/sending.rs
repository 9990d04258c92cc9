//! Sending files of charts: whole, in part, or only if they have changed.

use std::io::Read as _;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::body;
use super::range::Range;
use super::refusal::Refusal;
use super::state::State;
use crate::digest::Digest;
use crate::store::{self, Store};

/// Up to this size a file is read at once, and proved before the first byte is sent.
const SMALL_BYTES: u64 = 1 << 20;

/// Says what of a request decides how something is sent.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
}

impl Wish {
    /// Gives a header; one that is no text is as if it were not there.
    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Tells whether only the head of the answer is wanted.
    pub(super) fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    /// Tells whether the client has already what one of these tags stands for.
    pub(super) fn has_already(&self, tags: &[&str]) -> bool {
        let known = self.header(header::IF_NONE_MATCH).unwrap_or_default();
        let is_known = |known: &str| tags.contains(&known.trim().trim_start_matches("W/"));
        known.trim() == "*" || known.split(',').any(is_known)
    }

    /// Tells whether the client takes gzip (RFC 9110, section 12.5.3).
    pub(super) fn takes_gzip(&self) -> bool {
        let all = self.headers.get_all(header::ACCEPT_ENCODING).iter();
        let codings = all.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(','));
        let mut codings = codings.map(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|text| text.parse::<f32>().ok());
            (name.trim().to_ascii_lowercase(), weight.unwrap_or(1.0))
        });
        codings.any(|(name, weight)| (name == "gzip" || name == "x-gzip") && weight > 0.0)
    }

    /// Answers without a body: nothing has changed.
    pub(super) fn unchanged(headers: HeaderMap) -> Response {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    }

    /// Answers with a body of a known length, or with nothing but what would be its head.
    pub(super) fn answer(
        &self,
        status: StatusCode,
        mut headers: HeaderMap,
        length: u64,
        body: impl FnOnce() -> Body,
    ) -> Response {
        headers.insert(header::CONTENT_LENGTH, length.into());
        match self.is_head() {
            true => (status, headers).into_response(),
            false => (status, headers, body()).into_response(),
        }
    }
}

/// Gives the tag by which a client tells whether it has the bytes.
pub(super) fn etag(text: impl std::fmt::Display) -> String {
    format!("\"{text}\"")
}

/// Sends a blob.
pub(super) async fn blob(
    state: &State,
    wish: &Wish,
    digest: Digest,
    media_type: &'static str,
) -> Result<Response, Refusal> {
    let tag = etag(digest);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let value = HeaderValue::from_str(&tag).expect("a digest is ASCII without control characters");
    headers.insert(header::ETAG, value);
    if wish.has_already(&[&tag]) {
        return Ok(Wish::unchanged(headers));
    }
    let found = state.read(move |store| store.blob_state(&digest)).await??;
    let missing = || store::Error::MissingBlob { digest: Box::new(digest) };
    let size = found.ok_or_else(missing)?.size;
    let wanted = match wish.header(header::IF_RANGE) {
        Some(other) if other != tag => None,
        _ => wish.header(header::RANGE),
    };
    match Range::parse(wanted, size) {
        Range::Unsatisfiable => {
            headers.insert(header::CONTENT_RANGE, content_range(format!("bytes */{size}")));
            Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response())
        }
        Range::Part { first, last } => {
            let text = format!("bytes {first}-{last}/{size}");
            headers.insert(header::CONTENT_RANGE, content_range(text));
            let length = last - first + 1;
            let open = move |store: &Store| store.open_blob_part(&digest, first);
            let part = state.fetch_blob(&digest, open).await??;
            let body = || body::stream(state, &digest, part.take(length), length);
            Ok(wish.answer(StatusCode::PARTIAL_CONTENT, headers, length, body))
        }
        Range::Whole if wish.is_head() => {
            Ok(wish.answer(StatusCode::OK, headers, size, Body::empty))
        }
        Range::Whole if size <= SMALL_BYTES => {
            let read = move |store: &Store| store.read_blob(&digest, SMALL_BYTES);
            let bytes = state.fetch_blob(&digest, read).await??;
            let bytes = body::of_size(bytes.into(), &digest, size)?;
            Ok(wish.answer(StatusCode::OK, headers, size, || bytes.into()))
        }
        Range::Whole => {
            let open = move |store: &Store| store.open_blob(&digest);
            let blob = state.fetch_blob(&digest, open).await??;
            Ok(wish
                .answer(StatusCode::OK, headers, size, || body::stream(state, &digest, blob, size)))
        }
    }
}

fn content_range(text: String) -> HeaderValue {
    HeaderValue::from_str(&text).expect("a range is ASCII without control characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(name: header::HeaderName, value: &str) -> Wish {
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())]);
        Wish { method: Method::GET, headers }
    }

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        for (value, expected) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            assert_eq!(wish(header::ACCEPT_ENCODING, value).takes_gzip(), expected, "{value}");
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        for (value, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("", false),
        ] {
            let wish = wish(header::IF_NONE_MATCH, value);
            assert_eq!(wish.has_already(&["\"a\""]), expected, "{value}");
        }
    }
}
