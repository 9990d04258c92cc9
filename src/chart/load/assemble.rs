//! Puts a chart together from files that come in any order, whatever is kept of them.
//!
//! A [`Chart`](super::Chart) and an [`Outline`](crate::chart::outline::Outline) come from this one
//! routine, so that they accept and refuse the same. Helm reads all files first and then looks at
//! them in its own order; here what it looks at is set aside, and judged in that order at the end.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::budget::Budget;
use super::{Error, File, archive};
use crate::chart::archive::Outermost;
use crate::chart::lock::Lock;
use crate::chart::metadata::{self, Metadata};

/// The name of the file that holds the default values.
pub(super) const VALUES: &str = "values.yaml";

/// Decides what is kept of a chart's files.
pub(in crate::chart) trait Keep: Default {
    /// What is kept of values.yaml.
    type Values: Default;
    /// What becomes of a chart.
    type Chart;
    /// What is kept of a subchart.
    type Subchart: From<Self::Chart>;

    /// Reads a file to its end and gives its size in bytes.
    fn take(&mut self, path: &str, mode: u32, reader: &mut dyn Read) -> io::Result<u64>;

    /// Reads values.yaml to its end, as one more file; only its reader makes this fail.
    fn take_values(
        &mut self,
        mode: u32,
        reader: &mut dyn Read,
    ) -> io::Result<Result<Self::Values, metadata::Error>>;

    /// Makes the chart.
    fn finish(self, parts: Parts<Self>) -> Self::Chart;
}

/// Holds what the files of a chart mean.
pub(in crate::chart) struct Parts<K: Keep> {
    pub(in crate::chart) metadata: Metadata,
    pub(in crate::chart) lock: Option<Lock>,
    pub(in crate::chart) values: K::Values,
    pub(in crate::chart) subcharts: Vec<K::Subchart>,
}

/// Takes in the files of one chart.
pub(super) struct Assembler<K: Keep> {
    kept: K,
    depth: usize,
    /// Every Chart.yaml.
    heads: Vec<Vec<u8>>,
    documents: Vec<Document<K::Values>>,
    subcharts: BTreeMap<String, Subchart<K>>,
}

/// A file that Helm reads after Chart.yaml, in the order of the files.
enum Document<V> {
    Requirements(Vec<u8>),
    Lock(&'static str, Vec<u8>),
    Values(Result<V, metadata::Error>),
}

enum Subchart<K: Keep> {
    Folder(Assembler<K>),
    /// The archive was read as it came, but Helm would only do so after the parent's Chart.yaml.
    Archive(Result<K::Subchart, Error>),
    /// A folder with the name of an archive; the path is that of its first file.
    Misnamed(String),
}

/// Reads a chart from an archive.
pub(in crate::chart) fn assemble_archive<K: Keep>(
    mut reader: impl Read,
) -> Result<K::Chart, Error> {
    visit::<K>(&mut reader, 0, &mut Budget::default())
}

/// Makes a chart of its files; a byte order mark is no part of what they say.
pub(in crate::chart) fn assemble_files<K: Keep>(files: &[File]) -> Result<K::Chart, Error> {
    let mut budget = Budget::default();
    let mut assembler = Assembler::<K>::new(0, &mut budget)?;
    for file in files {
        let mut bytes = file.data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file.data);
        assembler.add(&mut budget, &file.name, file.mode, &mut bytes)?;
    }
    assembler.finish()
}

fn visit<K: Keep>(
    reader: &mut dyn Read,
    depth: usize,
    budget: &mut Budget,
) -> Result<K::Chart, Error> {
    let mut assembler = Assembler::<K>::new(depth, budget)?;
    let allowance = budget.stream_bytes();
    let mut left = allowance;
    let outermost = if depth == 0 { Outermost::Yes } else { Outermost::No };
    archive::visit_within(reader, outermost, &mut left, &mut |entry, reader| {
        assembler.add(budget, &entry.path, entry.mode, reader)
    })?;
    budget.take_stream_bytes(allowance - left)?;
    assembler.finish()
}

impl<K: Keep> Assembler<K> {
    pub(super) fn new(depth: usize, budget: &mut Budget) -> Result<Assembler<K>, Error> {
        budget.take_chart(depth)?;
        Ok(Assembler {
            kept: K::default(),
            depth,
            heads: Vec::new(),
            documents: Vec::new(),
            subcharts: BTreeMap::new(),
        })
    }

    /// Takes in one file, by its path in this chart.
    pub(super) fn add(
        &mut self,
        budget: &mut Budget,
        path: &str,
        mode: u32,
        reader: &mut dyn Read,
    ) -> Result<(), Error> {
        if let Some(inner) = path.strip_prefix("charts/")
            && !path.ends_with(".prov")
        {
            return self.add_to_subchart(budget, inner, mode, reader);
        }
        let bytes = match path {
            "Chart.yaml" => budget.read_text("Chart.yaml", reader)?,
            "Chart.lock" => budget.read_text("Chart.lock", reader)?,
            "requirements.yaml" => budget.read_text("requirements.yaml", reader)?,
            "requirements.lock" => budget.read_text("requirements.lock", reader)?,
            VALUES => return self.add_values(budget, mode, reader),
            _ => return budget.take_bytes(self.take(path, mode, reader)?),
        };
        budget.take_bytes(self.take(path, mode, &mut bytes.as_slice())?)?;
        match path {
            "Chart.yaml" => self.heads.push(bytes),
            "Chart.lock" => self.documents.push(Document::Lock("Chart.lock", bytes)),
            "requirements.yaml" => self.documents.push(Document::Requirements(bytes)),
            _ => self.documents.push(Document::Lock("requirements.lock", bytes)),
        }
        Ok(())
    }

    fn add_values(
        &mut self,
        budget: &mut Budget,
        mode: u32,
        reader: &mut dyn Read,
    ) -> Result<(), Error> {
        // Where values.yaml comes twice, the last one counts; none of the others is held.
        self.documents.retain(|document| !matches!(document, Document::Values(Ok(_))));
        let values = budget.read_values(reader, |reader| self.kept.take_values(mode, reader))?;
        self.documents.push(Document::Values(values));
        Ok(())
    }

    fn take(&mut self, path: &str, mode: u32, reader: &mut dyn Read) -> Result<u64, Error> {
        Ok(self.kept.take(path, mode, reader).map_err(archive::Error::from)?)
    }

    /// Takes in a file by its path in `charts/`; what begins with `_` or `.` is no chart.
    fn add_to_subchart(
        &mut self,
        budget: &mut Budget,
        path: &str,
        mode: u32,
        reader: &mut dyn Read,
    ) -> Result<(), Error> {
        let (name, inner) = match path.split_once('/') {
            Some((name, inner)) => (name, Some(inner)),
            None => (path, None),
        };
        if name.starts_with(['_', '.']) {
            let size = io::copy(reader, &mut io::sink()).map_err(archive::Error::from)?;
            return budget.take_bytes(size);
        }
        let depth = self.depth + 1;
        if !self.subcharts.contains_key(name) {
            budget.take_text_bytes(path.len())?;
            let subchart = match inner {
                Some(_) if name.ends_with(".tgz") => Subchart::Misnamed(path.to_owned()),
                None if name.ends_with(".tgz") => {
                    Subchart::Archive(visit_whole::<K>(reader, depth, budget)?)
                }
                _ => Subchart::Folder(Assembler::new(depth, budget)?),
            };
            self.subcharts.insert(name.to_owned(), subchart);
        }
        match (self.subcharts.get_mut(name), inner) {
            (Some(Subchart::Folder(folder)), Some(inner)) => {
                folder.add(budget, inner, mode, reader)
            }
            _ => Ok(()),
        }
    }

    /// Makes the chart, judging in Helm's order.
    pub(super) fn finish(self) -> Result<K::Chart, Error> {
        let mut metadata = None;
        for bytes in self.heads {
            let metadata: &mut Metadata = metadata.get_or_insert_default();
            metadata.read_yaml(&bytes).map_err(in_document("Chart.yaml"))?;
            if metadata.api_version.is_empty() {
                "v1".clone_into(&mut metadata.api_version);
            }
        }
        let (mut lock, mut values) = (None, K::Values::default());
        for document in self.documents {
            match document {
                Document::Requirements(bytes) => {
                    let metadata = metadata.get_or_insert_default();
                    metadata.read_yaml(&bytes).map_err(in_document("requirements.yaml"))?;
                }
                Document::Lock(file, bytes) => {
                    // No two of them are held at a time.
                    drop(lock.take());
                    lock = Lock::read_yaml(&bytes).map_err(in_document(file))?;
                    if file == "requirements.lock" {
                        metadata.get_or_insert_default();
                    }
                }
                Document::Values(read) => values = read.map_err(in_document(VALUES))?,
            }
        }
        let mut metadata = metadata.ok_or(Error::Missing)?;
        metadata.validate().map_err(Error::Metadata)?;
        let subcharts = finish_subcharts(self.subcharts, &metadata.name)?;
        Ok(self.kept.finish(Parts { metadata, lock, values, subcharts }))
    }
}

fn finish_subcharts<K: Keep>(
    subcharts: BTreeMap<String, Subchart<K>>,
    parent: &str,
) -> Result<Vec<K::Subchart>, Error> {
    let finish = |(name, subchart): (String, Subchart<K>)| {
        let parent = parent.to_owned();
        let finished = match subchart {
            Subchart::Folder(folder) => folder.finish().map(K::Subchart::from),
            Subchart::Archive(finished) => finished,
            Subchart::Misnamed(found) => return Err(Error::SubchartPath { parent, name, found }),
        };
        finished.map_err(|cause| Error::Subchart { name, parent, cause: Box::new(cause) })
    };
    subcharts.into_iter().map(finish).collect()
}

fn in_document(file: &'static str) -> impl FnOnce(metadata::Error) -> Error {
    move |cause| Error::Document { file, cause }
}

/// Reads an archive in an archive, then what follows it: only that shows whether the outer one is
/// whole, and an error of the outer one must not pass for one of the inner.
fn visit_whole<K: Keep>(
    reader: &mut dyn Read,
    depth: usize,
    budget: &mut Budget,
) -> Result<Result<K::Subchart, Error>, Error> {
    let chart = visit::<K>(reader, depth, budget);
    io::copy(reader, &mut io::sink()).map_err(archive::Error::from)?;
    Ok(chart.map(K::Subchart::from))
}
