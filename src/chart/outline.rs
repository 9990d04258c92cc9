//! What there is to know of a chart without holding it: one pass over its archive.
//!
//! An outline accepts and refuses what [`Chart::from_archive`](super::load::Chart::from_archive)
//! does, since both come from one routine of [`load`](super::load); only what is kept differs.

use std::io::{self, Read};

use serde_json::Value;

use super::load::{
    Error, File, Keep, Parts, assemble_archive, assemble_files, missing, refuse_missing,
};
use super::lock::Lock;
use super::metadata::{self, Metadata};
use super::record::Place;
use super::yaml::{self, Root};

/// Describes a chart and, one by one, its subcharts.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// What Chart.yaml and requirements.yaml say, cleaned and valid.
    pub metadata: Metadata,
    /// What Chart.lock or requirements.lock says.
    pub lock: Option<Lock>,
    /// The charts in `charts/`, sorted by the name of their folder or archive there.
    pub subcharts: Vec<Outline>,
    /// The number of this chart's files, without those of its subcharts.
    pub files: usize,
    /// The bytes of these files.
    pub bytes: u64,
}

impl Outline {
    /// Reads an archive once, without looking back.
    ///
    /// The largest thing held at a time is one values.yaml, of 5 MiB at most.
    pub fn of_archive(reader: impl Read) -> Result<Outline, Error> {
        assemble_archive::<Counted>(reader)
    }

    /// Looks through the files of a chart.
    pub fn of_files(files: &[File]) -> Result<Outline, Error> {
        assemble_files::<Counted>(files)
    }

    /// Lists the dependencies that no chart in `charts/` has the name of.
    pub fn missing_dependencies(&self) -> Vec<&str> {
        missing(&self.metadata, self.subcharts.iter().map(|chart| &*chart.metadata.name))
    }

    /// Refuses a chart with missing dependencies, as `helm package` does.
    pub fn check_dependencies(&self) -> Result<(), Error> {
        refuse_missing(self.missing_dependencies())
    }
}

/// Counts files and keeps none.
#[derive(Default)]
struct Counted {
    files: usize,
    bytes: u64,
}

impl Keep for Counted {
    type Values = ();
    type Chart = Outline;

    fn take(&mut self, _: &str, _: u32, reader: &mut dyn Read) -> io::Result<u64> {
        let size = io::copy(reader, &mut io::sink())?;
        self.files += 1;
        self.bytes += size;
        Ok(size)
    }

    fn read_values(bytes: &[u8]) -> Result<(), metadata::Error> {
        let other = match yaml::check(bytes)? {
            Root::Null | Root::Map => return Ok(()),
            Root::List => Value::Array(Vec::new()),
            Root::Scalar => Value::from(""),
        };
        Err(Place::root().mismatch(&other, "map").into())
    }

    fn finish(self, parts: Parts<Counted>) -> Outline {
        let Parts { metadata, lock, values: (), subcharts } = parts;
        Outline { metadata, lock, subcharts, files: self.files, bytes: self.bytes }
    }
}

#[cfg(test)]
mod tests;
