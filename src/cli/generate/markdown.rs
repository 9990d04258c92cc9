//! The page on all commands: a table of them, what all have in common, then each by itself.

use std::collections::BTreeMap;
use std::fmt::Display;

use clap::{Arg, ArgAction, Command};

const OPENING: &str = "\
# Commands

This page is generated from the program; a test fails when it is out of date.

What a command finds goes to standard output, all else (bars, notes, warnings, errors) to standard \
error. See [exit codes](exit-codes.md) and [the JSON contract](json.md).

";

const REFERENCES: &str = "\
## References

A reference is `[HOST[:PORT]/]SPACE/CHART[:TAG][@DIGEST]`. A first part with a `.` or `:` in it, or \
`localhost`, is a host; with `oci://` in front the first part always is one, so that \
`oci://library/mychart` means a registry called `library`. Without a space it is a chart of the \
space `library`. Given both a tag and a digest, both must hold. Without either, commands that \
read take the tag `latest`, or else the highest version that is no pre-release.

";

const VARIABLES: &str = "\
## Environment variables

A flag on the command line goes before its variable. A variable that is set to nothing counts as \
not set. A flag that consents to losing something \
(`--force`, `--yes`, `--repair`, `--all` of `remove`) has no variable on purpose: nobody should lose a chart \
to a setting made long ago. Nor have options that name what one call is about (`--set`, \
`--values`, `--replace`, `--immutable`, `--charts-only`). A switch is on when its variable is \
set to anything but `0`, `false`, `no` or `off`.

| variable | stands for | of |
|---|---|---|
";

const OTHER_VARIABLES: &str = "\
| `SOURCE_DATE_EPOCH` | the time that packed files get, in seconds since 1970; without it \
1980-01-01T00:00:00Z; of a new Chart.lock too, which otherwise has the time of day | `save`, \
`orchestrate`, `version metadata`, `version values`, `dependency update`, `dependency build` |
| `XDG_DATA_HOME` | where the default store is, on Linux: `hreg/store` in this folder, or in \
`~/.local/share` | all commands |
| `XDG_CONFIG_HOME` | where `hreg login` keeps credentials, on Linux: `hreg/registry.json` in this \
folder, or in `~/.config` | those with `--registry-config` |
| `HELM_REGISTRY_CONFIG`, `HELM_REPOSITORY_CONFIG`, `HELM_CONFIG_HOME` | where Helm has its credentials \
and the names of repositories | those with `--registry-config` or `--repository-config` |
| `DOCKER_CONFIG` | the folder of Docker's config.json, in place of `~/.docker` | those with \
`--registry-config` |
| `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` | the proxies to go through, and for whom not; \
those in small letters go first, and this machine is always spoken to directly | those with \
`--registry-config` |
| `NO_COLOR` | no colour in messages on wrong usage | all commands |
";

/// Writes the page.
pub(super) fn page(root: &Command) -> String {
    let mut text = OPENING.to_owned();
    text += "| command | what it does |\n|---|---|\n";
    for command in commands(root) {
        let name = path(command);
        text += &format!("| [`{name}`](#{}) | {} |\n", name.replace(' ', "-"), about(command));
    }
    text += "\n## Options of every command\n\n";
    text += &arguments(root, &[]);
    text += "\n";
    text += REFERENCES;
    text += VARIABLES;
    text += &variables(root);
    text += OTHER_VARIABLES;
    for command in commands(root) {
        text += &section(root, command);
    }
    text
}

/// Lists the commands that do something: not those that only gather commands of their own.
fn commands(root: &Command) -> Vec<&Command> {
    let mut commands = Vec::new();
    for command in root.get_subcommands() {
        commands.push(command);
        commands.extend(command.get_subcommands());
    }
    commands.retain(|command| !command.is_subcommand_required_set());
    commands
}

/// Gives the words that call a command.
fn path(command: &Command) -> &str {
    command.get_bin_name().unwrap_or(command.get_name())
}

fn about(command: &Command) -> String {
    command.get_about().map_or(String::new(), prose)
}

fn long_about(command: &Command) -> String {
    command.get_long_about().map_or(String::new(), ToString::to_string)
}

fn section(root: &Command, command: &Command) -> String {
    let mut text = format!("\n## {}\n\n", path(command));
    text += &format!("{}.\n\n", about(command));
    if let Some((_, more)) = long_about(command).split_once("\n\n") {
        text += &format!("{more}\n\n");
    }
    let usage = command.clone().render_usage().to_string();
    let lines: Vec<&str> = usage.trim_start_matches("Usage: ").lines().map(str::trim).collect();
    text += &format!("```text\n{}\n```\n", lines.join("\n"));
    let (before, _) = path(command).rsplit_once(' ').unwrap_or_default();
    for alias in command.get_visible_aliases() {
        text += &format!("\nAlso called `{before} {alias}`.\n");
    }
    let inherited: Vec<&str> = root
        .get_arguments()
        .filter(|common| common.is_global_set())
        .map(|common| common.get_id().as_str())
        .collect();
    let arguments = arguments(command, &inherited);
    if !arguments.is_empty() {
        text += "\n";
        text += &arguments;
    }
    text
}

/// Writes the table of a command's arguments, but for those with the given names.
fn arguments(command: &Command, but: &[&str]) -> String {
    let shown = |argument: &&Arg| {
        !argument.is_hide_set()
            && !matches!(argument.get_action(), ArgAction::Help | ArgAction::HelpShort)
            && !but.contains(&argument.get_id().as_str())
    };
    let rows: Vec<String> = command.get_arguments().filter(shown).map(argument).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("| argument | meaning | default | variable |\n|---|---|---|---|\n{}", rows.concat())
}

fn argument(argument: &Arg) -> String {
    let short = argument.get_short().map_or(String::new(), |short| format!("`-{short}`, "));
    let mut name = format!("{short}`{}`", cell(argument));
    for alias in argument.get_visible_aliases().unwrap_or_default() {
        name += &format!(", `--{alias}`");
    }
    let (mut meaning, mut default) = meaning(argument);
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|_| argument.get_action().takes_values())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() {
        meaning += &format!(": {}", values.join(", "));
    }
    if argument.get_action().takes_values()
        && let Some(value) = argument.get_default_values().first()
    {
        default = format!("`{}`", value.display());
    }
    let variable = variable(argument).map_or(String::new(), |name| format!("`{name}`"));
    format!("| {name} | {meaning} | {default} | {variable} |\n")
}

/// Gives what an argument means, and apart from it the default that its text tells of.
fn meaning(argument: &Arg) -> (String, String) {
    let help = argument.get_help().map_or(String::new(), prose);
    match help.strip_suffix(']').and_then(|help| help.split_once(" [default: ")) {
        Some((meaning, default)) => (meaning.to_owned(), default.to_owned()),
        None => (help, String::new()),
    }
}

fn variable(argument: &Arg) -> Option<String> {
    argument.get_env().map(|name| name.display().to_string())
}

/// Writes a row for each variable that stands for an argument.
fn variables(root: &Command) -> String {
    let mut found: BTreeMap<String, (String, Vec<&str>)> = BTreeMap::new();
    let common = root.get_arguments().map(|argument| (argument, "all commands"));
    let inherited = |argument: &Arg| argument.is_global_set();
    let own = commands(root).into_iter().flat_map(|command| {
        let own = command.get_arguments().filter(|argument| !inherited(argument));
        own.map(|argument| (argument, path(command).trim_start_matches("hreg ")))
    });
    for (argument, command) in common.chain(own) {
        if let Some(variable) = variable(argument) {
            let name = argument.get_long().map_or(cell(argument), |long| format!("--{long}"));
            found.entry(variable).or_insert((name, Vec::new())).1.push(command);
        }
    }
    let row = |(variable, (name, commands)): (String, (String, Vec<&str>))| {
        let of = match commands.as_slice() {
            ["all commands"] => "all commands".to_owned(),
            some => some.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        };
        format!("| `{variable}` | `{name}` | {of} |\n")
    };
    found.into_iter().map(row).collect()
}

/// Writes text so that it stays within its cell of a table.
fn cell(text: impl Display) -> String {
    text.to_string().replace('|', "\\|").replace('\n', " ")
}

/// Writes text for a cell whose stars are stars: they stand in patterns, and emphasise nothing.
fn prose(text: impl Display) -> String {
    let escape = |(index, part): (usize, &str)| match index % 2 {
        0 => part.replace('*', "\\*"),
        _ => part.to_owned(),
    };
    cell(text).split('`').enumerate().map(escape).collect::<Vec<_>>().join("`")
}
