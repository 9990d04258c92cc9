//! What is pushed from a file, without being stored.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::super::Error;
use super::super::chart_facts::facts_of;
use super::super::prepare::read_provenance;
use super::super::transfer::{self, Origin};
use super::Parcel;
use crate::chart::archive::MAX_STREAM_BYTES;
use crate::chart::outline::Outline;
use crate::digest::{Algorithm, Digest, HashingReader};
use crate::disk;
use crate::name::{ChartName, Repository, Version};
use crate::oci::{self, Descriptor, Document};

/// Gives an archive from its file, and what goes with it from memory.
struct Archive {
    path: PathBuf,
    content: Digest,
    small: Vec<(Digest, Vec<u8>)>,
}

/// Reads and checks an archive, and makes the manifest that `save` would make.
pub(super) fn open(path: &Path) -> Result<Parcel<'static>, Error> {
    let (outline, content, size) = read(path)?;
    let name = ChartName::parse(&outline.metadata.name)?;
    let version = Version::parse(&outline.metadata.version)?;
    let meta = outline.metadata.to_json();
    let signature = read_provenance(path, &outline.metadata, &content)?;
    let part = |bytes: &Vec<u8>| (Digest::of(bytes), bytes.len() as u64);
    let manifest = oci::chart_manifest(
        &facts_of(&outline.metadata),
        part(&meta),
        (content, size),
        signature.as_ref().map(part),
    );
    let document = Document::parse(manifest, None).map_err(|error| Error::Unreadable {
        path: path.to_owned(),
        what: "the manifest",
        reason: error.to_string(),
    })?;
    let small = [Some(meta), signature].into_iter().flatten();
    let small = small.map(|bytes| (Digest::of(&bytes), bytes)).collect();
    let origin = Archive { path: path.to_owned(), content, small };
    Ok(Parcel { document, origin: Box::new(origin), chart: Some((name, version)), stored: None })
}

/// Reads an archive once, for what is in it and for its digest.
fn read(path: &Path) -> Result<(Outline, Digest, u64), Error> {
    let failed = |error| disk::Error::new("read", path, error);
    let file = File::open(path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    if !found.is_file() {
        return Err(transfer::Error::NotAnArchive { path: path.to_owned() }.into());
    }
    if found.len() > MAX_STREAM_BYTES {
        return Err(Error::FileTooLarge { path: path.to_owned() });
    }
    let mut bytes = HashingReader::new(file.take(MAX_STREAM_BYTES), Algorithm::Sha256);
    let outline = Outline::of_archive(&mut bytes).map_err(|error| Error::load(path, error))?;
    // The archive may end before the file does.
    io::copy(&mut bytes, &mut io::sink()).map_err(failed)?;
    let (digest, size) = bytes.finish();
    Ok((outline, digest, size))
}

impl Origin for Archive {
    fn document(&self, manifest: &Descriptor) -> Result<Document, Error> {
        let reason =
            format!("a chart's manifest does not list others, such as {}", manifest.digest);
        Err(Error::Unreadable { path: self.path.clone(), what: "the manifest", reason })
    }

    fn open(&self, blob: &Descriptor) -> io::Result<Box<dyn Read + Send + '_>> {
        if blob.digest == self.content {
            return Ok(Box::new(File::open(&self.path)?));
        }
        let small = self.small.iter().find(|(digest, _)| *digest == blob.digest);
        small.map_or(Err(io::ErrorKind::NotFound.into()), |(_, bytes)| {
            Ok(Box::new(bytes.as_slice()) as Box<dyn Read + Send>)
        })
    }

    fn repository(&self) -> Option<&Repository> {
        None
    }
}
