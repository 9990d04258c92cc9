//! A module names only modules of lower rows; modules of one row do not know each other.

use crate::source::{Source, Violation};
use crate::{hold, lines};

/// The rows, lowest first. A new module has to find its place here.
const ROWS: [&[&str]; 9] = [
    &["error", "parallel", "progress"],
    &["digest", "go_json"],
    &["name"],
    &["chart", "oci", "disk"],
    &["storage", "plan"],
    &["store", "remote"],
    &["ops", "upstream"],
    &["serve"],
    &["cli"],
];

/// The files that stand outside of the rows, and the only modules that each may name.
const OUTSIDE: [(&str, &[&str]); 2] = [("src/main.rs", &["cli"]), ("src/lib.rs", &[])];

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

fn rule(source: &Source) -> Vec<Violation> {
    let own = source.module().first().copied().unwrap_or_default().to_owned();
    let outside = OUTSIDE.iter().find(|(path, _)| *path == source.path);
    if outside.is_none() && row(&own).is_none() {
        return vec![source.violation(1, format!("the module {own} has no row"))];
    }
    let allowed = |named: &str| match outside {
        Some((_, modules)) => modules.contains(&named),
        None => named == own || row(named) < row(&own),
    };
    let named = named_modules(source).into_iter();
    named
        .filter(|(named, _)| row(named).is_some() && !allowed(named))
        .map(|(named, line)| source.violation(line, format!("it must not name {named}")))
        .collect()
}

/// Lists the top modules that are named in paths, and the lines that name them.
fn named_modules(source: &Source) -> Vec<(String, usize)> {
    let mut named = Vec::new();
    let mut place = 0;
    while place < source.words.len() {
        let roots = root_at(source, place);
        if roots == 0 {
            place += 1;
            continue;
        }
        place += roots;
        first_names(source, place, &mut named);
    }
    named
}

/// Gives the number of words, if any, that lead to the crate's root from a place.
fn root_at(source: &Source, place: usize) -> usize {
    let is_root = |root: &str| source.is_at(place, &[root, "::"]);
    if is_root("crate") || (is_root("hreg") && source.path == "src/main.rs") {
        return 2;
    }
    if place > 0 && source.words[place - 1].text == "::" {
        return 0;
    }
    let mut supers = 0;
    while source.is_at(place + 2 * supers, &["super", "::"]) {
        supers += 1;
    }
    let leaves_file = supers > 0 && supers >= source.module().len();
    let depth = || source.module().len() + inline_modules(source, place);
    if leaves_file && supers >= depth() { 2 * supers } else { 0 }
}

/// Counts the modules written out in the file that a place is in.
fn inline_modules(source: &Source, place: usize) -> usize {
    let mut open = Vec::new();
    for at in 0..place {
        match source.words[at].text.as_str() {
            "{" => open.push(at >= 2 && source.words[at - 2].text == "mod"),
            "}" => drop(open.pop()),
            _ => {}
        }
    }
    open.iter().filter(|is_module| **is_module).count()
}

/// Adds the first names of a path, or of each path in braces.
fn first_names(source: &Source, place: usize, named: &mut Vec<(String, usize)>) {
    let mut depth = 0;
    let mut begins = true;
    for word in &source.words[place..] {
        match word.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => begins = true,
            name => {
                if begins && word.is_name() {
                    named.push((name.to_owned(), word.line));
                }
                begins = false;
            }
        }
        if depth == 0 {
            return;
        }
    }
}

#[test]
fn the_program_keeps_to_its_layers() {
    hold(rule);
}

#[test]
fn every_row_has_modules_that_exist() {
    let sources = crate::source::all();
    for module in ROWS.concat() {
        let is_there = sources.iter().any(|source| source.module().first() == Some(&module));
        assert!(is_there, "there is no module {module}");
    }
}

#[test]
fn a_module_must_not_name_a_higher_one() {
    let text = "use crate::name::Tag;\nuse crate::store::Store;\nfn f() { crate::ops::g() }";
    assert_eq!(lines(rule, "src/storage/mod.rs", text), [2, 3]);
    assert!(lines(rule, "src/cli/mod.rs", text).is_empty());
}

#[test]
fn modules_of_one_row_do_not_know_each_other() {
    assert_eq!(lines(rule, "src/chart/folder.rs", "use crate::disk::read;"), [1]);
    assert_eq!(lines(rule, "src/oci/mod.rs", "use crate::{digest::Digest,\nchart};"), [2]);
    assert!(lines(rule, "src/chart/pack/mod.rs", "use crate::chart::archive;").is_empty());
}

#[test]
fn a_chain_of_supers_is_followed() {
    let text = "use super::super::ops;";
    assert_eq!(lines(rule, "src/store/put.rs", text), [1]);
    assert!(lines(rule, "src/store/verify/pass.rs", text).is_empty());
    let inline = "mod a { use super::super::super::ops; }";
    assert_eq!(lines(rule, "src/store/put.rs", inline), [1]);
    let inside = "mod a { use super::super::ops; }";
    assert!(lines(rule, "src/store/put.rs", inside).is_empty());
}

#[test]
fn a_module_without_a_row_is_refused() {
    assert_eq!(lines(rule, "src/newcomer.rs", ""), [1]);
    assert_eq!(lines(rule, "src/main.rs", "fn main() { hreg::store::f() }"), [1]);
}
