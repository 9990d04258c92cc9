//! `hreg gc`

use std::time::Duration;

use clap::Args;

use crate::cli::arguments::{Output, duration, switch};
use crate::cli::context::Context;
use crate::cli::{Outcome, Result, human, output};
use crate::ops::gc;
use crate::store::Collected;

/// Removes what no tag and no version leads to. Others may read and write meanwhile.
#[derive(Debug, Args)]
pub struct Gc {
    /// Only say what would be removed
    #[arg(long, env = "HREG_DRY_RUN", value_parser = switch(), hide_env_values = true)]
    dry_run: bool,
    /// Keep what is younger than this, such as 30m or 7d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration, env = "HREG_GRACE", hide_env_values = true)]
    grace: Duration,
    #[command(flatten)]
    output: Output,
}

impl Gc {
    pub(crate) fn run(self, context: &Context) -> Result {
        let collected = gc::collect(&context.store, self.grace, self.dry_run)?;
        output::print(self.output.output, &collected, || text(&collected, self.dry_run))?;
        Ok(Outcome::Done)
    }
}

fn text(collected: &Collected, dry_run: bool) -> String {
    let verb = if dry_run { "Would remove" } else { "Removed" };
    let manifests = collected.manifests.iter().map(|name| format!("{name}\n"));
    let blobs = collected.blobs.iter().map(|digest| format!("{digest}\n"));
    let mut text: String = manifests.chain(blobs).collect();
    text += &format!(
        "{verb} {} and {}, {} in all\n",
        human::count(collected.manifests.len(), "manifest"),
        human::count(collected.blobs.len(), "blob"),
        human::size(collected.bytes + collected.leftover_bytes),
    );
    text
}
