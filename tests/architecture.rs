//! Holds the source to its architecture: which layer may name which, who touches the file system,
//! who speaks to the world outside, and how large files and functions may get.
//!
//! Sources are read as text: comments and literals are blanked out, the rest is split into words.
//! That is enough for paths such as `crate::store` or `super::super::ops`; what a macro makes of
//! its input is not seen. docs/architecture.md says why the rules are as they are.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "architecture/layers.rs"]
mod layers;
#[path = "architecture/owners.rs"]
mod owners;
#[path = "architecture/shape.rs"]
mod shape;
#[path = "architecture/source.rs"]
mod source;

use source::{Source, Violation};

/// Applies a rule to the whole program, and fails with every place that breaks it.
fn hold(rule: fn(&Source) -> Vec<Violation>) {
    let sources = source::all();
    assert!(sources.len() > 100, "only {} sources were found", sources.len());
    let violations: Vec<String> =
        sources.iter().flat_map(rule).map(|violation| violation.to_string()).collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// Gives the lines of a text that a rule objects to, as if it were the file at `path`.
fn lines(rule: fn(&Source) -> Vec<Violation>, path: &str, text: &str) -> Vec<usize> {
    rule(&Source::new(path, text)).iter().map(|violation| violation.line).collect()
}
