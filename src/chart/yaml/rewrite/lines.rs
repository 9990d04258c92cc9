//! The lines of a text, and what to change in them.

use std::ops::Range;

use crate::chart::yaml::input::{is_blank, is_break};

/// Finds lines and comments in a text, by offsets in bytes.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a>(pub(super) &'a str);

impl<'a> Lines<'a> {
    /// Finds where the line begins that an offset is in.
    pub(super) fn start(self, at: usize) -> usize {
        let last = self.0[..at].char_indices().rfind(|(_, character)| is_break(*character));
        last.map_or(0, |(place, character)| place + character.len_utf8())
    }

    /// Finds where the line ends that an offset is in; its line break does not belong to it.
    pub(super) fn end(self, at: usize) -> usize {
        self.0[at..].find(is_break).map_or(self.0.len(), |length| at + length)
    }

    /// Finds where the next line begins, or the end of the text.
    pub(super) fn next(self, at: usize) -> usize {
        let end = self.end(at);
        let rest = &self.0[end..];
        let width = match rest.strip_prefix("\r\n") {
            Some(_) => 2,
            None => rest.chars().next().map_or(0, char::len_utf8),
        };
        end + width
    }

    /// Counts the characters on the line before an offset.
    pub(super) fn column(self, at: usize) -> usize {
        self.0[self.start(at)..at].chars().count()
    }

    /// Tells whether nothing but white space stands on the line before an offset.
    pub(super) fn begins_line(self, at: usize) -> bool {
        self.0[self.start(at)..at].chars().all(is_blank)
    }

    /// Gives the comment that ends a range's first line.
    pub(super) fn comment(self, range: Range<usize>) -> Option<&'a str> {
        let line = &self.0[range.start..self.end(range.start).min(range.end)];
        let mut signs = line.match_indices('#').map(|(place, _)| place);
        let begins = |place: usize| place == 0 || line[..place].ends_with(is_blank);
        Some(line[signs.find(|place| begins(*place))?..].trim_end())
    }

    /// Finds where the comment block begins that stands directly above an entry, at its column.
    ///
    /// Nothing before `lower` is looked at.
    pub(super) fn comments_above(self, entry: usize, lower: usize) -> usize {
        let column = self.column(entry);
        let mut top = self.start(entry);
        while top > lower {
            let above = self.start(self.break_before(top));
            let line = self.0[above..top].trim_start_matches(' ');
            if above < lower || !line.starts_with('#') || top - above - line.len() != column {
                break;
            }
            top = above;
        }
        top
    }

    /// Finds the end of the comments behind a node's lines that stand right of a column.
    pub(super) fn comments_below(self, at: usize, column: usize) -> usize {
        let mut end = self.next(at);
        loop {
            let comment = self.skip_empty(end);
            let line = &self.0[comment..];
            let text = line.trim_start_matches(' ');
            if !text.starts_with('#') || line.len() - text.len() <= column {
                return end;
            }
            end = self.next(comment);
        }
    }

    /// Finds the next line, from the beginning of one, that has more than white space.
    pub(super) fn skip_empty(self, start: usize) -> usize {
        let mut line = start;
        while line < self.0.len() && self.begins_line(self.end(line)) {
            line = self.next(line);
        }
        line
    }

    /// Finds the line break that a line follows.
    fn break_before(self, start: usize) -> usize {
        let before = &self.0[..start];
        before.strip_suffix("\r\n").or(before.strip_suffix(is_break)).unwrap_or(before).len()
    }
}

/// Collects what to put where in a text.
#[derive(Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub(super) fn push(&mut self, range: Range<usize>, text: String) {
        self.0.push((range, text));
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Forgets all edits but the first.
    pub(super) fn truncate(&mut self, count: usize) {
        self.0.truncate(count);
    }

    /// Tells whether an edit changes what is at an offset.
    pub(super) fn cover(&self, at: usize) -> bool {
        self.0.iter().any(|(range, _)| range.contains(&at))
    }

    /// Tells whether the last line of a text is removed, and none is put in its place.
    fn cut(&self, length: usize) -> bool {
        let last = self.0.last();
        last.is_some_and(|(range, new)| range.end == length && !range.is_empty() && new.is_empty())
    }

    /// Makes the edits; there is no text if two of them overlap.
    ///
    /// The line break at the end of the text goes if it was `added`.
    pub(super) fn apply(mut self, text: &str, added: Option<&str>) -> Option<String> {
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        let added = added.filter(|_| !self.cut(text.len()));
        let mut changed = String::with_capacity(text.len());
        let mut done = 0;
        for (range, new) in self.0 {
            changed.push_str(text.get(done..range.start)?);
            changed.push_str(&new);
            done = range.end;
        }
        changed.push_str(&text[done..]);
        let length = added.and_then(|added| changed.strip_suffix(added)).map(str::len);
        changed.truncate(length.unwrap_or(changed.len()));
        Some(changed)
    }
}
