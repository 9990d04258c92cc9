//! index.yaml: what a classic chart repository lists.
//!
//! The structs are Helm's (`pkg/repo/index.go` of version 3.17.3). Fetching an index, making the
//! addresses in it absolute, and choosing a version are left to others.

mod entry;
mod error;
mod page;
mod piece;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use entry::ChartVersion;
pub use error::{Error, Warning};
pub use page::{address, end, entry, file_name, heading, start};
pub use piece::{GZIP_START, Piece, gzip_end};

use super::record::{self, Place, Read, Timestamp};
use super::yaml::{self, Shape};

/// Holds an index.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexFile {
    /// What a server says of itself; never used.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub server_info: BTreeMap<String, Value>,
    /// The version of the index format: `v1`.
    pub api_version: String,
    /// When the index was made.
    pub generated: Timestamp,
    /// The versions of each chart, the highest first.
    pub entries: BTreeMap<String, Vec<ChartVersion>>,
    /// Keys that provenance files are signed with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub public_keys: Vec<String>,
    /// Anything else, for other programs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Limits the values that an index may hold. Each takes a hundred bytes of memory and more, and two
/// bytes to write; real ones have one in thirty bytes or fewer.
pub const MAX_VALUES: usize = 4 << 20;

/// Holds the entries of an index as they are read, each with what is wrong with it.
#[derive(Default)]
struct Entries(Vec<(String, Vec<entry::Loose>)>);

impl IndexFile {
    /// Starts an empty index.
    pub fn new(generated: Timestamp) -> IndexFile {
        IndexFile { api_version: "v1".to_owned(), generated, ..IndexFile::default() }
    }

    /// Reads an index: JSON leniently, anything else as YAML without unknown or duplicate keys.
    ///
    /// Entries that are no charts are left out, with a warning each. Memory is in proportion to the
    /// input, which the caller limits, and to its values, of which there are at most [`MAX_VALUES`];
    /// 17 MB of YAML take about a second.
    pub fn read(bytes: &[u8]) -> Result<(IndexFile, Vec<Warning>), Error> {
        if bytes.is_empty() {
            return Err(Error::Empty);
        }
        if most_values(bytes) > MAX_VALUES {
            return Err(Error::TooManyValues);
        }
        let mut index = IndexFile::default();
        let mut entries = Entries::default();
        match serde_json::from_slice(bytes) {
            Ok(value) => index.read_fields(&mut entries, &value, &Place::root())?,
            Err(_) => {
                let value = yaml::parse_strict(bytes, &IndexFile::SHAPE)?;
                index.read_fields(&mut entries, &value, &Place::strict_root())?;
            }
        }
        let mut warnings = Vec::new();
        for (name, versions) in entries.0 {
            let versions = entry::keep_valid(&name, versions, &mut warnings);
            index.entries.insert(name, versions);
        }
        index.sort();
        if index.api_version.is_empty() { Err(Error::NoApiVersion) } else { Ok((index, warnings)) }
    }

    /// Sorts the versions of every chart, the highest first; equal ones stay in their order.
    pub fn sort(&mut self) {
        for versions in self.entries.values_mut() {
            versions.sort_by_cached_key(|version| std::cmp::Reverse(version.precedence()));
        }
    }

    /// Writes the index as YAML.
    pub fn to_yaml(&self) -> Result<String, Error> {
        Ok(yaml::emit(self)?)
    }

    /// Writes the index as JSON, which Helm reads several times as fast.
    pub fn to_json(&self) -> Vec<u8> {
        crate::go_json::to_vec(self)
    }

    const SHAPE: Shape = Shape::Record(&[
        ("serverInfo", &BTreeMap::<String, Value>::SHAPE),
        ("apiVersion", &String::SHAPE),
        ("generated", &Timestamp::SHAPE),
        ("entries", &Shape::Map(&Shape::List(&entry::SHAPE))),
        ("publicKeys", &Vec::<String>::SHAPE),
        ("annotations", &BTreeMap::<String, String>::SHAPE),
    ]);

    const NAMES: [&str; 6] =
        ["serverInfo", "apiVersion", "generated", "entries", "publicKeys", "annotations"];

    fn read_fields(
        &mut self,
        entries: &mut Entries,
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), record::Error> {
        record::read_record(value, place, &Self::NAMES, &mut |name, value, place| match name {
            "serverInfo" => self.server_info.read(value, place),
            "apiVersion" => self.api_version.read(value, place),
            "generated" => self.generated.read(value, place),
            "entries" => entries.read(value, place),
            "publicKeys" => self.public_keys.read(value, place),
            _ => self.annotations.read(value, place),
        })
    }
}

impl Entries {
    fn read(&mut self, value: &Value, place: &Place<'_>) -> Result<(), record::Error> {
        let charts = match value {
            Value::Null => return Ok(()),
            Value::Object(charts) => charts,
            _ => return Err(place.mismatch(value, "map")),
        };
        for (name, value) in charts {
            let place = place.field(name);
            let versions = match value {
                Value::Null => Vec::new(),
                Value::Array(versions) => {
                    let versions = versions.iter().enumerate();
                    let read = |(number, value)| entry::read(value, &place.item(number));
                    versions.map(read).collect::<Result<_, _>>()?
                }
                _ => return Err(place.mismatch(value, "list")),
            };
            self.0.push((name.clone(), versions));
        }
        Ok(())
    }
}

/// Counts what may come before a value: commas and brackets, ends of lines (in YAML also U+0085,
/// U+2028 and U+2029, by their last bytes), and marks with a blank or, in UTF-16, a zero behind them.
/// Text that holds the like is counted too: before it is read, nobody knows which of it is text.
fn most_values(bytes: &[u8]) -> usize {
    let begins = |(at, byte): &(usize, &u8)| match byte {
        b',' | b'[' | b'{' | b'\n' | 0x85 | 0xa8 | 0xa9 => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        b'-' | b'?' => matches!(bytes.get(at + 1), Some(b' ' | b'\t' | 0)),
        _ => false,
    };
    bytes.iter().enumerate().filter(begins).count()
}

#[cfg(test)]
mod tests;
