//! What is pushed, over both drivers: blobs piece by piece, then the manifest that names them.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::digest::{Algorithm, Digest};
use crate::error::{Classified as _, Kind};
use crate::name::{Reference, Repository, Tag};
use crate::oci::{Descriptor, Document, media};
use crate::progress::Silent;
use crate::storage::{ChartParts, Filesystem, Memory};
use crate::store::{Error, NewManifest, Overwrite, Policy, Store, UploadKey, Voucher};

/// Runs a test over a folder, and over memory.
fn over_both(test: impl Fn(&Store)) {
    let folder = tempfile::tempdir().unwrap();
    let driver = Filesystem::open(&folder.path().join("store")).unwrap();
    test(&Store::new(Box::new(driver), None, Arc::new(Silent)));
    test(&Store::new(Box::new(Memory::new()), None, Arc::new(Silent)));
}

fn repository(text: &str) -> Repository {
    Repository::parse(text).unwrap()
}

fn upload(store: &Store, place: &Repository, bytes: &[u8]) -> Digest {
    let key = store.begin_upload(place, None, Algorithm::Sha256).unwrap();
    let mut uploading = store.upload(&key, None).unwrap();
    uploading.add(bytes).unwrap();
    store.finish_upload(uploading, &Digest::of(bytes)).unwrap().digest()
}

fn layer(bytes: &[u8]) -> Descriptor {
    Descriptor::new("text/plain", Digest::of(bytes), bytes.len() as u64)
}

fn manifest(layers: &[Descriptor]) -> Document {
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "config": layer(b"{}"),
        "layers": layers,
    });
    Document::parse(serde_json::to_vec(&manifest).unwrap(), None).unwrap()
}

fn put(
    store: &Store,
    place: &Repository,
    document: &Document,
    tags: &[&str],
    chart: Option<ChartParts>,
) -> Result<Digest, Error> {
    let writer = store.writer().unwrap();
    let mut stage = writer.stage().unwrap();
    stage.write_all(document.bytes()).unwrap();
    let manifest = stage.finish().unwrap();
    let digest = manifest.blob().digest();
    let tags = tags.iter().map(|tag| Tag::parse(tag).unwrap()).collect();
    let new = NewManifest {
        repository: place.clone(),
        tags,
        manifest,
        overwrite: Overwrite::Allow,
        chart,
    };
    writer.put_manifest(document, new).map(|()| digest)
}

fn find(store: &Store, place: &Repository, tag: &str) -> Option<Digest> {
    let reference = Reference::tagged(place.clone(), Tag::parse(tag).unwrap());
    store.resolve(&reference).ok().map(|found| found.manifest)
}

#[test]
fn a_blob_is_in_the_repository_that_it_was_sent_to() {
    over_both(|store| {
        let (place, other) = (repository("a/x"), repository("b/x"));
        let blob = upload(store, &place, b"text");
        assert_eq!(store.voucher(&place, &blob).unwrap(), Some(Voucher::Hold));
        assert_eq!(store.voucher(&other, &blob).unwrap(), None);
        assert!(store.mount(&place, &other, &blob).unwrap());
        assert!(!store.mount(&place, &other, &Digest::of(b"never sent")).unwrap());
        store.release(&place, &blob).unwrap();
        assert_eq!(store.voucher(&place, &blob).unwrap(), None);
        assert_eq!(store.release(&place, &blob).unwrap_err().kind(), Kind::NotFound);
        assert_eq!(store.voucher(&other, &blob).unwrap(), Some(Voucher::Hold));
        assert_eq!(store.holder(&blob, |_| true).unwrap(), Some(other.clone()));
        assert_eq!(store.holder(&blob, |found| *found != other).unwrap(), None);
    });
}

#[test]
fn an_upload_belongs_to_who_began_it() {
    over_both(|store| {
        let place = repository("a/x");
        let key = store.begin_upload(&place, Some("ann"), Algorithm::Sha256).unwrap();
        store.upload(&key, None).unwrap().add(b"one").unwrap();
        assert_eq!(store.upload_size(&key).unwrap(), 3);
        let of_other = UploadKey { repository: repository("b/x"), ..key.clone() };
        let by_other = UploadKey { owner: Some("bob".to_owned()), ..key.clone() };
        let by_nobody = UploadKey { owner: None, ..key.clone() };
        for wrong in [&of_other, &by_other, &by_nobody] {
            assert_eq!(store.upload_size(wrong).unwrap_err().kind(), Kind::NotFound);
            assert!(store.upload(wrong, None).is_err());
            assert!(store.cancel_upload(wrong).is_err());
        }
        store.cancel_upload(&key).unwrap();
        assert_eq!(store.upload_size(&key).unwrap_err().kind(), Kind::NotFound);
    });
}

#[test]
fn wrong_bytes_are_not_kept() {
    over_both(|store| {
        let place = repository("a/x");
        let key = store.begin_upload(&place, None, Algorithm::Sha256).unwrap();
        let mut uploading = store.upload(&key, None).unwrap();
        uploading.add(b"wrong").unwrap();
        let error = store.finish_upload(uploading, &Digest::of(b"right")).unwrap_err();
        assert!(matches!(error, Error::WrongBytes(_)), "{error}");
        assert!(!store.has_blob(&Digest::of(b"wrong")).unwrap());
        assert!(store.upload_size(&key).is_err());
        assert!(store.verify().unwrap().findings.is_empty());
    });
}

#[test]
fn a_manifest_needs_its_parts() {
    over_both(|store| {
        let place = repository("a/x");
        let document = manifest(&[layer(b"text")]);
        upload(store, &place, b"{}");
        upload(store, &repository("b/x"), b"text");
        let error = put(store, &place, &document, &["v"], None).unwrap_err();
        assert!(matches!(error, Error::MissingPart { .. }), "{error}");
        assert!(find(store, &place, "v").is_none());
        upload(store, &place, b"text");
        let digest = put(store, &place, &document, &["v", "w"], None).unwrap();
        assert_eq!(find(store, &place, "v"), Some(digest));
        assert_eq!(find(store, &place, "w"), Some(digest));
        let error = store.release(&place, &Digest::of(b"text")).unwrap_err();
        assert_eq!(error.kind(), Kind::Exists, "{error}");
        let mut longer = layer(b"text");
        longer.size += 1;
        let error = put(store, &place, &manifest(&[longer]), &["z"], None).unwrap_err();
        assert!(matches!(error, Error::PartSize { .. }), "{error}");
        let mut foreign = layer(b"elsewhere");
        foreign.media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar".to_owned();
        put(store, &place, &manifest(&[foreign]), &[], None).unwrap();
        assert!(store.verify().unwrap().findings.is_empty());
    });
}

#[test]
fn a_space_for_charts_takes_nothing_else() {
    over_both(|store| {
        let place = repository("charts/x");
        let policy = Policy { charts_only: true, immutable: false };
        store.create_space(&place.space, policy).unwrap();
        upload(store, &place, b"{}");
        let error = put(store, &place, &manifest(&[]), &[], None).unwrap_err();
        assert_eq!(error.kind(), Kind::Denied, "{error}");
    });
}

#[test]
fn a_pushed_chart_is_a_version() {
    over_both(|store| {
        let place = repository("a/x");
        let chart = |body: &[u8]| {
            let meta = upload(store, &place, br#"{"name":"x","version":"1.0.0+a"}"#);
            let content = upload(store, &place, body);
            let part = |kind: &str, digest, size| Descriptor::new(kind, digest, size);
            let manifest = serde_json::json!({
                "schemaVersion": 2,
                "config": part(media::CHART_CONFIG, meta, 32),
                "layers": [part(media::CHART_CONTENT, content, body.len() as u64)],
            });
            let document = Document::parse(serde_json::to_vec(&manifest).unwrap(), None).unwrap();
            let version = "1.0.0+a".parse().unwrap();
            (document, ChartParts { version, meta, content, provenance: None })
        };
        let (document, parts) = chart(b"one");
        let digest = put(store, &place, &document, &["latest"], Some(parts)).unwrap();
        assert_eq!(find(store, &place, "1.0.0_a"), Some(digest));
        assert!(store.verify().unwrap().findings.is_empty());

        store.remove_tag(&place, &Tag::parse("1.0.0_a").unwrap()).unwrap();
        assert_eq!(find(store, &place, "1.0.0_a"), None);
        assert_eq!(find(store, &place, "latest"), Some(digest), "another name stays");
        store.remove_tag(&place, &Tag::parse("latest").unwrap()).unwrap();
        assert_eq!(find(store, &place, "latest"), None);
        assert!(store.has_manifest(&place, &digest).unwrap(), "by its digest it is there");
    });
}

#[test]
fn what_was_sent_is_kept_for_a_while_whatever_the_grace() {
    over_both(|store| {
        let place = repository("a/x");
        let blob = upload(store, &place, b"{}");
        let key = store.begin_upload(&place, None, Algorithm::Sha256).unwrap();
        let collected = store.collect(Duration::ZERO).unwrap();
        assert_eq!(collected.blobs, []);
        assert_eq!(store.upload_size(&key).unwrap(), 0);
        let digest = put(store, &place, &manifest(&[]), &["v"], None).unwrap();
        store.remove_tag(&place, &Tag::parse("v").unwrap()).unwrap();
        store.collect(Duration::ZERO).unwrap();
        assert!(!store.has_manifest(&place, &digest).unwrap(), "a manifest has no such time");
        assert!(store.has_blob(&blob).unwrap());
        store.release(&place, &blob).unwrap();
        assert_eq!(store.collect(Duration::ZERO).unwrap().blobs, [blob]);
    });
}
