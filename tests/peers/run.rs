//! Runs a program and keeps all that it says.

use std::process::Command;

/// Holds what a program said, and whether it succeeded.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    command: String,
}

impl Said {
    pub(crate) fn of(command: &mut Command) -> Said {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Said {
            success: output.status.success(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            command: format!("{command:?}"),
        }
    }

    /// Gives what was written to standard output by a program that must succeed.
    pub(crate) fn bytes(self) -> Vec<u8> {
        assert!(self.success, "{} failed: {}", self.command, self.stderr);
        self.stdout
    }

    /// Gives it as text.
    pub(crate) fn text(self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }
}
