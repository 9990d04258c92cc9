//! Taking a chart out again: as the folder or the archive that was stored.

mod unpack;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Error;
use super::show::{Stored, open, steadily};
use crate::chart::provenance;
use crate::digest::Digest;
use crate::disk::{self, NewFile, Synced, WrittenFile};
use crate::error::{Classified as _, Kind};
use crate::name::Reference;
use crate::store::{self, Store};

/// Says what to export, and where to.
#[derive(Debug, Clone)]
pub struct Options {
    /// The chart.
    pub reference: Reference,
    /// The folder that it is put into; made where it is missing.
    pub destination: PathBuf,
    /// Whether to write the archive instead of a folder.
    pub archive: bool,
    /// Whether to write over what is there.
    pub force: bool,
}

/// Says what was written.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// The chart.
    pub reference: Reference,
    /// The digest of the manifest.
    pub digest: Digest,
    /// The digest of the archive.
    pub content: Digest,
    /// The folder or file; what of its name is no UTF-8 is replaced, for JSON could not hold it.
    pub path: String,
    /// The signature file beside an archive, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<String>,
}

/// Exports a chart. Everything is written and verified under a temporary name beside the
/// destination before anything is put in place.
pub fn export(store: &Store, options: &Options) -> Result<Exported, Error> {
    steadily(|| export_once(store, options))
}

fn export_once(store: &Store, options: &Options) -> Result<Exported, Error> {
    let stored = open(store, &options.reference)?;
    let missing: Vec<&Path> =
        options.destination.ancestors().take_while(|folder| !folder.exists()).collect();
    disk::create_folders(&options.destination, &mut Synced::new())?;
    let written = match options.archive {
        true => export_archive(store, &stored, options),
        false => export_folder(store, &stored, options).map(|path| (path, None)),
    };
    if written.is_err() {
        for folder in missing.into_iter().filter(|folder| !folder.as_os_str().is_empty()) {
            disk::remove_empty_folder(folder)?;
        }
    }
    let (path, provenance) = written?;
    let Stored { found, reference, chart } = stored;
    Ok(Exported {
        reference,
        digest: found.manifest,
        content: chart.content,
        path: path.display().to_string(),
        provenance: provenance.map(|path| path.display().to_string()),
    })
}

fn export_archive(
    store: &Store,
    stored: &Stored,
    options: &Options,
) -> Result<(PathBuf, Option<PathBuf>), Error> {
    let name = format!("{}-{}.tgz", stored.chart.name, stored.chart.version);
    let path = options.destination.join(&name);
    let content = copy(store, &stored.chart.content, &options.destination)?;
    let signature = match &stored.chart.provenance {
        Some(digest) => Some(copy(store, digest, &options.destination)?),
        None => None,
    };
    let beside = options.destination.join(format!("{name}.prov"));
    let occupied = |path: &Path| path.symlink_metadata().is_ok() && !options.force;
    // The very signature file may be left of an export that was interrupted: it comes first.
    let other_signature = |digest| occupied(&beside) && !holds(&beside, digest);
    if occupied(&path) {
        return Err(Error::DestinationExists { path });
    }
    if stored.chart.provenance.as_ref().is_some_and(other_signature) {
        return Err(Error::DestinationExists { path: beside });
    }
    let provenance = signature.map(|file| file.persist(&beside).map(|()| beside)).transpose()?;
    content.persist(&path)?;
    Ok((path, provenance))
}

/// Tells whether a file is there with the bytes of a signature file.
fn holds(path: &Path, digest: &Digest) -> bool {
    let bytes = disk::read_optional(path, provenance::MAX_BYTES as u64);
    bytes.ok().flatten().is_some_and(|bytes| Digest::of(&bytes) == *digest)
}

/// Copies a blob to a temporary file, and proves it.
pub(super) fn copy(store: &Store, digest: &Digest, folder: &Path) -> Result<WrittenFile, Error> {
    let mut blob = store.open_blob(digest)?;
    let mut file = NewFile::create(folder, 0o644)?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match blob.read(&mut buffer).map_err(|error| store::Error::of_blob(*digest, error))? {
            0 => return Ok(file.close()),
            count => write(&mut file, &buffer[..count])?,
        }
    }
}

fn write(file: &mut NewFile, bytes: &[u8]) -> Result<(), Error> {
    let path = file.path().to_owned();
    io::Write::write_all(file, bytes)
        .map_err(|error| disk::Error::new("write", &path, error).into())
}

fn export_folder(store: &Store, stored: &Stored, options: &Options) -> Result<PathBuf, Error> {
    let path = options.destination.join(stored.found.repository.chart.as_str());
    let exists = path.symlink_metadata().is_ok();
    if exists && !options.force {
        return Err(Error::DestinationExists { path });
    }
    let temporary = TemporaryFolder::create(&options.destination)?;
    unpack::unpack(store, stored, &temporary.0)?;
    if exists {
        check_merge(&temporary.0, &path)?;
        merge(&temporary.0, &path)?;
    } else {
        // Somebody may have made it meanwhile: that is refused like one that was there before.
        disk::rename_new(&temporary.0, &path).map_err(|error| match error.kind() {
            Kind::Exists => Error::DestinationExists { path: path.clone() },
            _ => error.into(),
        })?;
    }
    Ok(path)
}

/// Refuses to put a file where a folder is, a folder where a file is, and anything behind a link:
/// that may lead out of the destination.
fn check_merge(from: &Path, to: &Path) -> Result<(), Error> {
    let Ok(there) = to.symlink_metadata() else { return Ok(()) };
    if !there.is_dir() {
        return Err(Error::DestinationExists { path: to.to_owned() });
    }
    for (name, kind) in disk::entries(from)? {
        let to = to.join(&name);
        match to.symlink_metadata() {
            Ok(_) if kind.is_dir() => check_merge(&from.join(&name), &to)?,
            Ok(there) if there.is_dir() => return Err(Error::DestinationExists { path: to }),
            _ => {}
        }
    }
    Ok(())
}

/// Moves files over those of the same name; others stay.
fn merge(from: &Path, to: &Path) -> Result<(), Error> {
    for (name, kind) in disk::entries(from)? {
        let (from, to) = (from.join(&name), to.join(&name));
        if kind.is_dir() {
            disk::create_folders(&to, &mut Synced::new())?;
            merge(&from, &to)?;
        } else {
            disk::rename(&from, &to)?;
        }
    }
    Ok(())
}

/// Is a folder that goes away with all that is still in it.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn create(beside: &Path) -> Result<TemporaryFolder, Error> {
        Ok(TemporaryFolder(disk::new_folder(beside)?))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What matters was reported before; a folder that cannot be removed is seen by its owner.
        let _ = disk::remove_tree(&self.0);
    }
}
