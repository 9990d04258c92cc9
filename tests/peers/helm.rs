//! Helm, with a home folder of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::peer;
use crate::run::Said;

/// Runs Helm away from the user's own configuration.
pub(crate) struct Helm {
    program: PathBuf,
    home: TempDir,
}

impl Helm {
    /// Finds Helm 3.17.3, by whose rules charts are read.
    pub(crate) fn find() -> Option<Helm> {
        Helm::named("helm")
    }

    /// Finds Helm 3.17.3 and Helm 4, each with a home folder of its own: both are clients.
    pub(crate) fn generations() -> impl Iterator<Item = Helm> {
        ["helm", "helm4"].into_iter().filter_map(Helm::named)
    }

    fn named(program: &str) -> Option<Helm> {
        Some(Helm { program: peer::find(program)?, home: TempDir::new().unwrap() })
    }

    /// Gives the folder that Helm takes for the user's own.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let home = self.home.path();
        command.env("HOME", home).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        for part in ["CACHE", "CONFIG", "DATA"] {
            command.env(format!("HELM_{part}_HOME"), home.join(part.to_lowercase()));
        }
        command
    }

    pub(crate) fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Said {
        Said::of(self.command().args(arguments))
    }

    /// Runs with a registry of this machine that has no TLS: Helm 4 has to be told so.
    pub(crate) fn run_over_http<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Said {
        let told = (!self.is_three()).then_some("--plain-http");
        self.run(arguments.into_iter().chain(told))
    }

    /// Tells whether it is Helm 3.
    pub(crate) fn is_three(&self) -> bool {
        self.program.ends_with("helm")
    }

    /// Renders a chart.
    pub(crate) fn template(&self, chart: &Path) -> Said {
        self.run([OsStr::new("template"), OsStr::new("release"), chart.as_os_str()])
    }

    /// Packs a folder into a fresh folder in `into`, and gives the archive.
    pub(crate) fn package(&self, folder: &Path, into: &Path) -> Result<PathBuf, Said> {
        let said = self.run([
            OsStr::new("package"),
            folder.as_os_str(),
            OsStr::new("--destination"),
            into.as_os_str(),
        ]);
        if !said.success {
            return Err(said);
        }
        let text = said.text();
        let path = text.lines().find_map(|line| line.split_once("saved it to: "));
        Ok(PathBuf::from(path.unwrap_or_else(|| panic!("no path in {text}")).1))
    }
}
