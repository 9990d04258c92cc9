//! Bodies that clients send: taken piece by piece, with limits on size and time.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::StatusCode;
use tokio::time::timeout;

use super::call::Call;
use super::refusal::{Code, Refusal};
use crate::serve::limits::is_too_slow;
use crate::serve::state::State;
use crate::store::Uploading;

/// How many bytes are gathered before they are written.
const PIECE_BYTES: usize = 64 << 10;

/// How much of a body that is of no use any more is let pass, and for how long.
const DRAINED_BYTES: usize = 16 << 20;
const DRAINED_FOR: Duration = Duration::from_secs(5);

/// Takes a whole body of at most `limit` bytes into memory.
pub(super) async fn all(call: &mut Call, limit: usize) -> Result<Vec<u8>, Refusal> {
    let too_large = || {
        let text = format!("a manifest has at most {limit} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, Code::ManifestInvalid, text)
    };
    whole(call, limit).await?.ok_or_else(too_large)
}

/// Tells whether a body is at most one piece, by what its client says.
pub(super) fn is_small(call: &Call) -> bool {
    call.length().is_some_and(|length| length <= PIECE_BYTES as u64)
}

/// Takes a whole body that is small.
pub(super) async fn small(call: &mut Call) -> Result<Vec<u8>, Refusal> {
    whole(call, PIECE_BYTES).await?.ok_or_else(wrong_length)
}

/// Takes a whole body, unless it has more than `limit` bytes.
async fn whole(call: &mut Call, limit: usize) -> Result<Option<Vec<u8>>, Refusal> {
    let mut all = Vec::new();
    while let Some(bytes) = next(call).await? {
        if all.len() + bytes.len() > limit {
            return Ok(None);
        }
        all.extend_from_slice(&bytes);
    }
    Ok(Some(all))
}

/// Refuses what a blob has no room for any more beside what there is of it.
pub(super) fn check_room(state: &State, present: u64, coming: u64) -> Result<(), Refusal> {
    match present.saturating_add(coming) > state.settings().limits.blob_bytes {
        true => Err(too_large(state)),
        false => Ok(()),
    }
}

/// Lets the rest of a body pass, and tells whether it came to its end: a client that still sends does
/// not hear an answer, and one that has sent all may use the connection again.
pub(super) async fn drain(call: &mut Call) -> bool {
    let mut room = DRAINED_BYTES;
    let rest = async {
        loop {
            match next(call).await {
                Ok(None) => return true,
                Ok(Some(bytes)) if bytes.len() <= room => room -= bytes.len(),
                _ => return false,
            }
        }
    };
    timeout(DRAINED_FOR, rest).await.unwrap_or(false)
}

/// Adds a body to an upload. What has come stays, also where the rest does not.
///
/// `expected` is how many bytes the client has said that it sends, where it has.
pub(super) async fn append(
    call: &mut Call,
    mut uploading: Uploading,
    expected: Option<u64>,
) -> Result<Uploading, Refusal> {
    let most = call.state.settings().limits.blob_bytes.saturating_sub(uploading.size());
    let mut room = expected.unwrap_or(most).min(most);
    let wanted = room;
    let mut gathered: Vec<u8> = Vec::new();
    loop {
        let next = next(call).await;
        let is_end = !matches!(next, Ok(Some(_)));
        if let Ok(Some(bytes)) = &next {
            room = match room.checked_sub(bytes.len() as u64) {
                Some(room) => room,
                None if expected.is_some_and(|expected| expected <= most) => {
                    return Err(wrong_length());
                }
                None => return Err(too_large(&call.state)),
            };
            gathered.extend_from_slice(bytes);
        }
        if gathered.len() >= PIECE_BYTES || (is_end && !gathered.is_empty()) {
            (uploading, gathered) = write(call, uploading, gathered).await?;
        }
        next?;
        if is_end {
            break;
        }
    }
    match expected.is_some() && room > 0 && wanted > 0 {
        true => Err(wrong_length()),
        false => Ok(uploading),
    }
}

/// Writes a piece, and gives its memory back for the next.
async fn write(
    call: &Call,
    mut uploading: Uploading,
    mut piece: Vec<u8>,
) -> Result<(Uploading, Vec<u8>), Refusal> {
    let written = call
        .state
        .read(move |_| {
            uploading.add(&piece)?;
            piece.clear();
            Ok::<_, crate::store::Error>((uploading, piece))
        })
        .await??;
    Ok(written)
}

/// Waits for the next bytes of a body.
async fn next(call: &mut Call) -> Result<Option<Bytes>, Refusal> {
    loop {
        match frame(call.body()).await {
            None => return Ok(None),
            Some(Err(error)) if is_too_slow(&error) => {
                let text = "the body comes too slowly";
                return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, Code::UploadInvalid, text));
            }
            Some(Err(error)) => {
                let text = format!("the body did not come to its end: {error}");
                return Err(Refusal::bad(Code::UploadInvalid, text));
            }
            // What comes after a body is of no use here.
            Some(Ok(frame)) => match frame.into_data() {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(_) => continue,
            },
        }
    }
}

async fn frame(body: &mut Body) -> Option<Result<hyper::body::Frame<Bytes>, axum::Error>> {
    poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await
}

fn wrong_length() -> Refusal {
    let text = "the body has not as many bytes as were announced";
    Refusal::bad(Code::SizeInvalid, text)
}

pub(super) fn too_large(state: &State) -> Refusal {
    let text = format!("a blob has at most {} bytes", state.settings().limits.blob_bytes);
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, Code::SizeInvalid, text)
}
