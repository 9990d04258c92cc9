//! `hreg space`

use clap::{Args, Subcommand};

use crate::cli::arguments::{Headed, Output};
use crate::cli::context::Context;
use crate::cli::{Outcome, Result, complete, human, output, table};
use crate::name::SpaceName;
use crate::ops::space;
use crate::store::{self, Policy};

/// Creates, lists, shows and removes spaces.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Space {
    /// Create a space
    Create(Create),
    /// List all spaces
    #[command(visible_alias = "ls")]
    List(List),
    /// Show a space
    Show(Show),
    /// Remove a space
    #[command(visible_alias = "rm")]
    Remove(Remove),
}

/// Creates a space.
#[derive(Debug, Args)]
pub struct Create {
    /// The space, such as library or team/apps
    space: SpaceName,
    /// Refuse to overwrite its versions; tags still move
    #[arg(long)]
    immutable: bool,
    /// Refuse what is no chart
    #[arg(long)]
    charts_only: bool,
    #[command(flatten)]
    output: Output,
}

/// Lists all spaces.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    headed: Headed,
    #[command(flatten)]
    output: Output,
}

/// Shows a space.
#[derive(Debug, Args)]
pub struct Show {
    /// The space
    #[arg(add = complete::spaces())]
    space: SpaceName,
    #[command(flatten)]
    output: Output,
}

/// Removes a space.
#[derive(Debug, Args)]
pub struct Remove {
    /// The space
    #[arg(add = complete::spaces())]
    space: SpaceName,
    /// Remove it with all its charts
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    output: Output,
}

impl Space {
    pub(crate) fn run(self, context: &Context) -> Result {
        let store = &context.store;
        match self {
            Space::Create(command) => {
                let policy =
                    Policy { immutable: command.immutable, charts_only: command.charts_only };
                let space = space::create(store, &command.space, policy)?;
                output::print(command.output.output, &space, || {
                    format!("Created space {}\n", space.name)
                })?;
            }
            Space::List(command) => {
                let spaces = space::list(store)?;
                output::print(command.output.output, &spaces, || {
                    render(&spaces, command.headed.heading(HEADING))
                })?;
            }
            Space::Show(command) => {
                let space = space::show(store, &command.space)?;
                output::print(command.output.output, &space, || {
                    render(std::slice::from_ref(&space), Some(HEADING))
                })?;
            }
            Space::Remove(command) => {
                let removed = space::remove(store, &command.space, command.yes)?;
                output::print(command.output.output, &removed, || {
                    let charts = human::count(removed.charts.len(), "chart");
                    format!("Removed space {} with {charts}\n", removed.space)
                })?;
            }
        }
        Ok(Outcome::Done)
    }
}

const HEADING: [&str; 4] = ["SPACE", "CHARTS", "VERSIONS", "POLICY"];

fn render(spaces: &[store::Space], heading: Option<[&str; 4]>) -> String {
    let cells = |space: &store::Space| {
        let policies =
            [(space.policy.immutable, "immutable"), (space.policy.charts_only, "charts-only")];
        let policies: Vec<&str> =
            policies.iter().filter(|(is_set, _)| *is_set).map(|(_, name)| *name).collect();
        let policy = if policies.is_empty() { "-".to_owned() } else { policies.join(",") };
        [space.name.to_string(), space.charts.to_string(), space.versions.to_string(), policy]
    };
    table::render(heading, &spaces.iter().map(cells).collect::<Vec<_>>())
}
