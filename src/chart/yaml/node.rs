//! What the composer builds: nodes, and how they are collected.

use std::rc::Rc;

use granit_parser::ScalarStyle;

use super::Fault;
use super::scalar::{Scalar, Tag};

/// Holds what was read, scalars as they are and the rest as `C`.
#[derive(Debug, Clone)]
pub(super) enum Node<C> {
    Scalar(Scalar),
    List(C),
    Map(C),
}

/// Collects the nodes of one list or map; `()` forgets them.
pub(super) trait Collection: Clone + Default {
    /// Adds a node: to a list without a key, to a map with one.
    fn push(&mut self, key: Option<Rc<str>>, node: Node<Self>);

    /// Adds all that another map holds.
    fn merge(&mut self, other: Self);
}

impl Collection for () {
    fn push(&mut self, _: Option<Rc<str>>, _: Node<()>) {}

    fn merge(&mut self, (): ()) {}
}

impl<C> Node<C> {
    /// Gives the text that the node is as a map key.
    pub(super) fn key(&self) -> Result<Rc<str>, Fault> {
        match self {
            Node::Scalar(scalar) => scalar.key().map_err(Fault::KeyType),
            _ => Err(Fault::Key),
        }
    }

    /// Refuses a number that JSON cannot hold.
    pub(super) fn check_finite(&self) -> Result<(), Fault> {
        match self {
            Node::Scalar(Scalar::Float(number)) if !number.is_finite() => {
                Err(Fault::NotFinite(*number))
            }
            _ => Ok(()),
        }
    }
}

/// Sorts a parser's tag by what it means for a scalar.
pub(super) fn tag_of(tag: Option<&granit_parser::Tag>, style: ScalarStyle) -> Tag<'_> {
    match tag {
        None if style == ScalarStyle::Plain => Tag::Plain,
        None => Tag::Quoted,
        Some(tag) => match (tag.handle(), tag.suffix()) {
            ("tag:yaml.org,2002:", suffix) => Tag::Core(suffix),
            ("", whole) => whole.strip_prefix("tag:yaml.org,2002:").map_or(Tag::Foreign, Tag::Core),
            _ => Tag::Foreign,
        },
    }
}
