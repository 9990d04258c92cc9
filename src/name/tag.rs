//! Tags: movable names.

use std::fmt;

use super::{Error, Version, text_like};

/// Names a manifest for as long as nobody moves the name.
///
/// The rule is that of the OCI distribution specification, `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
/// A `+` is taken too and written `_`, so that a version can be given as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    const MAX_BYTES: usize = 128;

    /// Checks a tag.
    pub fn parse(text: &str) -> Result<Tag, Error> {
        let tag = text.replace('+', "_");
        let well_formed = tag.len() <= Self::MAX_BYTES
            && tag.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        if !well_formed {
            return Err(Error::new(
                "tag",
                text,
                "it must be 1 to 128 letters, digits, '.', '_' and '-', not beginning with '.' or '-'",
            ));
        }
        Ok(Tag(tag))
    }

    /// Tells whether the tag can only mean one version: three numbers and what SemVer lets follow.
    pub fn is_version(&self) -> bool {
        Version::is_strict(&self.0.replacen('_', "+", 1))
    }

    /// Gives the tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

text_like!(Tag);
