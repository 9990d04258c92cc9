//! From parser events to one tree: anchors, merge keys, keys that are no strings, and the limits.
//!
//! Nothing here recurses: open lists and maps wait on a stack of their own. What becomes of lists
//! and maps is left to a [`Collection`], so that a check needs no tree and still refuses the same.

use std::collections::HashMap;

use super::events::{Event, Events};
use super::limits::{Growth, MAX_ANCHORS, MAX_DEPTH, Size};
use super::node::{Collection, Node, is_merge, tag_of};
use super::scalar::{Scalar, Tag};
use super::{Error, Fault};

/// A list or map that has not ended yet.
struct Open<C: Collection> {
    node: Node<C>,
    anchor: Option<usize>,
    size: Size,
    role: Role<C::Text>,
}

/// What the next node of an open list or map is.
enum Role<T> {
    Item,
    /// An item of the list of maps after `<<`.
    MergedItem,
    Key,
    Value(T),
    /// What comes after `<<`.
    MergedValue,
}

/// Builds the tree of one document.
struct Composer<C: Collection> {
    open: Vec<Open<C>>,
    anchors: HashMap<usize, (Node<C>, Size)>,
    growth: Growth,
    root: Option<Node<C>>,
    finite: bool,
}

/// How a document is read.
pub(super) struct Options {
    /// Whether values that JSON cannot hold are refused where they stand.
    pub(super) finite: bool,
    /// How many nodes it may have, aliases expanded.
    pub(super) max_nodes: usize,
    /// How many bytes of text its aliases may repeat.
    pub(super) max_alias_bytes: usize,
}

/// Reads the first document; one that is empty is null.
pub(super) fn compose<C: Collection>(
    characters: impl Iterator<Item = char>,
    options: &Options,
) -> Result<Node<C>, Error> {
    let mut composer = Composer::<C> {
        open: Vec::new(),
        anchors: HashMap::new(),
        growth: Growth::up_to(options.max_nodes, options.max_alias_bytes),
        root: None,
        finite: options.finite,
    };
    let mut events = Events::of(characters);
    while let Some(event) = events.next()? {
        let line = events.mark().line + 1;
        composer.take(event).map_err(|fault| Error::Content { line, fault })?;
    }
    Ok(composer.root.unwrap_or(Node::Scalar(Scalar::Null)))
}

impl<C: Collection> Composer<C> {
    fn take(&mut self, event: Event) -> Result<(), Fault> {
        match event {
            Event::Scalar { text, plain, tag, anchor } => {
                self.take_scalar(&text, tag_of(tag.as_deref(), plain), anchor)
            }
            Event::Alias(anchor) => self.take_alias(anchor),
            Event::ListStart { anchor } => {
                let role = match self.open.last().map(|open| &open.role) {
                    Some(Role::MergedValue) => Role::MergedItem,
                    _ => Role::Item,
                };
                self.start(Node::List(C::default()), anchor, role)
            }
            Event::MapStart { anchor } => self.start(Node::Map(C::default()), anchor, Role::Key),
            Event::End => self.end(),
        }
    }

    fn take_scalar(
        &mut self,
        text: &str,
        tag: Tag<'_>,
        anchor: Option<usize>,
    ) -> Result<(), Fault> {
        self.growth.count(1)?;
        if let Some(Open { role: role @ Role::Key, .. }) = self.open.last_mut()
            && is_merge(text, tag)
        {
            *role = Role::MergedValue;
            return Ok(());
        }
        let scalar = Scalar::resolve(text, tag).map_err(Fault::Scalar)?;
        let size = Size::of_scalar(text.len());
        self.remember(anchor, &Node::Scalar(scalar.clone()), size)?;
        self.place(Node::Scalar(scalar), size)
    }

    fn take_alias(&mut self, anchor: usize) -> Result<(), Fault> {
        // An anchor whose list or map is still open is not remembered yet.
        let (node, size) = self.anchors.get(&anchor).cloned().ok_or(Fault::Cycle)?;
        if self.open.len() + size.height > MAX_DEPTH {
            return Err(Fault::Depth);
        }
        self.growth.count(1)?;
        self.growth.expand(size)?;
        if matches!(node, Node::List(_)) && self.is_merging() {
            return Err(Fault::Merge);
        }
        self.place(node, size.behind_alias())
    }

    fn is_merging(&self) -> bool {
        let role = self.open.last().map(|open| &open.role);
        matches!(role, Some(Role::MergedValue | Role::MergedItem))
    }

    fn start(
        &mut self,
        node: Node<C>,
        anchor: Option<usize>,
        role: Role<C::Text>,
    ) -> Result<(), Fault> {
        self.growth.count(1)?;
        match self.open.last().map(|open| &open.role) {
            _ if self.open.len() >= MAX_DEPTH => return Err(Fault::Depth),
            Some(Role::Key) => return Err(Fault::Key),
            Some(Role::MergedItem) if matches!(node, Node::List(_)) => return Err(Fault::Merge),
            _ => {}
        }
        self.open.push(Open { node, anchor, size: Size::of_collection(), role });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(Open { node, anchor, size, role }) = self.open.pop() else { return Ok(()) };
        self.remember(anchor, &node, size)?;
        match role {
            Role::MergedItem => self.end_merged_list(node, size),
            _ => self.place(node, size),
        }
    }

    /// Ends the list after `<<`, whose maps go into the map around it.
    fn end_merged_list(&mut self, node: Node<C>, size: Size) -> Result<(), Fault> {
        let Some(parent) = self.open.last_mut() else { return Ok(()) };
        parent.size.add(size);
        parent.role = Role::Key;
        if let (Node::Map(map), Node::List(merged)) = (&mut parent.node, node) {
            map.merge(merged);
        }
        Ok(())
    }

    fn remember(&mut self, anchor: Option<usize>, node: &Node<C>, size: Size) -> Result<(), Fault> {
        let Some(anchor) = anchor else { return Ok(()) };
        if self.anchors.len() >= MAX_ANCHORS {
            return Err(Fault::Anchors);
        }
        self.anchors.insert(anchor, (node.clone(), size));
        Ok(())
    }

    /// Puts a finished node where it belongs: into what is open, or as the whole document.
    fn place(&mut self, node: Node<C>, size: Size) -> Result<(), Fault> {
        if self.finite && !matches!(self.open.last(), Some(Open { role: Role::Key, .. })) {
            node.check_finite()?;
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.size.add(size);
        let (Node::List(items) | Node::Map(items)) = &mut open.node else { return Ok(()) };
        match std::mem::replace(&mut open.role, Role::Key) {
            Role::Key => open.role = Role::Value(node.key()?),
            Role::Value(key) => items.push(Some(key), node),
            Role::Item => {
                items.push(None, node);
                open.role = Role::Item;
            }
            Role::MergedValue => match node {
                Node::Map(map) => items.merge(map),
                _ => return Err(Fault::Merge),
            },
            Role::MergedItem => match node {
                Node::Map(_) => {
                    items.push(None, node);
                    open.role = Role::MergedItem;
                }
                _ => return Err(Fault::Merge),
            },
        }
        Ok(())
    }
}
