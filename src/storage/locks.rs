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
    repositories: BTreeSet<Repository>,
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
        Ok(ChartLocks { _store: store, repositories, _guards: guards })
    }

    pub(super) fn assert_covers<'r>(&self, changed: impl IntoIterator<Item = &'r Repository>) {
        for repository in changed {
            assert!(self.repositories.contains(repository), "{repository} is changed unlocked");
        }
    }
}
