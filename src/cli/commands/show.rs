//! `hreg show`

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::chosen::Chosen;
use crate::chart::load::{Chart, File};
use crate::chart::yaml;
use crate::cli::arguments::{Format, Output};
use crate::cli::context::Context;
use crate::cli::{Outcome, Result, output, tree};
use crate::ops::{orchestrate, show};

/// Shows what is in a stored chart.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
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
    /// Show which charts a chart was built from by `hreg orchestrate`
    Sources(Part),
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
                let reference = part.chosen.resolve(context)?;
                match part.output.output {
                    Format::Table => {
                        let (head, chart) = show::whole(store, &reference)?;
                        output::bytes(&all(&head, &chart))?;
                    }
                    format => output::print(format, &show::show(store, &reference)?, String::new)?,
                }
            }
            Show::Chart(part) => {
                let chart = show::chart(store, &part.chosen.resolve(context)?)?;
                output::print(part.output.output, &chart, || head(&chart))?;
            }
            Show::Values(chosen) => {
                let chart = show::load(store, &chosen.resolve(context)?)?;
                output::bytes(&lines(values(&chart)))?;
            }
            Show::Readme(chosen) => {
                let chart = show::load(store, &chosen.resolve(context)?)?;
                output::bytes(&lines(chart.readme()))?;
            }
            Show::Crds(chosen) => {
                let chart = show::load(store, &chosen.resolve(context)?)?;
                output::bytes(&lines(chart.crds()))?;
            }
            Show::Sources(part) => {
                let sources = orchestrate::sources(store, &part.chosen.resolve(context)?)?;
                output::print(part.output.output, &sources, || tree::draw(&sources))?;
            }
            Show::Manifest(chosen) => {
                let (_, document) = show::manifest(store, &chosen.resolve(context)?)?;
                output::bytes(document.bytes())?;
            }
        }
        Ok(Outcome::Done)
    }
}

/// Gives Chart.yaml, and an empty line, as Helm does.
fn head(chart: &Map<String, Value>) -> String {
    yaml::emit_as_helm(chart) + "\n"
}

/// Strings files together with a line end behind each, as Helm does.
fn lines<'a>(files: impl IntoIterator<Item = &'a File>) -> Vec<u8> {
    files.into_iter().fold(Vec::new(), |mut text, file| {
        text.extend_from_slice(&file.data);
        text.push(b'\n');
        text
    })
}

/// Lists values.yaml; an archive may hold it twice, and Helm shows it as often.
fn values(chart: &Chart) -> impl Iterator<Item = &File> {
    chart.files.iter().filter(|file| file.name == "values.yaml")
}

/// Lays out all parts as `helm show all` does.
///
/// Of the custom resource definitions, only the first is ever separated from what is before it.
fn all(fields: &Map<String, Value>, chart: &Chart) -> Vec<u8> {
    let mut text = head(fields).into_bytes();
    for part in [lines(values(chart)), lines(chart.readme())] {
        if !part.is_empty() {
            text.extend_from_slice(b"---\n");
            text.extend(part);
        }
    }
    let definitions = lines(chart.crds());
    if !definitions.is_empty() && !definitions.starts_with(b"---") {
        text.extend_from_slice(b"---\n");
    }
    text.extend(definitions);
    text
}
