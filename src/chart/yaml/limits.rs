//! How much a document may ask for: nesting, nodes, anchors, and what aliases expand to.
//!
//! The allowed share of aliases is go-yaml's own (`decode.go` of version 2); the other limits are
//! stricter than Helm's, which allows 10,000 levels and any number of anchors.

use super::Fault;

/// How many lists and maps may stand in each other, aliases expanded.
///
/// Whatever walks a tree may recurse so deep on a stack of 2 MiB.
pub(super) const MAX_DEPTH: usize = 256;

/// How many anchors one document may define.
pub(super) const MAX_ANCHORS: usize = 10_000;

/// How many nodes a document may have that is read for its fields, such as Chart.yaml.
pub(super) const MAX_RECORD_NODES: usize = 20_000;

/// How many bytes of text the aliases of one document may repeat.
pub(super) const MAX_ALIAS_BYTES: usize = 16 << 20;

/// How many they may repeat in a document that is read for its fields: there may be hundreds of
/// these in one chart, and all are held.
pub(super) const MAX_RECORD_ALIAS_BYTES: usize = 64 << 10;

/// Below this number of nodes, 99 in 100 may come from aliases.
const SMALL: f64 = 400_000.0;

/// Above this number of nodes, 10 in 100 may come from aliases.
const LARGE: f64 = 4_000_000.0;

/// Measures a node with all that its aliases expand to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    nodes: usize,
    bytes: usize,
    /// The levels of lists and maps in it; a scalar has none.
    pub(super) height: usize,
}

impl Size {
    pub(super) fn of_scalar(bytes: usize) -> Size {
        Size { nodes: 1, bytes, height: 0 }
    }

    pub(super) fn of_collection() -> Size {
        Size { nodes: 1, bytes: 0, height: 1 }
    }

    /// Counts the alias itself too.
    pub(super) fn behind_alias(self) -> Size {
        Size { nodes: self.nodes + 1, ..self }
    }

    /// Takes in a node of this list or map.
    pub(super) fn add(&mut self, child: Size) {
        self.nodes = self.nodes.saturating_add(child.nodes);
        self.bytes = self.bytes.saturating_add(child.bytes);
        self.height = self.height.max(child.height + 1);
    }
}

/// Watches how many nodes a document has, and how many of them come from aliases.
#[derive(Debug)]
pub(super) struct Growth {
    max_nodes: usize,
    max_bytes: usize,
    nodes: usize,
    expanded: usize,
    bytes: usize,
}

impl Growth {
    /// Starts to count, up to a number of nodes and of bytes that aliases repeat.
    pub(super) fn up_to(max_nodes: usize, max_bytes: usize) -> Growth {
        Growth { max_nodes, max_bytes, nodes: 0, expanded: 0, bytes: 0 }
    }

    /// Counts nodes that are written out.
    pub(super) fn count(&mut self, nodes: usize) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(nodes);
        self.check()
    }

    /// Counts what an alias stands for.
    pub(super) fn expand(&mut self, size: Size) -> Result<(), Fault> {
        self.expanded = self.expanded.saturating_add(size.nodes);
        self.bytes = self.bytes.saturating_add(size.bytes);
        self.count(size.nodes)
    }

    fn check(&self) -> Result<(), Fault> {
        if self.nodes > self.max_nodes {
            return Err(Fault::Nodes(self.max_nodes));
        }
        let nodes = self.nodes as f64;
        let allowed = 0.99 - 0.89 * ((nodes - SMALL) / (LARGE - SMALL)).clamp(0.0, 1.0);
        let many = self.expanded > 100 && self.nodes > 1000;
        if many && self.expanded as f64 / nodes > allowed || self.bytes > self.max_bytes {
            return Err(Fault::Aliases);
        }
        Ok(())
    }
}
