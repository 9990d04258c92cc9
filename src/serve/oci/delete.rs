//! Deleting: names and manifests at once, and blobs that no manifest of the repository needs. Bytes
//! stay until a collection.

use axum::http::StatusCode;

use super::head::Head;
use super::manifests::{self, Wanted};
use super::path::Name;
use super::{Answer, blobs, call, call::Call};
use crate::name::Reference;
use crate::store::{self, Store};

/// Deletes a tag, or a manifest with all its tags.
pub(super) async fn manifest(call: &mut Call, name: Name, reference: &str) -> Answer {
    let wanted = Wanted::parse(reference)?;
    let repository = name.repository.clone();
    let delete = move |store: &Store| -> Result<bool, store::Error> {
        if wanted.find(store, &repository)?.is_none() {
            return Ok(false);
        }
        let removed = match wanted {
            Wanted::Tag(tag) => store.remove_tag(&repository, &tag),
            Wanted::Digest(digest) => store.remove(&Reference::exact(repository, digest)),
        };
        match removed {
            // Somebody else was first.
            Err(store::Error::NotFound { .. }) => Ok(false),
            result => result.map(|_| true),
        }
    };
    match call.state.write(delete).await?? {
        true => Ok(Head::new().only(StatusCode::ACCEPTED)),
        false => Err(manifests::unknown(&name, reference)),
    }
}

/// Deletes a blob out of a repository.
pub(super) async fn blob(call: &mut Call, name: Name, digest: &str) -> Answer {
    let digest = call::digest(digest)?;
    let repository = name.repository.clone();
    let release = move |store: &Store| match store.release(&repository, &digest) {
        Err(store::Error::NotFound { .. }) => Ok(false),
        result => result.map(|()| true),
    };
    match call.state.write(release).await?? {
        true => Ok(Head::new().only(StatusCode::ACCEPTED)),
        false => Err(blobs::unknown(&name, &digest)),
    }
}
