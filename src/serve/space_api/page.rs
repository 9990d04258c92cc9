//! Lists, a part at a time.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::{call::Call, send};
use crate::serve::refusal::Refusal;

/// How many items a list has that nothing is said of.
const LIMIT: i64 = 10;

/// Says which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    start: i64,
    limit: i64,
}

impl Page {
    /// Reads what a request says.
    pub(super) fn of(call: &Call) -> Result<Page, Refusal> {
        let number = |name: &str, otherwise: i64| match call.parameter(name) {
            None => Ok(otherwise),
            Some(text) => read(name, text),
        };
        let most = i64::try_from(call.state.settings().limits.page).unwrap_or(i64::MAX);
        let (start, limit) = (number("start", 0)?, number("limit", LIMIT)?);
        Ok(Page { start, limit: limit.min(most) })
    }

    /// Takes the part out of a list; where a number is negative there is none.
    pub(super) fn cut<T>(self, mut all: Vec<T>) -> Vec<T> {
        let (Ok(start), Ok(limit)) = (usize::try_from(self.start), usize::try_from(self.limit))
        else {
            return Vec::new();
        };
        let mut part = all.split_off(start.min(all.len()));
        part.truncate(limit);
        part
    }
}

fn read(name: &str, text: &str) -> Result<i64, Refusal> {
    let wrong = || Refusal::invalid(format!("{name} should be number, but got string"));
    text.parse().map_err(|_| wrong())
}

/// Answers with a part of a list that has `total` items in all.
pub(super) fn answer(total: usize, items: Vec<Value>) -> Response {
    let metadata = json!({ "total": total, "itemsLength": items.len() });
    send(StatusCode::OK, &json!({ "metadata": metadata, "items": items }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_what_there_is_of_it() {
        for (start, limit, expected) in [
            (0, 10, vec![1, 2, 3]),
            (0, 2, vec![1, 2]),
            (1, 1, vec![2]),
            (2, 10, vec![3]),
            (3, 10, vec![]),
            (i64::MAX, i64::MAX, vec![]),
            (-1, 10, vec![]),
            (0, -1, vec![]),
            (0, 0, vec![]),
        ] {
            assert_eq!(Page { start, limit }.cut(vec![1, 2, 3]), expected, "{start} {limit}");
        }
        assert_eq!(read("start", "-5").unwrap(), -5);
        let error = read("limit", "ten").unwrap_err();
        assert_eq!(error.message, "limit should be number, but got string");
        assert!(read("limit", "1.5").is_err());
    }
}
