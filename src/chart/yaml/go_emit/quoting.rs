//! In which style a text is written: as plain as YAML 1.1 lets it be.

use super::date::is_timestamp;
use crate::chart::yaml::scalar::{Scalar, Tag};

/// The ways to write a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// Lines below a `|`.
    Literal,
}

impl Style {
    /// Chooses a style; a key that stands on the line of its value cannot have several lines.
    pub(super) fn of(text: &str, is_key: bool) -> Style {
        let traits = Traits::of(text);
        if text.contains('\n') {
            let is_block = !is_key && !traits.ends_in_space && !traits.has_special;
            return if is_block { Style::Literal } else { Style::Double };
        }
        let needs_escapes = traits.has_special || traits.has_space_behind_break;
        if needs_escapes || means_something_else(text) {
            Style::Double
        } else if traits.has_indicator || traits.has_blank_end || traits.has_break {
            Style::Single
        } else {
            Style::Plain
        }
    }
}

/// Tells whether a text without quotes would be a number, a truth value, a null or a date.
fn means_something_else(text: &str) -> bool {
    let scalar = Scalar::<()>::resolve(text, Tag::Plain);
    !matches!(scalar, Ok(Scalar::Text(_))) || is_timestamp(text) || is_base_60(text)
}

/// Tells whether a text is a number such as `1:30`, which go-yaml itself reads as text.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    let is_sixtieth = |part: &str| match part.as_bytes() {
        [units] => units.is_ascii_digit(),
        [b'0'..=b'5', units] => units.is_ascii_digit(),
        _ => false,
    };
    let Some((first, rest)) = whole.split_once(':') else { return false };
    first.starts_with(|digit: char| digit.is_ascii_digit())
        && first.bytes().chain(fraction.bytes()).all(is_digit)
        && rest.split(':').all(is_sixtieth)
}

/// Says what of a text stands against the one or the other style.
#[derive(Debug, Default)]
struct Traits {
    /// A mark that means something to YAML where it stands.
    has_indicator: bool,
    /// A space or line end as its first or last character.
    has_blank_end: bool,
    ends_in_space: bool,
    has_break: bool,
    has_space_behind_break: bool,
    /// A character that has to be escaped, or a space before a line end.
    has_special: bool,
}

impl Traits {
    fn of(text: &str) -> Traits {
        if is_simple(text) {
            return Traits::default();
        }
        let is_blank = |character| character == ' ' || is_break(character);
        let mut traits = Traits {
            has_indicator: text.starts_with("---") || text.starts_with("..."),
            has_blank_end: text.starts_with(is_blank) || text.ends_with(is_blank),
            ends_in_space: text.ends_with(' '),
            ..Traits::default()
        };
        let mut before = None;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let is_last_of_word = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
            traits.has_indicator |= is_indicator(before, character, is_last_of_word);
            let follows_break = before.is_some_and(is_break);
            traits.has_break |= is_break(character);
            traits.has_space_behind_break |= character == ' ' && follows_break;
            traits.has_special |=
                !is_printable(character) || (is_break(character) && before == Some(' '));
            before = Some(character);
        }
        traits
    }
}

/// Tells of most texts that they have none of the traits.
fn is_simple(text: &str) -> bool {
    let is_simple = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'+');
    let starts = text.starts_with(|first: char| first.is_ascii_alphanumeric());
    starts && text.bytes().all(|byte| is_simple(byte) || byte == b'-' || byte == b'_')
}

fn is_indicator(before: Option<char>, character: char, is_last_of_word: bool) -> bool {
    match (before, character) {
        (_, ':') => is_last_of_word,
        (None, '?' | '-') => is_last_of_word,
        (None, _) => "#,[]{}&*!|>'\"%@`".contains(character),
        (Some(before), '#') => matches!(before, ' ' | '\t' | '\0') || is_break(before),
        _ => false,
    }
}

pub(super) fn has_break(text: &str) -> bool {
    text.contains(is_break)
}

pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Tells whether a character needs no escape; all of over 16 bits do, in go-yaml.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character,
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}
