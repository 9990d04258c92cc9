//! The operations, each written once: options in, a serialisable report out.
//!
//! Commands and routes call these and nothing below. An operation neither prints nor reads the
//! environment; what it wants to tell besides its report goes to a `Progress`.

pub mod chart;
mod chart_facts;
mod content;
pub mod copy;
pub mod dependency;
pub mod edit;
mod error;
pub mod export;
pub mod gc;
pub mod list;
pub mod login;
pub mod orchestrate;
pub mod prepare;
pub mod pull;
pub mod push;
pub mod remove;
pub mod save;
pub mod search;
pub mod select;
pub mod show;
pub mod sign;
pub mod space;
pub mod tag;
pub mod transfer;
pub mod verify;
pub mod version;

pub use error::Error;

use crate::digest::Digest;

/// Names a blob and tells its size, in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct BlobReport {
    /// The digest.
    pub digest: Digest,
    /// The size in bytes.
    pub size: u64,
    /// Whether the store did not have it before.
    pub new: bool,
}
