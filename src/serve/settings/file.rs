//! The configuration file: that of the original server, as it is.
//!
//! ```yaml
//! listen: ":8099"
//! manager:
//!   name: simple
//!   parameters:
//!     resourcelocker: memory
//!     locktimeout: 5000
//!     storagedriver: filesystem
//!     rootdirectory: ./data
//! orchestration:
//!   semantics: caicloud
//! ```
//!
//! `orchestration` is hreg's own: it says by which rules plans are built that name none.
//! `locktimeout` is in milliseconds; without it a request that finds a lock taken gives up at once.
//! The locks are hreg's own, which hold between processes too.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use super::DriverKind;
use crate::chart::yaml;
use crate::disk;
use crate::plan::Semantics;
use crate::serve::Error;

/// The most that a configuration file may have, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Holds what a configuration file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    pub(super) listen: Option<String>,
    pub(super) driver: DriverKind,
    pub(super) root: Option<PathBuf>,
    pub(super) lock_timeout: Option<Duration>,
    pub(super) semantics: Option<Semantics>,
}

impl File {
    /// Reads a configuration file.
    ///
    /// # Errors
    ///
    /// Fails on a file that cannot be read, is no YAML, or has a key or a value that is not known:
    /// what is misspelt must not pass for something that was not said.
    pub fn read(path: &Path) -> Result<File, Error> {
        File::parse(path, &disk::read(path, MAX_BYTES)?)
    }

    /// Reads the text of a configuration file; `path` is for errors.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<File, Error> {
        let value =
            yaml::parse(bytes).map_err(|source| Error::Yaml { path: path.to_owned(), source })?;
        let text = String::from_utf8_lossy(bytes);
        let mut whole =
            Section { path, text: &text, line: 0, name: String::new(), map: Map::new() };
        whole.map = whole.map_of(value)?;
        let mut file = File { listen: whole.text_of("listen")?, ..File::default() };
        if let Some(mut manager) = whole.section("manager")? {
            manager.choose("name", &["simple"])?;
            file.lock_timeout = Some(Duration::ZERO);
            if let Some(mut parameters) = manager.section("parameters")? {
                file.read_parameters(&mut parameters)?;
                parameters.end()?;
            }
            manager.end()?;
        }
        if let Some(mut orchestration) = whole.section("orchestration")? {
            let known = [Semantics::Helm.as_str(), Semantics::Caicloud.as_str()];
            let semantics = orchestration.choose("semantics", &known)?;
            file.semantics = semantics.and_then(|text| text.parse().ok());
            orchestration.end()?;
        }
        whole.end()?;
        Ok(file)
    }

    fn read_parameters(&mut self, parameters: &mut Section<'_>) -> Result<(), Error> {
        parameters.choose("resourcelocker", &["memory"])?;
        if let Some(milliseconds) = parameters.number("locktimeout")? {
            self.lock_timeout = Some(Duration::from_millis(milliseconds));
        }
        let driver = parameters.choose("storagedriver", &["filesystem", "inmemory"])?;
        if driver.as_deref() == Some("inmemory") {
            self.driver = DriverKind::Memory;
        }
        self.root = parameters.text_of("rootdirectory")?.map(PathBuf::from);
        Ok(())
    }
}

/// Is a map of the file that is being read; what was read is taken out, so that the rest is unknown.
struct Section<'a> {
    path: &'a Path,
    text: &'a str,
    /// The line that the section's key is on, from 1; 0 for the whole file.
    line: usize,
    /// The keys that lead here, each with a dot after it.
    name: String,
    map: Map<String, Value>,
}

impl<'a> Section<'a> {
    fn refuse<T>(&self, key: &str, reason: impl std::fmt::Display) -> Result<T, Error> {
        let reason = format!("{}{key} {reason}", self.name);
        Err(Error::Setting { path: self.path.to_owned(), line: self.line_of(key), reason })
    }

    /// Finds the line of a key: the first after the section's own that begins with it. What is
    /// written in another way than keys on lines of their own is said to be where the section is.
    fn line_of(&self, key: &str) -> usize {
        let lines = self.text.lines().enumerate().skip(self.line);
        let is_key = |line: &str| {
            let rest = line.trim_start().trim_start_matches(['"', '\'']).strip_prefix(key);
            rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        };
        let found = lines.map(|(index, line)| (index + 1, line)).find(|(_, line)| is_key(line));
        found.map_or(self.line.max(1), |(number, _)| number)
    }

    fn map_of(&self, value: Value) -> Result<Map<String, Value>, Error> {
        match value {
            Value::Null => Ok(Map::new()),
            Value::Object(map) => Ok(map),
            _ => {
                let name = self.name.trim_end_matches('.');
                let reason = format!("{name} must be a map").trim_start().to_owned();
                Err(Error::Setting { path: self.path.to_owned(), line: self.line.max(1), reason })
            }
        }
    }

    fn section(&mut self, key: &str) -> Result<Option<Section<'a>>, Error> {
        let Some(value) = self.map.remove(key) else { return Ok(None) };
        let (line, name) = (self.line_of(key), format!("{}{key}.", self.name));
        let mut section = Section { path: self.path, text: self.text, line, name, map: Map::new() };
        section.map = section.map_of(value)?;
        Ok(Some(section))
    }

    fn text_of(&mut self, key: &str) -> Result<Option<String>, Error> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => self.refuse(key, format!("must be text, not {other}")),
        }
    }

    fn number(&mut self, key: &str) -> Result<Option<u64>, Error> {
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

    /// Reads a text that must be one of those that are known.
    fn choose(&mut self, key: &str, known: &[&str]) -> Result<Option<String>, Error> {
        match self.text_of(key)? {
            Some(text) if !known.contains(&text.as_str()) => {
                self.refuse(key, format!("must be {}, not {text:?}", known.join(" or ")))
            }
            other => Ok(other),
        }
    }

    /// Refuses what was not read.
    fn end(&self) -> Result<(), Error> {
        match self.map.keys().next() {
            Some(key) => self.refuse(key, "is no setting that is known"),
            None => Ok(()),
        }
    }
}
