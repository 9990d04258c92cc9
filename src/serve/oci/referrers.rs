//! What refers to a manifest: signatures, bills of materials, and whatever else is about it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::head::Head;
use super::page::{Page, escaped};
use super::path::Name;
use super::{Answer, call, call::Call};
use crate::digest::Digest;
use crate::name::{Repository, Tag};
use crate::oci::{Document, media};
use crate::store::{self, Store};

/// Lists what refers to a manifest, whether or not that is there; there may be nothing.
pub(super) async fn list(call: &mut Call, name: Name, digest: &str) -> Answer {
    let subject = call::digest(digest)?;
    let page = Page::of(call)?;
    let wanted = call.parameter("artifactType").map(str::to_owned);
    let (repository, filter) = (name.repository.clone(), wanted.clone());
    let find = move |store: &Store| referrers(store, &repository, &subject, filter.as_deref());
    let found = call.state.fetch(find).await??;
    let digests = found.iter().map(|(digest, _)| digest.to_string()).collect();
    let (digests, is_more) = page.cut(digests);
    let next = digests.last().filter(|_| is_more).map(String::as_str);
    let listed = found.iter().filter(|(digest, _)| digests.contains(&digest.to_string()));
    let document = json!({
        "schemaVersion": 2,
        "mediaType": media::OCI_INDEX,
        "manifests": listed.map(|(_, descriptor)| descriptor.clone()).collect::<Vec<Value>>(),
    });
    let mut head = Head::new().and("content-type", media::OCI_INDEX);
    let mut path = format!("/v2/{}/referrers/{subject}?", name.text);
    if let Some(wanted) = wanted {
        head = head.and("oci-filters-applied", "artifactType");
        path += &format!("artifactType={}&", escaped(&wanted));
    }
    Ok(page.answer(head, &path, &document, next))
}

/// Finds what names the subject, and what is listed under the tag that clients keep such a list under
/// where a registry has no API for it; sorted by digest.
fn referrers(
    store: &Store,
    repository: &Repository,
    subject: &Digest,
    wanted: Option<&str>,
) -> Result<Vec<(Digest, Value)>, store::Error> {
    let under_tag = listed_under_tag(store, repository, subject)?;
    let mut manifests: BTreeSet<Digest> = store.about(repository, subject)?.into_iter().collect();
    for listed in under_tag {
        if store.has_manifest(repository, &listed)? {
            manifests.insert(listed);
        }
    }
    let mut found = Vec::new();
    for manifest in manifests {
        // What is damaged refers to nothing.
        let Ok(document) = store.document(&manifest) else { continue };
        if wanted.is_none_or(|wanted| document.artifact_type() == Some(wanted)) {
            found.push((manifest, descriptor(&manifest, &document)));
        }
    }
    found.sort_by_key(|(digest, _)| digest.to_string());
    Ok(found)
}

fn listed_under_tag(
    store: &Store,
    repository: &Repository,
    subject: &Digest,
) -> Result<Vec<Digest>, store::Error> {
    // The specification's rule: at most 64 digits, so that it fits a tag.
    let hexadecimal: String = subject.hex().chars().take(64).collect();
    let text = format!("{}-{hexadecimal}", subject.algorithm().as_str());
    let Ok(tag) = Tag::parse(&text) else { return Ok(Vec::new()) };
    let Some(index) = store.look_up(repository, &tag)? else { return Ok(Vec::new()) };
    let Ok(index) = store.document(&index) else { return Ok(Vec::new()) };
    Ok(index.manifests().map(|listed| listed.digest).collect())
}

fn descriptor(digest: &Digest, document: &Document) -> Value {
    let mut descriptor = json!({
        "mediaType": document.media_type(),
        "digest": digest,
        "size": document.bytes().len(),
    });
    if let Some(artifact_type) = document.artifact_type() {
        descriptor["artifactType"] = artifact_type.into();
    }
    if !document.annotations().is_empty() {
        descriptor["annotations"] = json!(document.annotations());
    }
    descriptor
}
