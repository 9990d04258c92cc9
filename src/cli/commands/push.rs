//! `hreg push`

use std::path::{Path, PathBuf};

use clap::Args;

use super::report_failures;
use crate::cli::arguments::Output;
use crate::cli::context::Context;
use crate::cli::remote::{Jobs, Remote};
use crate::cli::{Result, WrongUsage, complete, output};
use crate::name::{Host, Reference, SpaceName};
use crate::ops;
use crate::ops::push::{self, Options, Pushed, Source, Target};
use crate::ops::transfer::{self, Status};
use crate::store::Store;

/// Pushes charts to a registry.
#[derive(Debug, Args)]
pub struct Push {
    /// References in the store, or packaged charts (.tgz); the last may be the destination:
    /// oci://HOST/PATH takes the chart's name and version, HOST/PATH/CHART:TAG is taken as it is
    /// [default: where the reference says]
    #[arg(required_unless_present = "all", value_name = "REF|FILE|DESTINATION", add = complete::references())]
    arguments: Vec<String>,
    /// Push all names in a space, under the names that they have there
    #[arg(long, value_name = "SPACE", env = "HREG_ALL", hide_env = true, add = complete::spaces())]
    all: Option<SpaceName>,
    /// Move tags that lead to other manifests
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    remote: Remote,
}

impl Push {
    pub(crate) fn run(self, context: &Context) -> Result {
        let (sources, target) = match &self.all {
            Some(space) => {
                let target = mirror(&self.arguments, space)?;
                (push::of_space(&context.store, space)?, Some(target))
            }
            None => split(&self.arguments, &context.store)?,
        };
        let jobs = self.jobs.count();
        let client = self.remote.client(context, hosts(&sources, target.as_ref()), jobs)?;
        let many = sources.len() > 1;
        let options = Options { sources, target, force: self.force, jobs };
        let results = push::push(&context.store, &client, &options, &*context.progress);
        context.progress.finish();
        let (pushed, outcome) = report_failures(results?);
        output::print(self.output.output, &pushed, || {
            pushed.iter().map(if many { line } else { summary }).collect()
        })?;
        Ok(outcome)
    }
}

/// Tells what is to be pushed from where it is to go.
fn split(arguments: &[String], store: &Store) -> Result<(Vec<Source>, Option<Target>)> {
    let (last, rest) = match arguments {
        [.., last]
            if arguments.len() == 2 || (arguments.len() > 1 && last.starts_with("oci://")) =>
        {
            (Some(last), &arguments[..arguments.len() - 1])
        }
        all => (None, all),
    };
    let sources = rest.iter().map(|text| source(text, store)).collect::<Result<_>>()?;
    Ok((sources, last.map(|text| target(text)).transpose()?))
}

/// Reads what is to be pushed. A folder of a chart's name does not hide the chart in the store.
fn source(text: &str, store: &Store) -> Result<Source> {
    let path = Path::new(text);
    let is_path = text.ends_with(".tgz") || text.starts_with(['.', '/']);
    let reference = Reference::parse(text);
    let is_stored = |reference: &Reference| store.names(&reference.repository).is_ok();
    if path.is_dir() && (is_path || !reference.as_ref().is_ok_and(is_stored)) {
        return Err(in_transfer(transfer::Error::NotAnArchive { path: path.to_owned() }));
    }
    match is_path || path.is_file() {
        true => Ok(Source::Archive(PathBuf::from(text))),
        false => Ok(Source::Stored(reference.map_err(ops::Error::from)?)),
    }
}

/// Reads a destination: with a tag or digest it is a reference, after `oci://` a path otherwise.
pub(super) fn target(text: &str) -> Result<Target> {
    let reference = Reference::parse(text);
    let is_exact = |found: &Reference| found.tag.is_some() || found.digest.is_some();
    let target = match reference {
        Ok(reference) if is_exact(&reference) || !text.starts_with("oci://") => {
            Target::At(reference)
        }
        _ => Target::Under(path(text)?),
    };
    match host_of(&target) {
        Some(_) => Ok(target),
        None => Err(in_transfer(transfer::Error::NoHost { target: text.to_owned() })),
    }
}

fn mirror(arguments: &[String], space: &SpaceName) -> Result<Target> {
    match (arguments, space.host()) {
        ([target], _) => Ok(Target::Mirror(path(target)?)),
        ([], Some(_)) => Ok(Target::Mirror(space.clone())),
        ([], None) => Err(in_transfer(transfer::Error::NoTarget)),
        _ => {
            let text = "--all takes one destination, such as oci://registry.example.com/charts";
            Err(WrongUsage::error(text))
        }
    }
}

/// Reads a path on a registry; a slash at its end says nothing.
fn path(text: &str) -> Result<SpaceName> {
    let space = SpaceName::parse(text.trim_end_matches('/')).map_err(ops::Error::from)?;
    match space.host() {
        Some(_) => Ok(space),
        None => Err(in_transfer(transfer::Error::NoHost { target: text.to_owned() })),
    }
}

fn in_transfer(error: transfer::Error) -> anyhow::Error {
    ops::Error::from(error).into()
}

fn host_of(target: &Target) -> Option<&Host> {
    match target {
        Target::Under(space) | Target::Mirror(space) => space.host(),
        Target::At(reference) => reference.repository.space.host(),
    }
}

/// Names the hosts that are pushed to: where there is a target, what is pushed is only read.
pub(super) fn hosts(sources: &[Source], target: Option<&Target>) -> Vec<Host> {
    match target {
        Some(target) => host_of(target).cloned().into_iter().collect(),
        None => sources.iter().filter_map(Source::host).cloned().collect(),
    }
}

pub(super) fn summary(pushed: &Pushed) -> String {
    let done = match pushed.status {
        Status::Pushed => "Pushed: ",
        Status::Unchanged => "Unchanged: ",
    };
    format!("{done}{}\nDigest: {}\n", pushed.reference, pushed.digest)
}

fn line(pushed: &Pushed) -> String {
    let done = match pushed.status {
        Status::Pushed => "pushed",
        Status::Unchanged => "unchanged",
    };
    format!("{}: {done} {}\n", pushed.reference, pushed.digest)
}
