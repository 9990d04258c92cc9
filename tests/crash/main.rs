//! Proves that nothing is ever lost: not when the process is killed at any step, not when a step
//! fails, not when power goes at any moment, and not when many processes work at once.
//!
//! The program's fault points exist in debug builds only (see `hreg::disk`).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg_attr(not(debug_assertions), allow(dead_code))]

mod contention;
#[cfg(debug_assertions)]
mod errors;
#[cfg(debug_assertions)]
mod interrupts;
#[cfg(debug_assertions)]
mod kills;
mod locking;
#[cfg(debug_assertions)]
mod power;
#[cfg(debug_assertions)]
mod pushed;
#[cfg(debug_assertions)]
mod pushes;
mod sandbox;
#[cfg(debug_assertions)]
mod scenario;
mod shadow;
mod state;
