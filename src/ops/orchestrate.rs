//! Building a new chart out of stored ones, by a plan.
//!
//! What a plan means is left to [`plan`](crate::plan). Here its charts are found, and the result is
//! saved like any other chart.

mod explain;
mod init;
mod lock;
mod resolve;

use std::path::PathBuf;

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
use crate::error::Kind;
use crate::name::{Reference, Repository, SpaceName, Tag};
use crate::plan::compose::{self, Composed, Part};
use crate::plan::{Mistake, Mistakes, Plan, Semantics};
use crate::progress::Silent;
use crate::remote::Client;
use crate::store::{self, Overwrite, Store, Writer};

/// Says what to build.
#[derive(Debug, Clone)]
pub struct Options {
    /// The plan.
    pub plan: Plan,
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
    /// The rules that it is built by.
    pub semantics: Semantics,
    /// What it is made of.
    pub root: Part,
    /// What its values.yaml says.
    pub values: Map<String, Value>,
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
    /// The exact charts of the store that it was built from.
    #[serde(skip)]
    pub lock: Lock,
}

/// Builds a chart and writes nothing.
pub fn compose(store: &Store, options: &Options) -> Result<Composition, Error> {
    let (composed, semantics) = build(store, options)?;
    Ok(Composition {
        reference: target(options)?,
        semantics,
        root: composed.root,
        values: composed.chart.values,
        warnings: composed.warnings,
    })
}

/// Builds a chart and saves it.
///
/// # Errors
///
/// Everything is checked before anything is written: [`Error::Plan`] lists all mistakes.
pub fn orchestrate(store: &Store, options: &Options) -> Result<Orchestrated, Error> {
    let destination = target(options)?;
    // Nothing is collected until the result is saved.
    let writer = store.writer()?;
    let (composed, semantics) = build(store, options)?;
    let mut prepared = stage_result(store, &writer, options, &composed, destination)?;
    prepared.warnings.extend(composed.warnings);
    let mut saved = describe(&options.name, &prepared);
    let placed = writer.put(vec![prepared.chart], options.overwrite)?.remove(0);
    saved.replaced = replaced(&placed.map_err(as_target)?);
    let lock = Lock::of(&options.plan.root, &composed.root);
    Ok(Orchestrated { saved, semantics, root: composed.root, pushed: None, lock })
}

/// Pushes what was built, after it was saved.
pub fn push(
    store: &Store,
    client: &Client,
    built: &mut Orchestrated,
    target: Target,
    force: bool,
) -> Result<(), Error> {
    let sources = vec![Source::Stored(built.saved.chart.reference.clone())];
    let options = push::Options { sources, target: Some(target), force, jobs: 1 };
    let results = push::push(store, client, &options, &Silent)?;
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

/// Says what to do where the target is there: the hint for `save` names another option.
fn as_target(error: store::Error) -> Error {
    match error {
        store::Error::VersionExists { repository, version, digest } => {
            Error::TargetExists { repository, version, digest }
        }
        other => other.into(),
    }
}

/// Reads the charts of a plan in one consistent state, and puts them together.
fn build(store: &Store, options: &Options) -> Result<(Composed, Semantics), Error> {
    let semantics = options.semantics.or(options.plan.semantics).unwrap_or_default();
    let (materials, missing) =
        steadily(|| resolve::materials(store, &options.plan.root, options.lock.as_ref()))?;
    Ok((compose::compose(&options.plan, semantics, &materials, missing)?, semantics))
}

/// Gives the name that the result gets.
fn target(options: &Options) -> Result<Reference, Error> {
    let save = &options.plan.save;
    let Some(space) = options.space.as_ref().or(save.space.as_ref()) else {
        let message = "it is missing; say it here, or with --space".to_owned();
        let place = "save.space".to_owned();
        return Err(Mistakes(vec![Mistake { place, message, kind: Kind::Invalid }]).into());
    };
    let repository = Repository { space: space.clone(), chart: save.chart.clone() };
    let tag = options.tag.clone().unwrap_or_else(|| save.version.tag());
    Ok(Reference::tagged(repository, tag))
}
