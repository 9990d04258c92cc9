//! What the composer builds: nodes, and how they are collected.

use super::Fault;
use super::events::CORE;
use super::scalar::{Scalar, Tag, Text};

/// Holds what was read: scalars as they are, but for their text, and the rest as `C`.
#[derive(Debug, Clone)]
pub(super) enum Node<C: Collection> {
    Scalar(Scalar<C::Text>),
    List(C),
    Map(C),
}

/// Collects the nodes of one list or map; `()` forgets them.
pub(super) trait Collection: Clone + Default {
    /// What is kept of texts.
    type Text: Text;

    /// Adds a node: to a list without a key, to a map with one.
    fn push(&mut self, key: Option<Self::Text>, node: Node<Self>);

    /// Adds all that another map holds.
    fn merge(&mut self, other: Self);
}

impl Collection for () {
    type Text = ();

    fn push(&mut self, _: Option<()>, _: Node<()>) {}

    fn merge(&mut self, (): ()) {}
}

impl<C: Collection> Node<C> {
    /// Gives the text that the node is as a map key.
    pub(super) fn key(&self) -> Result<C::Text, Fault> {
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

/// Tells whether a key is `<<`, behind which maps stand that go into the map around it.
pub(super) fn is_merge(text: &str, tag: Tag<'_>) -> bool {
    text == "<<" && matches!(tag, Tag::Core("merge") | Tag::Plain)
}

/// Sorts a tag by what it means for a scalar that is written plainly or not.
pub(super) fn tag_of(tag: Option<&str>, plain: bool) -> Tag<'_> {
    match tag {
        None if plain => Tag::Plain,
        None => Tag::Quoted,
        Some(tag) => tag.strip_prefix(CORE).map_or(Tag::Foreign, Tag::Core),
    }
}
