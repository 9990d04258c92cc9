//! Descriptors: how a document refers to bytes elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::null_as_default;
use super::media;
use crate::digest::Digest;

/// Refers to a blob or a document by its digest.
///
/// The members are those of the OCI image specification 1.1, written in the order in which Go's
/// `ocispec.Descriptor` has them; unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What kind of bytes these are.
    #[serde(default)]
    pub media_type: String,
    /// The digest of the bytes.
    pub digest: Digest,
    /// The number of bytes.
    pub size: u64,
    /// Other places to get the bytes from. Registries do not keep a blob that has any.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Notes, by name.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub annotations: BTreeMap<String, String>,
    /// The bytes themselves, in Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// The machine that an image runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// What kind of artifact the referred manifest is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

impl Descriptor {
    /// Tells whether registries keep the bytes: those of layers that may not be given away, or that
    /// have other places to be had from, they need not have.
    pub fn is_kept(&self) -> bool {
        self.urls.is_empty() && !media::is_nondistributable(&self.media_type)
    }

    /// Refers to bytes, with nothing more said about them.
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Descriptor {
        Descriptor {
            media_type: media_type.to_owned(),
            digest,
            size,
            urls: Vec::new(),
            annotations: BTreeMap::new(),
            data: None,
            platform: None,
            artifact_type: None,
        }
    }
}

/// Names the machine that an image runs on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// The processor, as Go's GOARCH names it.
    #[serde(default)]
    pub architecture: String,
    /// The operating system, as Go's GOOS names it.
    #[serde(default)]
    pub os: String,
    /// The variant of the processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}
