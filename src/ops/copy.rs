//! Copying from one registry to another, or within one, past the store.

use std::io::{self, Read};

use serde::Serialize;

use super::Error;
use super::transfer::{self, Origin, Sender, Status};
use crate::digest::Digest;
use crate::name::{Reference, Repository};
use crate::oci::{Descriptor, Document};
use crate::remote::{Client, ManifestName};

/// Says what was copied.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Copied {
    /// Where it is from.
    pub source: Reference,
    /// Where it is now too.
    pub reference: Reference,
    /// The digest of the manifest, the same on both sides.
    pub digest: Digest,
    /// Whether the tag led there before.
    pub status: Status,
}

/// Copies a manifest, byte for byte, with all that it is made of; nothing is held or stored.
///
/// Without a tag, the target gets the tag of the source.
pub fn copy(
    client: &Client,
    source: &Reference,
    target: &Reference,
    force: bool,
) -> Result<Copied, Error> {
    let document = document(client, source)?;
    let tag = target.tag.clone().or_else(|| source.tag.clone());
    let without = || transfer::Error::CopyWithoutTag { target: Box::new(target.clone()) };
    let tag = tag.ok_or_else(without)?;
    let digest = document.digest();
    if let Some(expected) = target.digest.filter(|expected| *expected != digest) {
        let (expected, actual) = (Box::new(expected), Box::new(digest));
        return Err(Error::OtherDigest { path: source.to_string().into(), expected, actual });
    }
    let origin = Registry { client, repository: source.repository.clone() };
    let sender = Sender::new(client, force);
    let status = sender.send(&origin, &document, &target.repository, &tag)?;
    let reference = Reference::tagged(target.repository.clone(), tag);
    Ok(Copied { source: source.clone(), reference, digest, status })
}

/// Reads the manifest that a reference points at on a registry: both tag and digest must hold.
pub(super) fn document(client: &Client, reference: &Reference) -> Result<Document, Error> {
    let repository = &reference.repository;
    let name = match (&reference.tag, reference.digest) {
        (Some(tag), _) => ManifestName::Tag(tag.clone()),
        (None, Some(digest)) => ManifestName::Digest(digest),
        (None, None) => {
            let repository = repository.clone();
            return Err(transfer::Error::WithoutTag { repository }.into());
        }
    };
    let document = client.manifest(repository, &name).map_err(transfer::Error::from)?;
    let actual = document.digest();
    match reference.digest.filter(|expected| expected.algorithm() == actual.algorithm()) {
        Some(expected) if expected != actual => {
            let (expected, actual) = (Box::new(expected), Box::new(actual));
            let reference = reference.clone();
            Err(transfer::Error::TwoDigests { reference, expected, actual }.into())
        }
        _ => Ok(document),
    }
}

/// Gives manifests and blobs of a registry.
struct Registry<'a> {
    client: &'a Client,
    repository: Repository,
}

impl Origin for Registry<'_> {
    fn document(&self, manifest: &Descriptor) -> Result<Document, Error> {
        let name = ManifestName::Digest(manifest.digest);
        Ok(self.client.manifest(&self.repository, &name).map_err(transfer::Error::from)?)
    }

    fn open(&self, blob: &Descriptor) -> io::Result<Box<dyn Read + Send + '_>> {
        match self.client.blob(&self.repository, blob) {
            Ok(reader) => Ok(Box::new(reader)),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn repository(&self) -> Option<&Repository> {
        Some(&self.repository)
    }
}
