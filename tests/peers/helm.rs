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
    pub(crate) fn find() -> Option<Helm> {
        let program = peer::find("helm")?;
        Some(Helm { program, home: TempDir::new().unwrap() })
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
