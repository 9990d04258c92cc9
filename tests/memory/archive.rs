//! Archives of large files, written without holding them: a child may be counted as large as the
//! process that starts it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The size of the largest file of a chart, in bytes.
pub(crate) const MAX_FILE: usize = 5 << 20;

/// The least that a Chart.yaml must say.
pub(crate) const HEAD: &[u8] = b"apiVersion: v2\nname: a\nversion: 1.0.0\n";

/// Holds a text whose middle repeats.
#[derive(Default)]
pub(crate) struct Text {
    start: Vec<u8>,
    unit: Vec<u8>,
    count: usize,
    end: Vec<u8>,
}

impl Text {
    /// Repeats the unit as often as there is room for it in so many bytes.
    pub(crate) fn new(start: &[u8], unit: &[u8], end: &[u8], size: usize) -> Text {
        let count = (size - start.len() - end.len()) / unit.len();
        Text { start: start.into(), unit: unit.into(), count, end: end.into() }
    }

    fn size(&self) -> usize {
        self.start.len() + self.unit.len() * self.count + self.end.len()
    }

    fn read(&self) -> impl Read {
        let middle = Repeated { unit: &self.unit, place: 0 };
        let middle = middle.take((self.unit.len() * self.count) as u64);
        self.start.chain(middle).chain(&*self.end)
    }
}

/// Gives the same bytes over and over.
struct Repeated<'a> {
    unit: &'a [u8],
    place: usize,
}

impl Read for Repeated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *buffer {
            *byte = self.unit[self.place];
            self.place = (self.place + 1) % self.unit.len();
        }
        Ok(buffer.len())
    }
}

/// Holds what the files of a chart are to be.
#[derive(Default)]
pub(crate) struct Archive {
    files: Vec<(String, Text)>,
}

impl Archive {
    /// Takes files by their paths in the chart; where none is Chart.yaml, there will be a small one.
    pub(crate) fn of(files: impl IntoIterator<Item = (String, Text)>) -> Archive {
        Archive { files: files.into_iter().collect() }
    }

    /// Writes a `.tgz`.
    pub(crate) fn write_to(&self, path: &Path) {
        self.write(File::create(path).unwrap());
    }

    /// Makes a file of it, to stand in another one; it is small when packed.
    pub(crate) fn into_text(self) -> Text {
        let mut start = Vec::new();
        self.write(&mut start);
        Text { start, ..Text::default() }
    }

    fn write(&self, writer: impl Write) {
        let mut builder = tar::Builder::new(GzEncoder::new(writer, Compression::fast()));
        let mut append = |path: &str, text: &Text| {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.size() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, format!("a/{path}"), text.read()).unwrap();
        };
        if !self.files.iter().any(|(path, _)| path == "Chart.yaml") {
            append("Chart.yaml", &Text { start: HEAD.to_vec(), ..Text::default() });
        }
        for (path, text) in &self.files {
            append(path, text);
        }
        builder.into_inner().unwrap().finish().unwrap();
    }
}
