//! What is generated from the arguments: completion scripts, man pages, docs/cli.md.
//!
//! The files are kept in the repository; a test fails when they are not what is generated here.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};

use super::arguments::Arguments;
pub use super::commands::completion::Shell;
use super::complete::VARIABLE;

/// Gives the completion script of a shell.
pub fn completion(shell: Shell) -> anyhow::Result<String> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "hreg", "hreg", "hreg", &mut script)?;
    Ok(String::from_utf8(script)?)
}

/// Gives the man pages: file name and text of each.
pub fn man_pages() -> anyhow::Result<Vec<(String, String)>> {
    let mut pages = Vec::new();
    let mut root = Arguments::command().disable_help_subcommand(true);
    root.build();
    add_man_pages(&root, &mut pages)?;
    Ok(pages)
}

fn add_man_pages(command: &Command, pages: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone().name(name.clone())).render(&mut page)?;
    pages.push((format!("{name}.1"), String::from_utf8(page)?));
    command.get_subcommands().try_for_each(|command| add_man_pages(command, pages))
}

/// Gives the reference of all commands, in Markdown.
pub fn markdown() -> anyhow::Result<String> {
    let mut root = Arguments::command().disable_help_subcommand(true);
    root.build();
    let mut text = String::from(
        "# Commands\n\n\
         This page is generated from the program; `cargo test` tells when it is out of date.\n",
    );
    add_markdown(&root, &mut text)?;
    Ok(text)
}

fn add_markdown(command: &Command, text: &mut String) -> anyhow::Result<()> {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    writeln!(text, "\n## {name}\n")?;
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        writeln!(text, "{about}\n")?;
    }
    let usage = command.clone().render_usage().to_string();
    writeln!(text, "```\n{}\n```", usage.trim_start_matches("Usage: "))?;
    let arguments: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set() && argument.get_id() != "help")
        .collect();
    if !arguments.is_empty() {
        writeln!(text, "\n| argument | meaning | variable |\n|---|---|---|")?;
        arguments.into_iter().try_for_each(|argument| add_argument(argument, text))?;
    }
    command.get_subcommands().try_for_each(|command| add_markdown(command, text))
}

fn add_argument(argument: &Arg, text: &mut String) -> anyhow::Result<()> {
    let shown = argument.to_string().replace('|', "\\|");
    let short = argument.get_short().map_or(String::new(), |short| format!("`-{short}`, "));
    let help = argument.get_help().map_or(String::new(), ToString::to_string);
    let variable = argument.get_env().map_or(String::new(), |name| format!("`{}`", name.display()));
    Ok(writeln!(text, "| {short}`{shown}` | {} | {variable} |", help.replace('|', "\\|"))?)
}
