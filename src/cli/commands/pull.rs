//! `hreg pull`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::{kept, report_failures};
use crate::cli::arguments::{Output, Replacing, switch};
use crate::cli::context::Context;
use crate::cli::remote::{Jobs, Remote};
use crate::cli::{Outcome, Result, complete, output, report};
use crate::name::{Host, Range, Reference, SpaceName};
use crate::ops::pull::choose::{self, Choice, Found, Listed};
use crate::ops::pull::{self, Files, Options, Pulled, Status};
use crate::ops::{self, sign, transfer};
use crate::remote::{Client, RepositoryUrl};
use crate::{disk, parallel};

/// Pulls charts into the store.
#[derive(Debug, Args)]
pub struct Pull {
    /// Charts in registries, such as registry.example.com/charts/mychart:1.0.0, or with --repo
    /// their names there
    #[arg(required_unless_present = "file", value_name = "REF|NAME", add = complete::references())]
    charts: Vec<String>,
    /// Pull what a file lists, a chart a line, perhaps with a range after it; - is standard input
    #[arg(short, long, value_name = "LIST", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Take the highest version in a range, such as '^1.2' or '>=1.0 <2.0'
    #[arg(long, value_name = "RANGE")]
    version: Option<Range>,
    /// Take the highest version even if it is a pre-release
    #[arg(long, env = "HREG_DEVEL", value_parser = switch(), hide_env_values = true)]
    devel: bool,
    /// Take all versions, or all in the range
    #[arg(long, env = "HREG_ALL_VERSIONS", value_parser = switch(), hide_env_values = true)]
    all_versions: bool,
    /// Pull from the classic chart repository at this address
    #[arg(long, value_name = "URL", env = "HREG_REPO", hide_env_values = true, value_hint = clap::ValueHint::Url)]
    repo: Option<RepositoryUrl>,
    /// Keep the charts in this space [default: under their own references, or from a repository in
    /// the space library]
    #[arg(long, value_name = "SPACE", env = "HREG_TO", hide_env_values = true, add = complete::spaces())]
    to: Option<SpaceName>,
    #[command(flatten)]
    replacing: Replacing,
    /// Write the archives to this folder too
    #[arg(short, long, value_name = "DIR", env = "HREG_DESTINATION", hide_env_values = true, value_hint = clap::ValueHint::DirPath)]
    destination: Option<PathBuf>,
    /// Write folders instead of archives
    #[arg(long, env = "HREG_UNTAR", value_parser = switch(), hide_env_values = true)]
    untar: bool,
    /// Fetch signature files (.prov) of a repository too; registries give them anyway
    #[arg(long, env = "HREG_PROV", value_parser = switch(), hide_env_values = true)]
    prov: bool,
    /// Refuse charts that are not signed by a key in the keyring
    #[arg(long, env = "HREG_VERIFY", value_parser = switch(), hide_env_values = true)]
    verify: bool,
    /// The keyring of public keys [default: GnuPG's old one, ~/.gnupg/pubring.gpg]
    #[arg(long, value_name = "FILE", env = "HREG_KEYRING", hide_env_values = true, value_hint = clap::ValueHint::FilePath)]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    remote: Remote,
}

/// Is a chart on the command line or in a list, perhaps with a range of its own.
type Asked = (String, Option<Range>);

impl Pull {
    pub(crate) fn run(self, context: &Context) -> Result {
        let asked = self.asked()?;
        let jobs = self.jobs.count();
        let client = self.remote.client(context, self.hosts(&asked), jobs)?;
        let (found, missing) = report_failures(self.find(&client, &asked)?);
        let found: Vec<Found> = found.into_iter().flatten().collect();
        let options = self.options(jobs)?;
        let results = pull::pull(&context.store, &client, &found, &options, &*context.progress);
        context.progress.finish();
        let (pulled, failed) = report_failures(results?);
        let many = asked.len() > 1 || found.len() > 1;
        output::print(self.output.output, &pulled, || {
            pulled.iter().map(if many { line } else { summary }).collect()
        })?;
        for warning in pulled.iter().flat_map(|pulled| &pulled.warnings) {
            report::warning(warning);
        }
        match (missing, failed) {
            (Outcome::Done, Outcome::Done) => Ok(Outcome::Done),
            _ => Ok(Outcome::Failed),
        }
    }

    /// Gives what is asked for on the command line and in the list.
    fn asked(&self) -> Result<Vec<Asked>> {
        let mut asked: Vec<Asked> =
            self.charts.iter().map(|chart| (chart.clone(), self.version.clone())).collect();
        let Some(file) = &self.file else { return Ok(asked) };
        const MAX_BYTES: u64 = 16 << 20;
        let path = if file.as_os_str() == "-" { "/dev/stdin".as_ref() } else { file.as_path() };
        let bytes = disk::read(path, MAX_BYTES).map_err(ops::Error::from)?;
        let text = String::from_utf8_lossy(&bytes);
        // Neither references nor ranges have a '#': a comment goes from there to the end of its line.
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        for line in lines.filter(|line| !line.is_empty()) {
            let (chart, range) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let range = match range.trim() {
                "" => self.version.clone(),
                range => Some(Range::parse(range).map_err(ops::Error::from)?),
            };
            asked.push((chart.to_owned(), range));
        }
        Ok(asked)
    }

    fn hosts(&self, asked: &[Asked]) -> Vec<Host> {
        if let Some(url) = &self.repo {
            return vec![url.host().clone()];
        }
        let references = asked.iter().filter_map(|(text, _)| Reference::parse(text).ok());
        references.filter_map(|reference| reference.repository.space.host().cloned()).collect()
    }

    /// Chooses versions; what cannot be found is an error of its own. An argument that is wrong does
    /// not stop the others, but is wrong usage where it is alone.
    fn find(
        &self,
        client: &Client,
        asked: &[Asked],
    ) -> Result<Vec<std::result::Result<Vec<Found>, ops::Error>>> {
        let choice = |range: &Option<Range>| Choice {
            range: range.clone(),
            prereleases: self.devel,
            all: self.all_versions,
        };
        let Some(url) = &self.repo else {
            let find = |(text, range): &Asked| {
                let reference = Reference::parse(text)?;
                if reference.repository.space.host().is_none() {
                    return Err(transfer::Error::NoHost { target: text.clone() }.into());
                }
                choose::in_registry(client, &reference, &choice(range))
            };
            let found = parallel::each(asked, self.jobs.count(), find);
            return match <[_; 1]>::try_from(found) {
                Ok([Err(alone)]) if alone.is_usage() => Err(alone.into()),
                Ok(one) => Ok(one.into()),
                Err(several) => Ok(several),
            };
        };
        let listed = Listed::fetch(client, url)?;
        listed.warnings.iter().for_each(|warning| report::warning(warning));
        Ok(asked.iter().map(|(name, range)| listed.find(name, &choice(range))).collect())
    }

    fn options(&self, jobs: usize) -> Result<Options> {
        let keyring = match (self.verify, &self.keyring) {
            (false, _) => None,
            (true, Some(file)) => Some(file.clone()),
            (true, None) => {
                let home =
                    std::env::home_dir().context("there is no home folder; use --keyring")?;
                Some(home.join(".gnupg/pubring.gpg"))
            }
        };
        let write = self.destination.is_some() || self.untar;
        let files = write.then(|| Files {
            destination: self.destination.clone().unwrap_or_else(|| PathBuf::from(".")),
            untar: self.untar,
        });
        let overwrite = self.replacing.overwrite();
        let (to, provenance) = (self.to.clone(), self.prov);
        let keyring = keyring.map(|file| sign::read_keyring(&file)).transpose()?;
        Ok(Options { to, provenance, keyring, overwrite, files, jobs })
    }
}

/// Tells of one chart as the first Helm 3 did.
fn summary(pulled: &Pulled) -> String {
    let Pulled { source, chart, .. } = pulled;
    let mut text = format!("{}: Pulling from {source}\n", kept::tag(chart));
    text += &kept::summary(chart);
    for signer in &pulled.signed_by {
        text += &format!("Signed by: {signer}\n");
    }
    text += &match pulled.status {
        Status::Downloaded => format!("Status: Downloaded newer chart for {}\n", chart.reference),
        Status::UpToDate => format!("Status: Chart is up to date for {}\n", chart.reference),
    };
    match &pulled.path {
        Some(path) => text + &format!("Exported chart to {path}\n"),
        None => text,
    }
}

fn line(pulled: &Pulled) -> String {
    let status = match pulled.status {
        Status::Downloaded => "downloaded",
        Status::UpToDate => "up to date",
    };
    format!("{}: {status} {}\n", pulled.chart.reference, pulled.chart.digest)
}
