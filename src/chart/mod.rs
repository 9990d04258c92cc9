//! The chart format, as Helm 3 reads and writes it.
//!
//! Everything here works on bytes and folders: reading Chart.yaml and values, walking archives and
//! folders, packing. Where charts are kept is left to `store`, what they are called there to `name`.

pub mod archive;
pub mod dependency;
mod error;
pub mod folder;
pub mod glob;
pub mod ignore;
pub mod index;
pub mod load;
pub mod lock;
pub mod metadata;
pub mod outline;
pub mod pack;
pub mod provenance;
pub mod record;
pub mod schema;
pub mod signature;
pub mod values;
pub mod yaml;

pub use error::Error;
