//! OCI documents: the manifests and indexes that client and server exchange.
//!
//! Documents are read as they come, with their bytes kept, because a digest covers bytes; and the
//! one document hreg makes itself, a chart's manifest, is written. Moving them over a network and
//! keeping them is left to the layers above.

pub mod annotations;
mod chart_manifest;
mod descriptor;
mod document;
pub mod media;

pub use annotations::{Maintainer, MetaFacts};
pub use chart_manifest::{ChartManifest, NotChart, chart_manifest};
pub use descriptor::{Descriptor, Platform};
pub use document::{Body, Document, Error, Index, MAX_DOCUMENT_BYTES, Manifest};
