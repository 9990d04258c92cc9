//! `hreg tag`

use clap::Args;

use crate::cli::arguments::{Output, Replacing};
use crate::cli::context::Context;
use crate::cli::{Outcome, Result, complete, output, report};
use crate::name::Reference;
use crate::ops::tag;

/// Gives a stored chart another name, in the same space or another.
#[derive(Debug, Args)]
pub struct Tag {
    /// The chart
    #[arg(value_name = "REF", add = complete::references())]
    reference: Reference,
    /// Its new name; without a tag, its version
    #[arg(value_name = "NEW-REF", add = complete::references())]
    to: Reference,
    #[command(flatten)]
    replacing: Replacing,
    #[command(flatten)]
    output: Output,
}

impl Tag {
    pub(crate) fn run(self, context: &Context) -> Result {
        let overwrite = self.replacing.overwrite();
        let tagged = tag::tag(&context.store, &self.reference, &self.to, overwrite)?;
        output::print(self.output.output, &tagged, || {
            format!("{}: {}\n", tagged.reference, tagged.digest)
        })?;
        if let Some(before) = &tagged.moved_from {
            report::note(&format!("{} was {before}", tagged.reference));
        }
        if let Some(before) = tagged.replaced.filter(|_| tagged.replaced != tagged.moved_from) {
            let repository = &tagged.reference.repository;
            report::note(&format!("the version in {repository} was replaced; it was {before}"));
        }
        Ok(Outcome::Done)
    }
}
