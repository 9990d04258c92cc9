//! Lists of names, a page at a time.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::call::{self, Call};
use super::head::Head;
use super::refusal::Refusal;

/// Says which part of a list is asked for.
pub(super) struct Page {
    count: usize,
    last: Option<String>,
}

impl Page {
    /// Reads `n` and `last`; no page has more names than the server's limit.
    pub(super) fn of(call: &Call) -> Result<Page, Refusal> {
        let limit = call.state.settings().limits.page;
        let count = call.parameter("n").map(call::count).transpose()?;
        let last = call.parameter("last").map(str::to_owned);
        Ok(Page { count: count.unwrap_or(limit).min(limit), last })
    }

    /// Tells whether the page is the whole of a list of so many names.
    pub(super) fn is_whole(&self, length: usize) -> bool {
        self.last.is_none() && self.count >= length
    }

    /// Takes the page's names out of a sorted list: those after `last`, which need not be in it. Tells
    /// whether there are more.
    pub(super) fn cut(&self, mut names: Vec<String>) -> (Vec<String>, bool) {
        if let Some(last) = &self.last {
            names.retain(|name| name > last);
        }
        // A page of no names says nothing of what comes after them.
        let is_more = names.len() > self.count && self.count > 0;
        names.truncate(self.count);
        (names, is_more)
    }

    /// Answers with a document, and where the next page is if there is one.
    pub(super) fn answer(
        &self,
        head: Head,
        path: &str,
        document: &Value,
        next: Option<&str>,
    ) -> Response {
        let head = match next {
            Some(last) => {
                let (count, last) = (self.count, escaped(last));
                head.and("link", format!("<{path}n={count}&last={last}>; rel=\"next\""))
            }
            None => head,
        };
        head.answer(StatusCode::OK, document.to_string())
    }
}

/// Writes a name so that it can stand in an address: names have no other special characters.
pub(super) fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace('+', "%2B").replace('&', "%26").replace('#', "%23")
}
