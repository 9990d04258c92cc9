//! What the API remembers from one request to the next. All of it can be forgotten at any time.
//!
//! What is kept of the store is kept with the state that it was in, and is good as long as that is the
//! same: it is looked at for each request, as is what a name stands for.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::sync::Semaphore;

use super::answers::Kept;
use super::recent::Recent;
use super::tags::Listed;
use crate::digest::Digest;
use crate::name::Repository;
use crate::storage::{Hashed, State, UploadId};

/// The most of each kind that is remembered.
const MOST: usize = 4096;

/// How many bytes of manifests are kept, and how many of small blobs.
const MANIFEST_BYTES: usize = 4 << 20;
const BLOB_BYTES: usize = 8 << 20;

/// How many bytes of whole answers are kept: they share their bodies with what is kept above.
const ANSWER_BYTES: usize = 8 << 20;

/// How many bytes of lists of tags are kept.
const TAGS_BYTES: usize = 4 << 20;

/// What each takes besides its bytes.
const HEAD_BYTES: usize = 256;
const ANSWER_HEAD_BYTES: usize = 2048;

/// How many bodies at a time are read in large pieces.
const LARGE_BODIES: usize = 16;

/// How long a large blob that was read to its end, and proved, is sent again without being hashed, if
/// its file has not changed, and how long a whole answer is kept: what a disk loses by itself shows no
/// later than that.
pub(super) const PROOF_LIFETIME: Duration = Duration::from_secs(60);

/// Is a manifest with what is said about it.
#[derive(Debug)]
pub(super) struct KnownManifest {
    pub(super) bytes: Bytes,
    pub(super) media_type: String,
}

/// Remembers what would cost time to find out again.
#[derive(Debug)]
pub(in crate::serve) struct Memory {
    hashes: Limited<UploadId, Hashed>,
    vouchers: Limited<(Repository, Digest), Digest>,
    manifests: Recent<Digest, (State, Arc<KnownManifest>)>,
    blobs: Recent<Digest, (State, Bytes)>,
    tags: Recent<Digest, (State, Arc<Listed>)>,
    answers: Recent<String, Arc<Kept>>,
    proofs: Limited<Digest, (State, Instant)>,
    /// Lets so many bodies take large pieces.
    pub(in crate::serve) large: Arc<Semaphore>,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory {
            hashes: Limited::default(),
            vouchers: Limited::default(),
            manifests: Recent::new(MANIFEST_BYTES),
            blobs: Recent::new(BLOB_BYTES),
            tags: Recent::new(TAGS_BYTES),
            answers: Recent::new(ANSWER_BYTES),
            proofs: Limited::default(),
            large: Arc::new(Semaphore::new(LARGE_BODIES)),
        }
    }
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

    /// Gives a manifest whose file was in this state when it was read.
    pub(super) fn manifest(&self, digest: &Digest, state: &State) -> Option<Arc<KnownManifest>> {
        in_state(self.manifests.get(digest), state)
    }

    /// Keeps a manifest whose bytes are proved, and were read after the file was in this state.
    pub(super) fn keep_manifest(&self, digest: Digest, state: State, manifest: Arc<KnownManifest>) {
        let bytes = manifest.bytes.len() + HEAD_BYTES;
        self.manifests.keep(digest, (state, manifest), bytes);
    }

    /// Gives the bytes of a small blob whose file was in this state when they were read.
    pub(super) fn blob(&self, digest: &Digest, state: &State) -> Option<Bytes> {
        in_state(self.blobs.get(digest), state)
    }

    /// Keeps a small blob whose bytes are proved, and were read after the file was in this state.
    pub(super) fn keep_blob(&self, digest: Digest, state: State, bytes: Bytes) {
        let length = bytes.len() + HEAD_BYTES;
        self.blobs.keep(digest, (state, bytes), length);
    }

    /// Gives the list of tags that was read in this state, of the repository of this name.
    pub(super) fn tags(&self, name: &str, state: &State) -> Option<Arc<Listed>> {
        in_state(self.tags.get(&Digest::of(name.as_bytes())), state)
    }

    /// Keeps a list of tags that was read after the names were in this state.
    pub(super) fn keep_tags(&self, name: &str, state: State, listed: Arc<Listed>) {
        let bytes = listed.bytes() + HEAD_BYTES;
        self.tags.keep(Digest::of(name.as_bytes()), (state, listed), bytes);
    }

    /// Gives the answer that is kept under a path; what it rests on is still to be looked at.
    pub(super) fn answer(&self, path: &str) -> Option<Arc<Kept>> {
        self.answers.get(path)
    }

    /// Keeps an answer under the path that it was asked for by.
    pub(super) fn keep_answer(&self, path: String, kept: Kept) {
        let bytes = kept.length() + path.len() + ANSWER_HEAD_BYTES;
        self.answers.keep(path, Arc::new(kept), bytes);
    }

    /// Tells whether a blob in this state was proved not long ago.
    pub(super) fn is_proved(&self, digest: &Digest, state: &State) -> bool {
        let proofs = self.proofs.lock();
        proofs
            .get(digest)
            .is_some_and(|(proved, when)| proved == state && when.elapsed() < PROOF_LIFETIME)
    }

    /// Keeps that a blob in this state was proved just now.
    pub(super) fn keep_proof(&self, digest: Digest, state: State) {
        self.proofs.insert(digest, (state, Instant::now()));
    }
}

/// Gives what was kept in this state.
fn in_state<T>(kept: Option<(State, T)>, state: &State) -> Option<T> {
    kept.filter(|(before, _)| before == state).map(|(_, kept)| kept)
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
