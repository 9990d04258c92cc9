//! Values: what a user sets for a chart, and how charts and subcharts share them.
//!
//! [`mod@set`] reads Helm's `--set` language, [`mod@coalesce`] folds the values of a chart, its subcharts
//! and a user into one map, [`of_chart`] finds out which subcharts there are to fold. Reading values.yaml is left to `yaml`, the tree of charts to `load`.

pub mod coalesce;
mod family;
pub mod set;

pub use coalesce::{Coalesced, Node, coalesce, merge};
pub use family::of_chart;
pub use set::{Typing, set};
