//! Files, functions and names: small, opened by what they are for, and not called after nothing.

use crate::source::{Source, Violation, is_test, item_end};
use crate::{hold, lines};

const MAX_FILE_LINES: usize = 600;
const MAX_FUNCTION_LINES: usize = 60;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "misc", "shared"];

fn file_length(source: &Source) -> Vec<Violation> {
    let count = source.text.lines().count();
    let reason = format!("the file has {count} lines, more than {MAX_FILE_LINES}");
    let too_long = (count > MAX_FILE_LINES).then(|| source.violation(count, reason));
    too_long.into_iter().collect()
}

fn function_length(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (place, word) in source.words.iter().enumerate() {
        let name = source.words.get(place + 1).filter(|next| word.text == "fn" && next.is_name());
        let Some(name) = name else { continue };
        let end = item_end(&source.words, place);
        let count = source.words[end - 1].line - word.line + 1;
        if count > MAX_FUNCTION_LINES {
            let reason = format!("the function {} has {count} lines", name.text);
            violations.push(source.violation(word.line, reason));
        }
    }
    violations
}

fn names(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    for part in source.module() {
        if EMPTY_NAMES.contains(&part) {
            violations.push(source.violation(1, format!("{part} says nothing")));
        }
    }
    for place in 0..source.words.len() {
        let name = source.words.get(place + 1).filter(|_| source.is_at(place, &["mod"]));
        if let Some(name) = name.filter(|name| EMPTY_NAMES.contains(&name.text.as_str())) {
            violations.push(source.violation(name.line, format!("{} says nothing", name.text)));
        }
    }
    violations
}

/// A file of tests belongs to the module beside it, which says what it is for.
fn opening(source: &Source) -> Vec<Violation> {
    let opened = source.text.starts_with("//! ") || is_test(&source.path);
    let reason = "a file begins with //! and what it is for";
    if opened { Vec::new() } else { vec![source.violation(1, reason)] }
}

#[test]
fn files_and_functions_are_small() {
    hold(file_length);
    hold(function_length);
}

#[test]
fn files_say_what_they_are_for() {
    hold(names);
    hold(opening);
}

#[test]
fn a_long_file_is_found() {
    assert_eq!(lines(file_length, "src/ops/a.rs", &"x\n".repeat(601)), [601]);
    assert!(lines(file_length, "src/ops/a.rs", &"x\n".repeat(600)).is_empty());
}

#[test]
fn a_long_function_is_found() {
    let function =
        |body: usize| format!("struct S;\nfn f(x: [u8; 3]) {{\n{}}}\n", "x;\n".repeat(body));
    assert_eq!(lines(function_length, "src/ops/a.rs", &function(59)), [2]);
    assert!(lines(function_length, "src/ops/a.rs", &function(58)).is_empty());
    let two = format!("trait T {{ fn a(); }}\n{}", function(10).repeat(7));
    assert!(lines(function_length, "src/ops/a.rs", &two).is_empty());
}

#[test]
fn an_empty_name_is_found() {
    assert_eq!(lines(names, "src/ops/util.rs", ""), [1]);
    assert_eq!(lines(names, "src/helpers/mod.rs", ""), [1]);
    assert_eq!(lines(names, "src/ops/a.rs", "\npub mod common;"), [2]);
    assert!(lines(names, "src/ops/utility_bill.rs", "mod commonplace;").is_empty());
}

#[test]
fn a_file_without_a_purpose_is_found() {
    assert_eq!(lines(opening, "src/ops/a.rs", "use std::io;\n"), [1]);
    assert!(lines(opening, "src/ops/a.rs", "//! Lists.\n").is_empty());
}
