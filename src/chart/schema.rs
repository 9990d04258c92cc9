//! Checks that the values schemas of a chart are JSON, without which Helm does not pack it.
//!
//! What a schema says is not looked at: it is for whoever installs the chart. The rule is that of
//! `Save` in Helm's `pkg/chartutil/save.go`.

use serde::de::{Error as _, IgnoredAny};

use super::load::File;
use crate::error::{Classified, Kind};

const FILE_NAME: &str = "values.schema.json";

/// How deep lists and maps may lie in each other: so far does Go's `encoding/json` go.
const MAX_DEPTH: usize = 10_000;

/// Says which schema is no JSON.
#[derive(Debug, thiserror::Error)]
#[error("Invalid JSON in {path}")]
pub struct Error {
    /// The file's path in the chart.
    pub path: String,
    /// What is wrong with it.
    source: serde_json::Error,
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

/// Checks the schema of a chart and those of the charts that are folders in it.
pub fn check(files: &[File]) -> Result<(), Error> {
    files.iter().filter(|file| is_schema(&file.name)).try_for_each(|file| {
        let text = file.data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file.data);
        let read = serde_json::from_slice(text).map(|_: IgnoredAny| depth(text));
        let read = read.and_then(|depth| match depth > MAX_DEPTH {
            true => Err(serde_json::Error::custom("exceeded max depth")),
            false => Ok(()),
        });
        read.map_err(|source| Error { path: file.name.clone(), source })
    })
}

/// Tells how deep lists and maps lie in each other in a text that is JSON.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text) = (0, 0, false);
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn is_schema(path: &str) -> bool {
    let mut path = path;
    while let Some(inner) = path.strip_prefix("charts/")
        && !inner.starts_with(['_', '.'])
        && let Some((_, rest)) = inner.split_once('/')
    {
        path = rest;
    }
    path == FILE_NAME
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_at(path: &str, text: &str) -> Result<(), String> {
        let file = File { name: path.to_owned(), data: text.into(), mode: 0o644 };
        check(&[file]).map_err(|error| error.to_string())
    }

    #[test]
    fn finds_schemas_that_are_no_json() {
        let refused = |path: &str| Err(format!("Invalid JSON in {path}"));
        for path in
            [FILE_NAME, "charts/a/values.schema.json", "charts/a/charts/b/values.schema.json"]
        {
            assert_eq!(check_at(path, "{"), refused(path));
            assert_eq!(check_at(path, "{} x"), refused(path));
            assert_eq!(check_at(path, ""), refused(path));
            assert_eq!(check_at(path, "\u{feff}{\"a\": [1e999, \"\\ud800\"]}"), Ok(()));
        }
        let deep = "[".repeat(100_000);
        assert_eq!(check_at(FILE_NAME, &deep), refused(FILE_NAME));
    }

    #[test]
    fn refuses_what_lies_deeper_than_go_reads() {
        let nested = |depth| "[".repeat(depth) + "\"[\\\"[\"" + &"]".repeat(depth);
        assert_eq!(check_at(FILE_NAME, &nested(MAX_DEPTH)), Ok(()));
        assert!(check_at(FILE_NAME, &nested(MAX_DEPTH + 1)).is_err());
    }

    #[test]
    fn leaves_alone_what_is_no_schema() {
        for path in
            ["a/values.schema.json", "charts/_a/values.schema.json", "charts/values.schema.json"]
        {
            assert_eq!(check_at(path, "{"), Ok(()));
        }
    }
}
