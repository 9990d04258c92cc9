//! Changing what a file means, and nothing else of it.
//!
//! The text is read by the scanner that Helm's reader is made of here, compared with what it is to
//! mean (`compare`), and changed only where the two differ (`change`, `entries`). The outcome is
//! read again, so it means what it should or is not given out: then the file is written anew.

mod change;
mod compare;
mod entries;
mod layout;
mod lines;
mod rename;
mod style;

pub use rename::{Rename, rename};

use serde_json::{Map, Value};

use super::input::is_break;
use super::limits::MAX_DEPTH;
use super::text::Characters;
use super::tree::Shape;
use super::{Error, Fault};
use compare::{Around, Rewriter};
use lines::Lines;
use style::Style;

/// Writes a file anew so that its first document reads as `target`.
///
/// Comments, order, spelling and empty lines stay where nothing changes. What reads as an equal
/// value has not changed, so numbers keep their digits. UTF-16 becomes UTF-8. `shape` is that of
/// [`parse_shaped`](super::parse_shaped); with [`Shape::Any`] the limits are those of
/// [`parse`](super::parse). Time is in proportion to the file and the target.
///
/// Fails where the file cannot be read, and for a target that no file reads as.
pub fn rewrite(text: &[u8], shape: &Shape, target: &Map<String, Value>) -> Result<Vec<u8>, Error> {
    let target = Value::Object(target.clone());
    check_depth(&target, MAX_DEPTH)?;
    let value = read(text, shape)?;
    if value == target {
        return Ok(text.to_vec());
    }
    let characters: String = decode(text)?;
    if let Some(changed) = change(&characters, &value, &target)? {
        let changed = with_mark(text, changed);
        if reads_as(&changed, shape, &target) {
            return Ok(changed);
        }
    }
    let anew = format!("{}{}", heading(&characters), super::emit(&target)?);
    if reads_as(anew.as_bytes(), shape, &target) {
        return Ok(anew.into_bytes());
    }
    Err(Error::Write { message: "Helm would read another value".to_owned() })
}

fn read(text: &[u8], shape: &Shape) -> Result<Value, Error> {
    match shape {
        Shape::Any => super::parse(text),
        _ => super::parse_shaped(text, shape),
    }
}

fn reads_as(text: &[u8], shape: &Shape, target: &Value) -> bool {
    read(text, shape).is_ok_and(|value| value == *target)
}

/// Refuses a value that is nested deeper than any that can be read.
fn check_depth(value: &Value, left: usize) -> Result<(), Error> {
    let check = |inner| match left.checked_sub(1) {
        Some(left) => check_depth(inner, left),
        None => Err(Error::Value { fault: Fault::Depth }),
    };
    match value {
        Value::Array(items) => items.iter().try_for_each(check),
        Value::Object(map) => map.values().try_for_each(check),
        _ => Ok(()),
    }
}

fn decode(text: &[u8]) -> Result<String, Error> {
    let mut characters = Characters::of(text);
    let decoded = characters.by_ref().collect();
    characters.finish()?;
    Ok(decoded)
}

/// Puts the byte order mark of a file in UTF-8 before its new text.
fn with_mark(old: &[u8], new: String) -> Vec<u8> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let mark = if old.starts_with(MARK) { MARK } else { b"" };
    [mark, new.as_bytes()].concat()
}

/// Changes a text in place, if that can be done.
fn change(text: &str, value: &Value, target: &Value) -> Result<Option<String>, Error> {
    let mut layout = layout::layout(text)?;
    let style = Style::of(Lines(text), &layout);
    // Every line is to have an end, so that lines can be put behind it.
    let added = (!text.is_empty() && !text.ends_with(is_break)).then_some(style.line_break);
    let whole = format!("{text}{}", added.unwrap_or_default());
    if layout.end == text.len() {
        layout.end = whole.len();
    }
    let mut rewriter = Rewriter::of(Lines(&whole), style, layout.end, added.is_some());
    let done = match &layout.root {
        Some(root) if !root.is_unwritten() => rewriter.node(root, value, target, Around::Root),
        _ => rewriter.fill(target),
    };
    Ok(done.and_then(|()| rewriter.edits.apply(&whole, added)))
}

/// Gives the comments and empty lines that a file begins with.
fn heading(text: &str) -> &str {
    let mut end = 0;
    while end < text.len() {
        let line = text[end..].trim_start_matches([' ', '\t']);
        if !line.starts_with(['#', '\r', '\n']) {
            break;
        }
        end = Lines(text).next(end);
    }
    let heading = &text[..end];
    if heading.ends_with('\n') { heading } else { "" }
}

#[cfg(test)]
mod tests;
