//! Checks that the values schemas of a chart are JSON, without which Helm does not pack it.
//!
//! What a schema says is not looked at: it is for whoever installs the chart. The rule is that of
//! `Save` in Helm's `pkg/chartutil/save.go`.

use serde::de::IgnoredAny;

use super::load::File;
use crate::error::{Classified, Kind};

const FILE_NAME: &str = "values.schema.json";

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
        let read = serde_json::from_slice(text).map(|_: IgnoredAny| ());
        read.map_err(|source| Error { path: file.name.clone(), source })
    })
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
    fn leaves_alone_what_is_no_schema() {
        for path in
            ["a/values.schema.json", "charts/_a/values.schema.json", "charts/values.schema.json"]
        {
            assert_eq!(check_at(path, "{"), Ok(()));
        }
    }
}
