//! What there is to know of a chart without holding it: one pass over its archive.
//!
//! An outline accepts and refuses what [`Chart::from_archive`](super::load::Chart::from_archive)
//! does, since both come from one routine of [`load`](super::load); only what is kept differs.

mod family;

use std::io::{self, Read};

use serde_json::Value;

pub use family::Family;

use super::load::{
    Error, File, Keep, Parts, assemble_archive, assemble_files, missing, refuse_missing,
};
use super::lock::Lock;
use super::metadata::{self, Metadata};
use super::record::Place;
use super::yaml::{self, Root};

/// Describes a chart and names its subcharts.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// What Chart.yaml and requirements.yaml say, cleaned and valid.
    pub metadata: Metadata,
    /// What Chart.lock or requirements.lock says.
    pub lock: Option<Lock>,
    /// The charts in `charts/`, sorted by the name of their folder or archive there.
    pub subcharts: Vec<Subchart>,
    /// The number of this chart's files, without those of its subcharts.
    pub files: usize,
    /// The bytes of these files.
    pub bytes: u64,
}

/// Names a chart in `charts/`: there may be hundreds, so nothing else of them is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subchart {
    /// The chart's name.
    pub name: String,
    /// The chart's version, as its Chart.yaml has it.
    pub version: String,
}

impl From<Outline> for Subchart {
    fn from(outline: Outline) -> Subchart {
        Subchart { name: outline.metadata.name, version: outline.metadata.version }
    }
}

impl Outline {
    /// Reads an archive once, without looking back, in less than 16 MiB of memory.
    ///
    /// The largest things held are one scalar of values.yaml, or what Chart.yaml says.
    pub fn of_archive(reader: impl Read) -> Result<Outline, Error> {
        assemble_archive::<Counted>(reader)
    }

    /// Looks through the files of a chart.
    pub fn of_files(files: &[File]) -> Result<Outline, Error> {
        assemble_files::<Counted>(files)
    }

    /// Lists the dependencies that no chart in `charts/` has the name of.
    pub fn missing_dependencies(&self) -> Vec<&str> {
        missing(&self.metadata, self.subcharts.iter().map(|chart| &*chart.name))
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
    type Subchart = Subchart;

    fn take(&mut self, _: &str, _: u32, reader: &mut dyn Read) -> io::Result<u64> {
        let size = io::copy(reader, &mut io::sink())?;
        self.files += 1;
        self.bytes += size;
        Ok(size)
    }

    fn take_values(
        &mut self,
        _: u32,
        reader: &mut dyn Read,
    ) -> io::Result<Result<(), metadata::Error>> {
        let mut counted = reader.take(u64::MAX);
        let checked = match yaml::check(&mut counted) {
            Err(yaml::Error::Read { source }) => return Err(source),
            Err(error) => Err(error.into()),
            Ok(Root::Null | Root::Map) => Ok(()),
            Ok(Root::List) => Err(mismatch(Value::Array(Vec::new()))),
            Ok(Root::Scalar) => Err(mismatch(Value::from(""))),
        };
        self.files += 1;
        self.bytes += u64::MAX - counted.limit();
        Ok(checked)
    }

    fn finish(self, parts: Parts<Counted>) -> Outline {
        let Parts { metadata, lock, values: (), subcharts } = parts;
        Outline { metadata, lock, subcharts, files: self.files, bytes: self.bytes }
    }
}

fn mismatch(found: Value) -> metadata::Error {
    Place::root().mismatch(&found, "map").into()
}

#[cfg(test)]
mod tests;
