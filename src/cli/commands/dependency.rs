//! `hreg dependency`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::report_failures;
use crate::chart::record::Timestamp;
use crate::cli::arguments::{Headed, Output, switch};
use crate::cli::context::{Context, helm_file, set_variable, source_date_epoch};
use crate::cli::remote::{Jobs, Remote};
use crate::cli::{Outcome, Result, complete, output, report, table};
use crate::name::SpaceName;
use crate::ops;
use crate::ops::dependency::{self, Options, Origin, Plan, Report, Row, Taken};

/// Names the commands for what a chart depends on.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Dependency {
    /// List the dependencies of a chart folder or archive, and how they stand
    #[command(visible_alias = "ls")]
    List(List),
    /// Bring charts/ and Chart.lock up to date with Chart.yaml
    ///
    /// Each dependency is taken from the store where that has a version in its range, else from
    /// its repository, and is in the store then. A chart of oci://HOST/SPACE is HOST/SPACE/NAME
    /// there, any other is NAME in the space that --space names; folders (file://) are packed
    /// anew. Nothing is written before all is fetched and checked.
    #[command(visible_alias = "up")]
    Update(Update),
    /// Fill charts/ with the very versions that Chart.lock has
    ///
    /// Where there is no Chart.lock, this does what update does.
    Build(Build),
}

/// Lists dependencies.
#[derive(Debug, Args)]
pub struct List {
    /// A chart folder or archive
    #[arg(default_value = ".", value_hint = clap::ValueHint::AnyPath)]
    path: PathBuf,
    #[command(flatten)]
    headed: Headed,
    #[command(flatten)]
    output: Output,
}

/// Updates dependencies.
#[derive(Debug, Args)]
pub struct Update {
    /// Ask the repositories for newer versions even where the store has one in the range; offline,
    /// nobody is asked
    #[arg(long, env = "HREG_REFRESH", value_parser = switch(), hide_env_values = true)]
    refresh: bool,
    #[command(flatten)]
    sources: Sources,
}

/// Builds dependencies.
#[derive(Debug, Args)]
pub struct Build {
    #[command(flatten)]
    sources: Sources,
}

/// Holds what update and build share: which chart, and where its dependencies are.
#[derive(Debug, Args)]
struct Sources {
    /// The chart's folder
    #[arg(default_value = ".", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    folder: PathBuf,
    /// The space that charts of classic repositories are looked for and kept in
    #[arg(long, env = "HREG_SPACE", default_value = SpaceName::DEFAULT, hide_env_values = true, add = complete::spaces())]
    space: SpaceName,
    /// Take nothing but what is in the store or in folders
    #[arg(long, env = "HREG_OFFLINE", value_parser = switch(), hide_env_values = true)]
    offline: bool,
    /// The file that has the names of repositories, as in @NAME [default: Helm's]
    #[arg(long, env = "HREG_REPOSITORY_CONFIG", value_name = "FILE", hide_env_values = true, value_hint = clap::ValueHint::FilePath)]
    repository_config: Option<PathBuf>,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    remote: Remote,
}

const HEADING: [&str; 4] = ["NAME", "VERSION", "REPOSITORY", "STATUS"];

impl Dependency {
    pub(crate) fn run(self, context: &Context) -> Result {
        match self {
            Dependency::List(command) => command.run(),
            Dependency::Update(command) => {
                let options = command.sources.options(command.refresh)?;
                let plan = Plan::update(&context.store, &command.sources.folder, options);
                command.sources.carry_out(context, plan)
            }
            Dependency::Build(command) => {
                let options = command.sources.options(false)?;
                let plan = Plan::build(&context.store, &command.sources.folder, options);
                command.sources.carry_out(context, plan)
            }
        }
    }
}

impl List {
    fn run(self) -> Result {
        let listing = dependency::list(&self.path)?;
        let heading = self.headed.heading(HEADING);
        output::print(self.output.output, &listing.rows, || {
            table::render(heading, &listing.rows.iter().map(cells).collect::<Vec<_>>())
        })?;
        if listing.rows.is_empty() {
            report::note(&format!("{} has no dependencies", self.path.display()));
        }
        listing.warnings.iter().for_each(|warning| report::warning(warning));
        Ok(Outcome::Done)
    }
}

fn cells(row: &Row) -> [String; 4] {
    let Row { name, version, repository, .. } = row.clone();
    [name, version, repository, row.status.as_str().to_owned()]
}

impl Sources {
    fn options(&self, refresh: bool) -> Result<Options> {
        Ok(Options {
            space: self.space.clone(),
            offline: self.offline,
            refresh: refresh && !self.offline,
            repositories: self
                .repository_config
                .clone()
                .or_else(|| helm_file("HELM_REPOSITORY_CONFIG", "repositories.yaml")),
            modified: source_date_epoch()?,
            generated: generated()?,
            jobs: self.jobs.count(),
        })
    }

    fn carry_out(
        &self,
        context: &Context,
        plan: std::result::Result<Plan, Vec<ops::Error>>,
    ) -> Result {
        let plan = match plan {
            Ok(plan) => plan,
            Err(errors) => return Ok(fail(errors)),
        };
        let client = match plan.needs_network() {
            true => Some(self.remote.client(context, plan.hosts(), self.jobs.count())?),
            false => None,
        };
        let done = plan.carry_out(&context.store, client.as_ref(), &*context.progress);
        context.progress.finish();
        let report = match done {
            Ok(report) => report,
            Err(errors) => return Ok(fail(errors)),
        };
        output::print(self.output.output, &report, || summary(&report))?;
        if report.dependencies.is_empty() {
            report::note(&format!("{} has no dependencies", self.folder.display()));
        }
        report.warnings.iter().for_each(|warning| report::warning(warning));
        Ok(Outcome::Done)
    }
}

fn fail(errors: Vec<ops::Error>) -> Outcome {
    report_failures::<()>(errors.into_iter().map(Err).collect()).1
}

fn summary(report: &Report) -> String {
    let mut text: String = report.dependencies.iter().map(line).collect();
    for path in &report.removed {
        text += &format!("Removed {path}\n");
    }
    match &report.lock {
        Some(lock) => text + &format!("Wrote {lock}\n"),
        None => text,
    }
}

fn line(taken: &Taken) -> String {
    let source = match (taken.origin, &taken.reference) {
        (Origin::Charts, _) => "is in charts/".to_owned(),
        (Origin::Folder, _) => format!("packed from {}", taken.repository),
        (Origin::Store, Some(reference)) => format!("from the store, {reference}"),
        (_, Some(_)) => format!("from {}", taken.repository),
        (_, None) => String::new(),
    };
    let state = if taken.written || taken.path.is_none() { "" } else { " (up to date)" };
    format!("{} {}: {source}{state}\n", taken.name, taken.version)
}

/// Gives the time for a lock: now, or the one that the environment sets for all that is built.
fn generated() -> Result<Timestamp> {
    let time = match set_variable("SOURCE_DATE_EPOCH") {
        Some(_) => jiff::Timestamp::from_second(i64::try_from(source_date_epoch()?)?)?,
        None => jiff::Timestamp::now(),
    };
    Timestamp::parse(&time.to_string()).context("the clock shows no time that a lock can hold")
}
