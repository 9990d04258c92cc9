//! Saving chart folders and archives.

use std::path::PathBuf;

use serde::Serialize;

use super::prepare::{Destination, Prepared, prepare};
use super::sign::Signer;
use super::{Error, Kept};
use crate::digest::Digest;
use crate::error::{Classified as _, Kind};
use crate::parallel;
use crate::progress::Progress;
use crate::store::{Change, Overwrite, Placed, Store, Writer};

/// Says what to save, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// Chart folders and archives.
    pub paths: Vec<PathBuf>,
    /// Where they go; a reference is for one path only.
    pub destination: Destination,
    /// Whether versions that are there may be replaced.
    pub overwrite: Overwrite,
    /// The time that packed files get, in seconds since 1970.
    pub modified: u64,
    /// What signs the charts, in place of the signature files beside archives.
    pub signer: Option<Signer>,
}

/// Says what was saved.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// The folder or archive; what of its name is no UTF-8 is replaced, for JSON could not hold it.
    pub path: String,
    /// What is in the store now.
    #[serde(flatten)]
    pub chart: Kept,
    /// The manifest that the version stood for before, if it was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Digest>,
    /// What the user should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Saves charts side by side; each of them succeeds or fails by itself.
pub fn save(
    store: &Store,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Vec<Result<Saved, Error>>, Error> {
    if let Destination::Reference(reference) = &options.destination
        && options.paths.len() > 1
    {
        let reference = Box::new(reference.clone());
        return Err(Error::OneReference { reference, count: options.paths.len() });
    }
    progress.start(options.paths.len());
    let writer = store.writer()?;
    let mut results = Vec::new();
    for batch in options.paths.chunks(writer.most_at_once()) {
        let prepared = prepare_all(store, &writer, batch, options, progress);
        if let Err(kind) = put(store, &writer, batch, prepared, options.overwrite, &mut results) {
            // What was saved before stays saved, and has to be told all the same.
            let rest = options.paths[results.len()..].iter();
            results.extend(rest.map(|path| Err(Error::NotReached { path: path.clone(), kind })));
            break;
        }
    }
    Ok(results)
}

/// Prepares charts on all cores, and gives them in their order.
fn prepare_all(
    store: &Store,
    writer: &Writer<'_>,
    paths: &[PathBuf],
    options: &Options,
    progress: &dyn Progress,
) -> Vec<Result<Prepared, Error>> {
    parallel::map(paths, 1, |path| {
        let result =
            prepare(store, writer, path, options).map_err(|error| Error::save(path, error));
        progress.advance(&path.display().to_string());
        result
    })
}

/// Puts what could be prepared into the store, in one go, and adds a result for each path.
///
/// Where the store fails as a whole, gives the kind of its error.
fn put(
    store: &Store,
    writer: &Writer<'_>,
    paths: &[PathBuf],
    prepared: Vec<Result<Prepared, Error>>,
    overwrite: Overwrite,
    results: &mut Vec<Result<Saved, Error>>,
) -> Result<(), Kind> {
    let mut charts = Vec::new();
    let mut waiting = Vec::new();
    for (path, prepared) in paths.iter().zip(prepared) {
        match prepared {
            Ok(prepared) => {
                waiting.push(describe(path, &prepared));
                charts.push(prepared.chart);
            }
            Err(error) => results.push(Err(error)),
        }
    }
    let placed = match writer.put(charts, overwrite) {
        Ok(placed) => placed,
        Err(error) => {
            let kind = error.kind();
            results.extend(unsaved(waiting, error.into()));
            return Err(kind);
        }
    };
    results.extend(waiting.into_iter().zip(placed).map(|(mut saved, placed)| {
        saved.replaced = replaced(&placed?);
        if saved.chart.provenance.is_none() && was_signed(store, saved.replaced.as_ref()) {
            let lost = "the chart that was replaced had a signature, this one has none";
            saved.warnings.push(format!("{}: {lost}", saved.path));
        }
        Ok(saved)
    }));
    Ok(())
}

/// Tells why the store failed with the first of some charts, and so with the others.
fn unsaved(charts: Vec<Saved>, error: Error) -> impl Iterator<Item = Result<Saved, Error>> {
    let kind = error.kind();
    let mut error = Some(error);
    charts.into_iter().map(move |chart| {
        let path = PathBuf::from(chart.path);
        Err(match error.take() {
            Some(error) => Error::Save { path, source: Box::new(error) },
            None => Error::NotReached { path, kind },
        })
    })
}

/// Tells whether a replaced manifest had a signature; one that cannot be read had none to lose.
fn was_signed(store: &Store, replaced: Option<&Digest>) -> bool {
    let facts = replaced.and_then(|manifest| store.facts(manifest).ok());
    facts.and_then(|facts| facts.chart).is_some_and(|chart| chart.provenance.is_some())
}

/// Tells what a version stood for before, if it was another manifest.
pub(super) fn replaced(placed: &Placed) -> Option<Digest> {
    match placed.version {
        Change::Replaced(before) => Some(before),
        Change::New | Change::Same => None,
    }
}

pub(super) fn describe(path: &std::path::Path, prepared: &Prepared) -> Saved {
    Saved {
        path: path.display().to_string(),
        chart: prepared.kept(),
        replaced: None,
        warnings: prepared.warnings.clone(),
    }
}
