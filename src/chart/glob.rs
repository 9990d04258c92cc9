//! Shell patterns with the rules of Go's `path.Match`, which Helm uses throughout.
//!
//! `*` and `?` stop at a slash, a class such as `[^a-z]` does not, and a backslash takes the next
//! character as it is. A match looks at each star once and never goes back to an earlier one, so no
//! pattern takes more than its length times the name's.

use crate::error::{Classified, Kind};

/// Says that a pattern is malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern: {pattern:?}")]
pub struct Error {
    /// The pattern as given.
    pub pattern: String,
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

/// Matches whole `/`-separated names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What stands before the first star.
    head: Vec<Unit>,
    /// What stands behind each star, up to the next.
    tails: Vec<Vec<Unit>>,
}

/// Matches exactly one character.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Unit {
    Literal(char),
    Any,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Pattern, Error> {
        parse(text).ok_or_else(|| Error { pattern: text.to_owned() })
    }

    /// Tells whether the pattern matches all of a name.
    pub fn matches(&self, name: &str) -> bool {
        let Some(mut rest) = strip(&self.head, name) else { return false };
        let Some((last, between)) = self.tails.split_last() else { return rest.is_empty() };
        for tail in between {
            match starts(rest).find_map(|start| strip(tail, start)) {
                Some(found) => rest = found,
                None => return false,
            }
        }
        starts(rest).any(|start| strip(last, start) == Some(""))
    }
}

/// Checks a pattern as far as Go's `filepath.Match` reads it on a name: not beyond the first part
/// between stars that does not match.
pub fn check_on(text: &str, name: &str) -> Result<(), Error> {
    let (mut left, mut rest) = (text, name);
    while !left.is_empty() {
        let chunk = left.trim_start_matches('*');
        let (chunk, next) = chunk.split_at(chunk_end(chunk));
        let units = parse(chunk).ok_or_else(|| Error { pattern: text.to_owned() })?.head;
        let reach = if left.starts_with('*') { usize::MAX } else { 1 };
        let mut ends = starts(rest).take(reach).filter_map(|start| strip(&units, start));
        match ends.find(|end| end.is_empty() || !next.is_empty()) {
            Some(end) => rest = end,
            None => return Ok(()),
        }
        left = next;
    }
    Ok(())
}

/// Finds the next star that is no member of a class and has no backslash before it.
fn chunk_end(text: &str) -> usize {
    let mut in_class = false;
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '[' => in_class = true,
            ']' => in_class = false,
            '*' if !in_class => return index,
            _ => {}
        }
    }
    text.len()
}

/// Gives the ends of a name that remain after a star took nothing, one character, and so on.
fn starts(name: &str) -> impl Iterator<Item = &str> {
    let reach = name.find('/').unwrap_or(name.len());
    let ends = name.char_indices().map(|(index, _)| index).chain([name.len()]);
    ends.take_while(move |index| *index <= reach).map(move |index| &name[index..])
}

/// Matches the units at the start of a name, and gives what follows.
fn strip<'n>(units: &[Unit], name: &'n str) -> Option<&'n str> {
    let mut rest = name.chars();
    let all_match = units.iter().all(|unit| rest.next().is_some_and(|next| unit.matches(next)));
    all_match.then_some(rest.as_str())
}

impl Unit {
    fn matches(&self, character: char) -> bool {
        match self {
            Unit::Literal(literal) => *literal == character,
            Unit::Any => character != '/',
            Unit::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
        }
    }
}

type Characters<'t> = std::iter::Peekable<std::str::Chars<'t>>;

fn parse(text: &str) -> Option<Pattern> {
    let mut pattern = Pattern { head: Vec::new(), tails: Vec::new() };
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let unit = match character {
            '*' => {
                pattern.tails.push(Vec::new());
                continue;
            }
            '?' => Unit::Any,
            '[' => class(&mut characters)?,
            '\\' => Unit::Literal(characters.next()?),
            literal => Unit::Literal(literal),
        };
        pattern.tails.last_mut().unwrap_or(&mut pattern.head).push(unit);
    }
    Some(pattern)
}

/// Reads a class up to its bracket; it holds one range at least.
fn class(characters: &mut Characters<'_>) -> Option<Unit> {
    let negated = characters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || characters.next_if_eq(&']').is_none() {
        let low = member(characters)?;
        let is_range = characters.next_if_eq(&'-').is_some();
        ranges.push((low, if is_range { member(characters)? } else { low }));
    }
    Some(Unit::Class { negated, ranges })
}

fn member(characters: &mut Characters<'_>) -> Option<char> {
    match characters.next()? {
        '-' | ']' => None,
        '\\' => characters.next(),
        character => Some(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(name)
    }

    #[test]
    fn matches_as_go_does() {
        let cases = [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[^e-g]", "abc", true),
            ("ab[^b-d]", "abc", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a\u{263a}b", true),
            ("a[^a]b", "a\u{263a}b", true),
            ("a???b", "a\u{263a}b", false),
            ("[a-ζ]*", "α", true),
            ("a?b", "a/b", false),
            ("a*b", "a/b", false),
            ("a[^x]b", "a/b", true),
            ("[\\]a]", "]", true),
            ("[x\\-]", "-", true),
            ("", "", true),
            ("", "a", false),
            ("**", "ab", true),
            ("*x", "xxx", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(matches(pattern, name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        let patterns =
            ["[]a]", "[-]", "[x-]", "[-x]", "[", "[^", "[^bc", "a[", "\\", "a\\", "[a-b-c]", "[\\"];
        for pattern in patterns {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn what_is_malformed_is_found_only_where_go_looks() {
        for pattern in ["[]a]", "a*[]a]", "*[", "abc[", "x[", "?*c["] {
            assert!(check_on(pattern, "abc").is_err(), "{pattern}");
        }
        for pattern in ["/*[]a]", "x*[", "*x*[", "abc*", "*", "[a]*c", ""] {
            assert_eq!(check_on(pattern, "abc"), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "a*".repeat(2_000) + "b";
        assert!(!matches(&pattern, &"a".repeat(4_000)));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(pattern in "[a\\[\\]^\\\\*?/é-]{0,12}", name in "[ab/é]{0,12}") {
            let _ = check_on(&pattern, &name);
            if let Ok(pattern) = Pattern::parse(&pattern) {
                pattern.matches(&name);
            }
        }
    }
}
