//! `hreg completion`

use clap::{Args, ValueEnum};

use crate::cli::{Outcome, Result, generate, output};

/// Prints a completion script for a shell, which completes stored references too.
#[derive(Debug, Args)]
pub struct Completion {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Names a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
    /// PowerShell
    Powershell,
}

impl Completion {
    pub(crate) fn run(self) -> Result {
        output::text(&generate::completion(self.shell)?)?;
        Ok(Outcome::Done)
    }
}
