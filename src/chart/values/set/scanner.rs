//! The characters of a `--set` text, taken one by one.
//!
//! This knows backslashes, blanks and JSON; what names and values mean is left to [`super`].

use serde_json::Value;

/// Stands at a place in a text.
pub(super) struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning of a text.
    pub(super) fn new(text: &'a str) -> Scanner<'a> {
        Scanner { rest: text }
    }

    /// Tells whether the text is over.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes all up to the first of `stops`, and that stop itself; none where the text ends first.
    ///
    /// A backslash makes the next character an ordinary one; the last of a text counts for nothing.
    pub(super) fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut taken = String::new();
        while let Some(character) = self.next() {
            match character {
                stop if stops.contains(&stop) => return (taken, Some(stop)),
                '\\' => taken.extend(self.next()),
                ordinary => taken.push(ordinary),
            }
        }
        (taken, None)
    }

    /// Takes the next character if it is this one, and tells whether it was.
    pub(super) fn take(&mut self, character: char) -> bool {
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Takes blanks and one comma after them; tells whether there was the comma or the end.
    pub(super) fn skip_blanks_and_comma(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        self.is_at_end() || self.take(',')
    }

    /// Takes one JSON value; what follows it stays.
    pub(super) fn json(&mut self) -> serde_json::Result<Value> {
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter();
        let value = values.next().unwrap_or(Ok(Value::Null))?;
        self.rest = &self.rest[values.byte_offset()..];
        Ok(value)
    }

    /// Takes the next character.
    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next();
        self.rest = characters.as_str();
        character
    }
}
