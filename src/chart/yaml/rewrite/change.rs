//! How one node is replaced.

use serde_json::Value;

use super::compare::{Around, Rewriter};
use super::layout::{Kind, Node};
use super::style::{flow, inline, is_flow, is_inline};

impl Rewriter<'_> {
    /// Writes a value in the place of a node, whose anchor stays.
    pub(super) fn replace(&mut self, node: &Node, new: &Value, around: Around) -> Option<()> {
        match around {
            Around::Root => self.replace_root(node, new),
            Around::Flow => self.replace_inline(node, &flow(new)?),
            _ if is_inline(new) && self.has_own_lines(node).is_none() => {
                self.replace_inline(node, &inline(new)?)
            }
            Around::Map(column) => self.replace_block(node, new, column, false),
            Around::List(column) => self.replace_block(node, new, column, true),
        }
    }

    /// Tells whether a node has lines to which nothing else belongs, and where they end.
    fn has_own_lines(&self, node: &Node) -> Option<usize> {
        let is_block = match &node.kind {
            Kind::Block => true,
            Kind::List(_) | Kind::Map(_) => !is_flow(self.lines, node),
            Kind::Scalar | Kind::Alias(_) => false,
        };
        is_block.then(|| self.lines.end(node.end))
    }

    /// Writes a value into a document that is empty.
    pub(super) fn fill(&mut self, new: &Value) -> Option<()> {
        let text = if is_inline(new) { inline(new)? } else { self.style.block(new, 0)? };
        self.insert_at_end(None, &text);
        Some(())
    }

    fn replace_root(&mut self, node: &Node, new: &Value) -> Option<()> {
        let text = if is_inline(new) { inline(new)? } else { self.style.block(new, 0)? };
        let end = self.has_own_lines(node).unwrap_or(node.end);
        if self.lines.begins_line(node.start) {
            self.edits.push(self.lines.start(node.start)..end, text);
        } else {
            self.edits.push(node.sign..end, format!("{}{text}", self.style.line_break));
        }
        Some(())
    }

    /// Puts a text where a node is, or where the null is that nothing is written for.
    fn replace_inline(&mut self, node: &Node, text: &str) -> Option<()> {
        let text = format!("{}{text}", self.anchor(node));
        if node.is_unwritten() {
            let has_sign = self.lines.0[..node.sign].ends_with([':', '-']);
            self.edits.push(node.range(), format!(" {text}"));
            return has_sign.then_some(());
        }
        self.edits.push(node.range(), text);
        Some(())
    }

    /// Replaces what stands behind a sign, where one of both needs lines of its own.
    fn replace_block(
        &mut self,
        node: &Node,
        new: &Value,
        column: usize,
        is_item: bool,
    ) -> Option<()> {
        if !self.lines.0[..node.sign].ends_with([':', '-']) {
            return None;
        }
        let own_end = self.has_own_lines(node);
        let end = own_end.unwrap_or_else(|| self.lines.end(node.end));
        let mut comments: Vec<&str> =
            self.lines.comment(node.sign..node.content).into_iter().collect();
        if own_end.is_none() {
            comments.extend(self.lines.comment(node.end..end));
        } else if matches!(node.kind, Kind::Block) {
            comments.extend(self.lines.comment(node.content..end));
        }
        let comment = comments.iter().map(|comment| format!(" {comment}")).collect::<String>();
        let anchor = self.anchor(node);
        let head =
            if anchor.is_empty() { String::new() } else { format!(" {}", anchor.trim_end()) };
        let text = if is_inline(new) {
            format!("{head} {}{comment}", inline(new)?)
        } else if is_item && head.is_empty() && comment.is_empty() {
            format!(" {}", self.style.block(new, column + 2)?.trim_start())
        } else {
            let indent = if is_item { column + 2 } else { self.style.indent(new, column) };
            let block = self.style.block(new, indent)?;
            format!("{head}{comment}{}{block}", self.style.line_break)
        };
        self.edits.push(node.sign..end, text);
        Some(())
    }

    /// Gives the anchor before a node with a blank behind it, without the tag.
    fn anchor(&self, node: &Node) -> String {
        let before = &self.lines.0[node.start..node.content];
        let anchor = before.split_whitespace().find(|word| word.starts_with('&'));
        anchor.filter(|_| node.anchor.is_some()).map_or(String::new(), |word| format!("{word} "))
    }
}
