//! Telling whether a file or a folder has changed since it was last looked at.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::Error;

/// How long ago a change must be before the next one is sure to be seen.
///
/// Clocks of file systems go in steps: some of whole seconds, and the finer ones follow the
/// system's tick of up to 10 ms. Two changes within one step look like one.
const SETTLING: Duration = Duration::from_millis(1100);

/// Says which file or folder was at a path, and when it was last changed.
///
/// The time is that of the inode (`ctime`), which every change moves, and which nobody can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Stamp {
    /// Gives the size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Tells whether the next change, whenever it comes, is sure to give another stamp.
    pub fn is_settled(&self) -> bool {
        let since = u64::try_from(self.seconds).ok().zip(u32::try_from(self.nanoseconds).ok());
        let changed = since.map(|(seconds, rest)| Duration::new(seconds, rest));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // A change that is to come, by a clock that was set back, is none that is long ago.
        changed.and_then(|changed| now.checked_sub(changed)).is_some_and(|age| age > SETTLING)
    }
}

/// Looks at a file or a folder, if it is there.
pub fn stamp(path: &Path) -> Result<Option<Stamp>, Error> {
    match path.metadata() {
        Ok(found) => Ok(Some(Stamp {
            device: found.dev(),
            inode: found.ino(),
            size: found.len(),
            seconds: found.ctime(),
            nanoseconds: found.ctime_nsec(),
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::new("look at", path, error)),
    }
}
