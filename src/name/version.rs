//! Versions, as loosely as Helm reads them.

use std::cmp::Ordering;
use std::fmt;

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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Precedence {
    /// The numbers: major, minor, patch.
    pub numbers: [u64; 3],
    /// The pre-release, without its `-`; empty for a release.
    pub prerelease: String,
}

impl Precedence {
    /// Reads a version of any length.
    pub fn parse(text: &str) -> Result<Precedence, Error> {
        let fail = |reason: &str| Error::new("version", text, reason);
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, build) = split(rest, '+');
        let (core, prerelease) = split(rest, '-');
        if !build.into_iter().chain(prerelease).all(has_identifiers) {
            return Err(fail("its parts after '-' and '+' are letters, digits, '-' and '.'"));
        }
        let prerelease = prerelease.unwrap_or_default();
        if prerelease.split('.').any(|part| part.len() > 1 && is_number(part, true)) {
            return Err(fail("a number in its pre-release begins with a zero"));
        }
        let numbers = parse_numbers(core)
            .ok_or_else(|| fail("expected SemVer, such as 1.2.3, 1.2.3-rc.1 or 1.2.3+build"))?;
        Ok(Precedence { numbers, prerelease: prerelease.to_owned() })
    }

    /// Tells whether this is a pre-release.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }
}

impl Ord for Precedence {
    fn cmp(&self, other: &Precedence) -> Ordering {
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
}

impl PartialOrd for Precedence {
    fn partial_cmp(&self, other: &Precedence) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn split(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn has_identifiers(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

fn is_number(text: &str, with_leading_zero: bool) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.starts_with('0') == with_leading_zero
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

fn compare_prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let mut others = right.split('.');
    for part in left.split('.') {
        let Some(other) = others.next() else { return Ordering::Greater };
        match compare_identifiers(part, other) {
            Ordering::Equal => {}
            decided => return decided,
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// Compares numbers as numbers; a number too large for 64 bits counts as text, as in Masterminds.
fn compare_identifiers(left: &str, right: &str) -> Ordering {
    match (left.parse::<u64>(), right.parse::<u64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => left.cmp(right),
    }
}
