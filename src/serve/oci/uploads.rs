//! Uploads: a blob in one request, in two, or in any number of pieces.

use axum::http::{StatusCode, header};

use super::call::Call;
use super::head::Head;
use super::path::Name;
use super::refusal::{Code, Refusal};
use super::{Answer, mount, receiving};
use crate::digest::{Algorithm, Digest};
use crate::error::{Classified as _, Kind};
use crate::serve::state::State;
use crate::storage::UploadId;
use crate::store::{self, Store, UploadKey, Uploading};

/// How long a client should wait before it begins another upload, where there are too many.
const WAIT_SECONDS: &str = "60";

/// Begins an upload; with a digest and the blob it is also its end.
pub(super) async fn begin(call: &mut Call, name: Name) -> Answer {
    if let Some(mounted) = mount::try_mount(call, &name).await? {
        return Ok(mounted);
    }
    let digest = call.digest("digest")?;
    let algorithm = match digest {
        Some(digest) => digest.algorithm(),
        None => algorithm(call)?,
    };
    check_size(call)?;
    let key = create(call, &name, algorithm).await?;
    let Some(digest) = digest else {
        return Ok(progress(&name, &key.id, 0).only(StatusCode::ACCEPTED));
    };
    let uploading = open(call, &key).await?;
    let sent = match receiving::append(call, uploading, None).await {
        Ok(uploading) => finish(call, &key, uploading, digest).await,
        Err(refusal) => Err(refusal),
    };
    match sent {
        Ok(()) => Ok(mount::created(&name, &digest)),
        Err(refusal) => {
            // The client has not learnt the upload's name, so nobody can go on with it.
            let state = call.state.clone();
            let cancel = move |store: &Store| {
                state.uploads().remove(&key.id);
                store.cancel_upload(&key)
            };
            let _ = call.state.read(cancel).await;
            Err(refusal)
        }
    }
}

/// Makes an upload, unless there are too many.
async fn create(call: &Call, name: &Name, algorithm: Algorithm) -> Result<UploadKey, Refusal> {
    let repository = name.repository.clone();
    let owner = call.who.name().map(str::to_owned);
    let state = call.state.clone();
    let create = move |store: &Store| -> Result<_, store::Error> {
        let key = store.begin_upload(&repository, owner.as_deref(), algorithm)?;
        let excess = state.uploads().add(store, &key, &state.settings().limits)?;
        if excess.is_some() {
            store.cancel_upload(&key)?;
        }
        Ok((key, excess))
    };
    let (key, excess) = call.state.write(create).await??;
    let Some(place) = excess else { return Ok(key) };
    let text = format!("too many uploads are open {place}");
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, text);
    Err(refusal.with(header::RETRY_AFTER, WAIT_SECONDS))
}

/// Tells how much of an upload there is.
pub(super) async fn status(call: &mut Call, name: Name, id: &str) -> Answer {
    let key = key(call, &name, id)?;
    let id = key.id.clone();
    let size = call.state.read(move |store| store.upload_size(&key)).await??;
    Ok(progress(&name, &id, size).only(StatusCode::NO_CONTENT))
}

/// Adds a piece: the one that follows, or where none is said, whatever comes.
pub(super) async fn add(call: &mut Call, name: Name, id: &str) -> Answer {
    let key = key(call, &name, id)?;
    let uploading = append(call, &name, &key).await?;
    let size = uploading.size();
    call.state.memory().keep_hash(&key.id, uploading.hashed());
    Ok(progress(&name, &key.id, size).only(StatusCode::ACCEPTED))
}

/// Ends an upload, perhaps with a last piece.
pub(super) async fn end(call: &mut Call, name: Name, id: &str) -> Answer {
    let key = key(call, &name, id)?;
    let missing = || Refusal::bad(Code::DigestInvalid, "the parameter digest is missing");
    let digest = call.digest("digest")?.ok_or_else(missing)?;
    if receiving::is_small(call) && call.header(&header::CONTENT_RANGE).is_none() {
        end_at_once(call, key, digest).await?;
    } else {
        let uploading = append(call, &name, &key).await?;
        finish(call, &key, uploading, digest).await?;
    }
    Ok(mount::created(&name, &digest))
}

/// Ends an upload with a last piece that is small. One call of the store does all of it, as waking
/// another thread costs more than such a piece.
async fn end_at_once(call: &mut Call, key: UploadKey, digest: Digest) -> Result<(), Refusal> {
    let piece = receiving::small(call).await?;
    let (state, known) = (call.state.clone(), call.state.memory().take_hash(&key.id));
    let end = move |store: &Store| -> Result<(), Refusal> {
        let mut uploading = store.upload(&key, known).map_err(not_open)?;
        receiving::check_room(&state, uploading.size(), piece.len() as u64)?;
        uploading.add(&piece)?;
        Ok(finish_now(store, &state, &key, uploading, &digest)?)
    };
    call.state.write(end).await?
}

/// Ends an upload of which nothing is to be kept.
pub(super) async fn cancel(call: &mut Call, name: Name, id: &str) -> Answer {
    let key = key(call, &name, id)?;
    let id = key.id.clone();
    let state = call.state.clone();
    let cancel = move |store: &Store| -> Result<(), store::Error> {
        store.cancel_upload(&key)?;
        state.uploads().remove(&key.id);
        Ok(())
    };
    call.state.read(cancel).await??;
    call.state.memory().take_hash(&id);
    Ok(Head::new().only(StatusCode::NO_CONTENT))
}

/// Names an upload. It belongs to its repository, and to the user who began it.
fn key(call: &Call, name: &Name, id: &str) -> Result<UploadKey, Refusal> {
    let unknown = || Refusal::not_found(Code::UploadUnknown, format!("there is no upload {id:?}"));
    let id = UploadId::parse(id).ok_or_else(unknown)?;
    let owner = call.who.name().map(str::to_owned);
    Ok(UploadKey { repository: name.repository.clone(), owner, id })
}

fn algorithm(call: &Call) -> Result<Algorithm, Refusal> {
    let Some(name) = call.parameter("digest-algorithm") else { return Ok(Algorithm::Sha256) };
    let known = Algorithm::ALL.into_iter().find(|known| known.as_str() == name);
    known.ok_or_else(|| {
        let text = format!("the algorithm {name:?} is not known: sha256 and sha512 are");
        Refusal::bad(Code::DigestInvalid, text)
    })
}

async fn open(call: &Call, key: &UploadKey) -> Result<Uploading, Refusal> {
    let (key, known) = (key.clone(), call.state.memory().take_hash(&key.id));
    call.state.read(move |store| store.upload(&key, known)).await?.map_err(not_open)
}

fn not_open(error: store::Error) -> Refusal {
    match error.kind() {
        Kind::Locked => {
            let text = "another piece of the upload is still coming";
            Refusal::new(StatusCode::CONFLICT, Code::UploadInvalid, text)
        }
        _ => error.into(),
    }
}

/// Adds a request's body to an upload, if it is the piece that follows.
async fn append(call: &mut Call, name: &Name, key: &UploadKey) -> Result<Uploading, Refusal> {
    let uploading = open(call, key).await?;
    let expected = match call.header(&header::CONTENT_RANGE) {
        None => None,
        Some(range) => match piece(range) {
            Some((first, length)) if first == uploading.size() => Some(length),
            Some(_) => return Err(out_of_order(name, key, uploading.size())),
            None => {
                let text = format!("{range:?} is no range such as 0-1023");
                return Err(Refusal::bad(Code::UploadInvalid, text));
            }
        },
    };
    check_size(call)?;
    if let (Some(expected), Some(length)) = (expected, call.length())
        && expected != length
    {
        let text = format!("the range has {expected} bytes, but the body has {length}");
        return Err(Refusal::bad(Code::SizeInvalid, text));
    }
    receiving::append(call, uploading, expected).await
}

/// Refuses what is announced to be too large before it comes.
fn check_size(call: &Call) -> Result<(), Refusal> {
    match call.length() {
        Some(length) if length > call.state.settings().limits.blob_bytes => {
            Err(receiving::too_large(&call.state))
        }
        _ => Ok(()),
    }
}

/// Reads which piece a client sends: its first byte, and its length. The specification has no unit in
/// it, as the range of an answer has.
fn piece(range: &str) -> Option<(u64, u64)> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (first, last) = range.split_once('-')?;
    if !digits(first) || !digits(last) {
        return None;
    }
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    Some((first, last.checked_sub(first)?.checked_add(1)?))
}

fn out_of_order(name: &Name, key: &UploadKey, size: u64) -> Refusal {
    let text = format!("the next piece begins at {size}");
    let refusal = Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, Code::UploadInvalid, text);
    let location = format!("/v2/{}/blobs/uploads/{}", name.text, key.id);
    refusal.with(header::LOCATION, &location).with(header::RANGE, &received(size))
}

async fn finish(
    call: &Call,
    key: &UploadKey,
    uploading: Uploading,
    digest: Digest,
) -> Result<(), Refusal> {
    let (state, key) = (call.state.clone(), key.clone());
    let finish = move |store: &Store| finish_now(store, &state, &key, uploading, &digest);
    Ok(call.state.write(finish).await??)
}

fn finish_now(
    store: &Store,
    state: &State,
    key: &UploadKey,
    uploading: Uploading,
    digest: &Digest,
) -> Result<(), store::Error> {
    let finished = store.finish_upload(uploading, digest);
    // Where the bytes were wrong, it has ended too.
    if !finished.as_ref().is_err_and(|error| error.kind() == Kind::Locked) {
        state.uploads().remove(&key.id);
    }
    finished.map(drop)
}

/// Says how much of an upload there is, and where it goes on.
fn progress(name: &Name, id: &UploadId, size: u64) -> Head {
    Head::new()
        .at(name, "blobs/uploads", id)
        .and("range", received(size))
        .and("docker-upload-uuid", id)
}

/// Writes what there is as clients expect it: nothing at all looks like one byte.
fn received(size: u64) -> String {
    format!("0-{}", size.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::piece;

    #[test]
    fn a_piece_is_said_without_a_unit() {
        for (text, expected) in [
            ("0-0", Some((0, 1))),
            ("0-1023", Some((0, 1024))),
            ("1024-1024", Some((1024, 1))),
            ("bytes 0-1", None),
            ("bytes=0-1", None),
            ("5-4", None),
            ("-4", None),
            ("4-", None),
            ("+0-1", None),
            ("0-18446744073709551615", None),
            ("99999999999999999999-0", None),
            ("", None),
        ] {
            assert_eq!(piece(text), expected, "{text}");
        }
    }
}
