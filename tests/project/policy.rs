//! What is built into hreg is what deny.toml allows.
//!
//! `cargo deny check` does this and more (advisories, sources) where it is installed; here licences
//! and bans are held to without it, and without a network.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::root;

/// Reads the strings of a list in deny.toml; in a list of tables, those of one field.
fn list(section: &str, key: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, rest) = text.split_once(&format!("\n[{section}]\n")).unwrap();
    let (_, rest) = rest.split_once(&format!("\n{key} = [\n")).unwrap();
    let (list, _) = rest.split_once("\n]").unwrap();
    let lines = list.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.map(|line| line.split('"').nth(1).unwrap().to_owned()).collect()
}

/// Asks cargo for all packages that are built for this machine.
fn packages() -> Vec<Value> {
    let compiler = Command::new("rustc").arg("-vV").output().unwrap();
    let told = String::from_utf8(compiler.stdout).unwrap();
    let host = told.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", host])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Tells whether one of the choices that a licence expression leaves is allowed as a whole.
fn permits(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    either(&mut rest, allowed) && rest.is_empty()
}

fn either(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut permitted = both(rest, allowed);
    while rest.first() == Some(&"OR") {
        *rest = &rest[1..];
        permitted |= both(rest, allowed);
    }
    permitted
}

fn both(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut permitted = one(rest, allowed);
    while rest.first() == Some(&"AND") {
        *rest = &rest[1..];
        permitted &= one(rest, allowed);
    }
    permitted
}

fn one(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let Some((first, after)) = rest.split_first() else { return false };
    *rest = after;
    if *first == "(" {
        let permitted = either(rest, allowed);
        *rest = rest.get(1..).unwrap_or_default();
        return permitted;
    }
    // An exception would have to be allowed by name; so far there is always another choice.
    if rest.first() == Some(&"WITH") {
        *rest = rest.get(2..).unwrap_or_default();
        return false;
    }
    allowed.contains(*first)
}

#[test]
fn every_licence_is_allowed() {
    let allowed = list("licenses", "allow");
    let packages = packages();
    assert!(packages.len() > 50, "only {} packages were found", packages.len());
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(permits(licence, &allowed), "{}: {licence:?} is not allowed", package["name"]);
    }
}

#[test]
fn nothing_is_built_in_that_is_banned() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let locked: BTreeSet<&str> =
        lock.lines().filter_map(|line| line.strip_prefix("name = ")?.split('"').nth(1)).collect();
    let banned = list("bans", "deny");
    assert!(banned.contains("serde_yaml") && locked.contains("clap"));
    for name in banned {
        assert!(!locked.contains(name.as_str()), "{name} is banned; deny.toml says why");
    }
}

#[test]
fn an_expression_is_read_as_spdx_says() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"].map(str::to_owned));
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("GPL-3.0-only OR MIT", true),
        ("MIT/GPL-3.0", true),
        ("GPL-3.0-only AND MIT", false),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("(MIT OR Apache-2.0) AND OpenSSL", false),
        ("Apache-2.0 WITH LLVM-exception", false),
        ("Apache-2.0 WITH LLVM-exception OR MIT", true),
        ("", false),
    ] {
        assert_eq!(permits(expression, &allowed), expected, "{expression}");
    }
}
