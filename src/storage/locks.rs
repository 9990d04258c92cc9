//! Proofs that locks are held: what changes names takes them as arguments.

use std::any::Any;
use std::collections::BTreeSet;

use super::Mode;
use crate::name::Repository;

/// Proves that the store is locked, until it is dropped.
pub struct StoreLock {
    mode: Mode,
    _guard: Box<dyn Any + Send + Sync>,
}

impl StoreLock {
    pub(super) fn new(mode: Mode, guard: impl Any + Send + Sync) -> StoreLock {
        StoreLock { mode, _guard: Box::new(guard) }
    }

    pub(super) fn assert_exclusive(&self) {
        assert!(self.mode == Mode::Exclusive, "removing blobs takes the store's lock alone");
    }
}

/// Proves that charts are locked for changing their names, until it is dropped.
pub struct ChartLocks<'a> {
    _store: &'a StoreLock,
    /// The charts; all of them where there is no list.
    repositories: Option<BTreeSet<Repository>>,
    _guards: Vec<Box<dyn Any + Send + Sync>>,
}

impl<'a> ChartLocks<'a> {
    /// Takes one lock after the other, in the order that every process takes them in.
    pub(super) fn take<G: Any + Send + Sync, E>(
        store: &'a StoreLock,
        repositories: &[Repository],
        mut lock: impl FnMut(&Repository) -> Result<G, E>,
    ) -> Result<ChartLocks<'a>, E> {
        let repositories: BTreeSet<Repository> = repositories.iter().cloned().collect();
        let mut guards: Vec<Box<dyn Any + Send + Sync>> = Vec::new();
        for repository in &repositories {
            guards.push(Box::new(lock(repository)?));
        }
        Ok(ChartLocks { _store: store, repositories: Some(repositories), _guards: guards })
    }

    /// Gives the locks of all charts to who has locked the store alone: nobody else can have one,
    /// and there may be more charts than one process may hold files open.
    pub fn all(store: &'a StoreLock) -> ChartLocks<'a> {
        store.assert_exclusive();
        ChartLocks { _store: store, repositories: None, _guards: Vec::new() }
    }

    pub(super) fn assert_covers<'r>(&self, changed: impl IntoIterator<Item = &'r Repository>) {
        let Some(repositories) = &self.repositories else { return };
        for repository in changed {
            assert!(repositories.contains(repository), "{repository} is changed unlocked");
        }
    }
}
