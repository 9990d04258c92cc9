//! Telling how the dependencies of a chart stand.

use std::fs::File;
use std::path::Path;

use serde::Serialize;

use super::head::Head;
use super::present::present;
use crate::chart::dependency::{self, Identity, Present, Status};
use crate::chart::metadata::{Dependency, Metadata};
use crate::chart::outline::{Outline, Subchart};
use crate::disk;
use crate::ops::Error;

/// Is one dependency, and how it stands.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The name of the chart that is needed.
    pub name: String,
    /// The version or range that is asked for.
    pub version: String,
    /// Where it is from.
    pub repository: String,
    /// Another name for it in the chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alias: String,
    /// Whether what is in `charts/` will do.
    pub status: Status,
}

/// Lists dependencies.
#[derive(Debug, Default)]
pub struct Listing {
    /// A row for each, in the order of Chart.yaml.
    pub rows: Vec<Row>,
    /// What is in `charts/` and should not be.
    pub warnings: Vec<String>,
}

/// Lists the dependencies of a chart folder or archive.
pub fn list(path: &Path) -> Result<Listing, Error> {
    let found = path.metadata().map_err(|error| disk::Error::new("read", path, error))?;
    match found.is_dir() {
        true => list_folder(path),
        false if found.is_file() => list_archive(path),
        false => Err(Error::NoFile { path: path.to_owned() }),
    }
}

fn list_folder(path: &Path) -> Result<Listing, Error> {
    let head = Head::read(path)?;
    let charts = head.charts();
    let present = present(&charts)?;
    let listed = |chart: &Identity| {
        head.metadata.dependencies.iter().any(|dependency| dependency.name == chart.name)
    };
    let warning = |found: &Present| {
        let path = charts.join(&found.file);
        match &found.chart {
            None => Some(format!("{:?} is not a chart", path.display().to_string())),
            Some(chart) if !listed(chart) => {
                Some(format!("{:?} is not in Chart.yaml", path.display().to_string()))
            }
            Some(_) => None,
        }
    };
    let warnings = present.iter().filter_map(warning).collect();
    Ok(Listing { rows: rows(&head.metadata, &present), warnings })
}

/// Lists those of an archive, in which all charts are as good as unpacked.
fn list_archive(path: &Path) -> Result<Listing, Error> {
    let file = File::open(path).map_err(|error| disk::Error::new("read", path, error))?;
    let outline = Outline::of_archive(file).map_err(|error| Error::load(path, error))?;
    let present = outline.subcharts.iter().map(|chart| {
        let Subchart { name, version } = chart;
        let chart = Some(Identity { name: name.clone(), version: version.clone() });
        Present { file: name.clone(), chart }
    });
    let rows = rows(&outline.metadata, &present.collect::<Vec<_>>());
    Ok(Listing { rows, warnings: Vec::new() })
}

fn rows(metadata: &Metadata, present: &[Present]) -> Vec<Row> {
    let row = |dependency: &Dependency| Row {
        name: dependency.name.clone(),
        version: dependency.version.clone(),
        repository: dependency.repository.clone(),
        alias: dependency.alias.clone(),
        status: dependency::status(dependency, present),
    };
    metadata.dependencies.iter().map(row).collect()
}
