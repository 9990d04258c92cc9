//! `hreg copy`

use clap::Args;

use crate::cli::arguments::Output;
use crate::cli::context::Context;
use crate::cli::remote::Remote;
use crate::cli::{Outcome, Result, output};
use crate::name::{Host, Reference};
use crate::ops;
use crate::ops::copy::{self, Copied};
use crate::ops::transfer::{self, Status};

/// Copies a chart, or anything else, from one registry to another.
#[derive(Debug, Args)]
pub struct Copy {
    /// What to copy: HOST/PATH/CHART:TAG or HOST/PATH/CHART@DIGEST
    #[arg(value_name = "SOURCE")]
    source: Reference,
    /// Where to: HOST/PATH/CHART[:TAG] [default tag: that of the source]
    #[arg(value_name = "TARGET")]
    target: Reference,
    /// Move a tag that leads to another manifest
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    remote: Remote,
}

impl Copy {
    pub(crate) fn run(self, context: &Context) -> Result {
        let hosts = vec![host(&self.source)?, host(&self.target)?];
        let client = self.remote.client(context, hosts, 2)?;
        let copied = copy::copy(&client, &self.source, &self.target, self.force)?;
        output::print(self.output.output, &copied, || summary(&copied))?;
        Ok(Outcome::Done)
    }
}

fn host(reference: &Reference) -> Result<Host> {
    let host = reference.repository.space.host().cloned();
    let without = || transfer::Error::NoHost { target: reference.to_string() };
    Ok(host.ok_or_else(without).map_err(ops::Error::from)?)
}

fn summary(copied: &Copied) -> String {
    let done = match copied.status {
        Status::Pushed => "Copied: ",
        Status::Unchanged => "Unchanged: ",
    };
    format!("{done}{}\nDigest: {}\n", copied.reference, copied.digest)
}
