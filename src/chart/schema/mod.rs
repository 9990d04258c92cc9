//! The values schemas of charts: that they are JSON, and what they say of values.
//!
//! Without being JSON, Helm packs no chart (`Save` in Helm's `pkg/chartutil/save.go`). What they say
//! is checked as Helm 3.17.3 does where a chart is installed (`pkg/chartutil/jsonschema.go`), with
//! these differences:
//! - A reference to another document is refused. Helm would fetch it, from wherever it says.
//! - The drafts 2019-09 and 2020-12 are read as they are meant, as by Helm since 3.18; 3.17.3 takes
//!   no notice of what is new in them.
//! - A schema has to be as its draft's own schema says; 3.17.3 only looks at the keywords it
//!   uses, and refuses a minimum above its maximum.
//! - A number where a text has a `format` is let be, as the drafts say; 3.17.3 refuses it.
//! - What would take too long, or never end, is refused; Helm breaks down, or goes on.
//!
//! Which values a chart has is left to [`values`](super::values). Only this module names the crates
//! `jsonschema` and `regex`, and only with the feature `schema`: without it, nothing is checked.

#[cfg(feature = "schema")]
mod dialect;
#[cfg(feature = "schema")]
mod effort;
#[cfg(feature = "schema")]
mod format;
#[cfg(feature = "schema")]
mod keyword;
#[cfg(feature = "schema")]
mod pattern;
#[cfg(feature = "schema")]
mod validating;
#[cfg(feature = "schema")]
mod wording;

use serde::de::{Error as _, IgnoredAny};
use serde_json::Value;

use super::load::File;
use crate::error::{Classified, Kind};

/// The name of the file that holds a chart's schema.
pub(super) const FILE_NAME: &str = "values.schema.json";

/// How deep lists and maps may lie in each other: so far does Go's `encoding/json` go.
const MAX_DEPTH: usize = 10_000;

/// How many violations of one schema are told.
pub const MAX_VIOLATIONS: usize = 100;

/// Says why a schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no JSON.
    #[error("Invalid JSON in {path}")]
    Json {
        /// The file's path in the chart.
        path: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It refers to another document.
    #[error("cannot check values against {path}: it refers to {reference}, which is not fetched")]
    Remote {
        /// The file's path in the chart.
        path: String,
        /// The other document.
        reference: String,
    },
    /// It is no schema.
    #[error("cannot check values against {path}: {reason}")]
    Refused {
        /// The file's path in the chart.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Checking these values against it would take too much.
    #[error("cannot check values against {path}: {excess}")]
    Excess {
        /// The file's path in the chart.
        path: String,
        /// What it takes too much of.
        excess: Excess,
    },
}

/// Says what a schema asks for too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// Checks, of all values and all the schemas that they meet.
    #[error("it asks for too many checks")]
    Checks,
    /// Schemas that lie in each other, or lead to each other.
    #[error("its schemas lie too deep in each other")]
    Depth,
    /// A schema refers to itself without going into the values.
    #[error("a schema refers to itself, and checking would never end")]
    Endless,
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Remote { .. } => Some(
                "copy what it refers to into its definitions, and refer to it there".to_owned(),
            ),
            _ => None,
        }
    }
}

/// Says which rule of a schema a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The value's path, as `--set` would have it: `db.auth.port`; empty for all values.
    pub path: String,
    /// The rule and its keyword: `must be integer (type)`. The value is not told.
    pub rule: String,
}

impl Violation {
    /// Puts the violation under a key.
    pub(super) fn under(self, key: &str) -> Violation {
        let mut path = String::new();
        join(&mut path, key);
        if !self.path.is_empty() && !self.path.starts_with('[') {
            path.push('.');
        }
        Violation { path: path + &self.path, rule: self.rule }
    }
}

/// Adds a key to a path as `--set` has them.
fn join(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    for character in key.chars() {
        if ".,=[\\".contains(character) {
            path.push('\\');
        }
        path.push(character);
    }
}

/// Checks the values of one chart against its schema; `path` is the schema's, for errors.
///
/// Numbers are taken as Helm takes them: as floating-point ones, whole where the fraction is zero.
/// At most [`MAX_VIOLATIONS`] are told. Limits: 4 MiB for the schema, 128 levels, 500 patterns of
/// 1 MiB; what it asks for with these values, see [`Excess`].
///
/// # Errors
///
/// Fails when the schema is none, refers to another document, or asks for too much.
#[cfg(feature = "schema")]
pub fn validate(path: &str, schema: &[u8], values: &Value) -> Result<Vec<Violation>, Error> {
    validating::validate(path, schema, values)
}

/// Finds nothing: this hreg is built without what would check values.
#[cfg(not(feature = "schema"))]
pub fn validate(_path: &str, _schema: &[u8], _values: &Value) -> Result<Vec<Violation>, Error> {
    Ok(Vec::new())
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
        read.map_err(|source| Error::Json { path: file.name.clone(), source })
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
mod tests;
