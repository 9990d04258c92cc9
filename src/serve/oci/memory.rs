//! What the API remembers from one request to the next. All of it can be forgotten at any time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::digest::Digest;
use crate::name::Repository;
use crate::storage::{Hashed, UploadId};

/// The most of each kind that is remembered.
const MOST: usize = 4096;

/// Remembers what would cost time to find out again.
#[derive(Debug, Default)]
pub(in crate::serve) struct Memory {
    hashes: Limited<UploadId, Hashed>,
    vouchers: Limited<(Repository, Digest), Digest>,
}

impl Memory {
    /// Takes what is known of the hash of an upload.
    pub(super) fn take_hash(&self, upload: &UploadId) -> Option<Hashed> {
        self.hashes.lock().remove(upload)
    }

    /// Keeps what is known of the hash of an upload, for its next piece.
    pub(super) fn keep_hash(&self, upload: &UploadId, hashed: Option<Hashed>) {
        if let Some(hashed) = hashed {
            self.hashes.insert(upload.clone(), hashed);
        }
    }

    /// Gives the manifest that named a blob when that was last asked; it may be gone by now.
    pub(super) fn voucher(&self, repository: &Repository, blob: &Digest) -> Option<Digest> {
        self.vouchers.lock().get(&(repository.clone(), *blob)).copied()
    }

    /// Keeps which manifest of a repository names a blob.
    pub(super) fn keep_voucher(&self, repository: &Repository, blob: &Digest, manifest: Digest) {
        self.vouchers.insert((repository.clone(), *blob), manifest);
    }
}

/// Holds a limited number of things: when there is no room all are forgotten.
#[derive(Debug)]
struct Limited<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Limited<K, V> {
    fn default() -> Limited<K, V> {
        Limited(Mutex::new(HashMap::new()))
    }
}

impl<K: Hash + Eq, V> Limited<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, key: K, value: V) {
        let mut all = self.lock();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(key, value);
    }
}
