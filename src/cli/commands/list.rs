//! `hreg list`

use clap::Args;

use crate::cli::arguments::{Headed, Output, switch};
use crate::cli::context::Context;
use crate::cli::{Outcome, Result, complete, human, output, report, table};
use crate::name::{Range, SpaceName};
use crate::ops::list::{self, Options, Row};
use crate::parallel;

/// Lists what is in the store: a row for each tag, and for each version that no tag names.
#[derive(Debug, Args)]
pub struct List {
    /// A space, a chart, or the beginning of references up to a / or :, such as library,
    /// library/mychart or mychart; or a pattern such as 'my*' for names of charts, or 'team/*' for
    /// charts in their space
    #[arg(add = complete::charts())]
    prefix: Option<String>,
    /// List one space only, which must be there
    #[arg(long, env = "HREG_SPACE", hide_env_values = true, add = complete::spaces())]
    space: Option<SpaceName>,
    /// List versions in a range only, such as '^1.2' or '>=1.0 <2.0'
    #[arg(long, value_name = "RANGE")]
    version: Option<Range>,
    /// Print at most this many rows
    #[arg(long, value_name = "N", env = "HREG_MAX", hide_env_values = true)]
    max: Option<usize>,
    /// Print references only
    #[arg(short = 'q', long, visible_alias = "quiet", env = "HREG_SHORT", value_parser = switch(), hide_env_values = true)]
    short: bool,
    #[command(flatten)]
    headed: Headed,
    #[command(flatten)]
    output: Output,
}

const HEADING: [&str; 6] = ["REF", "NAME", "VERSION", "DIGEST", "SIZE", "CREATED"];

/// How many rows a thread writes out at a time: about a millisecond's worth.
const PIECE: usize = 1000;

impl List {
    pub(crate) fn run(self, context: &Context) -> Result {
        let options = Options {
            prefix: self.prefix.clone(),
            space: self.space,
            range: self.version,
            max: self.max,
        };
        let listing = list::list(&context.store, &options)?;
        let rows = &listing.rows;
        if self.short {
            let names: Vec<String> = rows.iter().map(|row| row.reference.to_string()).collect();
            output::print(self.output.output, &names, || {
                names.iter().map(|name| format!("{name}\n")).collect()
            })?;
        } else {
            let heading = self.headed.heading(HEADING);
            output::print(self.output.output, rows, || {
                table::render(heading, &parallel::map(rows, PIECE, cells))
            })?;
        }
        if let Some(prefix) = self.prefix.filter(|_| rows.is_empty()) {
            let near = list::nearest(&context.store, &prefix)?;
            let meant = format!("; did you mean {}?", near.join(", "));
            let meant = if near.is_empty() { "" } else { &meant };
            report::note(&format!("nothing in the store matches {prefix:?}{meant}"));
        }
        for (reference, error) in &listing.unreadable {
            report::warning(&format!("{reference} is left out: {error}; see `hreg verify`"));
        }
        match listing.unreadable.is_empty() {
            true => Ok(Outcome::Done),
            false => Ok(Outcome::Failed),
        }
    }
}

fn cells(row: &Row) -> [String; 6] {
    [
        row.reference.to_string(),
        row.name.clone(),
        row.version.clone(),
        row.digest.short(),
        human::size(row.size),
        human::age(row.created),
    ]
}
