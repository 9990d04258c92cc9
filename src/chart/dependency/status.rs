//! Whether what is in `charts/` will do for a dependency, in Helm's words.

use serde::Serialize;

use crate::chart::metadata::Dependency;
use crate::name::{Precedence, Range, Version};

/// Tells how a dependency stands; the order of the checks is Helm's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Its archive is there.
    Ok,
    /// It is there as a folder, or as an archive under another name than Helm would give it.
    Unpacked,
    /// It is not there.
    Missing,
    /// Its archive is no chart.
    Corrupt,
    /// Its archive holds another chart.
    Misnamed,
    /// What is there has a version that is not in the range.
    WrongVersion,
    /// What was asked for is no range, or what is there has no version.
    InvalidVersion,
    /// There are archives of several versions.
    TooManyMatches,
}

impl Status {
    /// Gives Helm's words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Unpacked => "unpacked",
            Status::Missing => "missing",
            Status::Corrupt => "corrupt",
            Status::Misnamed => "misnamed",
            Status::WrongVersion => "wrong version",
            Status::InvalidVersion => "invalid version",
            Status::TooManyMatches => "too many matches",
        }
    }
}

/// Is what a chart calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Is something in `charts/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// The name of the file or folder.
    pub file: String,
    /// What it calls itself, if it is a chart.
    pub chart: Option<Identity>,
}

/// Tells how a dependency stands to what is in `charts/`.
pub fn status(dependency: &Dependency, present: &[Present]) -> Status {
    let named = present.iter().filter(|found| rest(found, dependency).is_some());
    let mut named: Vec<&Present> = named.collect();
    if named.len() > 1 {
        named.retain(|found| rest(found, dependency).is_some_and(Version::is_strict));
        if named.len() > 1 {
            return Status::TooManyMatches;
        }
    }
    if let [archive] = named[..] {
        return match &archive.chart {
            None => Status::Corrupt,
            Some(chart) if chart.name != dependency.name => Status::Misnamed,
            Some(chart) => misfit(dependency, chart).unwrap_or(Status::Ok),
        };
    }
    let loaded = present.iter().filter(|found| !found.file.starts_with(['_', '.']));
    let mut loaded = loaded.filter_map(|found| found.chart.as_ref());
    match loaded.rfind(|chart| chart.name == dependency.name) {
        None => Status::Missing,
        Some(chart) => misfit(dependency, chart).unwrap_or(Status::Unpacked),
    }
}

/// Gives what stands for the version in the name of a dependency's archive.
fn rest<'a>(found: &'a Present, dependency: &Dependency) -> Option<&'a str> {
    found.file.strip_prefix(&dependency.name)?.strip_prefix('-')?.strip_suffix(".tgz")
}

/// Tells why a chart does not fit its dependency, if it does not.
fn misfit(dependency: &Dependency, chart: &Identity) -> Option<Status> {
    if chart.version == dependency.version {
        return None;
    }
    let Ok(range) = Range::parse(&dependency.version) else { return Some(Status::InvalidVersion) };
    match Precedence::parse(&chart.version) {
        Err(_) => Some(Status::InvalidVersion),
        Ok(version) if range.contains(&version) => None,
        Ok(_) => Some(Status::WrongVersion),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::dependency::locked;

    fn present(file: &str, chart: &str) -> Present {
        let chart = chart
            .split_once(' ')
            .map(|(name, version)| Identity { name: name.to_owned(), version: version.to_owned() });
        Present { file: file.to_owned(), chart }
    }

    /// What Helm 3.17.3 says of the same files; of a corrupt archive it says so only where its name
    /// begins with `_`, and else fails.
    #[test]
    fn agrees_with_helm() {
        let charts = [
            present("_cor-1.0.0.tgz", ""),
            present("bad-1.0.0.tgz", "bad 1.0.0"),
            present("extra", "extra 1.0.0"),
            present("many-1.0.0.tgz", "many 1.0.0"),
            present("many-1.5.0.tgz", "many 1.5.0"),
            present("mis-3.tgz", "okd 1.0.0"),
            present("misx.tgz", "mis 1.0.0"),
            present("okd-1.0.0.tgz", "okd 1.0.0"),
            present("one-1.0.0.tgz", "one 1.0.0"),
            present("one-foo.tgz", "one 1.0.0"),
            present("strange.tgz", "odd 1.0.0"),
            present("unp", "unp 1.2.0"),
            present("wr-1.0.0.tgz", "wr 1.0.0"),
            present("_skip", "skip 1.0.0"),
        ];
        for (name, version, expected) in [
            ("miss", "1.0.0", "missing"),
            ("okd", "^1", "ok"),
            ("wr", "^2", "wrong version"),
            ("many", ">=1", "too many matches"),
            ("one", ">=1", "ok"),
            ("mis", ">=1", "misnamed"),
            ("bad", "zzz", "invalid version"),
            ("unp", "1", "unpacked"),
            ("odd", "1", "unpacked"),
            ("unp", "2", "wrong version"),
            ("_cor", "1.0.0", "corrupt"),
            ("skip", "1", "missing"),
        ] {
            let status = status(&locked(name, version, ""), &charts);
            assert_eq!(status.as_str(), expected, "{name} {version}");
        }
    }
}
