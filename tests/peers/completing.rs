//! The completion scripts, in the shells that they are for.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::folder::Folder;
use crate::hreg::Hreg;
use crate::peer;

/// Completes in bash as its line editor does: it takes the line apart at `:` too.
const BASH: &str = r#"
source "$SCRIPT"
COMP_LINE="hreg show all $WORD"; COMP_POINT=${#COMP_LINE}
case $WORD in
    *:) COMP_WORDS=(hreg show all "${WORD%:}" :) COMP_CWORD=4 last= ;;
    *) COMP_WORDS=(hreg show all "$WORD") COMP_CWORD=3 last=$WORD ;;
esac
_hreg hreg "$last" all
printf '%s\n' "${COMPREPLY[@]}"
"#;

/// Completes in fish, which has a command for it.
const FISH: &str = r#"source $SCRIPT; complete -C "hreg show all $WORD""#;

/// Completes in zsh, whose own functions are replaced by ones that print what they are given.
const ZSH: &str = r#"
compdef() { }
_describe() { local name=$@[-1]; print -rl -- ${(P)name} }
source $SCRIPT
words=(hreg show all "$WORD"); CURRENT=4
_clap_dynamic_completer_hreg
"#;

/// Completes in PowerShell, which has a function for it.
const POWERSHELL: &str = r#"
. $env:SCRIPT
$line = "hreg show all $env:WORD"
(TabExpansion2 $line $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText }
"#;

/// Gives what a shell completes a word to, after `hreg show all`.
fn complete(shell: &Path, run: &[&str], program: &str, script: &str, word: &str) -> Vec<String> {
    let hreg = Hreg::new();
    let chart = Folder::empty().file("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    hreg.save(&chart.path());
    hreg.run(["tag", "web:1.0.0", "web:latest"]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(script);
    let folder = Path::new(env!("CARGO_BIN_EXE_hreg")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let store = hreg.command();
    let mut command = Command::new(shell);
    for (name, value) in store.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command
        .args(run)
        .arg(program)
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("SCRIPT", script)
        .env("WORD", word)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(errors, "", "{}", shell.display());
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn check(shell: PathBuf, run: &[&str], program: &str, script: &str, tagged: &[&str]) {
    let complete = |word| complete(&shell, run, program, script, word);
    assert_eq!(complete("we"), ["web"]);
    assert_eq!(complete("web:"), tagged);
    assert_eq!(complete("nothing"), [""; 0]);
}

#[test]
fn bash_completes_references() {
    let Some(shell) = peer::find("bash") else { return };
    // What stands before the colon is a word of its own there.
    check(shell, &["--norc", "-c"], BASH, "hreg.bash", &["1.0.0", "latest"]);
}

#[test]
fn fish_completes_references() {
    let Some(shell) = peer::find("fish") else { return };
    check(shell, &["--no-config", "-c"], FISH, "hreg.fish", &["web:1.0.0", "web:latest"]);
}

#[test]
fn zsh_completes_references() {
    let Some(shell) = peer::find("zsh") else { return };
    // A colon that stands before no description is escaped.
    check(shell, &["-f", "-c"], ZSH, "_hreg", &["web\\:1.0.0", "web\\:latest"]);
}

/// No registry of packages has PowerShell for the machines that run these tests by themselves.
#[test]
fn powershell_completes_references() {
    let Some(shell) = peer::find_if_there(&["pwsh"]) else { return };
    let run = ["-NoLogo", "-NoProfile", "-Command"];
    check(shell, &run, POWERSHELL, "hreg.ps1", &["web:1.0.0", "web:latest"]);
}
