//! `hreg orchestrate`

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueHint};

use super::{push, save};
use crate::cli::arguments::{Format, Output, switch};
use crate::cli::context::{Context, source_date_epoch};
use crate::cli::remote::Remote;
use crate::cli::{Outcome, Result, WrongUsage, complete, output, report, tree};
use crate::disk;
use crate::name::{Reference, SpaceName, Tag};
use crate::ops;
use crate::ops::orchestrate::{self, Composition, Lock, Options, Orchestrated};
use crate::plan::graph::{self, Language};
use crate::plan::{Draft, Semantics};
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
    /// The rules to build by [default: the plan's, else helm]
    #[arg(long, env = "HREG_SEMANTICS", value_name = "RULES", value_parser = semantics(), hide_env_values = true)]
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
    /// Print what the chart will be made of as a graph, and save nothing
    #[arg(long, value_name = "LANGUAGE", env = "HREG_GRAPH", value_parser = language(), hide_env_values = true)]
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
        if self.remote.password_stdin && is_standard_input(plan) {
            let text = "the plan and the password cannot both come from standard input";
            return Err(WrongUsage::error(text));
        }
        let options = self.options(plan)?;
        if self.dry_run || self.graph.is_some() {
            let composition = orchestrate::compose(&context.store, &options)?;
            self.show(&composition)?;
            if self.dry_run {
                orchestrate::check_target(&options, &composition)?;
            }
            return Ok(Outcome::Done);
        }
        let target = self.push.as_deref().map(push::target).transpose()?;
        let client = match &target {
            Some(target) => Some(self.remote.client(context, push::hosts(&[], Some(target)), 1)?),
            None => None,
        };
        let mut built = orchestrate::orchestrate(&context.store, &options)?;
        keep_lock(plan, &mut built);
        let pushed = client.zip(target).map(|(client, target)| {
            let (store, progress) = (&context.store, &*context.progress);
            let pushed =
                orchestrate::push(store, &client, &mut built, target, self.force, progress);
            progress.finish();
            pushed
        });
        // What was saved is told, however pushing went.
        output::print(self.output.output, &built, || summary(&built))?;
        save::tell(&built.saved);
        pushed.transpose()?;
        Ok(Outcome::Done)
    }

    fn options(&self, plan: &Path) -> Result<Options> {
        let text = read(plan)?;
        let lock = match (self.locked, has_lock(plan)) {
            (false, _) => None,
            (true, false) => {
                return Err(WrongUsage::error("only a plan in a file has a lock file beside it"));
            }
            (true, true) => Some(Lock::read(&Lock::path(plan))?),
        };
        Ok(Options {
            draft: Draft::read(&text).map_err(ops::Error::from)?,
            name: plan.to_owned(),
            space: self.space.clone(),
            semantics: self.semantics,
            tag: self.tag.clone(),
            overwrite: if self.force { Overwrite::Allow } else { Overwrite::Refuse },
            lock,
            modified: source_date_epoch()?,
        })
    }

    fn show(&self, composition: &Composition) -> Result<()> {
        match self.graph {
            Some(language) => output::text(&graph::draw(&composition.root, language))?,
            None => output::print(self.output.output, composition, || preview(composition))?,
        }
        composition.warnings.iter().for_each(|warning| report::warning(warning));
        Ok(())
    }
}

fn is_standard_input(plan: &Path) -> bool {
    plan.as_os_str() == "-"
}

/// Tells whether a plan is in a file; there is no place for a lock beside a pipe.
fn has_lock(plan: &Path) -> bool {
    !is_standard_input(plan) && plan.is_file()
}

fn read(plan: &Path) -> Result<Vec<u8>> {
    if !is_standard_input(plan) {
        let text = disk::read_optional(plan, MAX_BYTES).map_err(ops::Error::from)?;
        return Ok(text.ok_or_else(|| ops::Error::NoPlan { path: plan.to_owned() })?);
    }
    let mut text = Vec::new();
    std::io::stdin().take(MAX_BYTES + 1).read_to_end(&mut text).context("cannot read the plan")?;
    Ok(text)
}

/// Writes the lock file beside the plan. The chart is saved by then, so what fails is a warning.
fn keep_lock(plan: &Path, built: &mut Orchestrated) {
    if !has_lock(plan) {
        return;
    }
    let path = Lock::path(plan);
    match built.lock.write(&path) {
        Ok(written) => built.lock_file = written.then(|| path.display().to_string()),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            let (path, cause) = (path.display(), cause.unwrap_or_default());
            let warning = format!("the lock file {path} was not written: {error}{cause}");
            built.saved.warnings.push(warning);
        }
    }
}

fn print_plan(output: Output, plan: &serde_json::Value) -> Result {
    let format = if output.output == Format::Table { Format::Json } else { output.output };
    output::print(format, plan, String::new)?;
    Ok(Outcome::Done)
}

/// Shows what a chart will be made of, and values.yaml as it will be written.
fn preview(composition: &Composition) -> String {
    let Composition { reference, digest, semantics, root, values_file, .. } = composition;
    let values = String::from_utf8_lossy(values_file);
    let mut text = tree::draw(root);
    text += &format!("Reference: {reference}\nDigest:    {digest}\nSemantics: {semantics}\n");
    if !values.is_empty() {
        text += &format!("---\n# values.yaml\n{values}");
    }
    text
}

fn summary(built: &Orchestrated) -> String {
    let mut text = tree::draw(&built.root) + &save::summary(&built.saved);
    if let Some(lock) = &built.lock_file {
        text += &format!("Wrote {lock}\n");
    }
    if let Some(pushed) = &built.pushed {
        text += &push::summary(pushed);
    }
    text
}

fn semantics() -> impl TypedValueParser<Value = Semantics> {
    PossibleValuesParser::new(["helm", "caicloud"]).try_map(|name| name.parse::<Semantics>())
}

fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(["mermaid", "dot"]).try_map(|name| name.parse::<Language>())
}
