//! hreg keeps Helm charts in a local, content-addressed store.
//!
//! The modules form layers, each of which may name only those above it in this list (the test
//! `tests/architecture.rs` holds them to it):
//!
//! 0. [`error`], [`progress`], [`parallel`]: kinds of failure; how a long operation tells that it
//!    goes on; work on all cores
//! 1. [`digest`], [`go_json`]: names of bytes; JSON as Go writes it
//! 2. [`name`]: names of charts
//! 3. [`chart`], [`oci`], [`disk`]: the chart format; OCI documents; the door to the file system
//! 4. [`storage`], [`plan`]: the store's verbs on a file system or in memory; new charts out of others
//! 5. [`store`], [`remote`]: charts, versions and tags over those verbs; registries and classic
//!    repositories
//! 6. [`ops`], [`upstream`]: one file an operation, options in, report out; a registry as a storage
//! 7. [`serve`]: the store over HTTP
//! 8. [`cli`]: arguments, tables, JSON

pub mod chart;
pub mod cli;
pub mod digest;
pub mod disk;
pub mod error;
pub mod go_json;
pub mod name;
pub mod oci;
pub mod ops;
pub mod parallel;
pub mod plan;
pub mod progress;
pub mod remote;
pub mod serve;
pub mod storage;
pub mod store;
pub mod upstream;
