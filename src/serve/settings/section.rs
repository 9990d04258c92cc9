//! Reading a configuration file: a map, of which what was read is taken out, so that what is left is
//! what nobody knows.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Map, Value};

use super::units;
use crate::serve::Error;

/// Is a map of the file that is being read; what was read is taken out, so that the rest is unknown.
pub(super) struct Section<'a> {
    path: &'a Path,
    text: &'a str,
    /// The line that the section's key or dash is on, from 1; 0 for the whole file.
    line: usize,
    /// The keys that lead here, each with a dot after it.
    name: String,
    map: Map<String, Value>,
}

impl<'a> Section<'a> {
    /// Takes a whole file, which must be a map.
    pub(super) fn whole(path: &'a Path, text: &'a str, value: Value) -> Result<Self, Error> {
        Section { path, text, line: 0, name: String::new(), map: Map::new() }.filled(value)
    }

    /// Gives the file, and the line of the section.
    pub(super) fn whereabouts(&self) -> (PathBuf, usize) {
        (self.path.to_owned(), self.line)
    }

    pub(super) fn refuse<T>(&self, key: &str, reason: impl std::fmt::Display) -> Result<T, Error> {
        let reason = format!("{}{key} {reason}", self.name);
        Err(Error::Setting { path: self.path.to_owned(), line: self.line_of(key), reason })
    }

    /// Finds the line of a key: the first from the section's own on that begins with it. What is
    /// written in another way than keys on lines of their own is said to be where the section is.
    fn line_of(&self, key: &str) -> usize {
        let lines = self.text.lines().enumerate().skip(self.line.saturating_sub(1));
        let is_key = |line: &str| {
            let line = line.trim_start_matches(['-', ' ', '"', '\'']);
            let rest = line.strip_prefix(key);
            rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        };
        let found = lines.map(|(index, line)| (index + 1, line)).find(|(_, line)| is_key(line));
        found.map_or(self.line.max(1), |(number, _)| number)
    }

    fn filled(mut self, value: Value) -> Result<Self, Error> {
        match value {
            Value::Null => Ok(self),
            Value::Object(map) => {
                self.map = map;
                Ok(self)
            }
            _ => {
                let name = self.name.trim_end_matches('.');
                let reason = format!("{name} must be a map").trim_start().to_owned();
                Err(Error::Setting { path: self.path.to_owned(), line: self.line.max(1), reason })
            }
        }
    }

    pub(super) fn section(&mut self, key: &str) -> Result<Option<Section<'a>>, Error> {
        let Some(value) = self.map.remove(key) else { return Ok(None) };
        let (line, name) = (self.line_of(key), format!("{}{key}.", self.name));
        let section = Section { path: self.path, text: self.text, line, name, map: Map::new() };
        section.filled(value).map(Some)
    }

    /// Reads a list of maps. Each is looked for at the next dash that is as far from the margin as the
    /// first.
    pub(super) fn sections(&mut self, key: &str) -> Result<Option<Vec<Section<'a>>>, Error> {
        let items = match self.map.remove(key) {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(other) => return self.refuse(key, format!("must be a list, not {other}")),
        };
        let line = self.line_of(key);
        let dashes = self.text.lines().enumerate().skip(line);
        let dashes = dashes.filter(|(_, text)| text.trim_start().starts_with('-'));
        let margin = |text: &str| text.len() - text.trim_start().len();
        let first = dashes.clone().next().map(|(_, text)| margin(text));
        let mut lines = dashes.filter(|(_, text)| Some(margin(text)) == first);
        let items = items.into_iter().map(|item| {
            let line = lines.next().map_or(line, |(index, _)| index + 1);
            let name = format!("{}{key}.", self.name);
            let section = Section { path: self.path, text: self.text, line, name, map: Map::new() };
            section.filled(item)
        });
        items.collect::<Result<Vec<Section<'a>>, Error>>().map(Some)
    }

    /// Reads a text or a list of texts, of which there must be one; where some are known, each must be
    /// one of those.
    pub(super) fn texts(&mut self, key: &str, known: &[&str]) -> Result<Vec<String>, Error> {
        let items = match self.map.remove(key) {
            Some(Value::Array(items)) if !items.is_empty() => items,
            Some(item @ Value::String(_)) => vec![item],
            None | Some(Value::Null | Value::Array(_)) => return self.refuse(key, "is missing"),
            Some(other) => return self.refuse(key, format!("must be text, not {other}")),
        };
        let text = |item: Value| match item {
            Value::String(text) if known.is_empty() || known.contains(&text.as_str()) => Ok(text),
            Value::String(text) => {
                self.refuse(key, format!("must be {}, not {text:?}", known.join(" or ")))
            }
            other => self.refuse(key, format!("must be text, not {other}")),
        };
        items.into_iter().map(text).collect()
    }

    pub(super) fn text_of(&mut self, key: &str) -> Result<Option<String>, Error> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => self.refuse(key, format!("must be text, not {other}")),
        }
    }

    pub(super) fn number(&mut self, key: &str) -> Result<Option<u64>, Error> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => {
                    self.refuse(key, format!("must be a number that is not negative, not {value}"))
                }
            },
        }
    }

    /// Reads a number from 1 to `most`.
    pub(super) fn count(&mut self, key: &str, most: u64) -> Result<Option<u64>, Error> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64().filter(|number| (1..=most).contains(number)) {
                Some(number) => Ok(Some(number)),
                None => self.refuse(key, format!("must be a number from 1 to {most}, not {value}")),
            },
        }
    }

    /// Reads a number of bytes, of at most `most`.
    pub(super) fn size(&mut self, key: &str, most: Option<u64>) -> Result<Option<u64>, Error> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match (units::size(&value), most) {
                (Some(size), Some(most)) if size > most => {
                    self.refuse(key, format!("must be at most {most} bytes, not {value}"))
                }
                (None, _) => {
                    let text = format!("must be a number of bytes such as 4Mi, not {value}");
                    self.refuse(key, text)
                }
                (size, _) => Ok(size),
            },
        }
    }

    /// Reads a span of time that is not nothing.
    pub(super) fn duration(&mut self, key: &str) -> Result<Option<Duration>, Error> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match units::duration(&value) {
                None => self.refuse(key, format!("must be a time such as 30s, not {value}")),
                duration => Ok(duration),
            },
        }
    }

    /// Reads a text or a list of texts, each of which means something; perhaps none.
    pub(super) fn parsed<T>(&mut self, key: &str) -> Result<Vec<T>, Error>
    where
        T: FromStr<Err = String>,
    {
        let items = match self.map.remove(key) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(item) => vec![item],
        };
        let parse = |item: &Value| match item.as_str() {
            Some(text) => text.parse().or_else(|reason: String| self.refuse(key, reason)),
            None => self.refuse(key, format!("must be text, not {item}")),
        };
        items.iter().map(parse).collect()
    }

    /// Reads a text that means something, if there is one.
    pub(super) fn parsed_one<T>(&mut self, key: &str) -> Result<Option<T>, Error>
    where
        T: FromStr<Err = String>,
    {
        let text = self.text_of(key)?;
        let parse = |text: String| text.parse().or_else(|reason: String| self.refuse(key, reason));
        text.map(parse).transpose()
    }

    /// Reads what is true or false.
    pub(super) fn switch(&mut self, key: &str) -> Result<Option<bool>, Error> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(is_on)) => Ok(Some(is_on)),
            Some(other) => self.refuse(key, format!("must be true or false, not {other}")),
        }
    }

    /// Reads a text that must be one of those that are known.
    pub(super) fn choose(&mut self, key: &str, known: &[&str]) -> Result<Option<String>, Error> {
        match self.text_of(key)? {
            Some(text) if !known.contains(&text.as_str()) => {
                self.refuse(key, format!("must be {}, not {text:?}", known.join(" or ")))
            }
            other => Ok(other),
        }
    }

    /// Refuses what was not read.
    pub(super) fn end(&self) -> Result<(), Error> {
        match self.map.keys().next() {
            Some(key) => self.refuse(key, "is no setting that is known"),
            None => Ok(()),
        }
    }
}
