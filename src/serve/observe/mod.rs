//! Looking at requests from outside of all doors: they are counted, and told of.
//!
//! What is counted is in `metrics`, what a record is made of in `logs`. Each request costs a few atomic
//! additions and two looks at the clock; it takes no lock, and no memory unless requests are logged.

mod answer;
mod observer;
mod service;

pub use observer::Observer;
pub(super) use service::Observed;
