//! Values: what a user sets for a chart, and how charts and subcharts share them.
//!
//! [`mod@set`] reads Helm's `--set` language, [`mod@coalesce`] folds the values of a chart, its subcharts
//! and a user into one map. Reading values.yaml is left to `yaml`, the tree of charts to `load`.

pub mod coalesce;
pub mod set;

pub use coalesce::{Coalesced, Node, coalesce, merge};
pub use set::{Typing, set};
