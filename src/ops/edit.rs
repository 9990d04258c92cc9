//! Changing a chart under its version.

use serde_json::{Map, Value};

use super::Error;
use super::content::{read_content, read_files};
use super::prepare::{Destination, stage, stage_packed};
use super::save::{Saved, describe, replaced};
use super::show::{Stored, open, steadily};
use crate::chart::load::File;
use crate::chart::metadata::Metadata;
use crate::chart::metadata::fields::{self, Unknown};
use crate::chart::outline::Outline;
use crate::chart::values::{self, Typing};
use crate::chart::yaml::Shape;
use crate::chart::{self, yaml};
use crate::name::Reference;
use crate::store::{self, ChartFacts, Overwrite, Store};

/// Says how to change a chart.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Sets fields of Chart.yaml, in the language of `--set`.
    Metadata(Vec<String>),
    /// Changes values.yaml.
    Values {
        /// Whether to begin with no values instead of those that are there.
        replace: bool,
        /// YAML documents with the names they are known by, laid over one after the other.
        files: Vec<(String, Vec<u8>)>,
        /// Settings in the language of `--set`, laid over these.
        set: Vec<String>,
    },
    /// Gives Chart.yaml these fields and no others. Those that Helm does not know are left out; the
    /// dependencies stay, and so does what identifies a chart where it is not given.
    WholeMetadata(Map<String, Value>),
    /// Gives values.yaml this content and no other.
    WholeValues(Map<String, Value>),
}

impl Edit {
    fn file(&self) -> &'static str {
        match self {
            Edit::Metadata(_) | Edit::WholeMetadata(_) => "Chart.yaml",
            Edit::Values { .. } | Edit::WholeValues(_) => "values.yaml",
        }
    }
}

/// Writes a changed chart under the same version, and drops its signature.
pub fn edit(
    store: &Store,
    reference: &Reference,
    edit: &Edit,
    modified: u64,
) -> Result<Saved, Error> {
    steadily(|| edit_once(store, reference, edit, modified))
}

fn edit_once(
    store: &Store,
    reference: &Reference,
    edit: &Edit,
    modified: u64,
) -> Result<Saved, Error> {
    let stored = open(store, reference)?;
    let mut files = read_content(store, &stored, |bytes| Ok(read_files(bytes)?))?;
    change(&mut files, edit)?;
    let chart = Outline::of_files(&files).map_err(|error| Error::Changed {
        reference: stored.reference.clone(),
        source: error.into(),
    })?;
    check_identity(&stored, &chart.metadata)?;
    let writer = store.writer()?;
    let root = stored.found.repository.chart.as_str();
    let content = stage_packed(&writer, root, &files, modified)?;
    let target = Reference { digest: None, ..stored.reference.clone() };
    let destination = Destination::Reference(target);
    let path = std::path::Path::new(root);
    let mut prepared = stage(store, &writer, path, &chart.metadata, &destination, content, None)?;
    prepared.chart.made_from = Some(stored.found.clone());
    if stored.chart.provenance.is_some() {
        let dropped = "its provenance was dropped: the signature does not cover the changed chart";
        prepared.warnings.push(format!("{reference}: {dropped}"));
    }
    let mut saved = describe(path, &prepared);
    let placed = writer.put(vec![prepared.chart], Overwrite::Allow)?.remove(0)?;
    saved.replaced = replaced(&placed);
    Ok(saved)
}

/// Changes the one file that an edit is about; a file that was not there is made.
fn change(files: &mut Vec<File>, edit: &Edit) -> Result<(), Error> {
    let name = edit.file();
    let place = files.iter().position(|file| file.name == name).unwrap_or(files.len());
    if place == files.len() {
        files.push(File { name: name.to_owned(), data: Vec::new(), mode: 0o644 });
    }
    let file = &mut files[place];
    let mut map = read_map(name, &file.data)?;
    let settings: &[String] = match edit {
        Edit::Metadata(settings) => settings,
        Edit::WholeMetadata(fields) => {
            map = replace_fields(fields, &map)?;
            &[]
        }
        Edit::WholeValues(values) => {
            file.data.clear();
            map.clone_from(values);
            &[]
        }
        Edit::Values { replace, files, set } => {
            if *replace {
                map.clear();
                file.data.clear();
            }
            for (name, bytes) in files {
                values::merge(&mut map, read_map(name, bytes)?);
            }
            set
        }
    };
    if let Edit::Metadata(_) = edit {
        check_fields(settings, &map)?;
    }
    for text in settings {
        values::set(text, Typing::Infer, &mut map)
            .map_err(|error| Error::Set { text: text.clone(), source: error.into() })?;
    }
    file.data =
        yaml::rewrite(&file.data, &Shape::Any, &map).map_err(|error| unreadable(name, error))?;
    Ok(())
}

/// Gives the fields that Chart.yaml gets in place of those that are there.
fn replace_fields(
    fields: &Map<String, Value>,
    present: &Map<String, Value>,
) -> Result<Map<String, Value>, Error> {
    const KEPT: &str = "dependencies";
    let unreadable = |error: chart::metadata::Error| Error::Values {
        file: "Chart.yaml".to_owned(),
        source: chart::Error::from(error),
    };
    let mut fields = fields.clone();
    fields.shift_remove(KEPT);
    let json = Value::Object(fields).to_string();
    let known = Metadata::from_json(json.as_bytes()).map_err(unreadable)?.to_json();
    let mut fields: Map<String, Value> =
        serde_json::from_slice(&known).map_err(|error| unreadable(error.into()))?;
    for name in ["apiVersion", "name", "version"] {
        if let (false, Some(value)) = (fields.contains_key(name), present.get(name)) {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    fields.extend(present.get(KEPT).map(|list| (KEPT.to_owned(), list.clone())));
    Ok(fields)
}

/// Refuses fields that Chart.yaml neither may have nor has, which Helm would drop without a word.
fn check_fields(settings: &[String], present: &Map<String, Value>) -> Result<(), Error> {
    for text in settings {
        let mut set = Map::new();
        values::set(text, Typing::Infer, &mut set)
            .map_err(|error| Error::Set { text: text.clone(), source: error.into() })?;
        if let Some(Unknown { path, name, known }) = fields::unknown(&set, present) {
            let near = store::nearest(&name, known.into_iter().map(str::to_owned));
            return Err(Error::UnknownField { field: path, near });
        }
    }
    Ok(())
}

/// Reads a map; an empty file is an empty one.
fn read_map(name: &str, bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    match yaml::parse(bytes).map_err(|error| unreadable(name, error))? {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(Error::NoMap { file: name.to_owned() }),
    }
}

fn unreadable(name: &str, error: yaml::Error) -> Error {
    Error::Values { file: name.to_owned(), source: chart::Error::from(error) }
}

fn check_identity(stored: &Stored, metadata: &Metadata) -> Result<(), Error> {
    let ChartFacts { name, version, .. } = &stored.chart;
    for (field, from, to) in
        [("name", name.as_str(), &metadata.name), ("version", version.as_str(), &metadata.version)]
    {
        if from != to {
            return Err(Error::Identity { field, from: from.to_owned(), to: to.clone() });
        }
    }
    Ok(())
}
