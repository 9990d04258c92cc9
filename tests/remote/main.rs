//! Holds the client of registries to its promises against a server that lies: whatever it answers,
//! the client ends with a clear error, in time, and tells nobody what is not for them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod blobs;
mod classic;
mod client;
mod connections;
mod manifests;
mod pages;
mod passwords;
mod proxies;
mod redirects;
mod retries;
mod secure;
#[allow(dead_code, reason = "the tests of the commands need more of it")]
#[path = "../servers/http.rs"]
mod server;
mod tokens;
mod uploads;
