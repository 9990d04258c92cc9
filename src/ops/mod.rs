//! The operations, each written once: options in, a serialisable report out.
//!
//! Commands and routes call these and nothing below. An operation neither prints nor reads the
//! environment; what it wants to tell besides its report goes to a `Progress`.

pub mod accept;
pub mod chart;
mod chart_facts;
mod content;
pub mod copy;
pub mod dependency;
pub mod edit;
mod error;
pub mod export;
pub mod gc;
mod identity;
pub mod index;
pub mod list;
pub mod login;
pub mod metadata;
pub mod orchestrate;
pub mod prepare;
pub mod pull;
pub mod push;
pub mod receive;
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
pub mod vouch;

pub use error::Error;

use serde::Serialize;

use crate::digest::Digest;
use crate::name::{ChartName, Reference, Version};

/// Says what the store has of a chart that was brought into it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// The reference that it has in the store.
    pub reference: Reference,
    /// The chart's name.
    pub name: ChartName,
    /// The chart's version.
    pub version: Version,
    /// The digest of the manifest.
    pub digest: Digest,
    /// Chart.yaml as JSON.
    pub meta: BlobReport,
    /// The archive.
    pub content: BlobReport,
    /// The signature file, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<BlobReport>,
}

/// Names a blob and tells its size, in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BlobReport {
    /// The digest.
    pub digest: Digest,
    /// The size in bytes.
    pub size: u64,
    /// Whether the store did not have it before.
    pub new: bool,
}
