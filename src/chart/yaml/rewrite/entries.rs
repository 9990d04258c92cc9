//! How entries of lists and maps are removed and added.

use std::ops::Range;

use serde_json::{Map, Value};

use super::compare::{Around, Collection, Rewriter};
use super::layout::{Entry, Kind, Node};
use super::style::{flow, pair};

/// Keys with their values, in the order in which they are added.
pub(super) type Pairs<'a> = Vec<(&'a String, &'a Value)>;

impl Rewriter<'_> {
    /// Removes the entries that are not kept, with their lines and the comments above them.
    pub(super) fn remove(&mut self, from: &Collection<'_>, kept: &[bool]) -> Option<()> {
        let entries = from.entries;
        if kept.iter().all(|kept| *kept) {
            return Some(());
        }
        // Without entries there is no list or map left.
        let first = kept.iter().position(|kept| *kept)?;
        let is_flow = matches!(from.inner, Around::Flow);
        if is_flow && entries.iter().any(|entry| entry.node.is_unwritten()) {
            return None;
        }
        let begins_line = !is_flow && self.lines.begins_line(entries[0].start);
        let leading = if begins_line { 0 } else { first };
        if leading > 0 {
            let end =
                if is_flow { entries[first].start } else { self.text_after(&entries[first - 1]) };
            self.edits.push(entries[0].start..end, String::new());
        }
        let mut above = None;
        for place in leading..entries.len() {
            let entry = &entries[place];
            if kept[place] {
                above = Some(&entry.node);
                continue;
            }
            let before = place.checked_sub(1).map(|before| entries[before].node.end);
            let range = match before {
                Some(before) if is_flow => before..entry.node.end,
                _ => self.own_lines(entry, before.unwrap_or(from.node.sign), above),
            };
            self.removed.insert(entry.node.end, range.end);
            self.edits.push(range, String::new());
        }
        Some(())
    }

    /// Gives the lines of an entry with the comments above it, but none before `lower`, and with
    /// those behind it that stand farther right.
    ///
    /// Empty lines would count to the node `above`, if that ends in a block scalar that keeps them.
    fn own_lines(&self, entry: &Entry, lower: usize, above: Option<&Node>) -> Range<usize> {
        let start = self.lines.comments_above(entry.start, lower);
        let mut end = self.lines.comments_below(entry.node.end, self.lines.column(entry.start));
        if above.is_some_and(|above| matches!(last_leaf(above).kind, Kind::Block)) {
            end = self.lines.skip_empty(end);
        }
        start..end
    }

    /// Finds the next entry or comment behind the lines of an entry.
    fn text_after(&self, entry: &Entry) -> usize {
        let next = self.lines.next(entry.node.end);
        let rest = &self.lines.0[next..];
        next + rest.len() - rest.trim_start().len()
    }

    /// Adds entries to a map, behind those that it keeps.
    pub(super) fn append_pairs(
        &mut self,
        map: &Collection<'_>,
        kept: &[bool],
        added: &Pairs<'_>,
    ) -> Option<()> {
        if added.is_empty() {
            return Some(());
        }
        let last = kept.iter().rposition(|kept| *kept).filter(|_| !map.is_pair)?;
        let Around::Map(column) = map.inner else {
            let pairs: Option<Vec<_>> = added.iter().map(|(key, value)| pair(key, value)).collect();
            return self.insert_inline(&map.entries[last].node, &pairs?);
        };
        let added: Map<String, Value> =
            added.iter().map(|(key, value)| ((*key).clone(), (*value).clone())).collect();
        let block = self.style.block(&added, column)?;
        let last = &map.entries[last].node;
        if map.is_root {
            self.insert_at_end(Some(last), &block)
        } else {
            self.insert_lines(last, &block)
        }
        Some(())
    }

    /// Adds items to a list, `place` items of which come before them.
    pub(super) fn insert_items(
        &mut self,
        list: &Collection<'_>,
        place: usize,
        added: &[Value],
    ) -> Option<()> {
        if added.is_empty() {
            return Some(());
        }
        let first = list.entries.first()?;
        let last = place.checked_sub(1).map(|place| &list.entries[place].node);
        if let Around::List(column) = list.inner {
            let block = self.style.block(&added, column)?;
            match last {
                Some(last) => self.insert_lines(last, &block),
                None => {
                    let indent = " ".repeat(column);
                    let text = format!("{}{}{indent}", block.trim_start(), self.style.line_break);
                    self.edits.push(first.start..first.start, text);
                }
            }
            return Some(());
        }
        let items: Option<Vec<_>> = added.iter().map(flow).collect();
        match last {
            Some(last) => self.insert_inline(last, &items?)?,
            None => {
                let text = format!("{}, ", items?.join(", "));
                self.edits.push(first.start..first.start, text);
            }
        }
        Some(())
    }

    fn insert_inline(&mut self, last: &Node, added: &[String]) -> Option<()> {
        // A comma right behind the colon would belong to the key.
        if last.is_unwritten() {
            return None;
        }
        self.edits.push(last.end..last.end, format!(", {}", added.join(", ")));
        Some(())
    }

    /// Adds lines behind the last line of a node.
    fn insert_lines(&mut self, last: &Node, block: &str) {
        let line_break = self.style.line_break;
        if let Some(&end) = self.removed.get(&last.end) {
            self.edits.push(end..end, format!("{block}{line_break}"));
            return;
        }
        self.settle_end(last);
        let end = self.lines.end(last.end);
        self.edits.push(end..end, format!("{line_break}{block}"));
    }

    /// Adds lines at the end of the document, behind a last node if there is one.
    pub(super) fn insert_at_end(&mut self, last: Option<&Node>, block: &str) {
        if let Some(last) = last {
            self.settle_end(last);
        }
        self.edits.push(self.end..self.end, format!("{block}{}", self.style.line_break));
    }

    /// Keeps a block scalar the same that the end of the file cuts off: it has no last line break,
    /// and would get one.
    fn settle_end(&mut self, last: &Node) {
        let leaf = last_leaf(last);
        let is_last = self.cut_off && self.lines.next(leaf.end) == self.lines.0.len();
        if !is_last || !matches!(leaf.kind, Kind::Block) || self.edits.cover(leaf.content) {
            return;
        }
        let header = self.lines.0[leaf.content..].chars().take(3);
        let header: String = header.take_while(|next| "|>+-123456789".contains(*next)).collect();
        let range = leaf.content..leaf.content + header.len();
        let (style, rest) = header.split_at(1);
        self.edits.push(range, format!("{style}-{}", rest.trim_matches(['+', '-'])));
    }
}

/// Finds the scalar or alias that a node ends with.
fn last_leaf(node: &Node) -> &Node {
    let mut leaf = node;
    while let Kind::List(entries) | Kind::Map(entries) = &leaf.kind
        && let Some(entry) = entries.last()
    {
        leaf = &entry.node;
    }
    leaf
}
