//! `hreg verify`

use clap::Args;

use crate::cli::arguments::Output;
use crate::cli::context::Context;
use crate::cli::{Outcome, Result, human, output, report};
use crate::ops::verify;
use crate::store::{Finding, Verified};

/// Reads the whole store back and reports all damage; exit code 1 where there is any.
#[derive(Debug, Args)]
pub struct Verify {
    /// Move what is damaged aside, and make anew what the rest determines
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    output: Output,
}

impl Verify {
    pub(crate) fn run(self, context: &Context) -> Result {
        let verified = verify::verify(&context.store, self.repair)?;
        output::print(self.output.output, &verified, || {
            verified.findings.iter().map(line).collect()
        })?;
        report::note(&summary(&verified));
        match verified.findings.is_empty() {
            true => Ok(Outcome::Done),
            false => Ok(Outcome::Failed),
        }
    }
}

fn line(finding: &Finding) -> String {
    let repair = finding.repair.as_ref().map_or(String::new(), |done| format!(" ({done})"));
    let problem = serde_json::to_value(finding.problem);
    let problem = problem.as_ref().ok().and_then(|name| name.as_str()).unwrap_or_default();
    let line = format!("{problem}: {}: {}{repair}", finding.subject, finding.detail);
    format!("{}\n", output::cell(&line))
}

fn summary(verified: &Verified) -> String {
    format!(
        "read {} ({}), {} and {}: {}",
        human::count(verified.blobs, "blob"),
        human::size(verified.bytes),
        human::count(verified.manifests, "manifest"),
        human::count(verified.names, "name"),
        match verified.findings.len() {
            0 => "all is well".to_owned(),
            many => human::count(many, "finding"),
        }
    )
}
