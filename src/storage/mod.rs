//! The store's own verbs, on whatever keeps the bytes.
//!
//! A [`Driver`] knows blobs, entries, names, spaces and locks; it does not know what a chart is.
//! [`Filesystem`] keeps them in a folder, [`Memory`] in the process; one test suite holds for
//! both. What may be written under which name is decided by `store`.

mod blob;
mod error;
mod filesystem;
mod locks;
mod memory;
mod state;
#[cfg(test)]
mod suite;
mod upload;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::time::SystemTime;

pub use blob::{Blob, BlobInfo, OpenBlob, Stage, Staged};
pub use error::{Error, Format};
pub use filesystem::Filesystem;
pub use locks::{ChartLocks, StoreLock};
pub use memory::Memory;
pub use state::{BlobState, ChartState, State};
pub use upload::{Append, Hashed, Mark, Marks, UploadId, UploadInfo, UploadName};

pub use crate::disk::lock::{Mode, Wait};

use crate::digest::{Algorithm, Digest};
use crate::name::{Repository, SpaceName, Tag, Version};

/// Names a manifest within a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// A movable name.
    Tag(Tag),
    /// The name that Chart.yaml gives.
    Version(Version),
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Name::Tag(tag) => write!(formatter, "tag {tag}"),
            Name::Version(version) => write!(formatter, "version {version}"),
        }
    }
}

/// Lists the names in a repository and what they stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The tags.
    pub tags: BTreeMap<Tag, Digest>,
    /// The versions.
    pub versions: BTreeMap<Version, Digest>,
}

impl Names {
    /// Tells whether any name stands for the manifest.
    pub fn contains(&self, manifest: &Digest) -> bool {
        self.tags.values().chain(self.versions.values()).any(|digest| digest == manifest)
    }

    /// Tells whether there is no name at all.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.versions.is_empty()
    }
}

/// Ties a manifest to the blobs that it is made of, in one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The manifest; its digest names the entry.
    pub manifest: Digest,
    /// What the manifest ties together, if it is a chart's.
    pub chart: Option<ChartParts>,
}

/// Names the blobs of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartParts {
    /// The version that the chart gives itself.
    pub version: Version,
    /// Chart.yaml as JSON.
    pub meta: Digest,
    /// The archive.
    pub content: Digest,
    /// The signature file, if there is one.
    pub provenance: Option<Digest>,
}

/// Lists what one change adds: first all blobs, then all entries, then all names.
///
/// Each of the three is durable before the next is begun, and each single name moves at once.
#[derive(Debug, Default)]
pub struct Commit {
    /// Blobs to keep, whether or not they are there already.
    pub blobs: Vec<Staged>,
    /// Entries to make.
    pub entries: Vec<(Repository, Entry)>,
    /// Names to point at entries; versions are best listed before tags.
    pub names: Vec<(Repository, Name, Digest)>,
    /// Blobs that repositories are to hold from now on, as they hold what their manifests name.
    pub holds: Vec<(Repository, Digest)>,
}

/// Lists what one change takes away: first all names, then all entries. Blobs stay.
#[derive(Debug, Default)]
pub struct Removal {
    /// Names to remove; those that are gone already are no error.
    pub names: Vec<(Repository, Name)>,
    /// Entries to remove.
    pub entries: Vec<(Repository, Digest)>,
    /// Blobs that repositories are to hold no longer.
    pub holds: Vec<(Repository, Digest)>,
}

impl Removal {
    /// Lists the repositories that something is taken away from, some more than once.
    pub fn repositories(&self) -> impl Iterator<Item = &Repository> {
        let names = self.names.iter().map(|(repository, _)| repository);
        names.chain(self.entries.iter().map(|(repository, _)| repository))
    }
}

/// Keeps blobs, entries and names.
///
/// Reading takes no lock and sees each name either before or after a change. Writing takes the
/// locks as arguments, so that it cannot be forgotten.
pub trait Driver: Send + Sync {
    /// Tells whether nothing was ever written: locking would make the storage.
    fn is_absent(&self) -> Result<bool, Error>;

    /// Begins a new blob; the lock keeps collections from sweeping it away as a left-over.
    fn stage(&self, store: &StoreLock, algorithm: Algorithm) -> Result<Box<dyn Stage>, Error>;

    /// Opens a blob, if it is there. What is read from it is verified at its end.
    fn open(&self, digest: &Digest) -> Result<Option<OpenBlob>, Error>;

    /// Opens a blob, if it is there, at a place behind which bytes are wanted: nothing proves them.
    fn open_part(&self, digest: &Digest, start: u64)
    -> Result<Option<Box<dyn Read + Send>>, Error>;

    /// Opens the file that has the bytes of a blob and nothing else, if there is one: nothing proves
    /// them. It may give none for any reason.
    fn open_file(&self, _digest: &Digest) -> Result<Option<File>, Error> {
        Ok(None)
    }

    /// Reads a blob at once, and proves it. It may give nothing for any reason: whoever opens the
    /// blob then is told which.
    fn read_small(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.open(digest).ok()??.read_whole().ok()
    }

    /// Looks at a blob without opening it, if it is there.
    fn blob_state(&self, digest: &Digest) -> Result<Option<BlobState>, Error> {
        let blob = self.open(digest)?;
        Ok(blob.map(|blob| BlobState { size: blob.size(), state: None }))
    }

    /// Tells the state of the names in a repository. It may give none for any reason: nothing that
    /// is read then can be told from what comes after.
    fn names_state(&self, _repository: &Repository) -> Result<Option<State>, Error> {
        Ok(None)
    }

    /// Tells the state of the entries in a repository, as for names.
    fn entries_state(&self, _repository: &Repository) -> Result<Option<State>, Error> {
        Ok(None)
    }

    /// Lists all blobs, in no order.
    fn blobs(&self) -> Result<Vec<BlobInfo>, Error>;

    /// Lists the spaces that exist, sorted.
    fn spaces(&self) -> Result<Vec<SpaceName>, Error>;

    /// Reads what is recorded of a space, if it exists.
    fn space(&self, space: &SpaceName) -> Result<Option<Vec<u8>>, Error>;

    /// Lists the repositories that have an entry or a name, or hold a blob, sorted.
    fn repositories(&self) -> Result<Vec<Repository>, Error>;

    /// Lists the repositories of one space, sorted.
    fn repositories_of(&self, space: &SpaceName) -> Result<Vec<Repository>, Error> {
        let all = self.repositories()?;
        Ok(all.into_iter().filter(|repository| repository.space == *space).collect())
    }

    /// Lists the repositories of one space that have versions, sorted, each with the state of the
    /// names of these.
    fn chart_states(&self, space: &SpaceName) -> Result<Vec<ChartState>, Error> {
        let all = self.repositories_of(space)?;
        Ok(all.into_iter().map(|repository| (repository, None)).collect())
    }

    /// Lists the names in a repository; none if there is no such repository.
    fn names(&self, repository: &Repository) -> Result<Names, Error>;

    /// Lists the versions in a repository; none if there is no such repository.
    fn versions(&self, repository: &Repository) -> Result<BTreeMap<Version, Digest>, Error> {
        Ok(self.names(repository)?.versions)
    }

    /// Lists the names in a repository, but no version that there is a tag of the name of.
    fn listed(&self, repository: &Repository) -> Result<Names, Error> {
        let mut names = self.names(repository)?;
        names.versions.retain(|version, _| !names.tags.contains_key(&version.tag()));
        Ok(names)
    }

    /// Looks up what one name stands for.
    fn lookup(&self, repository: &Repository, name: &Name) -> Result<Option<Digest>, Error>;

    /// Lists the manifests that have an entry in a repository, in no order.
    fn entries(&self, repository: &Repository) -> Result<Vec<Digest>, Error>;

    /// Tells since when a manifest has had an entry in a repository, if it has one.
    fn created(
        &self,
        repository: &Repository,
        manifest: &Digest,
    ) -> Result<Option<SystemTime>, Error>;

    /// Reads an entry as it is recorded, if it is there.
    fn entry(&self, repository: &Repository, manifest: &Digest) -> Result<Option<Entry>, Error>;

    /// Looks for a manifest of a repository where that takes longer than a look at names does; tells
    /// whether it is there, and from then on is known.
    fn seek(&self, _repository: &Repository, _manifest: &Digest) -> Result<bool, Error> {
        Ok(false)
    }

    /// Looks for a blob of a repository in the same way.
    fn seek_blob(&self, _repository: &Repository, _blob: &Digest) -> Result<bool, Error> {
        Ok(false)
    }

    /// Tells whether a repository holds a blob, whatever its manifests name.
    fn holds(&self, repository: &Repository, blob: &Digest) -> Result<bool, Error>;

    /// Tells whether [`Driver::holds`] knows of what manifests name as well.
    fn holds_what_is_named(&self) -> bool {
        false
    }

    /// Lists the blobs that a repository holds, in no order, each with the time since when.
    fn held(&self, repository: &Repository) -> Result<Vec<(Digest, SystemTime)>, Error>;

    /// Locks the store: shared for writers, exclusive for who removes blobs.
    fn lock_store(&self, mode: Mode, wait: Wait<'_>) -> Result<StoreLock, Error>;

    /// Tells how many charts one process should lock at a time.
    fn most_locks(&self) -> usize;

    /// Locks charts for changing their names, in sorted order whatever the order given.
    fn lock_charts<'a>(
        &self,
        store: &'a StoreLock,
        repositories: &[Repository],
        wait: Wait<'_>,
    ) -> Result<ChartLocks<'a>, Error>;

    /// Adds blobs, entries and names, durably.
    fn commit(&self, locks: &ChartLocks<'_>, commit: Commit) -> Result<(), Error>;

    /// Removes names and entries, durably.
    fn remove(&self, locks: &ChartLocks<'_>, removal: &Removal) -> Result<(), Error>;

    /// Begins an upload.
    fn begin_upload(&self, store: &StoreLock, name: &UploadName) -> Result<(), Error>;

    /// Describes an upload, if there is one of this name.
    fn upload(&self, name: &UploadName) -> Result<Option<UploadInfo>, Error>;

    /// Lists the uploads, sorted.
    fn uploads(&self) -> Result<Vec<UploadName>, Error>;

    /// Opens an upload for adding to it, if it is there, without a lock of the store: that may take
    /// as long as a client likes. `known` is what is known of it from before.
    ///
    /// # Errors
    ///
    /// Fails at once if somebody else is adding to it.
    fn append(
        &self,
        name: &UploadName,
        known: Option<Hashed>,
    ) -> Result<Option<Box<dyn Append>>, Error>;

    /// Removes an upload; one that is gone already is no error.
    fn remove_upload(&self, name: &UploadName) -> Result<(), Error>;

    /// Creates a space, durably, and tells whether it was not there before.
    fn create_space(
        &self,
        store: &StoreLock,
        space: &SpaceName,
        record: &[u8],
    ) -> Result<bool, Error>;

    /// Removes a space that has no charts, under an exclusive lock.
    fn remove_space(&self, store: &StoreLock, space: &SpaceName) -> Result<(), Error>;

    /// Removes blobs for good, under an exclusive lock.
    fn sweep(&self, store: &StoreLock, blobs: &[Digest]) -> Result<(), Error>;

    /// Makes all that was done before durable, also by others who were interrupted.
    fn sync(&self) -> Result<(), Error>;

    /// Tells how many bytes are in what writers have not finished, running or interrupted.
    fn leftovers(&self) -> Result<u64, Error>;

    /// Removes what interrupted writers left, under an exclusive lock; gives the number of bytes.
    fn sweep_leftovers(&self, store: &StoreLock) -> Result<u64, Error>;

    /// Lists what in the storage's own structure is not as it should be.
    fn inspect(&self) -> Result<Vec<Fault>, Error>;

    /// Moves what a fault is about aside, under an exclusive lock, and says where it is now.
    fn set_aside(&self, store: &StoreLock, part: &Part) -> Result<String, Error>;
}

/// Says that a part of the storage is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The part.
    pub part: Part,
    /// What is wrong with it.
    pub problem: String,
}

/// Names a part of the storage, whole or damaged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A blob.
    Blob(Digest),
    /// The entry of a manifest.
    Entry(Repository, Digest),
    /// A tag or a version.
    Name(Repository, Name),
    /// The record of a space.
    Space(SpaceName),
    /// Something that is none of these; a path within the storage.
    Stray(String),
}
