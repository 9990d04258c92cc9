//! Building a new chart out of stored ones, by a plan.
//!
//! What a plan means is left to [`plan`](crate::plan). Here its charts are found, and the result is
//! saved like any other chart.

mod explain;
mod init;
mod lock;
mod resolve;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

pub use explain::{explain, sources};
pub use init::init;
pub use lock::Lock;

use super::Error;
use super::prepare::{Destination, Prepared, stage, stage_packed};
use super::push::{self, Pushed, Source, Target};
use super::save::{Saved, describe, replaced};
use super::show::steadily;
use crate::digest::Digest;
use crate::error::Kind;
use crate::name::{Reference, Repository, SpaceName, Tag};
use crate::plan::compose::{self, Composed, Part};
use crate::plan::{Draft, Mistake, Semantics};
use crate::progress::{Progress, Silent};
use crate::remote::Client;
use crate::storage::Memory;
use crate::store::{self, Overwrite, Store, Writer};

/// Says what to build.
#[derive(Debug, Clone)]
pub struct Options {
    /// The plan; where it has mistakes, building it tells them with all others.
    pub draft: Draft,
    /// The name that errors and reports call it by.
    pub name: PathBuf,
    /// The space that the result goes to, in place of the plan's.
    pub space: Option<SpaceName>,
    /// The rules that it is built by, in place of the plan's.
    pub semantics: Option<Semantics>,
    /// The tag that it gets, besides its version.
    pub tag: Option<Tag>,
    /// Whether it may replace a version that is there.
    pub overwrite: Overwrite,
    /// The sources that it was built from before, where only these will do.
    pub lock: Option<Lock>,
    /// The time of all files in the result, in seconds since 1970.
    pub modified: u64,
}

/// Describes what a plan comes to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Composition {
    /// The name that the result gets.
    pub reference: Reference,
    /// The digest of its manifest.
    pub digest: Digest,
    /// The manifest that the version stands for, if it is there and is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Digest>,
    /// The rules that it is built by.
    pub semantics: Semantics,
    /// What it is made of.
    pub root: Part,
    /// What its values.yaml says.
    pub values: Map<String, Value>,
    /// The same as it will be written, with its comments.
    #[serde(skip)]
    pub values_file: Vec<u8>,
    /// What the writer of the plan should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Describes what was built and saved.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Orchestrated {
    /// The chart as it was saved.
    #[serde(flatten)]
    pub saved: Saved,
    /// The rules that it was built by.
    pub semantics: Semantics,
    /// What it is made of.
    pub root: Part,
    /// Where it was pushed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed: Option<Pushed>,
    /// The lock file, if one was written.
    #[serde(rename = "lock", skip_serializing_if = "Option::is_none")]
    pub lock_file: Option<String>,
    /// The exact charts of the store that it was built from.
    #[serde(skip)]
    pub lock: Lock,
}

/// Builds a chart and writes nothing.
pub fn compose(store: &Store, options: &Options) -> Result<Composition, Error> {
    let Built { composed, semantics, reference } = build(store, options)?;
    let digest = digest_of(options, &composed, reference.clone())?;
    let version = &options.draft.plan.save.version;
    let there = match store.names(&reference.repository) {
        Ok(names) => names.versions.get(version).copied(),
        Err(store::Error::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let files = composed.files.into_iter();
    let mut values_file = files.filter(|file| file.name == "values.yaml").map(|file| file.data);
    Ok(Composition {
        reference,
        digest,
        replaces: there.filter(|there| *there != digest),
        semantics,
        root: composed.root,
        values: composed.chart.values,
        values_file: values_file.next_back().unwrap_or_default(),
        warnings: composed.warnings,
    })
}

/// Refuses what would replace another chart, as saving does where that is not allowed.
pub fn check_target(options: &Options, composition: &Composition) -> Result<(), Error> {
    match composition.replaces.filter(|_| options.overwrite == Overwrite::Refuse) {
        None => Ok(()),
        Some(digest) => Err(Error::TargetExists {
            repository: composition.reference.repository.clone(),
            version: options.draft.plan.save.version.clone(),
            digest: Box::new(digest),
        }),
    }
}

/// Builds a chart and saves it.
///
/// # Errors
///
/// Everything is checked before anything is written: [`Error::Plan`] lists all mistakes.
pub fn orchestrate(store: &Store, options: &Options) -> Result<Orchestrated, Error> {
    // Nothing is collected until the result is saved.
    let writer = store.writer()?;
    let Built { composed, semantics, reference } = build(store, options)?;
    let mut prepared = stage_result(store, &writer, options, &composed, reference)?;
    prepared.warnings.extend(composed.warnings);
    let mut saved = describe(&options.name, &prepared);
    let placed = writer.put(vec![prepared.chart], options.overwrite)?.remove(0);
    saved.replaced = replaced(&placed.map_err(as_target)?);
    let lock = Lock::of(&options.draft.plan.root, &composed.root);
    let root = composed.root;
    Ok(Orchestrated { saved, semantics, root, pushed: None, lock_file: None, lock })
}

/// Pushes what was built, after it was saved.
pub fn push(
    store: &Store,
    client: &Client,
    built: &mut Orchestrated,
    target: Target,
    force: bool,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let sources = vec![Source::Stored(built.saved.chart.reference.clone())];
    let options = push::Options { sources, target: Some(target), force, jobs: 1 };
    let results = push::push(store, client, &options, progress)?;
    built.pushed = results.into_iter().next().transpose()?;
    Ok(())
}

fn stage_result(
    store: &Store,
    writer: &Writer<'_>,
    options: &Options,
    composed: &Composed,
    destination: Reference,
) -> Result<Prepared, Error> {
    let metadata = &composed.chart.metadata;
    let content = stage_packed(writer, &metadata.name, &composed.files, options.modified)?;
    let destination = Destination::Reference(destination);
    stage(store, writer, &options.name, metadata, &destination, content, None)
}

/// Gives the digest that a result will have, by saving it where nothing lasts.
fn digest_of(
    options: &Options,
    composed: &Composed,
    destination: Reference,
) -> Result<Digest, Error> {
    let store = Store::new(Box::new(Memory::new()), None, Arc::new(Silent));
    let writer = store.writer()?;
    let prepared = stage_result(&store, &writer, options, composed, destination)?;
    Ok(prepared.chart.manifest.blob().digest())
}

/// Says what to do where the target is there: the hint for `save` names another option.
fn as_target(error: store::Error) -> Error {
    match error {
        store::Error::VersionExists { repository, version, digest } => {
            Error::TargetExists { repository, version, digest }
        }
        other => other.into(),
    }
}

/// Is a chart that was put together, and not yet saved.
struct Built {
    composed: Composed,
    semantics: Semantics,
    reference: Reference,
}

/// Reads the charts of a plan in one consistent state, and puts them together. Where something is
/// wrong, the rest is tried all the same, so that all mistakes are told at once.
fn build(store: &Store, options: &Options) -> Result<Built, Error> {
    let draft = &options.draft;
    let semantics = options.semantics.or(draft.plan.semantics).unwrap_or_default();
    let (materials, missing) =
        steadily(|| resolve::materials(store, draft, options.lock.as_ref()))?;
    let target = target(options);
    let unnamed = target.clone().err().filter(|mistake| !draft.is_wrong_at(&mistake.place));
    let mistakes = draft.mistakes.iter().cloned().chain(unnamed).chain(missing).collect();
    let composed = compose::compose(&draft.plan, semantics, &materials, mistakes)
        .map_err(|mistakes| draft.in_order(mistakes.0))?;
    let reference = target.map_err(|mistake| draft.in_order(vec![mistake]))?;
    Ok(Built { composed, semantics, reference })
}

/// Gives the name that the result gets.
fn target(options: &Options) -> Result<Reference, Mistake> {
    let save = &options.draft.plan.save;
    let Some(space) = options.space.as_ref().or(save.space.as_ref()) else {
        let message = "it is missing; say it here, or with --space".to_owned();
        return Err(Mistake { place: "save.space".to_owned(), message, kind: Kind::Invalid });
    };
    let repository = Repository { space: space.clone(), chart: save.chart.clone() };
    let tag = options.tag.clone().unwrap_or_else(|| save.version.tag());
    Ok(Reference::tagged(repository, tag))
}
