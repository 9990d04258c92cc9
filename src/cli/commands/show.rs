//! `hreg show`

use clap::{Args, Subcommand};
use serde_json::Value;

use super::chosen::Chosen;
use crate::chart::yaml;
use crate::cli::arguments::Output;
use crate::cli::context::Context;
use crate::cli::{Outcome, Result, output};
use crate::ops::show::{self, Shown};

/// Shows what is in a stored chart.
#[derive(Debug, Subcommand)]
pub enum Show {
    /// Show Chart.yaml, values, read-me and custom resource definitions
    All(Part),
    /// Show Chart.yaml
    Chart(Part),
    /// Show values.yaml
    Values(Chosen),
    /// Show the read-me file
    Readme(Chosen),
    /// Show the custom resource definitions
    Crds(Chosen),
    /// Show the manifest, byte for byte
    Manifest(Chosen),
}

/// Names a chart, and how to print what is shown of it.
#[derive(Debug, Args)]
pub struct Part {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    output: Output,
}

impl Show {
    pub(crate) fn run(self, context: &Context) -> Result {
        let store = &context.store;
        match self {
            Show::All(part) => {
                let shown = show::show(store, &part.chosen.resolve(context)?)?;
                let text = all(&shown)?;
                output::print(part.output.output, &shown, || text)?;
            }
            Show::Chart(part) => {
                let chart = sorted(&show::chart(store, &part.chosen.resolve(context)?)?);
                output::print(part.output.without_table(), &chart, String::new)?;
            }
            Show::Values(chosen) => {
                let chart = show::load(store, &chosen.resolve(context)?)?;
                file(chart.values_bytes())?;
            }
            Show::Readme(chosen) => {
                let chart = show::load(store, &chosen.resolve(context)?)?;
                file(chart.readme().map(|file| file.data.as_slice()))?;
            }
            Show::Crds(chosen) => {
                let chart = show::load(store, &chosen.resolve(context)?)?;
                for (place, crd) in chart.crds().into_iter().enumerate() {
                    output::text(separator(place > 0, &crd.data))?;
                    file(Some(&crd.data))?;
                }
            }
            Show::Manifest(chosen) => {
                let (_, document) = show::manifest(store, &chosen.resolve(context)?)?;
                output::bytes(document.bytes())?;
            }
        }
        Ok(Outcome::Done)
    }
}

/// Prints a file of a chart and a line end, as Helm does; what is not there is no line either.
fn file(bytes: Option<&[u8]>) -> Result<()> {
    let Some(bytes) = bytes else { return Ok(()) };
    output::bytes(bytes)?;
    output::text("\n")
}

/// Gives what separates a custom resource definition from what was printed before it, if anything
/// was and if it does not begin with a separator of its own.
///
/// Helm 3.17.3 only ever separates the first one: it makes one document of two.
fn separator(follows: bool, crd: &[u8]) -> &'static str {
    if follows && !crd.starts_with(b"---") { "---\n" } else { "" }
}

/// Lays out all parts as `helm show all` does.
fn all(shown: &Shown) -> Result<String> {
    let mut text = yaml::emit(&sorted(&shown.chart))? + "\n";
    for part in [&shown.values, &shown.readme].into_iter().flatten() {
        text += &format!("---\n{part}\n");
    }
    for crd in &shown.crds {
        text += &format!("{}{crd}\n", separator(true, crd.as_bytes()));
    }
    Ok(text)
}

/// Sorts the fields by name, as Helm prints them.
fn sorted(chart: &Value) -> Value {
    let mut sorted = chart.clone();
    sorted.sort_all_objects();
    sorted
}
