//! An index of what the manifests of a repository name, so that not all are read for each question.
//!
//! It lives in memory and is never written. Manifests do not change, so one that was read is not read
//! again; which of them are there is looked at each time, and their folder is listed anew unless its
//! state says that nothing was added or removed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Error, Store};
use crate::digest::Digest;
use crate::name::Repository;
use crate::oci::Document;
use crate::storage::State;

/// The most digests that are kept, of all repositories: about 20 MiB. A repository with more than that
/// has no index.
const MOST: usize = 1 << 17;

/// Keeps the indexes of repositories.
#[derive(Debug, Default)]
pub(super) struct Members(Mutex<HashMap<Repository, Arc<Mutex<Index>>>>);

/// Says what the manifests of one repository name.
#[derive(Debug, Default)]
struct Index {
    state: Option<State>,
    manifests: HashSet<Digest>,
    blobs: HashMap<Digest, Digest>,
    subjects: HashMap<Digest, Vec<Digest>>,
    /// How many digests are kept here.
    count: usize,
    /// How many manifests there were when they named too much for an index.
    too_many: Option<usize>,
}

impl Store {
    /// Finds a manifest of a repository that names a blob. What cannot be read names nothing.
    pub(super) fn naming(
        &self,
        repository: &Repository,
        blob: &Digest,
    ) -> Result<Option<Digest>, Error> {
        let index = self.members.of(repository);
        let mut index = locked(&index);
        match index.refresh(self, repository, MOST)? {
            true => Ok(index.blobs.get(blob).copied()),
            false => self.search(repository, |document| document.names_blob(blob)),
        }
    }

    /// Lists the manifests of a repository that are about another one, in no order.
    pub fn about(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Digest>, Error> {
        let index = self.members.of(repository);
        let mut index = locked(&index);
        if index.refresh(self, repository, MOST)? {
            return Ok(index.subjects.get(subject).cloned().unwrap_or_default());
        }
        let is_about =
            |document: &Document| document.subject().is_some_and(|found| found.digest == *subject);
        let mut found = self.driver.entries(repository)?;
        found.retain(|manifest| self.document(manifest).is_ok_and(|found| is_about(&found)));
        Ok(found)
    }

    /// Reads manifests until one is what is looked for.
    fn search(
        &self,
        repository: &Repository,
        is_it: impl Fn(&Document) -> bool,
    ) -> Result<Option<Digest>, Error> {
        let mut entries = self.driver.entries(repository)?.into_iter();
        Ok(entries.find(|manifest| self.document(manifest).is_ok_and(|found| is_it(&found))))
    }
}

impl Members {
    /// Gives the index of a repository, empty if there was none. When all take too much room, all are
    /// forgotten.
    fn of(&self, repository: &Repository) -> Arc<Mutex<Index>> {
        let mut all = locked(&self.0);
        if let Some(index) = all.get(repository) {
            return index.clone();
        }
        let taken: usize =
            all.values().map(|index| index.try_lock().map_or(0, |index| index.count + 1)).sum();
        if taken >= MOST {
            all.clear();
        }
        all.entry(repository.clone()).or_default().clone()
    }
}

impl Index {
    /// Brings the index up to date; tells whether there is one, of at most so many digests.
    fn refresh(
        &mut self,
        store: &Store,
        repository: &Repository,
        most: usize,
    ) -> Result<bool, Error> {
        let state = store.driver.entries_state(repository)?;
        if state.is_some() && state == self.state {
            return Ok(self.too_many.is_none());
        }
        let entries = store.driver.entries(repository)?;
        self.state = None;
        if self.too_many.is_some_and(|count| entries.len() >= count) {
            self.state = state;
            return Ok(false);
        }
        let there: HashSet<&Digest> = entries.iter().collect();
        if self.too_many.is_some() || !self.manifests.iter().all(|known| there.contains(known)) {
            *self = Index::default();
        }
        let mut is_whole = true;
        for manifest in &entries {
            is_whole &= self.manifests.contains(manifest) || self.add(store, *manifest);
            if self.count > most {
                *self = Index { state, too_many: Some(entries.len()), ..Index::default() };
                return Ok(false);
            }
        }
        // A manifest that cannot be read now may be mended without a trace in its folder.
        self.state = state.filter(|_| is_whole);
        Ok(true)
    }

    /// Adds what a manifest names; tells whether it could be read.
    fn add(&mut self, store: &Store, manifest: Digest) -> bool {
        let Ok(document) = store.document(&manifest) else { return false };
        for blob in document.blobs() {
            self.blobs.entry(blob.digest).or_insert(manifest);
        }
        if let Some(subject) = document.subject() {
            self.subjects.entry(subject.digest).or_default().push(manifest);
        }
        self.manifests.insert(manifest);
        self.count += 3 + document.blobs().count();
        true
    }
}

/// Locks what a panic elsewhere may have left incomplete, which the next listing makes good.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
