//! Sending a manifest to a registry, with all that it is made of.
//!
//! Push takes the bytes from the store or from a file, copy from another registry; what a registry
//! has already is not sent again. Which manifest goes where is left to these.

mod error;

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

pub use error::Error;

use crate::digest::Digest;
use crate::name::{Host, Reference, Repository, Tag};
use crate::oci::{Descriptor, Document};
use crate::parallel;
use crate::remote::{Client, ManifestName};

/// The most manifests that one index may lead to.
const MAX_MANIFESTS: usize = 1000;

/// How deep indexes may lie in each other: each on the way is held.
const MAX_DEPTH: usize = 8;

/// How many blobs of one manifest are sent at a time: a chart has two or three.
const BLOBS_AT_ONCE: usize = 3;

/// Gives what is to be sent.
pub(super) trait Origin: Sync {
    /// Reads a manifest that an index lists.
    fn document(&self, manifest: &Descriptor) -> Result<Document, super::Error>;

    /// Opens a blob; it may be asked for more than once.
    fn open(&self, blob: &Descriptor) -> io::Result<Box<dyn Read + Send + '_>>;

    /// Tells which repository of a registry has the blobs too, if one does.
    fn repository(&self) -> Option<&Repository>;
}

/// Says what became of a tag on a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It leads to the manifest now.
    Pushed,
    /// It did so before.
    Unchanged,
}

/// Sends manifests, and remembers which repository has which blob.
pub(super) struct Sender<'a> {
    client: &'a Client,
    force: bool,
    sent: Mutex<HashMap<(Host, Digest), Repository>>,
}

impl<'a> Sender<'a> {
    /// With `force`, tags that lead to other manifests are moved.
    pub(super) fn new(client: &'a Client, force: bool) -> Sender<'a> {
        Sender { client, force, sent: Mutex::new(HashMap::new()) }
    }

    /// Sends a manifest, blobs first, and points a tag at it last.
    pub(super) fn send(
        &self,
        origin: &dyn Origin,
        document: &Document,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Status, super::Error> {
        let name = ManifestName::Tag(tag.clone());
        match self.client.head_manifest(repository, &name).map_err(Error::from)? {
            Some(there) if there == document.digest() => return Ok(Status::Unchanged),
            Some(there) if !self.force => {
                let reference = Reference::tagged(repository.clone(), tag.clone());
                return Err(Error::TagTaken { reference, there: Box::new(there) }.into());
            }
            _ => {}
        }
        self.send_parts(origin, document, repository, &mut BTreeSet::new(), 0)?;
        self.client.put_manifest(repository, &name, document).map_err(Error::from)?;
        Ok(Status::Pushed)
    }

    fn send_parts(
        &self,
        origin: &dyn Origin,
        document: &Document,
        repository: &Repository,
        seen: &mut BTreeSet<Digest>,
        depth: usize,
    ) -> Result<(), super::Error> {
        // Told before anything is sent.
        if seen.len() + document.manifests().count() > MAX_MANIFESTS {
            return Err(Error::TooManyManifests { most: MAX_MANIFESTS }.into());
        }
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep { most: MAX_DEPTH }.into());
        }
        for listed in document.manifests() {
            if !seen.insert(listed.digest) {
                continue;
            }
            let child = origin.document(listed)?;
            self.send_parts(origin, &child, repository, seen, depth + 1)?;
            let name = ManifestName::Digest(listed.digest);
            self.client.put_manifest(repository, &name, &child).map_err(Error::from)?;
        }
        // What has addresses of its own is not kept by registries.
        let blobs: Vec<_> = document.blobs().filter(|blob| blob.urls.is_empty()).collect();
        let send = |blob: &&Descriptor| self.send_blob(origin, blob, repository);
        parallel::each(&blobs, BLOBS_AT_ONCE, send).into_iter().collect()
    }

    fn send_blob(
        &self,
        origin: &dyn Origin,
        blob: &Descriptor,
        repository: &Repository,
    ) -> Result<(), super::Error> {
        let Some(host) = repository.space.host() else { return Ok(()) };
        let key = (host.clone(), blob.digest);
        let there = self.sent.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if there.as_ref() == Some(repository) {
            return Ok(());
        }
        let from = there.as_ref().or(origin.repository());
        let from = from.filter(|from| from.space.host() == Some(host) && *from != repository);
        let open = || origin.open(blob);
        self.client
            .upload(repository, &blob.digest, blob.size, &open, from)
            .map_err(Error::from)?;
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.insert(key, repository.clone());
        Ok(())
    }
}
