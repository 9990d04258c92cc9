//! From text to comparators.

use super::super::Precedence;
use super::Group;
use super::comparator::{Comparator, Given, Operator};

/// The operators, those first that another one is the beginning of.
const OPERATORS: [(&str, Operator); 11] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

/// Writes `1.2 - 2.0` as `>= 1.2, <= 2.0`, with all white space around it.
pub(super) fn without_hyphens(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some((low, high, after)) = hyphen_range(rest) {
            plain.push_str(&format!(">= {low}, <= {high} "));
            rest = after;
        } else {
            plain.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    plain
}

fn hyphen_range(text: &str) -> Option<(&str, &str, &str)> {
    let (low, rest) = split_version(skip_space(text))?;
    let (high, rest) = split_version(spaced_hyphen(rest)?)?;
    Some((low, high, skip_space(rest)))
}

fn spaced_hyphen(text: &str) -> Option<&str> {
    let hyphen = skip_space(text).strip_prefix('-').filter(|_| begins_with_space(text))?;
    Some(skip_space(hyphen)).filter(|_| begins_with_space(hyphen))
}

/// Reads the comparators between two `||`.
pub(super) fn group(text: &str) -> Option<Group> {
    let mut comparators = Vec::new();
    let mut rest = skip_space(text);
    loop {
        let (operator, after) = split_operator(rest);
        let (version, after) = split_version(skip_space(after))?;
        comparators.push(comparator(operator, version)?);
        rest = skip_space(after);
        match rest.strip_prefix(',') {
            Some(after_comma) => rest = skip_space(after_comma),
            None if rest.is_empty() => break,
            None if begins_with_space(after) => {}
            None => return None,
        }
    }
    let prereleases = comparators.iter().any(|comparator| comparator.bound.is_prerelease());
    Some(Group { comparators, prereleases })
}

fn split_operator(text: &str) -> (Operator, &str) {
    let found =
        OPERATORS.iter().find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
    found.unwrap_or((Operator::Equal, text))
}

/// Reads a version whose numbers may be missing or `x`, `X` or `*`.
fn comparator(operator: Operator, text: &str) -> Option<Comparator> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split('+').next()?;
    let (numbers, prerelease) = match text.split_once('-') {
        Some((numbers, prerelease)) => (numbers, format!("-{prerelease}")),
        None => (text, String::new()),
    };
    let numbers: Vec<&str> = numbers.split('.').collect();
    let open = numbers.iter().position(|number| matches!(*number, "x" | "X" | "*"));
    let (given, core) = match open.unwrap_or(numbers.len()) {
        0 => (Given::Nothing, "0.0.0".to_owned()),
        1 => (Given::Major, format!("{}.0.0", numbers[0])),
        2 => (Given::Minor, format!("{}.{}.0", numbers[0], numbers[1])),
        _ => (Given::All, numbers.join(".")),
    };
    let bound = Precedence::parse(&format!("{core}{prerelease}")).ok()?;
    Some(Comparator { operator, bound, given })
}

/// Splits off the longest text that has the form of a version: up to three numbers, wildcards
/// among them, a pre-release and build metadata.
fn split_version(text: &str) -> Option<(&str, &str)> {
    let is_number = |byte: u8| byte.is_ascii_digit() || b"xX*".contains(&byte);
    let unsigned = text.strip_prefix('v').unwrap_or(text);
    let mut rest = skip_some(unsigned, is_number)?;
    for _ in 0..2 {
        let number = rest.strip_prefix('.').and_then(|number| skip_some(number, is_number));
        rest = number.unwrap_or(rest);
    }
    for sign in ['-', '+'] {
        rest = rest.strip_prefix(sign).and_then(skip_identifiers).unwrap_or(rest);
    }
    Some((&text[..text.len() - rest.len()], rest))
}

fn skip_identifiers(text: &str) -> Option<&str> {
    let is_identifier = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let mut rest = skip_some(text, is_identifier)?;
    while let Some(next) = rest.strip_prefix('.').and_then(|next| skip_some(next, is_identifier)) {
        rest = next;
    }
    Some(rest)
}

/// Skips at least one byte of a kind.
fn skip_some(text: &str, is_kind: impl Fn(u8) -> bool) -> Option<&str> {
    let end = text.bytes().position(|byte| !is_kind(byte)).unwrap_or(text.len());
    (end > 0).then(|| &text[end..])
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

fn begins_with_space(text: &str) -> bool {
    text.starts_with(is_space)
}

/// Tells what Go's regular expressions mean by `\s`.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}
