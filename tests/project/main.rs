//! Holds what stands beside the source to the program: generated files, documents, policy.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod console;
mod deploy;
mod documents;
mod generated;
mod hosts;
mod policy;
#[allow(dead_code, reason = "the tests of the client need more of it")]
#[path = "../servers/registry.rs"]
mod registry;
#[allow(dead_code, reason = "the tests of the client need more of it")]
#[path = "../servers/http.rs"]
mod server;

use std::path::Path;

/// Gives the package's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
