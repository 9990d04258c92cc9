//! Writes chart archives byte by byte, the malformed ones too.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};
use tempfile::NamedTempFile;

/// Is a tar stream in the making.
#[derive(Clone, Default)]
pub(crate) struct Tape(Vec<u8>);

impl Tape {
    pub(crate) fn new() -> Tape {
        Tape::default()
    }

    /// Begins a chart of version 1.0.0, in the folder `x`, with lines for its Chart.yaml.
    pub(crate) fn chart(lines: &str) -> Tape {
        let head = "apiVersion: v2\nversion: 1.0.0\n";
        Tape::new().file("x/Chart.yaml", format!("{head}{lines}\n"))
    }

    /// Adds a file; its name is not looked at.
    pub(crate) fn file(self, name: &str, data: impl AsRef<[u8]>) -> Tape {
        self.member(name, data, |_| ())
    }

    /// Adds something that is no file, and has no bytes.
    pub(crate) fn special(self, name: &str, kind: EntryType, link: &str) -> Tape {
        self.member(name, "", |header| {
            header.set_entry_type(kind);
            header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        })
    }

    /// Adds an extended header with one record for the member that follows, or for all of them.
    pub(crate) fn record(self, kind: EntryType, key: &str, value: &str) -> Tape {
        let rest = format!(" {key}={value}\n");
        // The length at the front counts itself.
        let mut length = rest.len();
        while length != rest.len() + length.to_string().len() {
            length = rest.len() + length.to_string().len();
        }
        self.member("record", format!("{length}{rest}"), |header| header.set_entry_type(kind))
    }

    /// Adds a file whose header is changed before its checksum is made.
    pub(crate) fn member(
        self,
        name: &str,
        data: impl AsRef<[u8]>,
        change: impl FnOnce(&mut Header),
    ) -> Tape {
        let data = data.as_ref();
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        change(&mut header);
        header.set_cksum();
        let padding = vec![0; data.len().next_multiple_of(512) - data.len()];
        self.raw(header.as_bytes()).raw(data).raw(&padding)
    }

    /// Adds bytes as they are.
    pub(crate) fn raw(mut self, bytes: &[u8]) -> Tape {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Gives the stream so far, without an end.
    pub(crate) fn unended(self) -> Vec<u8> {
        self.0
    }

    /// Gives the stream with its end.
    pub(crate) fn ended(self) -> Vec<u8> {
        self.raw(&[0; 1024]).0
    }

    /// Gives the archive.
    pub(crate) fn gzip(self) -> Vec<u8> {
        gzip(&self.ended())
    }

    /// Gives the archive as a file.
    pub(crate) fn gzip_file(self) -> NamedTempFile {
        let mut file = tempfile::Builder::new().suffix(".tgz").tempfile().unwrap();
        file.write_all(&self.gzip()).unwrap();
        file
    }
}

/// Compresses bytes.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
