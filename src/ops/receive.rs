//! Taking in a manifest that a client has sent, after its blobs.
//!
//! Any OCI artifact is taken. A chart becomes a version like any other: its archive is read, and it
//! must call itself the same everywhere.

use std::io::Write as _;

use super::{Error, identity};
use crate::chart::outline::Outline;
use crate::digest::{self, Algorithm, Digest, Hasher};
use crate::name::{Reference, Repository, Tag};
use crate::oci::{self, ChartManifest, Document};
use crate::storage::{ChartParts, Staged};
use crate::store::{self, NewManifest, Overwrite, Store, Writer};

/// Is a manifest as a client has sent it.
#[derive(Debug)]
pub struct Pushed {
    /// The repository that it is for.
    pub repository: Repository,
    /// The tags that it is to have; it may have none.
    pub tags: Vec<Tag>,
    /// The digest that it must have, if one was given.
    pub digest: Option<Digest>,
    /// The media type that came with it.
    pub content_type: Option<String>,
    /// Whether it may replace what has its names.
    pub may_overwrite: bool,
    /// Its bytes, which are kept as they are.
    pub bytes: Vec<u8>,
}

/// Says what was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The manifest.
    pub digest: Digest,
    /// The manifest that it is about, if it says so.
    pub subject: Option<Digest>,
}

/// Takes a manifest in: with all its tags, or not at all.
pub fn receive(store: &Store, pushed: Pushed) -> Result<Received, Error> {
    let algorithm = pushed.digest.map_or(Algorithm::Sha256, |digest| digest.algorithm());
    check_digest(&pushed, algorithm)?;
    let document = read(pushed.bytes, pushed.content_type.as_deref())?;
    let chart = chart_parts(store, &pushed.repository, &pushed.tags, pushed.digest, &document)?;
    let writer = store.writer()?;
    let manifest = stage(&writer, algorithm, document.bytes())?;
    let digest = manifest.blob().digest();
    let (repository, tags) = (pushed.repository, pushed.tags);
    let overwrite = if pushed.may_overwrite { Overwrite::Allow } else { Overwrite::Keep };
    let new = NewManifest { repository, tags, manifest, overwrite, chart };
    writer.put_manifest(&document, new)?;
    Ok(Received { digest, subject: document.subject().map(|subject| subject.digest) })
}

fn check_digest(pushed: &Pushed, algorithm: Algorithm) -> Result<(), Error> {
    let Some(expected) = pushed.digest else { return Ok(()) };
    let mut hasher = Hasher::new(algorithm);
    hasher.update(&pushed.bytes);
    let actual = hasher.finish();
    match actual == expected {
        true => Ok(()),
        false => {
            let (expected, actual) = (Box::new(expected), Box::new(actual));
            let source = digest::Error::Mismatch { expected, actual };
            Err(store::Error::WrongBytes(source).into())
        }
    }
}

/// Reads a manifest, which must be of the same type when nothing says its type but its bytes: that
/// is all that is kept.
fn read(bytes: Vec<u8>, content_type: Option<&str>) -> Result<Document, Error> {
    let sent = Document::parse(bytes, content_type).map_err(|source| Error::Pushed { source })?;
    let kept = Document::parse(sent.bytes().to_vec(), None);
    let kept = kept.map_err(|source| Error::Pushed { source })?;
    if kept.media_type() != sent.media_type() {
        let (own, sent) = (kept.media_type().to_owned(), sent.media_type().to_owned());
        return Err(Error::Pushed { source: oci::Error::TwoTypes { own, sent } });
    }
    Ok(sent)
}

/// Finds the parts of a chart, and makes sure that it is what it is sent as; none if the manifest is
/// no chart's.
fn chart_parts(
    store: &Store,
    repository: &Repository,
    tags: &[Tag],
    digest: Option<Digest>,
    document: &Document,
) -> Result<Option<ChartParts>, Error> {
    let chart = document.manifest().and_then(|manifest| ChartManifest::of(manifest).ok());
    let Some(chart) = chart else { return Ok(None) };
    for part in [chart.config, chart.content] {
        // Bytes that are in other repositories only are not to be told about.
        if store.voucher(repository, &part.digest)?.is_none() {
            let (repository, digest) = (repository.clone(), Box::new(part.digest));
            return Err(store::Error::MissingPart { repository, digest }.into());
        }
    }
    let config = store.read_blob(&chart.config.digest, Store::MAX_DOCUMENT_BYTES)?;
    let outline = Outline::of_archive(store.open_blob(&chart.content.digest)?);
    let whole = || match digest {
        Some(digest) => Reference::exact(repository.clone(), digest),
        None => Reference::exact(repository.clone(), document.digest()),
    };
    let outline =
        outline.map_err(|source| Error::Stored { reference: whole(), source: source.into() })?;
    let tagged = tags.iter().map(|tag| Reference::tagged(repository.clone(), tag.clone()));
    for reference in tagged.chain(tags.is_empty().then(whole)) {
        identity::check(&reference, &outline.metadata, document, &config)?;
    }
    let (_, version) = identity::of(&outline.metadata)?;
    Ok(Some(ChartParts {
        version,
        meta: chart.config.digest,
        content: chart.content.digest,
        provenance: chart.provenance.map(|descriptor| descriptor.digest),
    }))
}

fn stage(writer: &Writer<'_>, algorithm: Algorithm, bytes: &[u8]) -> Result<Staged, Error> {
    let mut stage = writer.stage_as(algorithm)?;
    stage.write_all(bytes).map_err(|source| store::Error::Upload { source })?;
    Ok(stage.finish().map_err(store::Error::from)?)
}
