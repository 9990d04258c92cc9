//! Charts, versions and tags, over the verbs of a storage.
//!
//! Here is what a name may stand for and who may move it, which blobs a chart needs, and what is
//! damaged. How charts are read and packed is left to `chart` and `ops`; the network is unknown.

mod error;
mod facts;
mod gc;
mod glance;
mod holds;
mod list;
mod mark;
mod members;
mod names;
mod nearest;
mod put;
mod put_manifest;
mod read;
mod remove;
mod resolve;
mod space;
#[cfg(test)]
mod tests;
mod upload;
mod verify;

use std::sync::Arc;
use std::time::Duration;

pub use error::Error;
pub use facts::{ChartFacts, Facts};
pub use gc::Collected;
pub use glance::{Glance, Measure};
pub use holds::Voucher;
pub use list::{Listing, Row};
pub(crate) use nearest::nearest;
pub use put::{Change, NewChart, Overwrite, Placed};
pub use put_manifest::NewManifest;
pub use remove::Removed;
pub use resolve::Found;
pub use space::{Policy, Space};
pub use upload::{UPLOAD_LIFETIME, UploadKey, Uploading};
pub use verify::{Finding, Problem, Verified};

use crate::digest::Algorithm;
use crate::progress::Progress;
use crate::storage::{Driver, Mode, Stage, StoreLock, Wait};

/// Keeps charts.
pub struct Store {
    driver: Box<dyn Driver>,
    lock_timeout: Option<Duration>,
    progress: Arc<dyn Progress>,
    members: members::Members,
}

impl Store {
    /// Makes a store over a storage; a wait for its locks ends after `lock_timeout`, if one is
    /// given, and is told to `progress`.
    pub fn new(
        driver: Box<dyn Driver>,
        lock_timeout: Option<Duration>,
        progress: Arc<dyn Progress>,
    ) -> Store {
        Store { driver, lock_timeout, progress, members: members::Members::default() }
    }

    /// Begins to write: until the writer is dropped, nothing is collected.
    pub fn writer(&self) -> Result<Writer<'_>, Error> {
        let lock = self.driver.lock_store(Mode::Shared, self.wait())?;
        Ok(Writer { store: self, lock })
    }

    fn wait(&self) -> Wait<'_> {
        Wait { timeout: self.lock_timeout, progress: &*self.progress }
    }
}

/// Writes into a store, together with others.
pub struct Writer<'a> {
    store: &'a Store,
    lock: StoreLock,
}

impl Writer<'_> {
    /// Begins a new blob.
    pub fn stage(&self) -> Result<Box<dyn Stage>, Error> {
        self.stage_as(Algorithm::Sha256)
    }

    /// Begins a new blob whose digest is of another algorithm than hreg's own.
    pub fn stage_as(&self, algorithm: Algorithm) -> Result<Box<dyn Stage>, Error> {
        Ok(self.store.driver.stage(&self.lock, algorithm)?)
    }
}
