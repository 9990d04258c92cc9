//! Blobs as read-only files named by their digest.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _, Write};
use std::path::Path;

use crate::digest::{Algorithm, Digest, HashingWriter};
use crate::disk::{self, NewFile};
use crate::storage::blob::StagedBytes;
use crate::storage::{BlobInfo, Error, OpenBlob, Stage, Staged};

const BUFFER_BYTES: usize = 128 * 1024;

/// Has room for the manifest of nearly every chart.
const SMALL_BYTES: usize = 4096;

struct FileStage(HashingWriter<BufWriter<NewFile>>);

pub(super) fn stage(temporary: &Path, algorithm: Algorithm) -> Result<Box<dyn Stage>, Error> {
    let file = BufWriter::with_capacity(BUFFER_BYTES, NewFile::create(temporary, 0o444)?);
    Ok(Box::new(FileStage(HashingWriter::new(file, algorithm))))
}

impl Write for FileStage {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let FileStage(file) = self;
        file.write(bytes).map_err(|error| {
            // A writer's error has no place for a path but in its cause.
            let path = file.get_ref().get_ref().path();
            io::Error::new(error.kind(), disk::Error::new("write", path, error))
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Stage for FileStage {
    fn finish(self: Box<Self>) -> Result<Staged, Error> {
        let (buffered, digest, size) = self.0.finish();
        let path = buffered.get_ref().path().to_owned();
        let file = buffered
            .into_inner()
            .map_err(|error| disk::Error::new("write", &path, error.into_error()))?;
        Ok(Staged::new(digest, size, StagedBytes::File(file.close())))
    }
}

pub(super) fn open(path: &Path, digest: &Digest) -> Result<Option<OpenBlob>, Error> {
    let failed = |source| disk::Error::new("open", path, source);
    let Some(file) = open_file(path)? else { return Ok(None) };
    let size = file.metadata().map_err(failed)?.len();
    Ok(Some(OpenBlob::new(*digest, size, Box::new(file))))
}

pub(super) fn open_part(path: &Path, start: u64) -> Result<Option<Box<dyn Read + Send>>, Error> {
    let failed = |source| disk::Error::new("open", path, source);
    let Some(mut file) = open_file(path)? else { return Ok(None) };
    file.seek(io::SeekFrom::Start(start)).map_err(failed)?;
    Ok(Some(Box::new(file)))
}

pub(super) fn open_file(path: &Path) -> Result<Option<File>, Error> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk::Error::new("open", path, error).into()),
    }
}

/// Reads a blob that is whole and fits the buffer, in one system call: its digest proves it.
pub(super) fn read_small(path: &Path, digest: &Digest) -> Option<Vec<u8>> {
    let mut buffer = [0; SMALL_BYTES];
    let count = File::open(path).ok()?.read(&mut buffer).ok()?;
    let bytes = &buffer[..count];
    // A file that fills the buffer may go on after it.
    (count < SMALL_BYTES && digest.is_of(bytes)).then(|| bytes.to_vec())
}

/// Tells whether the blob is there and its bytes are what its name says.
pub(super) fn is_whole(path: &Path, digest: &Digest) -> Result<bool, Error> {
    let Some(blob) = open(path, digest)? else { return Ok(false) };
    match blob.verify() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        Err(error) => Err(disk::Error::new("read", path, error).into()),
    }
}

pub(super) fn list(
    folder: &Path,
    algorithm: Algorithm,
    all: &mut Vec<BlobInfo>,
) -> Result<(), Error> {
    for (name, kind) in disk::entries(folder)? {
        let Ok(digest) = algorithm.digest(&name) else { continue };
        let path = folder.join(&name);
        if !kind.is_file() {
            continue;
        }
        match path.symlink_metadata().and_then(|found| Ok((found.len(), found.modified()?))) {
            Ok((size, modified)) => all.push(BlobInfo { digest, size, modified }),
            // Collected since the folder was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(disk::Error::new("look at", &path, error).into()),
        }
    }
    Ok(())
}
