//! Patterns in the language of Go's `regexp`, which Helm reads those of schemas in.
//!
//! The crate `regex` is of the same family: no look-around, and a time that is linear in the text.
//! The differences that matter are made up for: `\d`, `\s` and `\w` mean ASCII in Go, and a `[` in
//! brackets is a character. Go's `\Q…\E` is refused.

use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError};
use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

/// The memory that one pattern may take, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Reads a pattern.
pub(super) fn read(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&translated(pattern)).size_limit(MAX_BYTES).dfa_size_limit(MAX_BYTES).build()
}

/// Checks texts for a pattern, on behalf of `jsonschema`.
struct Pattern(Regex);

impl<'i> Keyword<'i> for Pattern {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        match self.is_valid(instance) {
            true => Ok(()),
            false => Err(ValidationError::custom("")),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        instance.as_str().is_none_or(|text| self.0.is_match(text))
    }
}

/// Makes the check of one pattern.
pub(super) fn keyword<'a>(
    _schema: &'a Map<String, Value>,
    value: &'a Value,
    _place: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    let Value::String(pattern) = value else {
        return Err(ValidationError::schema("pattern must be a string"));
    };
    match read(pattern) {
        Ok(pattern) => Ok(Box::new(Pattern(pattern))),
        Err(error) => Err(ValidationError::schema(error.to_string())),
    }
}

/// Writes a pattern of Go's as the crate reads it.
fn translated(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    // The number of characters since the bracket that is open.
    let mut bracket: Option<usize> = None;
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        let since = bracket;
        bracket = since.map(|since| since + 1);
        match (character, since) {
            ('\\', _) => translated.push_str(&escaped(rest.next())),
            ('[', None) => {
                bracket = Some(0);
                translated.push('[');
            }
            ('[', Some(_)) if rest.peek() == Some(&':') => {
                translated.push('[');
                let mut class = rest.by_ref().take_while(|character| *character != ']');
                translated.extend(class.by_ref());
                translated.push(']');
            }
            ('[' | '&' | '~', Some(_)) => translated.extend(['\\', character]),
            ('^', Some(0)) => {
                // What follows is still the first of the bracket.
                bracket = Some(0);
                translated.push('^');
            }
            (']', Some(0)) => translated.push_str("\\]"),
            (']', Some(_)) => {
                bracket = None;
                translated.push(']');
            }
            _ => translated.push(character),
        }
    }
    translated
}

/// Writes what a backslash and a character stand for.
fn escaped(character: Option<char>) -> String {
    match character {
        Some('d') => "[0-9]".to_owned(),
        Some('D') => "[^0-9]".to_owned(),
        Some('s') => "[\\t\\n\\f\\r ]".to_owned(),
        Some('S') => "[^\\t\\n\\f\\r ]".to_owned(),
        Some('w') => "[0-9A-Za-z_]".to_owned(),
        Some('W') => "[^0-9A-Za-z_]".to_owned(),
        Some('b') => "(?-u:\\b)".to_owned(),
        Some(character) => format!("\\{character}"),
        None => "\\".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_go() {
        for (pattern, text, matches) in [
            ("^\\d+$", "12", true),
            ("^\\d+$", "١", false),
            ("^\\w{1,253}$", "é", false),
            ("^[\\w.-]+$", "a.b-c", true),
            ("^[^\\s]+$", "a b", false),
            ("^[[:alpha:]]+$", "abc", true),
            ("^[[]$", "[", true),
            ("^[]a]$", "]", true),
            ("^[a&&b]$", "&", true),
            ("(?i)^abc$", "ABC", true),
            ("\\Aa\\z", "a", true),
            ("\\pL", "é", true),
            ("\\ba\\b", "a b", true),
            ("^a\\.b$", "axb", false),
        ] {
            assert_eq!(read(pattern).unwrap().is_match(text), matches, "{pattern} {text}");
        }
        for pattern in ["^(?!x)", "(", "[a", "a\\", "(a)\\1"] {
            assert!(read(pattern).is_err(), "{pattern}");
        }
        assert!(read("((a{1000}){1000}){1000}").is_err());
    }
}
