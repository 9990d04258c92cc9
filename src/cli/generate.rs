//! What is generated from the arguments: completion scripts, man pages, docs/cli.md.
//!
//! The files are kept in the repository; a test fails when they are not what is generated here.

mod markdown;

use clap::{Command, CommandFactory as _};
use clap_complete::env::{EnvCompleter, Fish, Powershell, Zsh};

use super::arguments::Arguments;
pub use super::commands::completion::Shell;
use super::complete::VARIABLE;
use super::described::wholly_described;

/// Completes in bash, which needs help with the colons of references.
const BASH: &str = include_str!("generate/hreg.bash");

/// Gives the completion script of a shell.
pub fn completion(shell: Shell) -> anyhow::Result<String> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => return Ok(BASH.to_owned()),
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "hreg", "hreg", "hreg", &mut script)?;
    Ok(String::from_utf8(script)?.trim().to_owned() + "\n")
}

/// Gives the man pages: file name and text of each.
pub fn man_pages() -> anyhow::Result<Vec<(String, String)>> {
    let mut pages = Vec::new();
    add_man_pages(&command(), &mut pages)?;
    Ok(pages)
}

/// Gives the reference of all commands, in Markdown.
pub fn markdown() -> String {
    markdown::page(&command())
}

fn command() -> Command {
    let mut root = wholly_described(Arguments::command().disable_help_subcommand(true));
    root.build();
    root
}

fn add_man_pages(command: &Command, pages: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone().name(name.clone()))
        .source(concat!("hreg ", env!("CARGO_PKG_VERSION")))
        .manual("hreg")
        .render(&mut page)?;
    pages.push((format!("{name}.1"), String::from_utf8(page)?));
    command.get_subcommands().try_for_each(|command| add_man_pages(command, pages))
}
