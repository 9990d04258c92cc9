//! `hreg version`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::save::{summary, tell};
use crate::cli::arguments::{Headed, Output, switch};
use crate::cli::context::{Context, source_date_epoch};
use crate::cli::{Outcome, Result, complete, output, report, table};
use crate::name::{Reference, Repository};
use crate::ops::edit::{self, Edit};
use crate::ops::version::{self, VersionReport};
use crate::ops::{remove, show};

/// Lists, shows, changes and removes versions.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Version {
    /// List the versions of a chart, ascending
    #[command(visible_alias = "ls")]
    List(List),
    /// Show a version: its digest and tags
    Show(Show),
    /// Show the fields of Chart.yaml, or change some under the same version
    Metadata(Metadata),
    /// Show the values with those of the subcharts folded in, or change values.yaml under the same
    /// version
    Values(Values),
    /// Remove versions with all their tags
    #[command(visible_alias = "rm")]
    Remove(Remove),
}

/// Lists the versions of a chart.
#[derive(Debug, Args)]
pub struct List {
    /// The chart, in its space
    #[arg(add = complete::charts())]
    chart: Repository,
    /// Print version numbers only
    #[arg(short = 'q', long, visible_alias = "quiet", env = "HREG_SHORT", value_parser = switch(), hide_env_values = true)]
    short: bool,
    #[command(flatten)]
    headed: Headed,
    #[command(flatten)]
    output: Output,
}

/// Shows a version.
#[derive(Debug, Args)]
pub struct Show {
    /// The version, such as library/mychart:1.0.0
    #[arg(value_name = "REF", add = complete::references())]
    reference: Reference,
    #[command(flatten)]
    output: Output,
}

/// Shows or changes Chart.yaml.
#[derive(Debug, Args)]
pub struct Metadata {
    /// The version
    #[arg(value_name = "REF", add = complete::references())]
    reference: Reference,
    /// Set a field, as `helm install --set` sets a value: description=new, keywords={a,b}
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    output: Output,
}

/// Shows or changes values.
#[derive(Debug, Args)]
pub struct Values {
    /// The version
    #[arg(value_name = "REF", add = complete::references())]
    reference: Reference,
    /// Set a value, as `helm install --set` does
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Lay the values of a YAML file over those that are there; - is standard input
    #[arg(short = 'f', long = "values", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Show the values as templates see them: subcharts under their aliases, those left out that a
    /// condition or tag switches off, import-values taken over
    #[arg(long, env = "HREG_COMPUTED", value_parser = switch(), hide_env_values = true)]
    computed: bool,
    /// Begin with no values instead of those that are there
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    output: Output,
}

/// Removes versions.
#[derive(Debug, Args)]
pub struct Remove {
    /// The versions
    #[arg(required = true, value_name = "REF", add = complete::references())]
    references: Vec<Reference>,
    #[command(flatten)]
    output: Output,
}

impl Version {
    pub(crate) fn run(self, context: &Context) -> Result {
        match self {
            Version::List(command) => command.run(context),
            Version::Show(command) => {
                let version = version::show(&context.store, &command.reference)?;
                output::print(command.output.output, &version, || {
                    table::render(Some(HEADING), &[cells(&version)])
                })?;
                Ok(Outcome::Done)
            }
            Version::Metadata(command) => command.run(context),
            Version::Values(command) => command.run(context),
            Version::Remove(command) => {
                let remove = |reference| remove::remove_version(&context.store, reference);
                let results = command.references.iter().map(remove).collect();
                let (removed, outcome) = super::report_failures(results);
                output::print(command.output.output, &removed, || {
                    removed.iter().map(super::remove::summary).collect()
                })?;
                Ok(outcome)
            }
        }
    }
}

const HEADING: [&str; 3] = ["VERSION", "DIGEST", "TAGS"];

impl List {
    fn run(self, context: &Context) -> Result {
        let versions = version::list(&context.store, &self.chart)?;
        if self.short {
            let names: Vec<&str> = versions.iter().map(|report| report.version.as_str()).collect();
            output::print(self.output.output, &names, || {
                names.iter().map(|name| format!("{name}\n")).collect()
            })?;
            return Ok(Outcome::Done);
        }
        let heading = self.headed.heading(HEADING);
        output::print(self.output.output, &versions, || {
            table::render(heading, &versions.iter().map(cells).collect::<Vec<_>>())
        })?;
        Ok(Outcome::Done)
    }
}

impl Metadata {
    fn run(self, context: &Context) -> Result {
        if self.set.is_empty() {
            let chart = show::chart(&context.store, &self.reference)?;
            output::print(self.output.without_table(), &chart, String::new)?;
            return Ok(Outcome::Done);
        }
        change(context, &self.reference, &Edit::Metadata(self.set), self.output)
    }
}

impl Values {
    fn run(self, context: &Context) -> Result {
        if self.set.is_empty() && self.files.is_empty() && !self.replace {
            let values = version::values(&context.store, &self.reference, self.computed)?;
            output::print(self.output.without_table(), &values.values, String::new)?;
            values.warnings.iter().for_each(|warning| report::warning(warning));
            return Ok(Outcome::Done);
        }
        let file = |path: &PathBuf| Ok((path.display().to_string(), read(path)?));
        let files = self.files.iter().map(file).collect::<Result<_>>()?;
        let values = Edit::Values { replace: self.replace, files, set: self.set };
        change(context, &self.reference, &values, self.output)
    }
}

fn change(context: &Context, reference: &Reference, edit: &Edit, output: Output) -> Result {
    let saved = edit::edit(&context.store, reference, edit, source_date_epoch()?)?;
    output::print(output.output, &saved, || summary(&saved))?;
    tell(&saved);
    Ok(Outcome::Done)
}

/// Reads a file of values; a chart's file may not be larger than 5 MiB, so neither may this.
fn read(path: &Path) -> Result<Vec<u8>> {
    const MAX_BYTES: u64 = 5 * 1024 * 1024;
    let path = if path == Path::new("-") { Path::new("/dev/stdin") } else { path };
    Ok(crate::disk::read(path, MAX_BYTES).map_err(crate::ops::Error::from)?)
}

pub(super) fn cells(report: &VersionReport) -> [String; 3] {
    let tags: Vec<String> = report.tags.iter().map(ToString::to_string).collect();
    [report.version.to_string(), report.digest.to_string(), tags.join(",")]
}
