//! Values: what a user sets for a chart, and how charts and subcharts share them.
//!
//! [`mod@set`] reads Helm's `--set` language, [`mod@coalesce`] folds the values of a chart, its subcharts
//! and a user into one map, [`under`] finds out which subcharts there are to fold, and [`checked`] what
//! their schemas say of that. Reading values.yaml is left to `yaml`, the tree of charts to `load`, one
//! schema to `schema`.

pub mod coalesce;
mod family;
pub mod set;

pub use coalesce::{Coalesced, Node, coalesce, merge};
pub use family::{Checked, checked, of_chart, under};
pub use set::{Typing, set};
