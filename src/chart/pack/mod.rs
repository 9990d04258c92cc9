//! Packs the files of a chart into a .tgz whose bytes depend on nothing but those files.
//!
//! Chart.yaml comes first and the rest in the order of the names' bytes; owners, links and folders
//! are not recorded, and times are all the one given. The same chart gives the same archive on any
//! machine, with any number of threads, as long as the compressor's version is the same (it is
//! pinned). Which files a chart has, and what its Chart.yaml says, is left to `folder` and `load`.
//!
//! A packed chart is one that `archive` and Helm read back unchanged: names and sizes that either
//! would refuse are errors.

mod gzip;
mod member;

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, Write};

use super::archive::{self, MAX_CHART_BYTES, MAX_FILE_BYTES};
use super::folder::{self, FolderFile};
use super::load::File;
use crate::error::{Classified, Kind};

/// Gives one file to be packed, its bytes only when they are asked for.
pub trait Source {
    /// Gives the path in the chart, `/`-separated.
    fn name(&self) -> &str;

    /// Gives the mode; of it only whether the owner may execute the file is kept.
    fn mode(&self) -> u32;

    /// Reads all bytes.
    fn bytes(&self) -> Result<Cow<'_, [u8]>, Error>;
}

impl Source for File {
    fn name(&self) -> &str {
        &self.name
    }

    fn mode(&self) -> u32 {
        self.mode
    }

    fn bytes(&self) -> Result<Cow<'_, [u8]>, Error> {
        Ok(Cow::Borrowed(&self.data))
    }
}

impl Source for FolderFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn mode(&self) -> u32 {
        self.mode
    }

    fn bytes(&self) -> Result<Cow<'_, [u8]>, Error> {
        Ok(Cow::Owned(folder::read(self)?))
    }
}

/// Says why a chart cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name of the chart cannot be that of a folder.
    #[error("cannot pack a chart named {name:?}: an archive's root folder cannot be called so")]
    Root {
        /// The name.
        name: String,
    },
    /// Two files have one name.
    #[error("cannot pack two files named {name:?}")]
    Twice {
        /// The name.
        name: String,
    },
    /// A name would be refused, or read as another one, in an archive.
    #[error("cannot pack a file named {name:?}: a chart may not hold such a name")]
    Name {
        /// The name.
        name: String,
    },
    /// One file is too large.
    #[error("chart file {name:?} is larger than the maximum file size {MAX_FILE_BYTES}")]
    FileTooLarge {
        /// The name.
        name: String,
    },
    /// All files together are too large.
    #[error("the chart holds {MAX_CHART_BYTES} bytes or more: Helm would refuse to load it")]
    ChartTooLarge,
    /// There is nothing to pack.
    #[error("no files to pack")]
    Empty,
    /// A file could not be read.
    #[error(transparent)]
    Folder(#[from] folder::Error),
    /// The archive could not be written.
    #[error("cannot write the packed chart")]
    Write(#[source] io::Error),
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Folder(error) => error.kind(),
            Error::Write(error) => Kind::of_io(error),
            _ => Kind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Folder(error) => error.hint(),
            _ => None,
        }
    }
}

/// Packs files, in whatever order they are given, into an archive with the root folder `root`.
///
/// `modified` is the time of every file, in seconds since 1970. One file at a time is held in
/// memory, and a few chunks of at most 512 KiB.
pub fn pack<S: Source>(
    root: &str,
    files: &[S],
    modified: u64,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let files = arrange(root, files)?;
    gzip::compress(None, out, |stream| {
        let mut total = 0;
        for file in files {
            let bytes = read(file, &mut total)?;
            let path = format!("{root}/{}", file.name());
            let mode = if file.mode() & 0o100 != 0 { 0o755 } else { 0o644 };
            member::write(&path, mode, modified, &bytes, stream).map_err(Error::Write)?;
        }
        stream.write_all(&[0; 2 * member::BLOCK]).map_err(Error::Write)
    })
}

/// Checks all names and puts the files in their order.
fn arrange<'f, S: Source>(root: &str, files: &'f [S]) -> Result<Vec<&'f S>, Error> {
    if files.is_empty() {
        return Err(Error::Empty);
    }
    if matches!(root, "" | "." | "..") || root.contains(['/', '\\', '\0']) {
        return Err(Error::Root { name: root.to_owned() });
    }
    let mut names = HashSet::new();
    for name in files.iter().map(Source::name) {
        let read_back = archive::clean_name(format!("{root}/{name}").as_bytes()).ok();
        if read_back.as_deref() != Some(name) || name.contains('\0') {
            return Err(Error::Name { name: name.to_owned() });
        }
        if !names.insert(name) {
            return Err(Error::Twice { name: name.to_owned() });
        }
    }
    let mut files: Vec<&S> = files.iter().collect();
    files.sort_by_key(|file| (file.name() != "Chart.yaml", file.name().to_owned()));
    Ok(files)
}

/// Reads a file, and holds the limits whatever sizes were announced.
fn read<'f, S: Source>(file: &'f S, total: &mut u64) -> Result<Cow<'f, [u8]>, Error> {
    let bytes = file.bytes()?;
    let size = bytes.len() as u64;
    if size > MAX_FILE_BYTES {
        return Err(Error::FileTooLarge { name: file.name().to_owned() });
    }
    *total += size;
    if *total >= MAX_CHART_BYTES { Err(Error::ChartTooLarge) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests;
