//! Extended headers of the PAX format: records that change the member which follows them.

use std::collections::BTreeMap;

use super::super::Error;
use super::header::{Member, invalid};

/// Holds the records of an extended header that a chart, or its being refused, depends on.
#[derive(Debug, Default)]
pub(super) struct Extension(BTreeMap<Vec<u8>, Vec<u8>>);

impl Extension {
    /// Reads all records; the last of two with one key counts, and an empty value is none.
    pub(super) fn parse(mut bytes: &[u8]) -> Result<Extension, Error> {
        let mut records = BTreeMap::new();
        while !bytes.is_empty() {
            let (key, value, rest) = split_record(bytes).ok_or_else(invalid)?;
            if is_known(key) {
                records.insert(key.to_vec(), value.to_vec());
            }
            bytes = rest;
        }
        records.retain(|_, value| !value.is_empty());
        Ok(Extension(records))
    }

    /// Changes the member that follows; only here do values have to be well formed.
    pub(super) fn apply(self, member: &mut Member) -> Result<(), Error> {
        for (key, value) in self.0 {
            match key.as_slice() {
                b"path" => member.name = value,
                b"size" => member.size = integer(&value)?,
                b"uid" | b"gid" => drop(integer(&value)?),
                b"atime" | b"mtime" | b"ctime" => check_time(&value)?,
                _ => return Err(sparse()),
            }
        }
        Ok(())
    }
}

fn is_known(key: &[u8]) -> bool {
    matches!(key, b"path" | b"size" | b"uid" | b"gid" | b"atime" | b"mtime" | b"ctime")
        || key.starts_with(b"GNU.sparse.")
}

pub(super) fn sparse() -> Error {
    Error::Tar { reason: "sparse files are not supported in a chart" }
}

/// Splits the first `LENGTH KEY=VALUE\n` off; the length counts the whole record.
fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(integer(&bytes[..space]).ok()?).ok()?;
    if length < 5 {
        return None;
    }
    let (record, rest) = bytes.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    let (key, value) = (&record[..equals], &record[equals + 1..]);
    let without_nul =
        if matches!(key, b"path" | b"linkpath" | b"uname" | b"gname") { value } else { key };
    (!key.is_empty() && !without_nul.contains(&0)).then_some((key, value, rest))
}

/// Reads a decimal number with an optional sign, as Go's `strconv.ParseInt` does.
fn integer(text: &[u8]) -> Result<i64, Error> {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or_else(invalid)
}

/// Checks seconds with an optional fraction.
fn check_time(text: &[u8]) -> Result<(), Error> {
    let mut parts = text.splitn(2, |byte| *byte == b'.');
    integer(parts.next().unwrap_or_default())?;
    let fraction = parts.next().unwrap_or_default();
    if fraction.iter().all(u8::is_ascii_digit) { Ok(()) } else { Err(invalid()) }
}
