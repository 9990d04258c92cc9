//! Versions, as loosely as Helm reads them.

use std::cmp::Ordering;
use std::fmt;

use semver::{BuildMetadata, Prerelease};

use super::{Error, Tag, text_like};

/// Names a version of a chart: the text that Chart.yaml gives.
///
/// Two versions are the same when their texts are, so `1.0.0+a` is not `1.0.0+b`. They are ordered
/// by precedence, and by text where that is equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    precedence: Precedence,
    text: String,
}

impl Version {
    const MAX_BYTES: usize = 128;

    /// Checks a version; one that no tag could hold (over 128 bytes) is refused.
    pub fn parse(text: &str) -> Result<Version, Error> {
        if text.len() > Self::MAX_BYTES {
            return Err(Error::new("version", text, "it is longer than the 128 bytes of a tag"));
        }
        Ok(Version { precedence: Precedence::parse(text)?, text: text.to_owned() })
    }

    /// Gives the version as Chart.yaml writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Gives the tag that the version answers as: its own text, `+` written `_`.
    pub fn tag(&self) -> Tag {
        Tag::parse(&self.text).expect("a version has at most 128 of a tag's characters and '+'")
    }

    /// Finds the version that a tag is the name of: the opposite of [`Version::tag`].
    pub fn of_tag(tag: &Tag) -> Option<Version> {
        Version::parse(&tag.as_str().replacen('_', "+", 1)).ok()
    }

    /// Tells whether a text is a version by the letter of SemVer 2: three numbers, without a `v` or
    /// leading zeros. As a range, such a text means that version alone.
    pub fn is_strict(text: &str) -> bool {
        semver::Version::parse(text).is_ok()
    }

    /// Gives what versions are ordered by.
    pub fn precedence(&self) -> &Precedence {
        &self.precedence
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        self.precedence.cmp(&other.precedence).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

text_like!(Version);

/// Orders versions as SemVer 2 does, without their build metadata.
///
/// Texts are read as loosely as Masterminds' `semver.NewVersion` (which Helm uses) reads them: a
/// leading `v`, one or two numbers instead of three, leading zeros in these numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Precedence {
    /// The numbers: major, minor, patch.
    pub numbers: [u64; 3],
    /// The pre-release, without its `-`; empty for a release, which comes after all of them.
    pub prerelease: Prerelease,
}

impl Precedence {
    /// Reads a version of any length.
    pub fn parse(text: &str) -> Result<Precedence, Error> {
        let fail = |reason: &str| Error::new("version", text, reason);
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, build) = split(rest, '+');
        let (core, prerelease) = split(rest, '-');
        let numbers = parse_numbers(core)
            .ok_or_else(|| fail("expected SemVer, such as 1.2.3, 1.2.3-rc.1 or 1.2.3+build"))?;
        let is_empty = |part: Option<&str>| part.is_some_and(str::is_empty);
        if is_empty(prerelease) || is_empty(build) {
            return Err(fail("nothing follows its '-' or '+'"));
        }
        let prerelease = Prerelease::new(prerelease.unwrap_or_default());
        let prerelease = prerelease.map_err(|error| fail(&error.to_string()))?;
        BuildMetadata::new(build.unwrap_or_default()).map_err(|error| fail(&error.to_string()))?;
        Ok(Precedence { numbers, prerelease })
    }

    /// Tells whether this is a pre-release.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }
}

fn split(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn parse_numbers(core: &str) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    for (place, part) in core.split('.').enumerate() {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *numbers.get_mut(place)? = part.parse().ok()?;
    }
    Some(numbers)
}
