//! Which stored chart a command is about.

use clap::Args;

use crate::cli::arguments::switch;
use crate::cli::context::Context;
use crate::cli::{Result, complete};
use crate::name::{Range, Reference};
use crate::ops::select;

/// Names a chart, and chooses one of its versions.
#[derive(Debug, Args)]
pub struct Chosen {
    /// The chart; without a tag its `latest`, else its highest version
    #[arg(value_name = "REF", add = complete::references())]
    reference: Reference,
    /// Take the highest version in a range, such as '^1.2' or '>=1.0 <2.0'
    #[arg(long, value_name = "RANGE")]
    version: Option<Range>,
    /// Take the highest version even if it is a pre-release
    #[arg(long, env = "HREG_DEVEL", value_parser = switch(), hide_env_values = true)]
    devel: bool,
}

impl Chosen {
    /// Gives the reference, with the tag that the range chose.
    pub(super) fn resolve(&self, context: &Context) -> Result<Reference> {
        let range = self.version.as_ref();
        Ok(select::select(&context.store, &self.reference, range, self.devel)?)
    }
}
