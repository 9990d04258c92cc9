//! Uploads: files that grow, whose names say all that there is to know of them.
//!
//! They are not synced before they are whole: what a loss of power takes is sent again.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::layout::path;
use crate::digest::{Algorithm, Hasher};
use crate::disk::{self, GrowingFile, Synced};
use crate::storage::blob::StagedBytes;
use crate::storage::{Append, Error, Hashed, Staged, StoreLock, UploadInfo, UploadName};

const BUFFER_BYTES: usize = 256 * 1024;

fn place(root: &Path, name: &UploadName) -> PathBuf {
    root.join(path::UPLOADS).join(name.to_string())
}

pub(super) fn create(root: &Path, name: &UploadName) -> Result<(), Error> {
    // A store that was made before there were uploads has no folder for them.
    disk::create_folders(&root.join(path::UPLOADS), &mut Synced::new())?;
    Ok(GrowingFile::create(&place(root, name))?)
}

pub(super) fn find(root: &Path, name: &UploadName) -> Result<Option<UploadInfo>, Error> {
    let place = place(root, name);
    match place.symlink_metadata().and_then(|found| Ok((found.len(), found.modified()?))) {
        Ok((size, touched)) => Ok(Some(UploadInfo { size, touched })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk::Error::new("look at", &place, error).into()),
    }
}

pub(super) fn list(root: &Path) -> Result<Vec<UploadName>, Error> {
    let listed = disk::entries(&root.join(path::UPLOADS))?;
    let mut names: Vec<_> = listed.iter().filter_map(|(name, _)| UploadName::parse(name)).collect();
    names.sort();
    Ok(names)
}

pub(super) fn remove(root: &Path, name: &UploadName) -> Result<(), Error> {
    Ok(disk::remove_file(&place(root, name))?)
}

pub(super) fn append(
    root: &Path,
    name: &UploadName,
    known: Option<Hashed>,
) -> Result<Option<Box<dyn Append>>, Error> {
    let (place, what) = (place(root, name), format!("the upload {}", name.id));
    let Some(file) = GrowingFile::open(&place, &what)? else { return Ok(None) };
    let hashed = Hashed::of(file.size(), name.algorithm, known);
    Ok(Some(Box::new(FileAppend { root: root.to_owned(), place, file, hashed })))
}

struct FileAppend {
    root: PathBuf,
    place: PathBuf,
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
        let FileAppend { root, place, file, hashed } = *self;
        let size = file.size();
        let hashed = match Hashed::of(size, algorithm, hashed) {
            Some(hashed) => hashed.finish(),
            None => hash(&file, &place, algorithm)?.finish(),
        };
        let file = file.end(&root.join(path::TEMPORARY))?;
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
