//! Lists the files of a chart folder, as Helm 3.17.3 would load and pack them.
//!
//! The walk follows symbolic links, leaves out what .helmignore says, and refuses up front what
//! could be packed but not loaded again. The bytes are read one file at a time, by whoever wants them.
//! The sources are Helm's `pkg/chart/loader/directory.go` and `internal/sympath/walk.go`.

mod walk;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::archive::{self, MAX_CHART_BYTES, MAX_FILE_BYTES};
use super::ignore::{self, Rules};
use crate::error::{Classified, Kind};

/// Limits the files and folders that a walk looks at, ignored ones included.
///
/// Helm has no such limit: links that fan out keep it busy for as long as they can be followed.
pub const MAX_ENTRIES: usize = 100_000;

/// Describes one file of a chart folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFile {
    /// The path in the chart, `/`-separated.
    pub name: String,
    /// Where the file is; a part of it may be a symbolic link.
    pub path: PathBuf,
    /// 0o755 where the owner may execute the file, else 0o644.
    pub mode: u32,
    /// The size in bytes when the folder was walked.
    pub size: u64,
}

/// Says why a folder cannot be loaded as a chart.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused something.
    #[error("cannot read {}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why it could not be.
        source: io::Error,
    },
    /// A symbolic link leads nowhere.
    #[error("error evaluating symlink {}", path.display())]
    Link {
        /// The link.
        path: PathBuf,
        /// Why it cannot be followed.
        source: io::Error,
    },
    /// A symbolic link leads back to a folder that it is in.
    #[error("error evaluating symlink {}: too many links: it leads back to {}",
        path.display(), target.display())]
    Loop {
        /// The link.
        path: PathBuf,
        /// The folder.
        target: PathBuf,
    },
    /// A pipe, socket or device is where a file should be.
    #[error("cannot load irregular file {} as it has file mode type bits set", path.display())]
    Irregular {
        /// The path.
        path: PathBuf,
    },
    /// A name is not UTF-8.
    #[error("cannot load {}: its name is not UTF-8", path.display())]
    NotUtf8 {
        /// The path, shown as far as it can be.
        path: PathBuf,
    },
    /// A name would be refused, or read as another one, in an archive.
    #[error("cannot load {}: packed, it would be a chart that Helm refuses or reads otherwise{}",
        path.display(), cause.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default())]
    Name {
        /// The path.
        path: PathBuf,
        /// Why it would be refused; nothing where it would be read as another name.
        cause: Option<Box<archive::Error>>,
    },
    /// One file is too large.
    #[error("chart file {:?} is larger than the maximum file size {MAX_FILE_BYTES}",
        path.display())]
    FileTooLarge {
        /// The path.
        path: PathBuf,
    },
    /// All files together are too large.
    #[error(
        "the chart folder {} holds {MAX_CHART_BYTES} bytes or more: Helm packs it but refuses to \
         load the archive", path.display()
    )]
    ChartTooLarge {
        /// The chart's folder.
        path: PathBuf,
    },
    /// There are more files and folders than a chart could need.
    #[error("the chart folder {} holds more than {MAX_ENTRIES} files and folders", path.display())]
    TooMany {
        /// The chart's folder.
        path: PathBuf,
    },
    /// The .helmignore file is malformed.
    #[error("cannot load {}", path.display())]
    Ignore {
        /// The chart's folder.
        path: PathBuf,
        /// What is wrong.
        source: ignore::Error,
    },
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Read { source, .. } => Kind::of_io(source),
            _ => Kind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::ChartTooLarge { .. } | Error::TooMany { .. } | Error::FileTooLarge { .. } => {
                Some("leave out what the chart does not need by a .helmignore file".to_owned())
            }
            _ => None,
        }
    }
}

/// Lists the files of a chart folder that are not ignored, folder by folder, each in lexical order.
///
/// # Errors
///
/// Anything that Helm refuses, charts of [`MAX_CHART_BYTES`] or more, and names that an archive
/// would not give back.
pub fn list(folder: &Path) -> Result<Vec<FolderFile>, Error> {
    let rules = rules(folder)?;
    let mut files = Vec::new();
    let mut total = 0;
    walk::walk(folder, &rules, &mut |file| {
        total += file.size;
        if total >= MAX_CHART_BYTES {
            return Err(Error::ChartTooLarge { path: folder.to_owned() });
        }
        files.push(file);
        Ok(())
    })?;
    Ok(files)
}

/// Reads all bytes of a listed file, at most [`MAX_FILE_BYTES`] whatever its size was when listed.
pub fn read(file: &FolderFile) -> Result<Vec<u8>, Error> {
    read_bounded(&file.path)
}

fn rules(folder: &Path) -> Result<Rules, Error> {
    let path = folder.join(ignore::FILE_NAME);
    if std::fs::metadata(&path).is_err() {
        return Ok(Rules::default());
    }
    let bytes = read_bounded(&path)?;
    Rules::parse(&bytes).map_err(|source| Error::Ignore { path: folder.to_owned(), source })
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, Error> {
    let fail = |source| Error::Read { path: path.to_owned(), source };
    // Asked before it is opened: opening a pipe would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(fail)?;
    if !metadata.is_file() {
        return Err(Error::Irregular { path: path.to_owned() });
    }
    let file = File::open(path).map_err(fail)?;
    let mut bytes = Vec::with_capacity(metadata.len().min(MAX_FILE_BYTES) as usize);
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Error::FileTooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
