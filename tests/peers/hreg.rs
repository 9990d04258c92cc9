//! The program under test, with a store of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::run::Said;

/// Runs hreg on a store that goes away with it.
pub(crate) struct Hreg {
    folder: TempDir,
}

impl Hreg {
    pub(crate) fn new() -> Hreg {
        Hreg { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hreg"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HREG_") {
                command.env_remove(name);
            }
        }
        command.env_remove("SOURCE_DATE_EPOCH");
        command.env("HREG_STORE", self.folder.path().join("store"));
        // Nobody's logins but its own.
        command
            .env("HOME", self.folder.path())
            .env("HREG_REGISTRY_CONFIG", self.folder.path().join("registry.json"));
        for name in ["HELM_REGISTRY_CONFIG", "HELM_CONFIG_HOME", "DOCKER_CONFIG", "XDG_CONFIG_HOME"]
        {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Said {
        Said::of(self.command().args(arguments))
    }

    /// Runs with text on standard input.
    pub(crate) fn run_with_input(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        input: &str,
    ) -> Said {
        let file = self.folder.path().join("input");
        std::fs::write(&file, input).unwrap();
        let mut command = self.command();
        Said::of(command.args(arguments).stdin(std::fs::File::open(file).unwrap()))
    }

    /// Saves a chart folder or archive.
    pub(crate) fn save(&self, path: &Path) -> Said {
        self.run([OsStr::new("save"), OsStr::new("--output=json"), path.as_os_str()])
    }

    /// Saves a chart that must be one, and gives hreg's report.
    pub(crate) fn saved(&self, path: &Path) -> Saved {
        let reports: Value = serde_json::from_slice(&self.save(path).bytes()).unwrap();
        Saved(reports[0].clone())
    }

    /// Exports a chart to a folder in `into`.
    pub(crate) fn export_folder(&self, reference: &str, into: &Path) -> PathBuf {
        self.export(reference, into, &[])
    }

    /// Exports the archive of a chart into `into`.
    pub(crate) fn export_archive(&self, reference: &str, into: &Path) -> PathBuf {
        self.export(reference, into, &["--archive"])
    }

    fn export(&self, reference: &str, into: &Path, options: &[&str]) -> PathBuf {
        let mut command = self.command();
        command.args(["export", "--output=json", reference, "--destination"]).arg(into);
        let report = Said::of(command.args(options)).bytes();
        let report: Value = serde_json::from_slice(&report).unwrap();
        PathBuf::from(report["path"].as_str().unwrap())
    }
}

/// Is hreg's report of what it saved.
pub(crate) struct Saved(pub(crate) Value);

impl Saved {
    pub(crate) fn reference(&self) -> &str {
        self.0["reference"].as_str().unwrap()
    }

    /// Gives the chart's name.
    pub(crate) fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }

    /// Gives the chart's version.
    pub(crate) fn version(&self) -> &str {
        self.0["version"].as_str().unwrap()
    }

    /// Gives the digest of the manifest.
    pub(crate) fn digest(&self) -> &str {
        self.0["digest"].as_str().unwrap()
    }

    /// Gives the digest of Chart.yaml as JSON.
    pub(crate) fn meta(&self) -> &str {
        self.0["meta"]["digest"].as_str().unwrap()
    }

    /// Gives the digest of the archive.
    pub(crate) fn content(&self) -> &str {
        self.0["content"]["digest"].as_str().unwrap()
    }
}
