//! What is read out of files, and read again when they change, while the server runs.

use std::fs::metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::Error;

/// Tells a state of a file from others; a file that is not there has none.
type Identity = Option<(u64, u64, u64, i64, i64)>;

/// Holds what was read last.
pub(super) struct Watched<T> {
    paths: Vec<PathBuf>,
    read: Box<dyn Fn() -> Result<T, Error> + Send + Sync>,
    current: Mutex<(Vec<Identity>, Arc<T>)>,
}

impl<T> Watched<T> {
    /// Reads the files for the first time.
    pub(super) fn open(
        paths: Vec<PathBuf>,
        read: impl Fn() -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<Watched<T>, Error> {
        // Before they are read: what changes meanwhile is read once more.
        let identities = identities(&paths);
        let current = Mutex::new((identities, Arc::new(read()?)));
        Ok(Watched { paths, read: Box::new(read), current })
    }

    /// Gives what the files say now. As long as they cannot be used, what they said before holds, and
    /// each state of them is reported once.
    pub(super) fn current(&self, report: impl Fn(&Error)) -> Arc<T> {
        let identities = identities(&self.paths);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.0 != identities {
            current.0 = identities;
            match (self.read)() {
                Ok(read) => current.1 = Arc::new(read),
                Err(error) => report(&error),
            }
        }
        current.1.clone()
    }
}

fn identities(paths: &[PathBuf]) -> Vec<Identity> {
    let identity = |path: &PathBuf| {
        let file = metadata(path).ok()?;
        Some((file.dev(), file.ino(), file.size(), file.ctime(), file.ctime_nsec()))
    };
    paths.iter().map(identity).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::Watched;
    use crate::disk;
    use crate::serve::Error;

    #[test]
    fn what_changes_is_read_again_and_what_is_broken_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let write = |text: &str| {
            let other = folder.path().join("other");
            fs::write(&other, text).unwrap();
            fs::rename(other, &path).unwrap();
        };
        write("1");
        let file = path.clone();
        let watched = Watched::open(vec![path.clone()], move || -> Result<u64, Error> {
            let bytes = disk::read(&file, 100)?;
            let reason = "it is no number".to_owned();
            let wrong = Error::Passwords { path: file.clone(), line: 1, reason };
            String::from_utf8_lossy(&bytes).parse().map_err(|_| wrong)
        })
        .unwrap();
        let reports = Cell::new(0);
        let current = || *watched.current(|_| reports.set(reports.get() + 1));
        assert_eq!((current(), reports.get()), (1, 0));
        write("2");
        assert_eq!((current(), reports.get()), (2, 0));
        write("oops");
        assert_eq!((current(), current(), reports.get()), (2, 2, 1));
        fs::remove_file(&path).unwrap();
        assert_eq!((current(), current(), reports.get()), (2, 2, 2));
        write("3");
        assert_eq!((current(), reports.get()), (3, 2));
    }
}
