//! `hreg orchestrate`

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueHint};

use super::push;
use crate::cli::arguments::{Format, Output, switch};
use crate::cli::context::{Context, source_date_epoch};
use crate::cli::remote::Remote;
use crate::cli::{Outcome, Result, WrongUsage, complete, output, report, tree};
use crate::disk;
use crate::name::{Reference, SpaceName, Tag};
use crate::ops;
use crate::ops::orchestrate::{self, Composition, Lock, Options, Orchestrated};
use crate::plan::graph::{self, Language};
use crate::plan::{Plan, Semantics};
use crate::store::Overwrite;

/// The bytes that a plan may have; one more is read, so that more are refused.
const MAX_BYTES: u64 = 1 << 20;

/// Builds a chart out of stored ones by a plan.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Orchestrate {
    #[command(subcommand)]
    command: Option<Helping>,
    /// The plan, JSON (with comments) or YAML; - is standard input
    #[arg(required = true, value_name = "PLAN", value_hint = ValueHint::FilePath)]
    plan: Option<PathBuf>,
    /// The space to save to [default: the plan's save.space]
    #[arg(long, env = "HREG_SPACE", hide_env_values = true, add = complete::spaces())]
    space: Option<SpaceName>,
    /// The rules to build by, helm or caicloud [default: the plan's, else helm]
    #[arg(long, env = "HREG_SEMANTICS", value_name = "RULES", hide_env_values = true)]
    semantics: Option<Semantics>,
    /// The tag that the chart gets besides its version
    #[arg(long, value_name = "TAG", env = "HREG_TAG", hide_env_values = true)]
    tag: Option<Tag>,
    /// Replace the version if it is there already
    #[arg(long)]
    force: bool,
    /// Take only the charts that the lock file beside the plan names
    #[arg(long, env = "HREG_LOCKED", value_parser = switch(), hide_env_values = true)]
    locked: bool,
    /// Print what the chart will be made of, and its values, and save nothing
    #[arg(long, env = "HREG_DRY_RUN", value_parser = switch(), hide_env_values = true)]
    dry_run: bool,
    /// Print what the chart will be made of as a graph, mermaid or dot, and save nothing
    #[arg(long, value_name = "LANGUAGE", env = "HREG_GRAPH", hide_env_values = true)]
    graph: Option<Language>,
    /// Push the chart there after saving: oci://HOST/PATH, or HOST/PATH/CHART:TAG
    #[arg(long, value_name = "DESTINATION", env = "HREG_PUSH", hide_env_values = true)]
    push: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    remote: Remote,
}

/// Names what helps with plans.
#[derive(Debug, Subcommand)]
enum Helping {
    /// Print a plan to start from: the given charts, with the charts in them
    ///
    /// The first chart is the root, the others are put into it.
    Init {
        /// References of charts in the store
        #[arg(required = true, value_name = "REF", add = complete::references())]
        references: Vec<Reference>,
        /// The space that the plan saves to
        #[arg(long, env = "HREG_SPACE", hide_env_values = true, default_value_t = SpaceName::library(), add = complete::spaces())]
        space: SpaceName,
        #[command(flatten)]
        output: Output,
    },
    /// Print the plan that builds a chart again that was built by one
    Explain {
        /// The reference of the chart
        #[arg(value_name = "REF", add = complete::references())]
        reference: Reference,
        #[command(flatten)]
        output: Output,
    },
}

impl Orchestrate {
    pub(crate) fn run(self, context: &Context) -> Result {
        let store = &context.store;
        match (&self.command, &self.plan) {
            (Some(Helping::Init { references, space, output }), _) => {
                print_plan(*output, &orchestrate::init(store, references, space)?)
            }
            (Some(Helping::Explain { reference, output }), _) => {
                print_plan(*output, &orchestrate::explain(store, reference)?)
            }
            (None, Some(plan)) => self.build(context, plan),
            (None, None) => Err(WrongUsage::error("a plan is missing; - is standard input")),
        }
    }

    fn build(&self, context: &Context, plan: &Path) -> Result {
        let options = self.options(plan)?;
        if self.dry_run || self.graph.is_some() {
            let composition = orchestrate::compose(&context.store, &options)?;
            return self.show(&composition);
        }
        let target = self.push.as_deref().map(push::target).transpose()?;
        let client = match &target {
            Some(target) => Some(self.remote.client(context, push::hosts(&[], Some(target)), 1)?),
            None => None,
        };
        let mut built = orchestrate::orchestrate(&context.store, &options)?;
        keep_lock(plan, &mut built);
        if let Some((client, target)) = client.zip(target) {
            orchestrate::push(&context.store, &client, &mut built, target, self.force)?;
        }
        output::print(self.output.output, &built, || summary(&built))?;
        super::save::tell(&built.saved);
        Ok(Outcome::Done)
    }

    fn options(&self, plan: &Path) -> Result<Options> {
        let lock = match (self.locked, is_standard_input(plan)) {
            (false, _) => None,
            (true, true) => {
                return Err(WrongUsage::error("a plan from standard input has no lock file"));
            }
            (true, false) => Some(Lock::read(&Lock::path(plan))?),
        };
        Ok(Options {
            plan: Plan::parse(&read(plan)?).map_err(ops::Error::from)?,
            name: plan.to_owned(),
            space: self.space.clone(),
            semantics: self.semantics,
            tag: self.tag.clone(),
            overwrite: if self.force { Overwrite::Allow } else { Overwrite::Refuse },
            lock,
            modified: source_date_epoch()?,
        })
    }

    fn show(&self, composition: &Composition) -> Result {
        match self.graph {
            Some(language) => output::text(&graph::draw(&composition.root, language))?,
            None => output::print(self.output.output, composition, || preview(composition))?,
        }
        composition.warnings.iter().for_each(|warning| report::warning(warning));
        Ok(Outcome::Done)
    }
}

fn is_standard_input(plan: &Path) -> bool {
    plan.as_os_str() == "-"
}

fn read(plan: &Path) -> Result<Vec<u8>> {
    if !is_standard_input(plan) {
        return Ok(disk::read(plan, MAX_BYTES).map_err(ops::Error::from)?);
    }
    let mut text = Vec::new();
    std::io::stdin().take(MAX_BYTES + 1).read_to_end(&mut text).context("cannot read the plan")?;
    Ok(text)
}

/// Writes the lock file beside the plan. The chart is saved by then, so what fails is a warning.
fn keep_lock(plan: &Path, built: &mut Orchestrated) {
    if is_standard_input(plan) {
        return;
    }
    if let Err(error) = built.lock.write(&Lock::path(plan)) {
        built.saved.warnings.push(format!("no lock file was written: {error}"));
    }
}

fn print_plan(output: Output, plan: &serde_json::Value) -> Result {
    let format = if output.output == Format::Table { Format::Json } else { output.output };
    output::print(format, plan, String::new)?;
    Ok(Outcome::Done)
}

fn preview(composition: &Composition) -> String {
    let Composition { reference, semantics, root, values, .. } = composition;
    let values = crate::chart::yaml::emit_as_helm(values);
    format!("{reference} ({semantics})\n{}\n# values.yaml\n{values}", tree::draw(root))
}

fn summary(built: &Orchestrated) -> String {
    let mut text = tree::draw(&built.root) + &super::save::summary(&built.saved);
    if let Some(pushed) = &built.pushed {
        text += &push::summary(pushed);
    }
    text
}
