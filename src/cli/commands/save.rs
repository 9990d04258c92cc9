//! `hreg save`

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::{kept, report_failures};
use crate::cli::arguments::{Output, Replacing, switch};
use crate::cli::context::{Context, source_date_epoch};
use crate::cli::{Result, complete, output, report};
use crate::name::{Reference, SpaceName};
use crate::ops::save::{self, Options, Saved};
use crate::ops::sign::{self, Signer};
use crate::ops::{self, prepare::Destination};

/// Saves chart folders or archives to the store.
#[derive(Debug, Args)]
pub struct Save {
    /// Chart folders or .tgz archives; the last may be the reference to save one chart under,
    /// unless there is a file or folder of that name [default: library/NAME:VERSION]
    #[arg(required = true, value_name = "PATH|REF", value_hint = clap::ValueHint::AnyPath)]
    arguments: Vec<PathBuf>,
    /// The space to save under the charts' own names and versions
    #[arg(long, env = "HREG_SPACE", hide_env_values = true, add = complete::spaces())]
    space: Option<SpaceName>,
    #[command(flatten)]
    replacing: Replacing,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    output: Output,
}

/// Holds the options of signing.
#[derive(Debug, Args)]
struct Signing {
    /// Sign the charts, in place of the signature files beside archives
    #[arg(long, env = "HREG_SIGN", value_parser = switch(), hide_env_values = true)]
    sign: bool,
    /// The name of the key to sign with, or a part of it [default: the keyring's only key]
    #[arg(long, value_name = "NAME", env = "HREG_KEY", hide_env_values = true)]
    key: Option<String>,
    /// The keyring of secret keys [default: GnuPG's old one, ~/.gnupg/secring.gpg]
    #[arg(long, value_name = "FILE", env = "HREG_SECRET_KEYRING", hide_env_values = true, value_hint = clap::ValueHint::FilePath)]
    keyring: Option<PathBuf>,
    /// The file with the passphrase of the key; - is standard input
    #[arg(long, value_name = "FILE", env = "HREG_PASSPHRASE_FILE", hide_env_values = true, value_hint = clap::ValueHint::FilePath)]
    passphrase_file: Option<PathBuf>,
}

impl Signing {
    fn signer(self) -> Result<Option<Signer>> {
        if !self.sign {
            return Ok(None);
        }
        let keyring = match self.keyring {
            Some(file) => file,
            None => std::env::home_dir()
                .context("there is no home folder; use --keyring")?
                .join(".gnupg/secring.gpg"),
        };
        let keyring = sign::read_keyring(&keyring)?;
        let passphrase = self.passphrase_file.map(|file| sign::read_passphrase(&standard(file)));
        let (key, passphrase) = (self.key, passphrase.transpose()?);
        Ok(Some(Signer { keyring, key, passphrase }))
    }
}

/// Takes `-` for standard input.
fn standard(file: PathBuf) -> PathBuf {
    if file.as_os_str() == "-" { PathBuf::from("/dev/stdin") } else { file }
}

impl Save {
    pub(crate) fn run(self, context: &Context) -> Result {
        let (paths, reference) = split(self.arguments)?;
        let destination = match (reference, self.space) {
            (Some(reference), Some(space)) if reference.repository.space != space => {
                return Err(ops::Error::TwoSpaces { reference: Box::new(reference), space }.into());
            }
            (Some(reference), _) => Destination::Reference(reference),
            (None, Some(space)) => Destination::Space(space),
            (None, None) => Destination::Space(SpaceName::library()),
        };
        let overwrite = self.replacing.overwrite();
        let (modified, signer) = (source_date_epoch()?, self.signing.signer()?);
        let options = Options { paths, destination, overwrite, modified, signer };
        let results = save::save(&context.store, &options, &*context.progress);
        context.progress.finish();
        let (saved, outcome) = report_failures(results?);
        output::print(self.output.output, &saved, || saved.iter().map(summary).collect())?;
        saved.iter().for_each(tell);
        Ok(outcome)
    }
}

/// Tells paths from the reference after them: what is there is a path, and so is what no reference
/// can look like.
fn split(mut arguments: Vec<PathBuf>) -> Result<(Vec<PathBuf>, Option<Reference>)> {
    let last = &arguments[arguments.len() - 1];
    if arguments.len() == 1 || last.symlink_metadata().is_ok() || is_path(last) {
        return Ok((arguments, None));
    }
    let reference = Reference::parse(&last.to_string_lossy()).map_err(ops::Error::from)?;
    arguments.pop();
    Ok((arguments, Some(reference)))
}

fn is_path(argument: &Path) -> bool {
    let text = argument.to_string_lossy();
    ["./", "../", "/"].iter().any(|start| text.starts_with(start))
        || text.ends_with('/')
        || argument.extension().is_some_and(|extension| extension == "tgz")
}

/// Writes what was saved, and the tag that it is under.
pub(super) fn summary(saved: &Saved) -> String {
    format!("{}{}: saved\n", kept::summary(&saved.chart), kept::tag(&saved.chart))
}

/// Tells on standard error what should not go unnoticed.
pub(super) fn tell(saved: &Saved) {
    for warning in &saved.warnings {
        report::warning(warning);
    }
    if let Some(before) = &saved.replaced {
        let name = format!("{} {}", saved.chart.reference.repository, saved.chart.version);
        report::note(&format!("{name} was replaced; it was {before}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_argument_is_a_reference_unless_it_is_there() {
        let split = |arguments: &[&str]| {
            let (paths, reference) = split(arguments.iter().map(PathBuf::from).collect()).unwrap();
            (paths.len(), reference.map(|reference| reference.to_string()))
        };
        assert_eq!(split(&["chart"]), (1, None));
        assert_eq!(split(&["chart", "a/b:1"]), (1, Some("a/b:1".to_owned())));
        assert_eq!(split(&["chart", "src"]), (2, None));
        assert_eq!(split(&["chart", "./other"]), (2, None));
        assert_eq!(split(&["chart", "charts/other/"]), (2, None));
        assert_eq!(split(&["chart", "missing-1.0.0.tgz"]), (2, None));
    }
}
