//! Files that grow over a long time, and over several processes, until they are whole.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::lock::LockError;
use super::{Error, WrittenFile, step};

/// Is a file that bytes are added to; nobody else can have it open so meanwhile.
#[derive(Debug)]
pub struct GrowingFile {
    file: File,
    path: PathBuf,
    size: u64,
}

impl GrowingFile {
    /// Creates an empty file; nothing must have its name.
    pub fn create(path: &Path) -> Result<(), Error> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true).mode(0o644);
        step("create", path, || options.open(path)).map(drop)
    }

    /// Opens a file for adding to it, if it is there; `what` names it for errors.
    pub fn open(path: &Path, what: &str) -> Result<Option<GrowingFile>, LockError> {
        let failed = |source| Error::new("open", path, source);
        let file = match OpenOptions::new().read(true).append(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            result => result.map_err(failed)?,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let (what, path, waited) = (what.to_owned(), path.to_owned(), Duration::ZERO);
                return Err(LockError::TimedOut { what, path, waited });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error).into()),
        }
        let own = file.metadata().map_err(failed)?;
        // Whoever had the lock before may have moved the file to another place.
        let is_there = path.symlink_metadata().is_ok_and(|there| there.ino() == own.ino());
        Ok(is_there.then(|| GrowingFile { file, path: path.to_owned(), size: own.len() }))
    }

    /// Gives the number of bytes there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Opens the file for reading.
    pub fn reader(&self) -> Result<File, Error> {
        File::open(&self.path).map_err(|source| Error::new("open", &self.path, source))
    }

    /// Ends the growing: from now on the file is read-only, and a temporary one of `folder`.
    pub fn end(self, folder: &Path) -> Result<WrittenFile, Error> {
        step("make read-only", &self.path, || {
            self.file.set_permissions(std::fs::Permissions::from_mode(0o444))
        })?;
        WrittenFile::moved(&self.path, folder)
    }
}

impl Write for GrowingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let GrowingFile { file, path, size } = self;
        let count = super::counted("write", path, || hex::encode(bytes), || file.write(bytes))?;
        *size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
