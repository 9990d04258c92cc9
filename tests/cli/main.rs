//! The program as its users meet it: every command, every option, every error.
//!
//! Each test has a folder of its own with a store in it; see [`environment`]. The texts of the
//! program are kept as inline snapshots, which `cargo insta` updates.

#![allow(clippy::unwrap_used, reason = "a test may panic anywhere")]

mod care;
mod chart;
mod dependency;
mod environment;
mod errors;
mod export;
mod gc;
mod hostile;
mod json;
mod list;
mod orchestrate;
mod remove;
mod repair;
mod save;
mod server;
mod show;
mod space;
mod tag;
mod usage;
mod verify;
mod version;
