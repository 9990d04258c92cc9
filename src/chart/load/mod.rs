//! Charts in memory: what a list of files, or an archive, is as a chart.
//!
//! The rules are those of `LoadFiles` in Helm 3.17.3 (`pkg/chart/loader/load.go`). Walking an
//! archive and its limits are left to [`archive`], a chart that need not be held in memory to
//! [`outline`](super::outline).

mod assemble;
mod budget;
mod error;

use std::io::{self, Read};

use serde_json::{Map, Value};

pub use error::Error;

use assemble::VALUES;
pub(super) use assemble::{Keep, Parts, assemble_archive, assemble_files};

use super::lock::Lock;
use super::metadata::{self, Metadata};
use super::record::Place;
use super::{archive, yaml};

/// Holds one file of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path in the chart, `/`-separated.
    pub name: String,
    /// The bytes.
    pub data: Vec<u8>,
    /// The file's mode: 0o644 or 0o755.
    pub mode: u32,
}

/// Holds a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What Chart.yaml and requirements.yaml say, cleaned and valid.
    pub metadata: Metadata,
    /// What Chart.lock or requirements.lock says.
    pub lock: Option<Lock>,
    /// What values.yaml says.
    pub values: Map<String, Value>,
    /// The bytes of values.schema.json.
    pub schema: Option<Vec<u8>>,
    /// Every file but those of subcharts, raw and in the order found.
    pub files: Vec<File>,
    /// The charts in `charts/`, sorted by the name of their folder or archive there.
    pub subcharts: Vec<Chart>,
}

impl Chart {
    /// Makes a chart of its files.
    ///
    /// Limits, for the chart with all its subcharts: 32 levels, 256 charts, 256 MiB. Chart.yaml,
    /// requirements.yaml and locks may have 1 MiB each, 2 MiB together.
    pub fn from_files(files: &[File]) -> Result<Chart, Error> {
        assemble_files::<Kept>(files)
    }

    /// Reads a chart from an archive, under the limits of [`archive::visit`] and those above.
    pub fn from_archive(reader: impl Read) -> Result<Chart, Error> {
        assemble_archive::<Kept>(reader)
    }

    /// Gives the chart's name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Gives the chart's version as Chart.yaml writes it.
    pub fn version(&self) -> &str {
        &self.metadata.version
    }

    /// Lists the dependencies that no chart in `charts/` has the name of.
    pub fn missing_dependencies(&self) -> Vec<&str> {
        missing(&self.metadata, self.subcharts.iter().map(Chart::name))
    }

    /// Gives values.yaml as it is written.
    pub fn values_bytes(&self) -> Option<&[u8]> {
        self.last_file(VALUES)
    }

    /// Gives the first file whose name is README, README.md or README.txt, in any case.
    pub fn readme(&self) -> Option<&File> {
        let names = ["readme.md", "readme.txt", "readme"];
        self.files.iter().find(|file| names.iter().any(|name| file.name.eq_ignore_ascii_case(name)))
    }

    /// Lists the manifests in `crds/`, then those of the subcharts.
    pub fn crds(&self) -> Vec<&File> {
        let own = self.files.iter().filter(|file| is_crd(&file.name));
        own.chain(self.subcharts.iter().flat_map(Chart::crds)).collect()
    }

    /// Where a file comes twice, Helm uses the last one.
    fn last_file(&self, name: &str) -> Option<&[u8]> {
        last_file(&self.files, name)
    }
}

fn last_file<'a>(files: &'a [File], name: &str) -> Option<&'a [u8]> {
    files.iter().rev().find(|file| file.name == name).map(|file| file.data.as_slice())
}

fn is_crd(path: &str) -> bool {
    let Some((_, extension)) = path.rsplit_once('.') else { return false };
    path.starts_with("crds/")
        && ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Lists the dependencies that are none of the charts present.
pub(super) fn missing<'a, 'b>(
    metadata: &'a Metadata,
    present: impl Iterator<Item = &'b str>,
) -> Vec<&'a str> {
    let present: Vec<_> = present.collect();
    let names = metadata.dependencies.iter().map(|dependency| &*dependency.name);
    names.filter(|name| !present.contains(name)).collect()
}

pub(super) fn refuse_missing(names: Vec<&str>) -> Result<(), Error> {
    if names.is_empty() {
        return Ok(());
    }
    Err(Error::MissingDependencies { names: names.into_iter().map(str::to_owned).collect() })
}

/// Keeps every file.
#[derive(Default)]
struct Kept(Vec<File>);

impl Keep for Kept {
    type Values = Map<String, Value>;
    type Chart = Chart;
    type Subchart = Chart;

    fn take(&mut self, path: &str, mode: u32, reader: &mut dyn Read) -> io::Result<u64> {
        let mut data = Vec::new();
        let size = reader.read_to_end(&mut data)?;
        self.0.push(File { name: path.to_owned(), data, mode });
        Ok(size as u64)
    }

    fn take_values(
        &mut self,
        mode: u32,
        reader: &mut dyn Read,
    ) -> io::Result<Result<Map<String, Value>, metadata::Error>> {
        let mut data = Vec::new();
        reader.read_to_end(&mut data)?;
        let values = read_values(&data);
        self.0.push(File { name: VALUES.to_owned(), data, mode });
        Ok(values)
    }

    fn finish(self, parts: Parts<Kept>) -> Chart {
        Chart {
            metadata: parts.metadata,
            lock: parts.lock,
            values: parts.values,
            schema: last_file(&self.0, "values.schema.json").map(<[u8]>::to_vec),
            files: self.0,
            subcharts: parts.subcharts,
        }
    }
}

fn read_values(bytes: &[u8]) -> Result<Map<String, Value>, metadata::Error> {
    match yaml::parse(bytes)? {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        other => Err(Place::root().mismatch(&other, "map").into()),
    }
}

#[cfg(test)]
pub(super) mod tests;
