//! Taking in a chart's archive that a client has sent, as it came.

use std::path::Path;

use super::prepare::{Destination, stage, stage_bytes};
use super::save::{Saved, describe, replaced};
use super::{Error, identity};
use crate::chart::index::file_name;
use crate::chart::outline::Outline;
use crate::chart::provenance;
use crate::name::{ChartName, Reference, Repository, SpaceName, Version};
use crate::store::{self, Overwrite, Store, Uploading};

/// Is a chart as a client has sent it.
pub struct Sent {
    /// The space that it is for.
    pub space: SpaceName,
    /// The archive.
    pub content: Uploading,
    /// The signature file, if one was sent along.
    pub provenance: Option<Vec<u8>>,
    /// What becomes of a version that is there.
    pub mode: Mode,
}

/// Says what becomes of a version that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// It stays, and the chart that was sent is refused, be it the same.
    Add,
    /// It is replaced.
    Put,
    /// It is replaced, and must be there; the chart that was sent must be of this name and version.
    Replace(ChartName, Version),
}

/// Takes a chart in.
pub fn accept(store: &Store, sent: Sent) -> Result<Saved, Error> {
    let path = Path::new("archive");
    let made_from = match &sent.mode {
        Mode::Replace(chart, version) => {
            let (space, chart) = (sent.space.clone(), chart.clone());
            let repository = Repository { space, chart };
            Some(store.resolve(&Reference::tagged(repository, version.tag()))?)
        }
        _ => None,
    };
    let writer = store.writer()?;
    let content = writer.stage_upload(sent.content)?;
    let bytes = content.open().map_err(store::Error::from)?;
    let outline = Outline::of_archive(bytes).map_err(|error| Error::load(path, error))?;
    let (name, version) = identity::of(&outline.metadata)?;
    check_identity(&sent.mode, &name, &version)?;
    let provenance = match &sent.provenance {
        Some(bytes) => {
            let file = file_name(name.as_str(), version.as_str());
            provenance::check(bytes, &file, &content.blob().digest())
                .map_err(|error| Error::load(Path::new("provenance file"), error))?;
            Some(stage_bytes(&writer, bytes)?)
        }
        None => None,
    };
    let destination = Destination::Space(sent.space);
    let metadata = &outline.metadata;
    let mut prepared = stage(store, &writer, path, metadata, &destination, content, provenance)?;
    prepared.chart.made_from = made_from;
    let mut saved = describe(path, &prepared);
    let overwrite = match sent.mode {
        Mode::Add => Overwrite::Never,
        Mode::Put | Mode::Replace(..) => Overwrite::Allow,
    };
    let placed = writer.put(vec![prepared.chart], overwrite)?.remove(0)?;
    saved.replaced = replaced(&placed);
    Ok(saved)
}

fn check_identity(mode: &Mode, name: &ChartName, version: &Version) -> Result<(), Error> {
    let Mode::Replace(chart, number) = mode else { return Ok(()) };
    for (field, from, to) in
        [("name", chart.as_str(), name.as_str()), ("version", number.as_str(), version.as_str())]
    {
        if from != to {
            let (from, to) = (from.to_owned(), to.to_owned());
            return Err(Error::Identity { field, from, to });
        }
    }
    Ok(())
}
