//! `hreg export`

use std::path::PathBuf;

use clap::Args;

use super::chosen::Chosen;
use crate::cli::arguments::{Output, switch};
use crate::cli::context::Context;
use crate::cli::{Outcome, Result, output};
use crate::ops::export::{self, Options};

/// Writes a stored chart to a folder, or as the archive it was.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    chosen: Chosen,
    /// The folder to put it into
    #[arg(short, long, value_name = "DIR", default_value = ".", env = "HREG_DESTINATION", hide_env_values = true, value_hint = clap::ValueHint::DirPath)]
    destination: PathBuf,
    /// Write the archive, byte for byte, and its signature file if there is one
    #[arg(long, env = "HREG_ARCHIVE", value_parser = switch(), hide_env_values = true)]
    archive: bool,
    /// Write over what is there; other files in an existing folder stay
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    output: Output,
}

impl Export {
    pub(crate) fn run(self, context: &Context) -> Result {
        let options = Options {
            reference: self.chosen.resolve(context)?,
            destination: self.destination,
            archive: self.archive,
            force: self.force,
        };
        let exported = export::export(&context.store, &options)?;
        let slash = if options.archive { "" } else { "/" };
        output::print(self.output.output, &exported, || {
            format!("Exported chart to {}{slash}\n", exported.path)
        })?;
        Ok(Outcome::Done)
    }
}
