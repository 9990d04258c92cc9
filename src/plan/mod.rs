//! Plans: how a new chart is put together from charts that are there.
//!
//! A plan is read ([`Plan::parse`], or as far as it can be: [`Draft`]) and checked, then carried out
//! on charts in memory ([`compose`]). All of it is pure: which charts the store has, and where the result goes, is left
//! to `ops`. Source of the form: the registry that hreg descends from, whose plans still work.

mod caicloud;
mod check;
mod collisions;
pub mod compose;
mod defines;
mod dependencies;
mod document;
mod draft;
mod fates;
pub mod graph;
mod head;
mod helm;
mod mistake;
mod model;
mod moves;
mod read;
mod reads;
pub mod record;
mod remains;
mod room;
mod schema;
mod slots;
mod sources;
mod tree;
mod values;

pub use draft::Draft;
pub use mistake::{Mistake, Mistakes};
pub use model::{Node, Package, Plan, Save, Semantics, Source, Wanted};
pub use slots::tree_of;

#[cfg(test)]
mod tests;
