//! A registry as a read-only storage: what a walk finds and costs, what is served of it, and what
//! becomes of it when the registry changes, lies or goes away.
//!
//! The registry is in the tests. What HTTP clients are answered is held in `tests/serve`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod away;
mod bytes;
mod cache;
mod changes;
mod charts;
mod failing;
mod lists;
mod mirror;
mod mixed;
mod places;
#[allow(dead_code, reason = "the tests of the commands need more of it")]
#[path = "../servers/registry.rs"]
mod registry;
mod seeking;
#[allow(dead_code, reason = "the tests of the client need more of it")]
#[path = "../servers/http.rs"]
mod server;
mod versions;
mod world;
