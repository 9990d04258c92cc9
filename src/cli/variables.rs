//! Variables that stand for options: which of them count, and what is said where they do.

use std::ffi::{OsStr, OsString};

use clap::error::ContextKind;
use clap::{Arg, ArgMatches, Command, Id};

use super::described::described;

/// Reads the command line and the environment.
pub(super) fn read(command: fn() -> Command) -> Result<(Command, ArgMatches), clap::Error> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let is_asked = |command: &Command| is_asked(command, &words);
    let mut settled = described(command(), &is_asked, &|command| settled(command, &words));
    let matches = settled.try_get_matches_from_mut(&words).map_err(|error| {
        let typed = described(command(), &is_asked, &without);
        as_typed(&error, typed, &words).unwrap_or(error)
    })?;
    Ok((settled, matches))
}

/// Tells whether a command may be asked for: its name is among the words, whatever it means there.
fn is_asked(command: &Command, words: &[OsString]) -> bool {
    let mut names = [command.get_name()].into_iter().chain(command.get_all_aliases());
    names.any(|name| words.iter().any(|word| word == name))
}

/// Gives the same error of the command line alone, if it is one: its usage would show options that
/// were never typed, but come from variables.
fn as_typed(error: &clap::Error, command: Command, words: &[OsString]) -> Option<clap::Error> {
    error.get(ContextKind::Usage)?;
    let typed = command.try_get_matches_from(words).err()?;
    let same = |context| error.get(context) == typed.get(context);
    (error.kind() == typed.kind() && same(ContextKind::InvalidArg)).then_some(typed)
}

fn without(command: Command) -> Command {
    command.mut_args(|argument| argument.env(None))
}

/// Takes some variables for unset: those that are set to nothing, as scripts clear them so, and those
/// whose option another one on the command line excludes, for a flag goes before a variable.
fn settled(command: Command, words: &[OsString]) -> Command {
    let is_given = |argument: &&Arg| {
        let long = argument.get_long();
        long.is_some_and(|long| words.iter().any(|word| is_flag(word, long)))
    };
    let given = command.get_arguments().filter(is_given);
    let excluded = given.flat_map(|argument| command.get_arg_conflicts_with(argument));
    let excluded: Vec<Id> = excluded.map(|argument| argument.get_id().clone()).collect();
    let settle = |argument: Arg| match argument.get_env().map(std::env::var_os) {
        Some(Some(value)) if value.is_empty() || excluded.contains(argument.get_id()) => {
            argument.env(None)
        }
        _ => argument,
    };
    command.mut_args(settle)
}

/// Tells whether a word of the command line is an option, with its value or without.
fn is_flag(word: &OsStr, long: &str) -> bool {
    let rest = word.to_str().and_then(|word| word.strip_prefix("--")?.strip_prefix(long));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}
