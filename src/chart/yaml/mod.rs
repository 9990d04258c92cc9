//! YAML, as Helm reads it and as Helm reads it back.
//!
//! Helm reads with go-yaml version 2 (YAML 1.1) and turns the result into JSON. No crate reads as
//! that does: characters become tokens (`scan`), events (`events`) and a tree (`compose`) here.
//! Writing is left to `serde-saphyr`, which only this module names. What the documents mean is
//! left to the modules beside it.

mod compose;
mod events;
mod go_emit;
mod input;
mod limits;
mod node;
mod rewrite;
mod scalar;
mod scan;
mod text;
mod token;
mod tree;

use std::io::{self, Read};

use serde_json::Value;

pub use go_emit::{emit_as_helm, emit_list_as_helm};
pub use rewrite::{Rename, rename, rewrite};
pub use tree::Shape;

use crate::error::{Classified, Kind};
use compose::Options;
use limits::{MAX_ALIAS_BYTES, MAX_RECORD_ALIAS_BYTES, MAX_RECORD_NODES};
use node::{Collection, Node};
use text::Characters;
use tree::{Branch, Converter};

/// Reads the first document of a file; an empty one is null.
///
/// Duplicate keys: the last wins. Keys that are no strings become strings as Go writes them.
/// Integers keep their exact value. Limits: 256 levels, 10,000 anchors, 16 MiB of text repeated by
/// aliases, and go-yaml's share of aliases; memory is in proportion to the input.
pub fn parse(bytes: &[u8]) -> Result<Value, Error> {
    let options = Options { finite: true, max_nodes: usize::MAX, max_alias_bytes: MAX_ALIAS_BYTES };
    let node = read::<Branch>(bytes, &options)?;
    Converter { strict: false }.convert(node, &Shape::Any)
}

/// Reads a document whose fields of text take any scalar: `1.10` is "1.1" there, `yes` is "true".
///
/// In all else it is [`parse`], but for two limits: 20,000 nodes, and 64 KiB of text repeated by
/// aliases.
pub fn parse_shaped(bytes: &[u8], shape: &Shape) -> Result<Value, Error> {
    let options = Options {
        finite: false,
        max_nodes: MAX_RECORD_NODES,
        max_alias_bytes: MAX_RECORD_ALIAS_BYTES,
    };
    let node = read::<Branch>(bytes, &options)?;
    Converter { strict: false }.convert(node, shape)
}

/// Reads as [`parse_shaped`] does, but refuses keys that come twice, as Helm does in index.yaml.
///
/// The number of nodes has no limit but the input's size.
pub fn parse_strict(bytes: &[u8], shape: &Shape) -> Result<Value, Error> {
    let options =
        Options { finite: false, max_nodes: usize::MAX, max_alias_bytes: MAX_ALIAS_BYTES };
    let node = read::<Branch>(bytes, &options)?;
    Converter { strict: true }.convert(node, shape)
}

/// Tells what a whole document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// Nothing, or a null.
    Null,
    /// Text, a number or a truth value.
    Scalar,
    /// A list.
    List,
    /// A map.
    Map,
}

/// Reads to the end and refuses what [`parse`] refuses, without building anything.
///
/// The largest thing held is the longest scalar. Also fails where the reader does.
pub fn check(reader: impl Read) -> Result<Root, Error> {
    let options = Options { finite: true, max_nodes: usize::MAX, max_alias_bytes: MAX_ALIAS_BYTES };
    Ok(match read::<()>(reader, &options)? {
        Node::Scalar(scalar::Scalar::Null) => Root::Null,
        Node::Scalar(_) => Root::Scalar,
        Node::List(()) => Root::List,
        Node::Map(()) => Root::Map,
    })
}

/// Reads a file to its end; that it is no text is said before anything else.
fn read<C: Collection>(reader: impl Read, options: &Options) -> Result<Node<C>, Error> {
    let mut characters = Characters::of(reader);
    let composed = compose::compose(&mut characters, options);
    characters.finish()?;
    composed
}

/// Writes YAML that Helm reads back as the same value.
///
/// Every word is quoted that YAML 1.1 takes for something else, such as `yes` or `0x1F`.
pub fn emit<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    write(value, 2, true)
}

/// Writes as [`emit`] does, with another indentation.
///
/// Lists are `compact` where they stand as far right as the key before them.
fn write<T>(value: &T, step: usize, compact: bool) -> Result<String, Error>
where
    T: serde::Serialize + ?Sized,
{
    let options = serde_saphyr::ser_options! {
        // go-yaml refuses some block scalars that begin with white space.
        prefer_block_scalars: false,
        compact_list_indent: compact,
        indent_step: step,
    };
    serde_saphyr::to_string_with_options(&value, options)
        .map_err(|error| Error::Write { message: error.to_string() })
}

/// Says why bytes are no YAML that Helm reads, or why a value cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read to its end.
    #[error("cannot read the file")]
    Read {
        /// What the reader says.
        source: io::Error,
    },
    /// The bytes are no text.
    #[error("invalid {encoding} at byte {offset}")]
    Encoding {
        /// The encoding that the bytes begin as.
        encoding: &'static str,
        /// The first wrong byte, counted from 0.
        offset: usize,
    },
    /// A character may not stand in YAML.
    #[error("line {line}: control characters are not allowed: {character:?}")]
    Character {
        /// The line, counted from 1.
        line: usize,
        /// The character.
        character: char,
    },
    /// The lines do not form YAML.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What the parser expected.
        message: String,
    },
    /// The document says something that cannot be.
    #[error("line {line}: {fault}")]
    Content {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        fault: Fault,
    },
    /// A value cannot be JSON.
    #[error("{fault}")]
    Value {
        /// What is wrong.
        fault: Fault,
    },
    /// A key comes twice where it may come once.
    #[error("key {key:?} already set in map")]
    Duplicate {
        /// The key.
        key: String,
    },
    /// A value cannot be written as YAML.
    #[error("cannot write YAML: {message}")]
    Write {
        /// The writer's reason.
        message: String,
    },
}

/// Says what a document asks for that cannot be; the texts are go-yaml's where it has one.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A scalar contradicts its tag.
    #[error("{0}")]
    Scalar(String),
    /// A key is a list or a map.
    #[error("invalid map key: a list or a map")]
    Key,
    /// A key is null, or an integer beyond the range of `i64`.
    #[error("unsupported map key of type: {0}")]
    KeyType(&'static str),
    /// `<<` is followed by something else than maps.
    #[error("map merge requires map or sequence of maps as the value")]
    Merge,
    /// An alias stands in what its anchor names.
    #[error("an anchor's value contains itself")]
    Cycle,
    /// Aliases repeat too much.
    #[error("document contains excessive aliasing")]
    Aliases,
    /// There are too many nodes.
    #[error("more than {0} values")]
    Nodes(usize),
    /// There are too many anchors.
    #[error("more than {} anchors", limits::MAX_ANCHORS)]
    Anchors,
    /// Lists and maps are nested too deep.
    #[error("more than {} lists and maps in each other", limits::MAX_DEPTH)]
    Depth,
    /// A number is infinite or none.
    #[error("json: unsupported value: {}", go_name(*.0))]
    NotFinite(f64),
}

fn go_name(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    }
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

#[cfg(test)]
mod tests;
