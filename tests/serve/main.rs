//! The program as a server: every protocol, spoken to over a real connection.
//!
//! Each test starts the program on a free port over a store of its own, and ends it. What real
//! clients make of it is in `tests/peers`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod adapter;
mod auth;
#[allow(dead_code, reason = "the tests of the adapter itself need more of it")]
#[path = "../upstream/charts.rs"]
mod charts;
mod classic;
mod defects;
mod doors;
#[allow(dead_code, reason = "the tests of the other commands need more of it")]
#[path = "../cli/environment.rs"]
mod environment;
mod form;
mod limits;
mod logs;
mod metrics;
mod museum;
mod oci;
mod overwriting;
#[allow(dead_code, reason = "the tests of the commands need more of it")]
#[path = "../servers/registry.rs"]
mod registry;
mod registry_settings;
mod running;
#[allow(dead_code, reason = "the tests of the client need more of it")]
#[path = "../servers/http.rs"]
mod server;
mod slow;
mod space_api;
mod tls;
mod tokens;
mod web;
mod world;
