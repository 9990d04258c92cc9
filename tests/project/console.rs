//! What a page shows in ```console blocks is what happens when it is typed.
//!
//! The blocks of a page are run one after the other in one folder, with the examples in `examples/`
//! and the store in `store/`. A
//! line `$ COMMAND` is given to `sh`; the lines below it are what it prints, standard error after
//! standard output. `…` stands for anything within a line, a line `[exit N]` for the exit code,
//! which is 0 where there is none. Where nothing is shown, anything may be printed. What
//! docs/registries.md calls `example.com` are servers of the test.

use std::path::Path;
use std::process::Command;

use crate::documents::{Page, pages};
use crate::hosts::Hosts;
use crate::root;

/// Is a command of a page, and what the page shows of its result.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    line: usize,
    command: String,
    output: String,
    exit: i32,
}

fn steps(page: &Page) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut in_block = false;
    for (index, line) in page.text.lines().enumerate() {
        if line.starts_with("```") {
            in_block = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_block) {
            let command = command.to_owned();
            steps.push(Step { line: index + 1, command, output: String::new(), exit: 0 });
        } else if let Some(step) = steps.last_mut().filter(|_| in_block) {
            match line.strip_prefix("[exit ").and_then(|rest| rest.strip_suffix(']')) {
                Some(code) => step.exit = code.parse().unwrap(),
                None => step.output += &format!("{line}\n"),
            }
        }
    }
    steps
}

/// Runs a command, and says how it differs from what is shown.
fn run(step: &Step, folder: &Path, hosts: Option<&Hosts>) -> Result<(), String> {
    let program = Path::new(env!("CARGO_BIN_EXE_hreg")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let command = hosts.map(|hosts| hosts.in_command(&step.command));
    let output = Command::new("sh")
        .args(["-c", command.as_ref().unwrap_or(&step.command)])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:{path}", program.display()))
        .env("HOME", folder)
        .env("HREG_STORE", "store")
        .output()
        .unwrap();
    let shown = [output.stdout, output.stderr].concat();
    let shown = String::from_utf8(shown).unwrap();
    let shown = hosts.map(|hosts| hosts.in_output(&shown)).unwrap_or(shown);
    let exit = output.status.code().unwrap_or(-1);
    if exit != step.exit {
        return Err(format!("exit code {exit}, not {}:\n{shown}", step.exit));
    }
    match step.output.is_empty() || matches(&step.output, &shown) {
        true => Ok(()),
        false => Err(format!("it prints\n{shown}and not\n{}", step.output)),
    }
}

/// Tells whether text is as expected, line by line, `…` standing for anything.
fn matches(expected: &str, text: &str) -> bool {
    let mut lines = text.lines();
    let all = expected.lines().all(|expected| {
        lines.next().is_some_and(|line| line_matches(expected.trim_end(), line.trim_end()))
    });
    all && lines.next().is_none()
}

fn line_matches(expected: &str, line: &str) -> bool {
    let Some((start, rest)) = expected.split_once('…') else { return expected == line };
    let Some(line) = line.strip_prefix(start) else { return false };
    let mut ends = (0..=line.len()).filter(|end| line.is_char_boundary(*end));
    ends.any(|end| line_matches(rest, &line[end..]))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Gives a folder with what the pages work on.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("examples"), &folder.path().join("examples"));
    folder
}

#[test]
fn what_the_pages_show_is_what_happens() {
    let mut wrong = Vec::new();
    let mut count = 0;
    // The examples of the JSON contract have charts of their own: tests/cli holds them.
    for page in pages().into_iter().filter(|page| page.path != "docs/json.md") {
        let folder = folder();
        let hosts = (page.path == "docs/registries.md").then(Hosts::start);
        for step in steps(&page) {
            count += 1;
            if let Err(reason) = run(&step, folder.path(), hosts.as_ref()) {
                wrong.push(format!("{}:{}: {}: {reason}", page.path, step.line, step.command));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(count > 20, "only {count} commands were found");
}

#[test]
fn a_page_that_is_wrong_is_found() {
    let page = Page {
        path: "x.md".to_owned(),
        text: "$ no\n```console\n$ echo a-b\na…b\n$ false\n[exit 1]\n```\n".to_owned(),
    };
    let steps = steps(&page);
    let commands: Vec<(usize, &str)> =
        steps.iter().map(|step| (step.line, step.command.as_str())).collect();
    assert_eq!(commands, [(3, "echo a-b"), (5, "false")]);
    let folder = folder();
    let tried = |index: usize, change: fn(&mut Step)| {
        let mut step = self::steps(&page).remove(index);
        change(&mut step);
        run(&step, folder.path(), None).is_ok()
    };
    assert!(tried(0, |_| {}) && tried(1, |_| {}));
    assert!(!tried(0, |step| step.output = "a\n".to_owned()));
    assert!(!tried(0, |step| step.output.push_str("more\n")));
    assert!(!tried(0, |step| step.exit = 1));
    assert!(!tried(1, |step| step.exit = 0));
}
