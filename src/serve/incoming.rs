//! Charts that clients send, as a form of several parts or as they are: taken piece by piece, with
//! limits on size and time, and never held in memory.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest as _};
use axum::http::{Request, StatusCode};
use hyper::body::{Frame, SizeHint};

use super::limits::is_too_slow;
use super::refusal::Refusal;
use super::state::State;
use crate::chart::archive::MAX_STREAM_BYTES;
use crate::chart::provenance;
use crate::digest::Algorithm;
use crate::name::{ChartName, Repository, SpaceName};
use crate::store::{self, Store, UploadKey, Uploading};

/// How many bytes are gathered before they are written.
const PIECE_BYTES: usize = 64 << 10;

/// How much of a form may come before a part of it has been understood.
const MAX_UNREAD_BYTES: u64 = 256 << 10;

/// How many parts a form may have.
const MAX_PARTS: usize = 100;

/// Is what a client has sent.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) content: Option<Arriving>,
    pub(super) provenance: Option<Vec<u8>>,
}

/// Is an archive that has come, or is still coming; what nobody takes is removed.
pub(super) struct Arriving {
    state: State,
    key: UploadKey,
    uploading: Option<Uploading>,
    gathered: Vec<u8>,
}

impl Arriving {
    /// Begins to take an archive for a space. Its name is not known yet, so it lies where no client
    /// could ask for it.
    async fn begin(state: &State, space: &SpaceName) -> Result<Arriving, Refusal> {
        let chart = ChartName::parse("archive").expect("it is a name");
        let repository = Repository { space: space.clone(), chart };
        let begin = move |store: &Store| -> Result<_, store::Error> {
            let key = store.begin_upload(&repository, None, Algorithm::Sha256)?;
            let uploading = store.upload(&key, None)?;
            Ok((key, uploading))
        };
        let (key, uploading) = state.write(begin).await??;
        let (state, uploading) = (state.clone(), Some(uploading));
        Ok(Arriving { state, key, uploading, gathered: Vec::new() })
    }

    async fn add(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.gathered.extend_from_slice(bytes);
        let size = self.uploading.as_ref().map_or(0, Uploading::size) + self.gathered.len() as u64;
        let most = self.state.settings().limits.blob_bytes.min(MAX_STREAM_BYTES);
        if size > most {
            return Err(too_large("a chart's archive", most));
        }
        match self.gathered.len() >= PIECE_BYTES {
            true => self.write().await,
            false => Ok(()),
        }
    }

    async fn write(&mut self) -> Result<(), Refusal> {
        let Some(mut uploading) = self.uploading.take() else { return Ok(()) };
        let piece = std::mem::take(&mut self.gathered);
        let add = move |_: &Store| -> Result<Uploading, store::Error> {
            uploading.add(&piece)?;
            Ok(uploading)
        };
        self.uploading = Some(self.state.read(add).await??);
        Ok(())
    }

    /// Gives the archive to who works on it.
    pub(super) fn take(&mut self) -> Result<Uploading, Refusal> {
        self.uploading.take().ok_or_else(|| Refusal::invalid("the archive did not come"))
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let key = self.key.clone();
        // What was taken is gone already.
        self.state.later(move |store| drop(store.cancel_upload(&key)));
    }
}

/// Takes a form; the archive is in the part of the one name, the signature file in that of the other.
/// Other parts are passed over.
pub(super) async fn form(
    state: &State,
    space: &SpaceName,
    request: Request<Body>,
    chart: &str,
    prov: Option<&str>,
) -> Result<Parts, Refusal> {
    let unread = Arc::new(AtomicU64::new(0));
    let counted = unread.clone();
    let mut request = request.map(|body| Body::new(Counted { body, unread: counted }));
    // Limited here, by what comes and not by what was announced.
    DefaultBodyLimit::disable().apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|error| Refusal::invalid(error.body_text()))?;
    let mut parts = Parts::default();
    for _ in 0..MAX_PARTS {
        let Some(field) = form.next_field().await.map_err(malformed)? else { return Ok(parts) };
        let mut part = Part { field, unread: &unread };
        match part.field.name() {
            Some(name) if name == chart && parts.content.is_none() => {
                let mut arriving = Arriving::begin(state, space).await?;
                while let Some(bytes) = part.next().await? {
                    arriving.add(&bytes).await?;
                }
                arriving.write().await?;
                parts.content = Some(arriving);
            }
            Some(name) if Some(name) == prov => parts.provenance = Some(part.whole().await?),
            _ => while part.next().await?.is_some() {},
        }
    }
    Err(Refusal::invalid(format!("a form has at most {MAX_PARTS} parts")))
}

/// Takes an archive that is the whole body.
pub(super) async fn archive(
    state: &State,
    space: &SpaceName,
    body: Body,
) -> Result<Arriving, Refusal> {
    let mut body = body;
    let mut arriving = Arriving::begin(state, space).await?;
    while let Some(bytes) = next(&mut body).await? {
        arriving.add(&bytes).await?;
    }
    arriving.write().await?;
    Ok(arriving)
}

/// Takes a whole body of at most `limit` bytes into memory.
pub(super) async fn document(mut body: Body, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut all = Vec::new();
    while let Some(bytes) = next(&mut body).await? {
        if all.len() + bytes.len() > limit {
            return Err(too_large("a document", limit as u64));
        }
        all.extend_from_slice(&bytes);
    }
    Ok(all)
}

/// Waits for the next bytes of a body.
async fn next(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            None => return Ok(None),
            Some(Err(error)) if is_too_slow(&error) => return Err(too_slow()),
            Some(Err(error)) => {
                return Err(Refusal::invalid(format!("the body did not come whole: {error}")));
            }
            // What comes after a body is of no use here.
            Some(Ok(frame)) => match frame.into_data() {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(_) => continue,
            },
        }
    }
}

/// Refuses a form that cannot be read to its end.
fn malformed(error: MultipartError) -> Refusal {
    match is_too_slow(&error) {
        true => too_slow(),
        false => Refusal::invalid(error.body_text()),
    }
}

fn too_slow() -> Refusal {
    Refusal::status(StatusCode::REQUEST_TIMEOUT, "the body comes too slowly")
}

fn too_large(what: &str, limit: u64) -> Refusal {
    let text = format!("{what} has at most {limit} bytes");
    Refusal::status(StatusCode::PAYLOAD_TOO_LARGE, text)
}

/// Is one part of a form.
struct Part<'a, 'b> {
    field: Field<'a>,
    unread: &'b AtomicU64,
}

impl Part<'_, '_> {
    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        let bytes = self.field.chunk().await.map_err(malformed)?;
        if bytes.is_some() {
            self.unread.store(0, Ordering::Relaxed);
        }
        Ok(bytes)
    }

    /// Takes a signature file into memory.
    async fn whole(&mut self) -> Result<Vec<u8>, Refusal> {
        let mut whole = Vec::new();
        while let Some(bytes) = self.next().await? {
            whole.extend_from_slice(&bytes);
            if whole.len() > provenance::MAX_BYTES {
                return Err(too_large("a provenance file", provenance::MAX_BYTES as u64));
            }
        }
        Ok(whole)
    }
}

/// Counts the bytes of a form that nothing has come of yet: the head of a part has no end by itself.
struct Counted {
    body: Body,
    unread: Arc<AtomicU64>,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(context));
        let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
        let size = bytes.map_or(0, |bytes| bytes.len() as u64);
        let unread = self.unread.fetch_add(size, Ordering::Relaxed) + size;
        Poll::Ready(match unread > MAX_UNREAD_BYTES.max(4 * size) {
            true => Some(Err("the head of a part is too long".into())),
            false => frame.map(|frame| frame.map_err(Into::into)),
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
