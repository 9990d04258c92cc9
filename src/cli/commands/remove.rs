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
        // Told before anything is removed: who gives both may mean either.
        self.references.iter().try_for_each(|reference| remove::check(reference, self.all))?;
        let remove = |reference| remove::remove(&context.store, reference, self.all);
        let (removed, outcome) = report_failures(self.references.iter().map(remove).collect());
        output::print(self.output.output, &removed, || removed.iter().map(summary).collect())?;
        Ok(outcome)
    }
}

/// Says what went and what stays.
pub(super) fn summary(removed: &Removed) -> String {
    let names = &removed.names;
    let chart = &removed.reference.repository;
    let mut lines: Vec<String> = Vec::new();
    lines.extend(names.tags.iter().map(|tag| format!("{chart}:{tag}: removed")));
    lines
        .extend(names.versions.iter().map(|version| format!("{chart} version {version}: removed")));
    lines.extend(names.kept_tags.iter().map(|tag| format!("{chart}:{tag}: still there")));
    lines.extend(
        names.kept_versions.iter().map(|version| format!("{chart} version {version}: still there")),
    );
    if lines.is_empty() {
        lines.push(format!("{}: removed", removed.reference));
    }
    lines.join("\n") + "\n"
}
