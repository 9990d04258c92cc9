//! `hreg chart`

use clap::{Args, Subcommand};

use super::remove::summary;
use crate::cli::arguments::{Headed, Output};
use crate::cli::context::Context;
use crate::cli::{Outcome, Result, complete, output, table};
use crate::name::{Reference, Repository, SpaceName};
use crate::ops::chart::{self, ChartReport};
use crate::ops::remove;

/// Lists, shows and removes charts.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Chart {
    /// List the charts of a space, or of all
    #[command(visible_alias = "ls")]
    List(List),
    /// Show a chart: its versions and tags
    Show(Show),
    /// Remove charts with all their versions and tags
    #[command(visible_alias = "rm")]
    Remove(Remove),
}

/// Lists charts.
#[derive(Debug, Args)]
pub struct List {
    /// The space
    #[arg(env = "HREG_SPACE", hide_env_values = true, add = complete::spaces())]
    space: Option<SpaceName>,
    #[command(flatten)]
    headed: Headed,
    #[command(flatten)]
    output: Output,
}

/// Shows a chart.
#[derive(Debug, Args)]
pub struct Show {
    /// The chart, in its space
    #[arg(add = complete::charts())]
    chart: Repository,
    #[command(flatten)]
    output: Output,
}

/// Removes charts.
#[derive(Debug, Args)]
pub struct Remove {
    /// The charts, in their spaces
    #[arg(required = true, add = complete::charts())]
    charts: Vec<Repository>,
    #[command(flatten)]
    output: Output,
}

impl Chart {
    pub(crate) fn run(self, context: &Context) -> Result {
        let store = &context.store;
        match self {
            Chart::List(command) => {
                let charts = chart::list(store, command.space.as_ref())?;
                let heading = command.headed.heading(["CHART", "VERSIONS", "LATEST", "TAGS"]);
                output::print(command.output.output, &charts, || {
                    table::render(heading, &charts.iter().map(cells).collect::<Vec<_>>())
                })?;
                Ok(Outcome::Done)
            }
            Chart::Show(command) => {
                let chart = chart::show(store, &command.chart)?;
                output::print(command.output.output, &chart, || {
                    let rows: Vec<_> = chart.versions.iter().map(super::version::cells).collect();
                    table::render(Some(["VERSION", "DIGEST", "TAGS"]), &rows)
                })?;
                Ok(Outcome::Done)
            }
            Chart::Remove(command) => {
                let remove = |chart: Repository| {
                    let reference = Reference { repository: chart, tag: None, digest: None };
                    remove::remove(store, &reference, true)
                };
                let results = command.charts.into_iter().map(remove).collect();
                let (removed, outcome) = super::report_failures(results);
                output::print(command.output.output, &removed, || {
                    removed.iter().map(summary).collect()
                })?;
                Ok(outcome)
            }
        }
    }
}

fn cells(chart: &ChartReport) -> [String; 4] {
    let latest = chart.latest.as_ref().map_or("-".to_owned(), ToString::to_string);
    let tags = chart.tags.len().to_string();
    [chart.chart.to_string(), chart.versions.len().to_string(), latest, tags]
}
