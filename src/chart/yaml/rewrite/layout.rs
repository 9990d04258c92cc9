//! Where in a file each node of its first document stands.
//!
//! What the nodes mean is left to the composer, which has to accept the file first: the nesting
//! here has its limit from there.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use crate::chart::yaml::Error;
use crate::chart::yaml::events::{Event, Events, Place};
use crate::chart::yaml::input::{is_blank, is_break};
use crate::chart::yaml::node::{is_merge, tag_of};
use crate::chart::yaml::scalar::Scalar;

/// The first document of a file.
pub(super) struct Layout {
    /// None if the document is empty.
    pub(super) root: Option<Node>,
    /// Where the document ends, comments behind its last node included.
    pub(super) end: usize,
}

pub(super) struct Node {
    /// The end of the sign before the node.
    pub(super) sign: usize,
    /// Where the node begins, with its anchor and tag.
    pub(super) start: usize,
    /// Where the node begins behind its anchor and tag.
    pub(super) content: usize,
    /// Where the node ends; behind a block scalar, the last line break does not count to it.
    pub(super) end: usize,
    pub(super) anchor: Option<usize>,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// A scalar on its line, or within quotes.
    Scalar,
    /// A scalar behind `|` or `>`.
    Block,
    Alias(usize),
    List(Vec<Entry>),
    Map(Vec<Entry>),
}

/// An item of a list, or a key with its value.
pub(super) struct Entry {
    /// Where the entry begins: by its sign, its key or its item.
    pub(super) start: usize,
    pub(super) key: Key,
    pub(super) node: Node,
}

pub(super) enum Key {
    /// The entry is one of a list.
    None,
    /// `<<`
    Merge,
    /// What the key is once it is read.
    Text(Rc<str>, Link),
}

/// What ties a key to other nodes.
#[derive(Clone, Copy)]
pub(super) enum Link {
    None,
    Anchor(usize),
    Alias(usize),
}

impl Node {
    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Tells whether the node is the null that stands where nothing is written.
    pub(super) fn is_unwritten(&self) -> bool {
        self.start == self.end
    }
}

/// Finds the nodes of a file that the composer has accepted.
pub(super) fn layout(text: &str) -> Result<Layout, Error> {
    let mut reader =
        Reader { text, events: Events::of(text.chars()), anchored_keys: HashMap::new() };
    let root = match reader.events.next()? {
        Some(event) => Some(reader.node(event)?),
        None => None,
    };
    if root.is_some() {
        reader.events.next()?;
    }
    Ok(Layout { root, end: reader.events.next_byte() })
}

struct Reader<'a, I> {
    text: &'a str,
    events: Events<I>,
    /// Scalars with anchors, as they are as keys.
    anchored_keys: HashMap<usize, Rc<str>>,
}

impl<I: Iterator<Item = char>> Reader<'_, I> {
    fn node(&mut self, event: Event) -> Result<Node, Error> {
        let place = self.events.place();
        let Place { sign, start, content, mut end, .. } = place;
        let (anchor, kind) = match event {
            Event::Scalar { text, plain, tag, anchor } => {
                if let Some(anchor) = anchor
                    && let Some(key) = read_key(&text, tag.as_deref(), plain)
                {
                    self.anchored_keys.insert(anchor, key);
                }
                let kind = self.scalar_kind(content, plain);
                end = self.scalar_end(&kind, content..end);
                (anchor, kind)
            }
            Event::Alias(anchor) => (None, Kind::Alias(anchor)),
            Event::ListStart { anchor } => {
                let items = self.entries(false)?;
                end = self.collection_end(content, &items);
                (anchor, Kind::List(items))
            }
            Event::MapStart { anchor } => {
                let entries = self.entries(true)?;
                end = self.collection_end(content, &entries);
                (anchor, Kind::Map(entries))
            }
            Event::End => (None, Kind::Scalar),
        };
        Ok(Node { sign, start, content, end, anchor, kind })
    }

    fn scalar_kind(&self, content: usize, plain: bool) -> Kind {
        let is_block = !plain && self.text[content..].starts_with(['|', '>']);
        if is_block { Kind::Block } else { Kind::Scalar }
    }

    /// Takes the white space behind a scalar off, and of a block that keeps it the last line end.
    fn scalar_end(&self, kind: &Kind, range: Range<usize>) -> usize {
        let is_space = |character| is_blank(character) || is_break(character);
        let whole = &self.text[range.clone()];
        let rest = match kind {
            Kind::Block if keeps_lines(whole) => {
                let lines = whole.trim_end_matches(is_blank);
                lines.strip_suffix("\r\n").or(lines.strip_suffix(is_break)).unwrap_or(lines)
            }
            Kind::Scalar if whole.starts_with(['"', '\'']) => whole,
            _ => whole.trim_end_matches(is_space),
        };
        range.start + rest.len()
    }

    fn collection_end(&self, content: usize, entries: &[Entry]) -> usize {
        let is_flow = self.text[content..].starts_with(['[', '{']);
        let last = entries.last().filter(|_| !is_flow);
        last.map_or(self.events.place().end, |last| last.node.end)
    }

    /// Reads up to the end of the list or map that has begun.
    fn entries(&mut self, is_map: bool) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        while let Some(event) = self.events.next()?.filter(|event| *event != Event::End) {
            let start = self.events.place().entry;
            let (key, event) = if is_map {
                (self.key(event), self.events.next()?.unwrap_or(Event::End))
            } else {
                (Key::None, event)
            };
            entries.push(Entry { start, key, node: self.node(event)? });
        }
        Ok(entries)
    }

    fn key(&mut self, event: Event) -> Key {
        match event {
            Event::Scalar { text, plain, tag, .. }
                if is_merge(&text, tag_of(tag.as_deref(), plain)) =>
            {
                Key::Merge
            }
            Event::Scalar { text, plain, tag, anchor } => {
                let key = read_key(&text, tag.as_deref(), plain).unwrap_or_default();
                let link = anchor.map_or(Link::None, Link::Anchor);
                if let Some(anchor) = anchor {
                    self.anchored_keys.insert(anchor, Rc::clone(&key));
                }
                Key::Text(key, link)
            }
            Event::Alias(anchor) => {
                let key = self.anchored_keys.get(&anchor).cloned();
                Key::Text(key.unwrap_or_default(), Link::Alias(anchor))
            }
            // The composer takes neither a list nor a map for a key.
            Event::ListStart { .. } | Event::MapStart { .. } | Event::End => Key::Merge,
        }
    }
}

fn read_key(text: &str, tag: Option<&str>, plain: bool) -> Option<Rc<str>> {
    Scalar::resolve(text, tag_of(tag, plain)).ok()?.key().ok()
}

/// Tells whether the sign `+` is behind the first of a block scalar.
fn keeps_lines(scalar: &str) -> bool {
    scalar.chars().take(3).take_while(|next| !is_break(*next) && !is_blank(*next)).any(|c| c == '+')
}
