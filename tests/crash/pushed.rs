//! What a client has pushed, put into a store as a server does.

use std::sync::Arc;

use hreg::digest::{Algorithm, Digest};
use hreg::name::{Repository, Tag};
use hreg::ops::receive::{Pushed, receive};
use hreg::progress::Silent;
use hreg::storage::Filesystem;
use hreg::store::Store;

use crate::sandbox::Sandbox;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Puts in an image of nothing, under a tag.
pub(crate) fn image(sandbox: &Sandbox, repository: &str, tag: &str) {
    let driver = Filesystem::open(&sandbox.store()).unwrap();
    let store = Store::new(Box::new(driver), None, Arc::new(Silent));
    let repository = Repository::parse(repository).unwrap();
    let digest = Digest::of(b"{}");
    let upload = store.begin_upload(&repository, None, Algorithm::Sha256).unwrap();
    let mut uploading = store.upload(&upload, None).unwrap();
    uploading.add(b"{}").unwrap();
    store.finish_upload(uploading, &digest).unwrap();
    let config = format!(
        r#"{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{digest}","size":2}}"#
    );
    let manifest =
        format!(r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{config},"layers":[]}}"#);
    let pushed = Pushed {
        repository,
        tags: vec![Tag::parse(tag).unwrap()],
        digest: None,
        content_type: None,
        may_overwrite: true,
        bytes: manifest.into_bytes(),
    };
    receive(&store, pushed).unwrap();
}
