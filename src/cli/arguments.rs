//! The arguments as a whole: global options and the list of commands.
//!
//! What a single command takes is declared beside the command.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use super::commands::{
    chart, completion, copy, dependency, export, gc, list, login, orchestrate, pull, push, remove,
    save, search, serve, show, space, tag, verify, version,
};
use super::variables;
use crate::store::Overwrite;

/// Keeps Helm charts in a local, content-addressed store
#[derive(Debug, Parser)]
#[command(
    name = "hreg",
    version,
    propagate_version = false,
    arg_required_else_help = true,
    after_help = "A reference is [HOST[:PORT]/]SPACE/CHART[:TAG][@DIGEST]; without a space it is a \
                  chart of the space \"library\".\n\
                  Exit codes: 0 done, 1 failed, 2 wrong usage."
)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// Reads the command line and the environment.
    pub(crate) fn read() -> Result<Arguments, clap::Error> {
        let (mut command, matches) = variables::read(Arguments::command)?;
        Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// Holds the options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The folder of the store [default: hreg in the platform's data folder]
    #[arg(long, global = true, env = "HREG_STORE", value_name = "DIR", hide_env_values = true)]
    pub store: Option<PathBuf>,
    /// How long to wait for a lock, such as 30s or 5m [default: as long as it takes]
    #[arg(
        long,
        global = true,
        env = "HREG_LOCK_TIMEOUT",
        value_name = "TIME",
        value_parser = duration,
        hide_env_values = true
    )]
    pub lock_timeout: Option<Duration>,
}

/// Names the commands.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Save chart folders or archives to the store
    ///
    /// An archive is kept byte for byte, and so is the signature file (.prov) beside it. A folder
    /// is packed, the same folder to the same bytes on any machine and day.
    Save(save::Save),
    /// List what is in the store
    ///
    /// There is a row for each tag, and one for each version that no tag names.
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show what is in a stored chart
    #[command(subcommand)]
    Show(show::Show),
    /// Write a stored chart to a folder, or as the archive it was
    Export(export::Export),
    /// Give a stored chart another name
    ///
    /// In its own space or in another. Nothing is copied: both names stand for one manifest.
    Tag(tag::Tag),
    /// Build a chart out of stored ones by a plan
    ///
    /// The plan says which charts of the store go into which, under which names and with which
    /// values. The result is saved as a version like any other, and a lock file is written beside the
    /// plan that --locked holds a later run to.
    #[command(name = "orchestrate")]
    Orchestrate(Box<orchestrate::Orchestrate>),
    /// Push charts to a registry
    ///
    /// What a registry has already is not sent again, and a tag that is there with another manifest
    /// is not moved without --force.
    Push(push::Push),
    /// Pull charts from a registry or a chart repository into the store
    ///
    /// All digests are checked, and that the chart is the one that was asked for. A manifest is kept
    /// byte for byte, so that it has the same digest wherever it goes.
    Pull(pull::Pull),
    /// Copy a chart from one registry to another
    ///
    /// Manifests are copied byte for byte, past the store; other artifacts and lists of manifests can
    /// be copied too.
    Copy(copy::Copy),
    /// Search for charts in the store, a registry or a chart repository
    ///
    /// What is searched are names, keywords and descriptions.
    Search(search::Search),
    /// List, update and build what a chart folder depends on
    #[command(subcommand, visible_alias = "dep")]
    Dependency(dependency::Dependency),
    /// Log in to a registry
    ///
    /// Name and password are tried on the registry, and kept in a file of hreg's own that only its
    /// user may read. What `helm registry login` and `docker login` have kept is used too.
    Login(login::Login),
    /// Log out from a registry
    Logout(login::Logout),
    /// Remove tags, versions or whole charts
    ///
    /// The last tag of a version takes the version along. A version that no tag names is removed
    /// by its own name, and a digest alone removes a manifest with all its names. What they were
    /// made of stays until `hreg gc`.
    #[command(visible_alias = "rm")]
    Remove(remove::Remove),
    /// Create, list, show and remove spaces
    #[command(subcommand)]
    Space(space::Space),
    /// List, show and remove charts
    #[command(subcommand)]
    Chart(chart::Chart),
    /// List, show, change and remove versions
    #[command(subcommand)]
    Version(version::Version),
    /// Serve the store over HTTP
    ///
    /// It can be used from the command line meanwhile: what is saved is served at once. SIGTERM and
    /// Ctrl-C end it when the requests that run have ended.
    Serve(serve::Serve),
    /// Read the whole store back and report all damage
    ///
    /// Every blob is held against its digest, every link and name against what it should lead to.
    /// The exit code is 1 where there is any finding, repaired or not.
    Verify(verify::Verify),
    /// Remove what no tag and no version leads to
    ///
    /// That is manifests without a name, blobs without a manifest, and what interrupted writers
    /// left. Others may read and write beside it; writers wait while it removes.
    Gc(gc::Gc),
    /// Print a completion script for a shell
    Completion(completion::Completion),
}

/// Says how to print a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For people and programs.
    Yaml,
}

/// Holds the option that says how to print a result.
#[derive(Debug, Clone, Copy, Args)]
pub struct Output {
    /// How to print the result
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        env = "HREG_OUTPUT",
        value_name = "FORMAT",
        hide_env_values = true
    )]
    pub output: Format,
}

impl Output {
    /// Gives YAML in place of a table, for what is nested.
    pub(crate) fn without_table(self) -> Format {
        if self.output == Format::Table { Format::Yaml } else { self.output }
    }
}

/// Holds the option that leaves the heading of a table out.
#[derive(Debug, Clone, Copy, Args)]
pub struct Headed {
    /// Leave the heading out
    #[arg(long, env = "HREG_NO_HEADERS", value_parser = switch(), hide_env_values = true)]
    no_headers: bool,
}

impl Headed {
    /// Gives the heading, unless it is to be left out.
    pub(crate) fn heading<const N: usize>(self, names: [&str; N]) -> Option<[&str; N]> {
        (!self.no_headers).then_some(names)
    }
}

/// Holds the option that keeps versions from being replaced.
#[derive(Debug, Clone, Copy, Args)]
pub struct Replacing {
    /// Refuse to replace a version that is there with other content
    #[arg(long, env = "HREG_NO_OVERWRITE", value_parser = switch(), hide_env_values = true)]
    no_overwrite: bool,
}

impl Replacing {
    /// Says whether versions may be replaced.
    pub(crate) fn overwrite(self) -> Overwrite {
        if self.no_overwrite { Overwrite::Refuse } else { Overwrite::Allow }
    }
}

/// Reads the variable of a switch: anything but `0`, `false`, `no` or `off` turns it on.
pub(crate) fn switch() -> FalseyValueParser {
    FalseyValueParser::new()
}

/// Reads a span of time: `90s`, `1h 30m`, `7d`, or a number of seconds. A day has 24 hours.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string());
    }
    let span: Result<jiff::Span, _> = text.parse();
    let span = span.and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()));
    let span = span.map_err(|_| "expected a time such as 30s, 5m, 1h or 7d".to_owned())?;
    Duration::try_from(span).map_err(|_| "expected a time that is not negative".to_owned())
}
