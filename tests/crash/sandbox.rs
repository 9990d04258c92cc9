//! A folder of its own for each run of the program, with a store and charts in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Is a folder in which commands run; its store is `store`.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// Makes an empty one, in memory where the system has a place for that.
    pub(crate) fn new() -> Sandbox {
        let memory = tempfile::tempdir_in("/dev/shm");
        Sandbox { folder: memory.or_else(|_| tempfile::tempdir()).unwrap() }
    }

    /// Copies all that is in this one.
    pub(crate) fn copy(&self) -> Sandbox {
        let copy = Sandbox::new();
        copy_tree(self.folder.path(), copy.folder.path());
        copy
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("store")
    }

    /// Writes a chart folder; charts of different texts have different contents.
    pub(crate) fn chart(&self, folder: &str, name: &str, version: &str, text: &str) {
        let metadata = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
        self.write(&format!("{folder}/Chart.yaml"), &metadata);
        self.write(&format!("{folder}/values.yaml"), &format!("text: {text}\n"));
        self.write(&format!("{folder}/templates/NOTES.txt"), text);
    }

    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn command<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hreg"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("HREG_STORE", "store");
        command
    }

    pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command with a fault armed.
    pub(crate) fn fault<S: AsRef<std::ffi::OsStr>>(&self, fault: &str, arguments: &[S]) -> Output {
        self.command(arguments).env("HREG_FAULT", fault).output().unwrap()
    }

    /// Runs a command that must succeed, and gives what it prints.
    pub(crate) fn must<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> String {
        let output = self.run(arguments);
        let shown: Vec<_> = arguments.iter().map(|argument| argument.as_ref()).collect();
        assert!(output.status.success(), "{shown:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Checks that the program finds no damage.
    pub(crate) fn assert_whole(&self, context: &str) {
        let output = self.run(&["verify"]);
        assert!(output.status.success(), "{context}: verify: {}", stderr(&output));
    }
}

/// Tells how a process ended and what it printed.
pub(crate) fn stderr(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (kind, place) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            fs::create_dir(&place).unwrap();
            copy_tree(&entry.path(), &place);
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path()).unwrap(), place).unwrap();
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
