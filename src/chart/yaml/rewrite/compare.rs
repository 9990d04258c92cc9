//! What to change: a walk over the nodes of a file, what they mean, and what they are to mean.
//!
//! How a change is made is left to `change`. Where one cannot be made in place, the functions give
//! none, and the list or map around it is written anew.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::layout::{Entry, Key, Kind, Link, Node};
use super::lines::{Edits, Lines};
use super::style::{self, Style};

/// What a node stands in.
#[derive(Clone, Copy)]
pub(super) enum Around {
    /// Nothing: it is the whole document.
    Root,
    /// A list or map in brackets.
    Flow,
    /// A list in block style, whose signs are at a column.
    List(usize),
    /// A map in block style, whose keys are at a column.
    Map(usize),
}

/// Collects the edits after which a file means something else.
pub(super) struct Rewriter<'a> {
    pub(super) lines: Lines<'a>,
    pub(super) style: Style,
    /// Where the document ends.
    pub(super) end: usize,
    /// Whether the text had no line break at its end before it was given one.
    pub(super) cut_off: bool,
    pub(super) edits: Edits,
    /// Where the lines end that are removed, by where their nodes end.
    pub(super) removed: HashMap<usize, usize>,
    /// What becomes of the anchors; those that are not here are no longer in the file.
    anchors: BTreeMap<usize, Anchored<'a>>,
}

/// What the node of an anchor means after the edits.
enum Anchored<'a> {
    /// What it meant before.
    Same,
    Changed(&'a Value),
}

/// A list or map with what it means and is to mean.
pub(super) struct Collection<'a> {
    pub(super) node: &'a Node,
    pub(super) entries: &'a [Entry],
    /// What surrounds the entries.
    pub(super) inner: Around,
    /// Whether it is the whole document.
    pub(super) is_root: bool,
    /// Whether it is a map of one pair without brackets of its own, in a list that has some.
    pub(super) is_pair: bool,
}

impl<'a> Rewriter<'a> {
    pub(super) fn of(lines: Lines<'a>, style: Style, end: usize, cut_off: bool) -> Rewriter<'a> {
        let (edits, removed, anchors) = Default::default();
        Rewriter { lines, style, end, cut_off, edits, removed, anchors }
    }

    /// Makes a node mean `new` instead of `old`, in place or else as a whole.
    pub(super) fn node(
        &mut self,
        node: &'a Node,
        old: &Value,
        new: &'a Value,
        around: Around,
    ) -> Option<()> {
        let edits = self.edits.count();
        let next_anchor = self.anchors.last_key_value().map_or(0, |(anchor, _)| anchor + 1);
        let done = match (&node.kind, old, new) {
            (Kind::Alias(anchor), ..) => self.alias(*anchor, old, new),
            (Kind::Map(entries), Value::Object(old), Value::Object(new)) => {
                self.map(&self.collection(node, entries, around), old, new)
            }
            (Kind::List(items), Value::Array(old), Value::Array(new)) => {
                self.list(&self.collection(node, items, around), old, new)
            }
            (Kind::Scalar | Kind::Block, ..) => (old == new).then_some(()),
            _ => None,
        };
        if done.is_none() {
            self.edits.truncate(edits);
            self.anchors.split_off(&next_anchor);
            self.removed.remove(&node.end);
            self.replace(node, new, around)?;
        }
        if let Some(anchor) = node.anchor {
            let is_same = done.is_some() && old == new;
            let anchored = if is_same { Anchored::Same } else { Anchored::Changed(new) };
            self.anchors.insert(anchor, anchored);
        }
        Some(())
    }

    fn collection(&self, node: &'a Node, entries: &'a [Entry], around: Around) -> Collection<'a> {
        let has_brackets = style::is_flow(self.lines, node);
        let in_flow = matches!(around, Around::Flow);
        let column = || entries.first().map_or(0, |entry| self.lines.column(entry.start));
        let inner = match &node.kind {
            _ if has_brackets || in_flow => Around::Flow,
            Kind::Map(_) => Around::Map(column()),
            _ => Around::List(column()),
        };
        let is_root = matches!(around, Around::Root);
        Collection { node, entries, inner, is_root, is_pair: in_flow && !has_brackets }
    }

    /// Lets an alias stand that means what is wanted.
    fn alias(&self, anchor: usize, old: &Value, new: &Value) -> Option<()> {
        let meaning = match self.anchors.get(&anchor)? {
            Anchored::Same => old,
            Anchored::Changed(value) => value,
        };
        (meaning == new).then_some(())
    }

    fn map(
        &mut self,
        map: &Collection<'a>,
        old: &Map<String, Value>,
        new: &'a Map<String, Value>,
    ) -> Option<()> {
        // An entry before `<<` may be overwritten by it, and one that goes may uncover another.
        let is_merge = |entry: &Entry| matches!(entry.key, Key::Merge);
        let opaque = map.entries.iter().rposition(is_merge).map_or(0, |place| place + 1);
        if opaque > 0 && old.keys().any(|key| !new.contains_key(key)) {
            return None;
        }
        let last = last_places(map.entries);
        let mut kept = vec![true; map.entries.len()];
        for (place, entry) in map.entries.iter().enumerate() {
            let Key::Text(key, link) = &entry.key else {
                self.keep(&entry.node)?;
                continue;
            };
            let Some(value) = new.get(&**key) else {
                kept[place] = false;
                continue;
            };
            self.keep_key(*link)?;
            let before = old.get(&**key)?;
            if last[&**key] == place && place >= opaque {
                self.node(&entry.node, before, value, map.inner)?;
            } else if last[&**key] > place || before == value {
                self.keep(&entry.node)?;
            } else {
                return None;
            }
        }
        self.remove(map, &kept)?;
        let is_new = |key: &str, value| !last.contains_key(key) && old.get(key) != Some(value);
        let added = new.iter().filter(|(key, value)| is_new(key, value)).collect();
        self.append_pairs(map, &kept, &added)
    }

    fn list(&mut self, list: &Collection<'a>, old: &[Value], new: &'a [Value]) -> Option<()> {
        if list.entries.len() != old.len() || new.is_empty() {
            return (old.is_empty() && new.is_empty()).then_some(());
        }
        let pairs = |(one, other): &(&Value, &Value)| one == other;
        let head = old.iter().zip(new).take_while(pairs).count();
        let (old_rest, new_rest) = (&old[head..], &new[head..]);
        let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(pairs).count();
        let first = head + (old_rest.len() - tail).min(new_rest.len() - tail);
        let mut kept = vec![true; old.len()];
        for (place, (item, before)) in list.entries.iter().zip(old).enumerate() {
            let value = if place < first {
                &new[place]
            } else if place >= old.len() - tail {
                &new[new.len() - (old.len() - place)]
            } else {
                kept[place] = false;
                continue;
            };
            self.node(&item.node, before, value, list.inner)?;
        }
        self.remove(list, &kept)?;
        self.insert_items(list, first, &new[first..new.len() - tail])
    }

    /// Leaves a node as it is, if all that it takes from elsewhere stays as it was.
    fn keep(&mut self, node: &Node) -> Option<()> {
        match &node.kind {
            Kind::Alias(anchor) => self.keep_key(Link::Alias(*anchor))?,
            Kind::List(entries) | Kind::Map(entries) => {
                for entry in entries {
                    if let Key::Text(_, link) = entry.key {
                        self.keep_key(link)?;
                    }
                    self.keep(&entry.node)?;
                }
            }
            Kind::Scalar | Kind::Block => {}
        }
        self.keep_key(node.anchor.map_or(Link::None, Link::Anchor))
    }

    fn keep_key(&mut self, link: Link) -> Option<()> {
        match link {
            Link::None => {}
            Link::Anchor(anchor) => {
                self.anchors.insert(anchor, Anchored::Same);
            }
            Link::Alias(anchor) => match self.anchors.get(&anchor)? {
                Anchored::Same => {}
                Anchored::Changed(_) => return None,
            },
        }
        Some(())
    }
}

/// Finds where each key comes last, which is what counts.
fn last_places(entries: &[Entry]) -> HashMap<&str, usize> {
    let places = entries.iter().enumerate().filter_map(|(place, entry)| match &entry.key {
        Key::Text(key, _) => Some((&**key, place)),
        Key::None | Key::Merge => None,
    });
    places.collect()
}
