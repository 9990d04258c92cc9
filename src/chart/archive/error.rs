//! What can be wrong with a chart archive, and how such an error travels inside an [`io::Error`].

use std::io::{self, Read};

use super::{MAX_CHART_BYTES, MAX_FILE_BYTES, MAX_STREAM_BYTES};
use crate::digest;
use crate::error::{Classified, Kind};

/// Says why an archive is no chart archive, or could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are not compressed with gzip.
    #[error("file does not appear to be a gzipped archive; got '{found}'")]
    NotGzip {
        /// What the bytes look like instead, as a media type.
        found: &'static str,
    },
    /// The bytes of an archive in another one are not compressed with gzip; the words are Go's.
    #[error("{reason}")]
    NotGzipWithin {
        /// What is wrong with them.
        reason: &'static str,
    },
    /// The bytes are not compressed with gzip, and the file's name says YAML.
    #[error("file seems to be a YAML file, but expected a gzipped archive")]
    NotGzipButYaml,
    /// The compressed bytes are malformed or cut short.
    #[error("the archive cannot be decompressed: {reason}")]
    Compression {
        /// What the decompressor found.
        reason: String,
    },
    /// The tar stream is malformed.
    #[error("archive/tar: {reason}")]
    Tar {
        /// What is malformed.
        reason: &'static str,
    },
    /// The archive ends amid a file or header.
    #[error("the archive is cut short: unexpected EOF")]
    Truncated,
    /// The archive has no file in it.
    #[error("no files in chart archive")]
    Empty,
    /// A file's path is not one that a chart may hold.
    #[error("{cause}: {name:?}")]
    Name {
        /// Helm's words for what is wrong.
        cause: &'static str,
        /// The name as stored.
        name: String,
    },
    /// One file is too large.
    #[error(
        "decompressed chart file {name:?} is larger than the maximum file size {MAX_FILE_BYTES}"
    )]
    FileTooLarge {
        /// The name as stored.
        name: String,
    },
    /// All files together are too large.
    #[error("decompressed chart is larger than the maximum file size {MAX_CHART_BYTES}")]
    ChartTooLarge,
    /// The tar stream holds too much besides its files.
    #[error("decompressed archive is larger than {MAX_STREAM_BYTES} bytes")]
    StreamTooLarge,
    /// The archive's own bytes are not what their digest says.
    #[error(transparent)]
    Damaged(digest::Error),
    /// The archive's bytes could not be read.
    #[error("the archive cannot be read")]
    Read(#[source] io::Error),
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Damaged(error) => error.kind(),
            Error::Read(error) => Kind::of_io(error),
            _ => Kind::Invalid,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        let error = match error.downcast::<Error>() {
            Ok(own) => return own,
            Err(error) => error,
        };
        let error = match error.downcast::<digest::Error>() {
            Ok(damage) => return Error::Damaged(damage),
            Err(error) => error,
        };
        match error.kind() {
            // What the decompressor finds wrong; what the source says is tagged, see above.
            io::ErrorKind::UnexpectedEof => Error::Truncated,
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                Error::Compression { reason: error.to_string() }
            }
            _ => Error::Read(error),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}

/// Wraps a reader so that its errors cannot be taken for those of the decompressor.
pub(super) fn tagged<R: Read>(reader: R) -> impl Read {
    Tagged(reader)
}

struct Tagged<R>(R);

impl<R: Read> Read for Tagged<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            kind => io::Error::new(kind, tag(error)),
        })
    }
}

fn tag(error: io::Error) -> Error {
    match error.downcast::<digest::Error>() {
        Ok(damage) => Error::Damaged(damage),
        Err(error) => Error::Read(error),
    }
}
