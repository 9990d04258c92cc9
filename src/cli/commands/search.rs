//! `hreg search`

use clap::Args;

use crate::cli::arguments::{Headed, Output, switch};
use crate::cli::context::Context;
use crate::cli::remote::{Jobs, Remote};
use crate::cli::{Outcome, Result, output, report, table};
use crate::name::{Host, Range};
use crate::ops;
use crate::ops::pull::choose::{Choice, Listed};
use crate::ops::search::{self, Hit, Options, Place};
use crate::remote::RepositoryUrl;

/// Searches for charts.
#[derive(Debug, Args)]
pub struct Search {
    /// What the name, a keyword or the description has in it [default: everything]
    #[arg(default_value = "", hide_default_value = true)]
    term: String,
    /// Search a registry instead of the store: oci://HOST lists all its repositories, a path those
    /// below it, a repository its tags
    #[arg(long = "remote", value_name = "URL", env = "HREG_REMOTE", hide_env_values = true, value_parser = place, conflicts_with = "repo")]
    place: Option<Place>,
    /// Search the classic chart repository at this address instead of the store
    #[arg(long, value_name = "URL", env = "HREG_REPO", hide_env_values = true, value_hint = clap::ValueHint::Url, conflicts_with = "place")]
    repo: Option<RepositoryUrl>,
    /// Take versions in a range only, such as '^1.2' or '>=1.0 <2.0'
    #[arg(long, value_name = "RANGE")]
    version: Option<Range>,
    /// Take pre-releases too
    #[arg(long, env = "HREG_DEVEL", value_parser = switch(), hide_env_values = true)]
    devel: bool,
    /// Print all versions of a chart instead of the highest
    #[arg(short = 'l', long, env = "HREG_VERSIONS", value_parser = switch(), hide_env_values = true)]
    versions: bool,
    #[command(flatten)]
    headed: Headed,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    remote: Remote,
}

const HEADING: [&str; 4] = ["NAME", "VERSION", "APP VERSION", "DESCRIPTION"];

impl Search {
    pub(crate) fn run(self, context: &Context) -> Result {
        let choice = Choice { range: self.version, prereleases: self.devel, all: self.versions };
        let options = Options { term: self.term, choice, jobs: self.jobs.count() };
        let hits = match (&self.place, &self.repo) {
            (Some(place), _) => {
                let hosts = vec![place.host.clone()];
                let client = self.remote.client(context, hosts, options.jobs)?;
                search::in_registry(&client, place, &options)?
            }
            (None, Some(url)) => {
                let hosts = vec![url.host().clone()];
                let client = self.remote.client(context, hosts, 1)?;
                let listed = Listed::fetch(&client, url)?;
                listed.warnings.iter().for_each(|warning| report::warning(warning));
                search::in_index(&listed, &options)
            }
            (None, None) => search::in_store(&context.store, &options)?,
        };
        let heading = self.headed.heading(HEADING);
        output::print(self.output.output, &hits.hits, || {
            table::render(heading, &hits.hits.iter().map(cells).collect::<Vec<_>>())
        })?;
        let failed = !hits.unreadable.is_empty();
        hits.unreadable.into_iter().for_each(|error| report::error(&error.into()));
        if failed { Ok(Outcome::Failed) } else { Ok(Outcome::Done) }
    }
}

fn cells(hit: &Hit) -> [String; 4] {
    let Hit { name, version, app_version, description } = hit.clone();
    [name, version, app_version, description]
}

/// Reads `oci://HOST[/PATH]`.
fn place(text: &str) -> std::result::Result<Place, ops::Error> {
    let bare = text.strip_prefix("oci://").unwrap_or(text).trim_end_matches('/');
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    Ok(Place { host: Host::parse(host)?, path: path.to_owned() })
}
