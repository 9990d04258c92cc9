//! Looking at versions, and changing a chart under its version.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Error;
use super::prepare::{Destination, stage, stage_packed};
use super::save::{Saved, describe, replaced};
use super::show::{Stored, open, steadily};
use crate::chart::load::{Chart, File};
use crate::chart::outline::Outline;
use crate::chart::values::{self, Coalesced, Typing};
use crate::chart::{self, archive, metadata::Metadata, yaml};
use crate::digest::Digest;
use crate::name::{Reference, Repository, Tag, Version};
use crate::store::{Overwrite, Store};

/// Describes a version.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionReport {
    /// The version.
    pub version: Version,
    /// The digest of the manifest.
    pub digest: Digest,
    /// The tags that stand for the same manifest.
    pub tags: Vec<Tag>,
}

/// Lists the versions of a chart, ascending.
pub fn list(store: &Store, repository: &Repository) -> Result<Vec<VersionReport>, Error> {
    let names = store.names(repository)?;
    let report = |(version, digest): (&Version, &Digest)| VersionReport {
        version: version.clone(),
        digest: *digest,
        tags: names
            .tags
            .iter()
            .filter(|(_, other)| *other == digest)
            .map(|(tag, _)| tag.clone())
            .collect(),
    };
    Ok(names.versions.iter().map(report).collect())
}

/// Describes the version that a reference points at.
pub fn show(store: &Store, reference: &Reference) -> Result<VersionReport, Error> {
    let stored = steadily(|| open(store, reference))?;
    let names = store.names(&stored.found.repository)?;
    let (_, version) = stored.facts.chart.as_ref().expect("what `open` gives is a chart");
    let digest = stored.found.manifest;
    let tags = names.tags.into_iter().filter(|(_, other)| *other == digest);
    let tags = tags.map(|(tag, _)| tag).collect();
    Ok(VersionReport { version: Version::parse(version)?, digest, tags })
}

/// Reads the values of a chart with those of its subcharts folded in under their names; where
/// `computed` is given as its templates see them: with aliases, conditions, tags and imports.
pub fn values(store: &Store, reference: &Reference, computed: bool) -> Result<Coalesced, Error> {
    let chart = super::show::load(store, reference)?;
    let coalesced = match computed {
        true => values::of_chart(&chart),
        false => values::coalesce(&node(&chart), &Map::new()),
    };
    coalesced.map_err(|error| Error::Stored { reference: reference.clone(), source: error.into() })
}

fn node(chart: &Chart) -> values::Node<'_> {
    let subcharts = chart.subcharts.iter().map(node).collect();
    values::Node { name: chart.name(), values: &chart.values, subcharts }
}

/// Says how to change a chart.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Sets fields of Chart.yaml, in the language of `--set`.
    Metadata(Vec<String>),
    /// Changes values.yaml.
    Values {
        /// Values to begin with instead of those that are there.
        replace: bool,
        /// YAML documents, laid over one after the other.
        files: Vec<Vec<u8>>,
        /// Settings in the language of `--set`, laid over these.
        set: Vec<String>,
    },
}

/// Writes a changed chart under the same version, and drops its signature.
pub fn edit(
    store: &Store,
    reference: &Reference,
    edit: &Edit,
    modified: u64,
) -> Result<Saved, Error> {
    let writer = store.writer()?;
    let stored = open(store, reference)?;
    let mut files = read_files(store, &stored)?;
    let name = match edit {
        Edit::Metadata(_) => "Chart.yaml",
        Edit::Values { .. } => "values.yaml",
    };
    let bytes = changed(name, &files, edit)?;
    replace(&mut files, name, bytes);
    let chart = Outline::of_files(&files).map_err(|error| Error::Stored {
        reference: stored.reference.clone(),
        source: error.into(),
    })?;
    check_identity(&stored, &chart.metadata)?;
    let root = stored.found.repository.chart.as_str();
    let content = stage_packed(&writer, root, &files, modified)?;
    let target = Reference { digest: None, ..stored.reference.clone() };
    let destination = Destination::Reference(target);
    let path = std::path::Path::new(root);
    let mut prepared = stage(store, &writer, path, &chart.metadata, &destination, content, None)?;
    if stored.facts.provenance.is_some() {
        let dropped = "its provenance was dropped: the signature does not cover the changed chart";
        prepared.warnings.push(format!("{reference}: {dropped}"));
    }
    let mut saved = describe(path, &prepared);
    let placed = writer.put(vec![prepared.chart], Overwrite::Allow)?.remove(0)?;
    saved.replaced = replaced(&placed);
    Ok(saved)
}

fn read_files(store: &Store, stored: &Stored) -> Result<Vec<File>, Error> {
    let blob = store.open_blob(&stored.content)?;
    let mut files: Vec<File> = Vec::new();
    archive::visit_raw(blob, &mut |entry, bytes| {
        let mut data = Vec::new();
        bytes.read_to_end(&mut data)?;
        // A later file of the same name is the one that counts.
        files.retain(|file| file.name != entry.path);
        files.push(File { name: entry.path.clone(), data, mode: entry.mode });
        Ok(())
    })
    .map_err(|error: archive::Error| Error::Stored {
        reference: stored.reference.clone(),
        source: chart::Error::from(error),
    })?;
    Ok(files)
}

fn replace(files: &mut Vec<File>, name: &str, data: Vec<u8>) {
    match files.iter_mut().find(|file| file.name == name) {
        Some(file) => file.data = data,
        None => files.push(File { name: name.to_owned(), data, mode: 0o644 }),
    }
}

fn changed(name: &str, files: &[File], edit: &Edit) -> Result<Vec<u8>, Error> {
    let failed = |source: chart::Error| Error::Set { text: name.to_owned(), source };
    let current = files.iter().find(|file| file.name == name).map(|file| file.data.as_slice());
    let current = yaml::parse(current.unwrap_or_default()).map_err(|error| failed(error.into()))?;
    let mut map = match current {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let settings = match edit {
        Edit::Metadata(settings) => settings,
        Edit::Values { replace, files, set } => {
            if *replace {
                map = Map::new();
            }
            for bytes in files {
                if let Value::Object(over) =
                    yaml::parse(bytes).map_err(|error| failed(error.into()))?
                {
                    values::merge(&mut map, over);
                }
            }
            set
        }
    };
    for text in settings {
        values::set(text, Typing::Infer, &mut map)
            .map_err(|error| Error::Set { text: text.clone(), source: error.into() })?;
    }
    let text = yaml::emit(&Value::Object(map)).map_err(|error| failed(error.into()))?;
    Ok(text.into_bytes())
}

fn check_identity(stored: &Stored, metadata: &Metadata) -> Result<(), Error> {
    let Some((name, version)) = &stored.facts.chart else { return Ok(()) };
    for (field, from, to) in
        [("name", name, &metadata.name), ("version", version, &metadata.version)]
    {
        if from != to {
            return Err(Error::Identity { field, from: from.clone(), to: to.clone() });
        }
    }
    Ok(())
}
