//! YAML as Helm prints it: the bytes of go-yaml version 2, by way of `sigs.k8s.io/yaml`.
//!
//! What scripts cut out of `helm show chart` with a line of awk must be there for them. So keys are
//! sorted, lists are not indented, words are quoted where YAML 1.1 needs it and only there, and
//! lines are folded behind their eightieth column. No crate writes so. The value is JSON, as it is
//! in Helm. Files that hreg writes for itself are left to [`emit`](super::emit).
//!
//! Source of the layout: `emitterc.go` of `sigs.k8s.io/yaml/goyaml.v2`, version 1.4.0.

mod date;
mod number;
mod order;
mod page;
mod quoting;

use serde_json::{Map, Value};

use page::Page;
use quoting::Style;

/// How much further in a map or the rest of a text stands than what holds it.
const STEP: usize = 2;

/// Limits a key that stands on the line of its value, in bytes.
const MAX_SIMPLE_KEY_BYTES: usize = 128;

/// Writes a map as Helm 3.17.3 prints it, with a line end behind it.
///
/// U+0085 in a text, which Helm takes for a line end in JSON, is written as an escape.
pub fn emit_as_helm(map: &Map<String, Value>) -> String {
    let mut page = Page::default();
    write_map(&mut page, map, 0);
    page.start_line(0);
    page.finish()
}

/// Writes the items of a list as they stand in such a map, indented by so many spaces.
pub fn emit_list_as_helm(items: &[Value], indent: usize) -> String {
    let mut page = Page::default();
    write_list(&mut page, items, indent);
    page.start_line(0);
    page.finish()
}

/// Writes what stands behind a key or a dash, in a map or list at the column `indent`.
fn write_node(page: &mut Page, value: &Value, indent: usize, is_in_map: bool) {
    match value {
        Value::Null => write_word(page, "null"),
        Value::Bool(flag) => write_word(page, if *flag { "true" } else { "false" }),
        Value::Number(number) => write_word(page, &number::format(number)),
        Value::String(text) => write_text(page, text, indent + STEP, false),
        Value::Array(items) if items.is_empty() => write_empty(page, "[", "]"),
        Value::Object(map) if map.is_empty() => write_empty(page, "{", "}"),
        Value::Array(items) => {
            // A list below its key is not indented, unless the key took a line of its own.
            let is_flush = is_in_map && !page.is_indented();
            write_list(page, items, if is_flush { indent } else { indent + STEP });
        }
        Value::Object(map) => write_map(page, map, indent + STEP),
    }
}

fn write_list(page: &mut Page, items: &[Value], indent: usize) {
    for item in items {
        page.start_line(indent);
        page.mark_block("-");
        write_node(page, item, indent, false);
    }
}

fn write_map(page: &mut Page, map: &Map<String, Value>, indent: usize) {
    for (key, value) in order::sorted(map) {
        page.start_line(indent);
        if key.len() <= MAX_SIMPLE_KEY_BYTES && !quoting::has_break(key) {
            write_text(page, key, indent + STEP, true);
            page.mark_close(":");
        } else {
            page.mark_block("?");
            write_text(page, key, indent + STEP, false);
            page.start_line(indent);
            page.mark_block(":");
        }
        write_node(page, value, indent, true);
    }
}

fn write_empty(page: &mut Page, open: &str, close: &str) {
    page.mark_open(open);
    page.mark_close(close);
}

fn write_word(page: &mut Page, word: &str) {
    page.write_plain(word, 0, false);
}

fn write_text(page: &mut Page, text: &str, indent: usize, is_key: bool) {
    let may_fold = !is_key;
    match Style::of(text, is_key) {
        Style::Plain => page.write_plain(text, indent, may_fold),
        Style::Single => page.write_single_quoted(text, indent, may_fold),
        Style::Double => page.write_double_quoted(text, indent, may_fold),
        Style::Literal => page.write_literal(text, indent),
    }
}

#[cfg(test)]
mod tests;
