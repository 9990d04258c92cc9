//! How new nodes are written, so that they look like the rest of the file.

use serde::Serialize;
use serde_json::Value;

use super::layout::{Kind, Layout, Node};
use super::lines::Lines;
use crate::chart::yaml::input::is_break;
use crate::chart::yaml::{emit, write};

/// The style of a file.
pub(super) struct Style {
    /// How much farther right a map stands than the key before it.
    pub(super) step: usize,
    /// Whether a list stands as far right as the key before it.
    compact: bool,
    pub(super) line_break: &'static str,
}

/// Nobody indents more.
const MAX_STEP: usize = 8;

impl Style {
    pub(super) fn of(lines: Lines<'_>, layout: &Layout) -> Style {
        let first_break = lines.end(0);
        let is_windows = lines.0[first_break..].starts_with("\r\n");
        let mut found = Found { lines, step: None, compact: None };
        if let Some(root) = &layout.root {
            found.search(root);
        }
        // Without an example, it is as `emit` has it.
        Style {
            step: found.step.unwrap_or(2),
            compact: found.compact.unwrap_or(true),
            line_break: if is_windows { "\r\n" } else { "\n" },
        }
    }

    /// Tells where the block of a value stands whose key is at a column.
    pub(super) fn indent(&self, value: &Value, column: usize) -> usize {
        if value.is_array() && self.compact { column } else { column + self.step }
    }

    /// Writes a map or list in block style from a column on, without a last line break.
    pub(super) fn block(&self, value: &impl Serialize, column: usize) -> Option<String> {
        let text = write(value, self.step, self.compact).ok()?;
        let indent = " ".repeat(column);
        let lines = text.lines().map(|line| format!("{indent}{line}"));
        Some(lines.collect::<Vec<_>>().join(self.line_break))
    }
}

/// Looks for the first map, and the first list, that stand behind a key on lines of their own.
struct Found<'a> {
    lines: Lines<'a>,
    step: Option<usize>,
    compact: Option<bool>,
}

impl Found<'_> {
    fn search(&mut self, node: &Node) {
        let (Kind::Map(entries) | Kind::List(entries)) = &node.kind else { return };
        if is_flow(self.lines, node) {
            return;
        }
        for entry in entries {
            if self.step.is_some() && self.compact.is_some() {
                return;
            }
            self.measure(matches!(node.kind, Kind::Map(_)), entry.start, &entry.node);
            self.search(&entry.node);
        }
    }

    fn measure(&mut self, is_value: bool, key: usize, node: &Node) {
        if !is_value || is_flow(self.lines, node) || !self.lines.begins_line(node.content) {
            return;
        }
        let column = self.lines.column(node.content);
        let step = column.saturating_sub(self.lines.column(key));
        match &node.kind {
            Kind::Map(_) if (1..=MAX_STEP).contains(&step) => {
                self.step.get_or_insert(step);
            }
            Kind::List(_) => {
                self.compact.get_or_insert(step == 0);
            }
            _ => {}
        }
    }
}

/// Tells whether a list or map stands in brackets.
pub(super) fn is_flow(lines: Lines<'_>, node: &Node) -> bool {
    lines.0[node.content..].starts_with(['[', '{'])
}

/// Tells whether a value needs no lines of its own.
pub(super) fn is_inline(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

/// Writes a scalar, an empty list or an empty map on its line.
pub(super) fn inline(value: &Value) -> Option<String> {
    let text = emit(value).ok()?;
    Some(text.trim_end_matches('\n').to_owned())
}

/// Writes a value so that it can stand in brackets.
pub(super) fn flow(value: &Value) -> Option<String> {
    Some(match value {
        Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(flow).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Object(map) => {
            let pairs: Option<Vec<_>> = map.iter().map(|(key, value)| pair(key, value)).collect();
            format!("{{{}}}", pairs?.join(", "))
        }
        Value::String(text) => flow_text(text)?,
        _ => inline(value)?,
    })
}

/// Writes a key and its value so that they can stand in brackets.
pub(super) fn pair(key: &str, value: &Value) -> Option<String> {
    Some(format!("{}: {}", flow_text(key)?, flow(value)?))
}

/// Writes a text plainly if it is a simple word, and else in double quotes.
pub(super) fn flow_text(text: &str) -> Option<String> {
    let is_simple = |next: char| next.is_ascii_alphanumeric() || "-_./".contains(next);
    let plain = inline(&Value::from(text))?;
    if plain.chars().all(is_simple) {
        return Some(plain);
    }
    let mut escaped = String::new();
    for next in serde_json::to_string(text).ok()?.chars() {
        match next {
            '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(next)));
            }
            next if is_break(next) => escaped.push_str(&format!("\\u{:04x}", u32::from(next))),
            next => escaped.push(next),
        }
    }
    Some(escaped)
}
