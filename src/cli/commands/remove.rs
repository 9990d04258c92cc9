//! `hreg remove`

use clap::Args;

use super::report_failures;
use crate::cli::arguments::Output;
use crate::cli::context::Context;
use crate::cli::{Result, complete, output};
use crate::name::Reference;
use crate::ops::remove::{self, Removed};

/// Removes tags, versions or whole charts. What they were made of goes with `hreg gc`.
#[derive(Debug, Args)]
pub struct Remove {
    /// What to remove
    #[arg(required = true, value_name = "REF", add = complete::references())]
    references: Vec<Reference>,
    /// Remove the charts with all their tags and versions
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: Output,
}

impl Remove {
    pub(crate) fn run(self, context: &Context) -> Result {
        let remove = |reference| remove::remove(&context.store, reference, self.all);
        let (removed, outcome) = report_failures(self.references.iter().map(remove).collect());
        output::print(self.output.output, &removed, || removed.iter().map(summary).collect())?;
        Ok(outcome)
    }
}

/// Says what went and what stays.
pub(super) fn summary(removed: &Removed) -> String {
    let mut text = String::new();
    let names = &removed.names;
    let tags = names.tags.iter().map(|tag| format!("{tag}: removed\n"));
    let versions = names.versions.iter().map(|version| format!("version {version}: removed\n"));
    text.extend(tags.chain(versions));
    let tags = names.kept_tags.iter().map(|tag| format!("{tag}: still there\n"));
    let versions =
        names.kept_versions.iter().map(|version| format!("version {version}: still there\n"));
    text.extend(tags.chain(versions));
    if text.is_empty() {
        text = format!("{}: removed\n", removed.reference);
    }
    text
}
