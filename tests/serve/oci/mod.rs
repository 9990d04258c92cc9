//! The OCI distribution API: what the specification and its conformance tests ask for, and what they
//! leave to each registry.

mod blobs;
mod charts;
mod conforming;
mod deleting;
mod fresh;
pub(crate) mod hostile;
mod killed;
mod listing;
mod manifests;
mod referrers;
mod uploads;

use hreg::digest::Digest;
use serde_json::{Value, json};

use crate::world::{Answer, Serving};

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Gives the code of a refusal, whose body must be as the specification has it.
#[track_caller]
pub(crate) fn code(answer: &Answer) -> String {
    let body = answer.json();
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(body["errors"].as_array().unwrap().len(), 1, "{body}");
    assert!(!body["errors"][0]["message"].as_str().unwrap().is_empty());
    format!("{} {}", answer.status, body["errors"][0]["code"].as_str().unwrap())
}

impl Serving {
    /// Puts a blob into a repository, in one request.
    #[track_caller]
    pub(crate) fn put_blob(&self, repository: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        let line = format!("POST /v2/{repository}/blobs/uploads/?digest={digest}");
        let answer = self.ask(&line, &["Content-Type: application/octet-stream"], bytes);
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.header("location"), format!("/v2/{repository}/blobs/{digest}"));
        assert_eq!(answer.header("docker-content-digest"), digest.to_string());
        digest
    }

    /// Begins an upload, and gives its address.
    #[track_caller]
    pub(crate) fn begin(&self, repository: &str) -> String {
        let answer = self.ask(&format!("POST /v2/{repository}/blobs/uploads/"), &[], b"");
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.header("location").to_owned()
    }

    /// Puts a manifest under a tag or its digest.
    pub(crate) fn put_manifest(&self, place: &str, kind: &str, bytes: &[u8]) -> Answer {
        self.ask(&format!("PUT /v2/{place}"), &[&format!("Content-Type: {kind}")], bytes)
    }

    /// Puts an artifact of two blobs under a tag, and gives its digest.
    #[track_caller]
    pub(crate) fn put_artifact(&self, repository: &str, tag: &str, text: &str) -> Digest {
        self.put_blob(repository, b"{}");
        self.put_blob(repository, text.as_bytes());
        let bytes = artifact(text).to_string();
        let place = format!("{repository}/manifests/{tag}");
        let answer = self.put_manifest(&place, MANIFEST, bytes.as_bytes());
        assert_eq!(answer.status, 201, "{answer:?}");
        Digest::of(bytes.as_bytes())
    }

    /// Puts such an artifact, and tells whether all of it was acknowledged.
    pub(crate) fn try_artifact(&self, repository: &str, tag: &str, text: &str) -> bool {
        let is_created = |line: String, kind: &str, bytes: &[u8]| {
            let header = format!("Content-Type: {kind}");
            self.try_ask(&line, &[&header], bytes).is_ok_and(|answer| answer.status == 201)
        };
        let blobs = [&b"{}"[..], text.as_bytes()].into_iter().all(|bytes| {
            let line = format!("POST /v2/{repository}/blobs/uploads/?digest={}", Digest::of(bytes));
            is_created(line, "application/octet-stream", bytes)
        });
        let manifest = artifact(text).to_string();
        let line = format!("PUT /v2/{repository}/manifests/{tag}");
        blobs && is_created(line, MANIFEST, manifest.as_bytes())
    }
}

/// Refers to bytes.
pub(crate) fn descriptor(kind: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": kind, "digest": Digest::of(bytes), "size": bytes.len() })
}

/// Writes the manifest of an artifact with one layer.
pub(crate) fn artifact(text: &str) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/example",
        "config": descriptor("application/vnd.oci.empty.v1+json", b"{}"),
        "layers": [descriptor("text/plain", text.as_bytes())],
    })
}
