//! Uploads as two files each: what has come so far, and beside it what the upload is for.
//!
//! They are not synced before they are whole: what a loss of power takes is sent again.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::layout::path;
use crate::digest::{Algorithm, Hasher};
use crate::disk::{self, GrowingFile, NewFile, Synced};
use crate::storage::blob::StagedBytes;
use crate::storage::{Append, Error, Hashed, Staged, StoreLock, UploadId, UploadInfo};

const MAX_RECORD_BYTES: u64 = 64 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;

/// The end of the name of the file that says what an upload is for.
const RECORD: &str = ".json";

fn bytes_path(root: &Path, id: &UploadId) -> PathBuf {
    root.join(path::UPLOADS).join(id.as_str())
}

fn record_path(root: &Path, id: &UploadId) -> PathBuf {
    root.join(path::UPLOADS).join(format!("{id}{RECORD}"))
}

pub(super) fn create(root: &Path, id: &UploadId, record: &[u8]) -> Result<(), Error> {
    // A store that was made before there were uploads has no folder for them.
    disk::create_folders(&root.join(path::UPLOADS), &mut Synced::new())?;
    let place = record_path(root, id);
    GrowingFile::create(&bytes_path(root, id))?;
    let mut file = NewFile::create(&root.join(path::TEMPORARY), 0o644)?;
    file.write_all(record).map_err(|source| disk::Error::new("write", &place, source))?;
    Ok(file.close().persist_new(&place)?)
}

pub(super) fn find(root: &Path, id: &UploadId) -> Result<Option<UploadInfo>, Error> {
    let Some(record) = disk::read_optional(&record_path(root, id), MAX_RECORD_BYTES)? else {
        return Ok(None);
    };
    let bytes = bytes_path(root, id);
    match bytes.symlink_metadata().and_then(|found| Ok((found.len(), found.modified()?))) {
        Ok((size, touched)) => Ok(Some(UploadInfo { record, size, touched })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk::Error::new("look at", &bytes, error).into()),
    }
}

/// Lists the uploads, also those of which one file is missing.
pub(super) fn list(root: &Path) -> Result<Vec<UploadId>, Error> {
    let listed = disk::entries(&root.join(path::UPLOADS))?;
    let mut ids: Vec<UploadId> = listed.iter().filter_map(|(name, _)| id_of(name)).collect();
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// Reads the name of an upload off that of one of its files.
pub(super) fn id_of(name: &str) -> Option<UploadId> {
    UploadId::parse(name.strip_suffix(RECORD).unwrap_or(name))
}

pub(super) fn remove(root: &Path, id: &UploadId) -> Result<(), Error> {
    disk::remove_file(&record_path(root, id))?;
    Ok(disk::remove_file(&bytes_path(root, id))?)
}

pub(super) fn append(
    root: &Path,
    id: &UploadId,
    algorithm: Algorithm,
    known: Option<Hashed>,
) -> Result<Option<Box<dyn Append>>, Error> {
    let what = format!("the upload {id}");
    let Some(file) = GrowingFile::open(&bytes_path(root, id), &what)? else { return Ok(None) };
    let hashed = Hashed::of(file.size(), algorithm, known);
    Ok(Some(Box::new(FileAppend { root: root.to_owned(), id: id.clone(), file, hashed })))
}

struct FileAppend {
    root: PathBuf,
    id: UploadId,
    file: GrowingFile,
    hashed: Option<Hashed>,
}

impl Write for FileAppend {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        if let Some(hashed) = &mut self.hashed {
            hashed.update(&bytes[..count]);
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Append for FileAppend {
    fn size(&self) -> u64 {
        self.file.size()
    }

    fn hashed(&self) -> Option<Hashed> {
        self.hashed.clone()
    }

    fn finish(self: Box<Self>, _store: &StoreLock, algorithm: Algorithm) -> Result<Staged, Error> {
        let FileAppend { root, id, file, hashed } = *self;
        let size = file.size();
        let hashed = match Hashed::of(size, algorithm, hashed) {
            Some(hashed) => hashed.finish(),
            None => hash(&file, &bytes_path(&root, &id), algorithm)?.finish(),
        };
        let file = file.end(&root.join(path::TEMPORARY))?;
        disk::remove_file(&record_path(&root, &id))?;
        Ok(Staged::new(hashed, size, StagedBytes::File(file)))
    }
}

fn hash(file: &GrowingFile, path: &Path, algorithm: Algorithm) -> Result<Hasher, Error> {
    use std::io::Read as _;
    let mut reader = file.reader()?;
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hasher),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(disk::Error::new("read", path, error).into()),
        }
    }
}
