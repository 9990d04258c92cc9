//! Ranges of versions, as Helm's `--version` and dependencies give them.
//!
//! The rules are those of Masterminds/semver 3.4 and later, which Helm 3.18 and later use: `||`
//! between groups; white space or commas within a group; `=`, `!=`, `>`, `<`, `>=`, `<=`, `~`, `^`;
//! `1.2 - 2.0`; `1.x` or a missing number as a wildcard. A pre-release is only in a group that
//! names one. Build metadata says nothing.

mod comparator;
mod parse;

use std::fmt;

use self::comparator::Comparator;
use super::{Error, Precedence, text_like};

/// Holds for some versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    text: String,
    groups: Vec<Group>,
}

/// Holds where all its comparators do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    comparators: Vec<Comparator>,
    /// Whether one of them names a pre-release, which lets all of them match such.
    prereleases: bool,
}

impl Range {
    const MAX_BYTES: usize = 512;
    const MAX_GROUPS: usize = 32;

    /// Reads a range of at most 512 bytes and 32 groups.
    pub fn parse(text: &str) -> Result<Range, Error> {
        let fail = |reason: &str| Error::new("version range", text, reason);
        if text.len() > Self::MAX_BYTES {
            return Err(fail("it is longer than 512 bytes"));
        }
        let plain = parse::without_hyphens(text);
        let groups: Option<Vec<Group>> = plain.split("||").map(parse::group).collect();
        let groups = groups
            .ok_or_else(|| fail("expected comparisons such as ^1.2, ~1.2.3 or >=1.0 <2.0"))?;
        if groups.len() > Self::MAX_GROUPS {
            return Err(fail("it has more than 32 groups"));
        }
        Ok(Range { text: text.to_owned(), groups })
    }

    /// Gives the range that Helm takes where none is given: every release, and with `prereleases`
    /// every pre-release too.
    pub fn any(prereleases: bool) -> Range {
        let text = if prereleases { ">0.0.0-0" } else { "*" };
        Range::parse(text).expect("both are ranges")
    }

    /// Tells whether a version is in the range.
    pub fn contains(&self, version: &Precedence) -> bool {
        self.groups.iter().any(|group| {
            (group.prereleases || !version.is_prerelease())
                && group.comparators.iter().all(|comparator| comparator.holds_for(version))
        })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

text_like!(Range);

#[cfg(test)]
mod tests;
