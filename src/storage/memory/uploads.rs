//! Uploads in the memory of the process.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::digest::{Algorithm, Hasher};
use crate::disk::lock::LockError;
use crate::storage::blob::StagedBytes;
use crate::storage::{Append, Error, Hashed, Staged, StoreLock, UploadInfo, UploadName};

type Map = BTreeMap<UploadName, Upload>;

/// Keeps uploads that are not whole.
#[derive(Debug, Default)]
pub(super) struct Uploads(Arc<Mutex<Map>>);

#[derive(Debug)]
struct Upload {
    /// What has come so far; not here while somebody adds to it.
    bytes: Option<Vec<u8>>,
    size: u64,
    touched: SystemTime,
}

fn locked(map: &Mutex<Map>) -> MutexGuard<'_, Map> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Uploads {
    pub(super) fn begin(&self, name: &UploadName) {
        let upload = Upload { bytes: Some(Vec::new()), size: 0, touched: SystemTime::now() };
        locked(&self.0).insert(name.clone(), upload);
    }

    pub(super) fn find(&self, name: &UploadName) -> Option<UploadInfo> {
        let uploads = locked(&self.0);
        let Upload { size, touched, .. } = uploads.get(name)?;
        Some(UploadInfo { size: *size, touched: *touched })
    }

    pub(super) fn list(&self) -> Vec<UploadName> {
        locked(&self.0).keys().cloned().collect()
    }

    pub(super) fn remove(&self, name: &UploadName) {
        locked(&self.0).remove(name);
    }

    pub(super) fn append(
        &self,
        name: &UploadName,
        known: Option<Hashed>,
    ) -> Result<Option<Box<dyn Append>>, Error> {
        let mut uploads = locked(&self.0);
        let Some(upload) = uploads.get_mut(name) else { return Ok(None) };
        let Some(bytes) = upload.bytes.take() else {
            let (what, path) = (format!("the upload {}", name.id), "memory".into());
            return Err(LockError::TimedOut { what, path, waited: Duration::ZERO }.into());
        };
        let hashed = Hashed::of(bytes.len() as u64, name.algorithm, known);
        let (uploads, name) = (self.0.clone(), name.clone());
        Ok(Some(Box::new(MemoryAppend { uploads, name, bytes, hashed })))
    }
}

struct MemoryAppend {
    uploads: Arc<Mutex<Map>>,
    name: UploadName,
    bytes: Vec<u8>,
    hashed: Option<Hashed>,
}

impl Write for MemoryAppend {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if let Some(hashed) = &mut self.hashed {
            hashed.update(bytes);
        }
        if let Some(upload) = locked(&self.uploads).get_mut(&self.name) {
            upload.size = self.bytes.len() as u64;
            upload.touched = SystemTime::now();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Append for MemoryAppend {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn hashed(&self) -> Option<Hashed> {
        self.hashed.clone()
    }

    fn finish(
        mut self: Box<Self>,
        _store: &StoreLock,
        algorithm: Algorithm,
    ) -> Result<Staged, Error> {
        locked(&self.uploads).remove(&self.name);
        let bytes = std::mem::take(&mut self.bytes);
        let size = bytes.len() as u64;
        let digest = match Hashed::of(size, algorithm, self.hashed.take()) {
            Some(hashed) => hashed.finish(),
            None => {
                let mut hasher = Hasher::new(algorithm);
                hasher.update(&bytes);
                hasher.finish()
            }
        };
        Ok(Staged::new(digest, size, StagedBytes::Memory(bytes)))
    }
}

impl Drop for MemoryAppend {
    fn drop(&mut self) {
        // One that was removed or finished meanwhile is not there to be given back to.
        if let Some(upload) = locked(&self.uploads).get_mut(&self.name) {
            upload.bytes = Some(std::mem::take(&mut self.bytes));
        }
    }
}
