//! The program carries charts between its store, registries and classic repositories.
//!
//! All servers are in the tests: registries that keep to the rules, and others that lie. What real
//! Helm and a real registry say of it is in `tests/peers`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod alpha;
mod classic;
mod copy;
#[allow(dead_code, reason = "the tests of the other commands need more of it")]
#[path = "../cli/environment.rs"]
mod environment;
mod interrupted;
mod lies;
mod login;
mod orchestrate;
mod pull;
mod push;
#[allow(dead_code, reason = "the tests of the adapter need more of it")]
#[path = "../servers/registry.rs"]
mod registry;
mod search;
#[allow(dead_code, reason = "the tests of the client need more of it")]
#[path = "../servers/http.rs"]
mod server;
#[cfg(target_os = "linux")]
mod terminal;
mod world;
