//! Files: written under a name of their own, made durable, and only then put in place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::{Error, interrupt, step};

/// Is a file being written under a temporary name, which goes away with it unless it is kept.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    written: WrittenFile,
}

impl NewFile {
    /// Creates an empty file with a name nobody else has, in a folder that is there. It will be
    /// found with the permissions `mode`, less those that the process withholds from all files.
    pub fn create(folder: &Path, mode: u32) -> Result<NewFile, Error> {
        let path = unique(folder);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(mode);
        let file =
            step("create", &path, || options.open(&path).inspect(|_| interrupt::remember(&path)))?;
        Ok(NewFile { file, written: WrittenFile { path, kept: false } })
    }

    /// Gives the temporary path.
    pub fn path(&self) -> &Path {
        &self.written.path
    }

    /// Ends the writing. Many written files can wait for their places without being open.
    pub fn close(self) -> WrittenFile {
        self.written
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let NewFile { file, written } = self;
        super::counted("write", &written.path, || hex::encode(bytes), || file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Is a file that was written under a temporary name, which goes away with it unless it is kept.
#[derive(Debug)]
pub struct WrittenFile {
    path: PathBuf,
    kept: bool,
}

impl WrittenFile {
    /// Takes over a file that is whole: it becomes a temporary one of `folder`.
    pub(super) fn moved(from: &Path, folder: &Path) -> Result<WrittenFile, Error> {
        let path = unique(folder);
        super::step_with("put in place", &path, from, || {
            fs::rename(from, &path).inspect(|()| interrupt::remember(&path))
        })?;
        Ok(WrittenFile { path, kept: false })
    }

    /// Makes what was written survive a loss of power.
    pub fn sync(&self) -> Result<(), Error> {
        step("sync", &self.path, || File::open(&self.path)?.sync_all())
    }

    /// Opens the file for reading.
    pub fn open(&self) -> Result<File, Error> {
        File::open(&self.path).map_err(|source| Error::new("open", &self.path, source))
    }

    /// Moves the file to its place, over whatever is there.
    pub fn persist(mut self, path: &Path) -> Result<(), Error> {
        super::rename(&self.path, path)?;
        self.kept = true;
        Ok(())
    }

    /// Moves the file to its place, unless something is there already.
    pub fn persist_new(mut self, path: &Path) -> Result<(), Error> {
        super::rename_new(&self.path, path)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for WrittenFile {
    fn drop(&mut self) {
        if !self.kept {
            // Failing to tidy up is no failure of the operation: gc sweeps what is left.
            let _ = remove_file(&self.path);
        }
    }
}

/// Gives a path in `folder` that no other process or thread gives; what is left of an export that
/// was interrupted tells by its name whose it is.
pub(super) fn unique(folder: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!(".hreg-{}-{}-{count}", std::process::id(), now.as_nanos()))
}

/// Reads a whole file of at most `limit` bytes.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::new("read", path, source);
    let file = File::open(path).map_err(failed)?;
    // Most files are smaller, and read at once.
    let mut bytes = Vec::with_capacity(limit.min(1024) as usize);
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        let reason = format!("it is larger than {limit} bytes");
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, reason)));
    }
    Ok(bytes)
}

/// Reads a whole file of at most `limit` bytes, if it is there.
pub fn read_optional(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    match read(path, limit) {
        Err(error) if error.io().kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

/// Removes a file or a link; one that is gone already is no error.
pub fn remove_file(path: &Path) -> Result<(), Error> {
    step("remove", path, || match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    })?;
    interrupt::forget(path);
    Ok(())
}

/// Sets a file's time of modification to now, read-only as the file may be.
pub fn touch(path: &Path) -> Result<(), Error> {
    set_modified(path, SystemTime::now())
}

/// Sets a file's time of modification.
pub fn set_modified(path: &Path, time: SystemTime) -> Result<(), Error> {
    step("touch", path, || File::open(path)?.set_modified(time))
}
