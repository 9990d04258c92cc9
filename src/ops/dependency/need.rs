//! What each dependency needs, and which way it can be had.

use std::path::PathBuf;

use super::Error;
use super::head::Head;
use crate::chart::dependency::{self, Source};
use crate::chart::metadata::Dependency;
use crate::digest::Digest;
use crate::name::{ChartName, Range, Reference, Repository, SpaceName, Version};
use crate::ops::{self, transfer};
use crate::remote::RepositoryUrl;

/// Says which versions will do.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// The highest in a range, or the one that is written just as the range is.
    Range(Range),
    /// This one alone, as a lock has it.
    Exact(Version),
}

impl Wanted {
    /// Chooses a version.
    pub(super) fn choose<T>(&self, versions: Vec<(Version, T)>) -> Option<(Version, T)> {
        match self {
            Wanted::Range(range) => dependency::choose(&range.to_string(), range, versions),
            Wanted::Exact(exact) => versions.into_iter().find(|(version, _)| version == exact),
        }
    }

    /// Tells whether a version will do.
    pub(super) fn takes(&self, version: &Version) -> bool {
        self.choose(vec![(version.clone(), ())]).is_some()
    }

    /// Tells whether no other version than one could ever be chosen.
    pub(super) fn is_one(&self) -> bool {
        match self {
            Wanted::Range(range) => Version::is_strict(&range.to_string()),
            Wanted::Exact(_) => true,
        }
    }
}

/// Says which way a dependency can be had.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// It is in `charts/` already.
    Charts,
    /// By packing a folder.
    Folder(PathBuf),
    /// From the store.
    Stored(Box<Stored>),
    /// By asking a registry.
    Registry(Repository),
    /// By asking a classic repository.
    Repository(RepositoryUrl),
    /// By asking a classic repository that Helm gives no address of.
    Unknown,
}

/// Is a chart that the store has.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) reference: Reference,
    pub(super) version: Version,
    pub(super) content: Digest,
}

/// Is one dependency, on its way.
#[derive(Debug, Clone)]
pub(super) struct Need {
    pub(super) name: ChartName,
    /// What Chart.yaml or the lock says, aliases of repositories replaced.
    pub(super) dependency: Dependency,
    pub(super) wanted: Wanted,
    pub(super) way: Way,
    /// Where the store has it, or would keep it; nothing for what is in a folder.
    pub(super) kept: Option<Repository>,
}

impl Need {
    /// Reads a dependency of a chart; one from a lock asks for its one version.
    pub(super) fn new(
        head: &Head,
        dependency: &Dependency,
        space: &SpaceName,
        is_locked: bool,
    ) -> Result<Need, ops::Error> {
        let name = ChartName::parse(&dependency.name)?;
        let source = Source::of(&dependency.repository);
        // Of what is in charts/, a lock keeps the range.
        let is_exact = is_locked && source != Source::Charts;
        let wanted = wanted(dependency, is_exact)?;
        let in_space = Repository { space: space.clone(), chart: name.clone() };
        let (way, kept) = match source {
            Source::Unknown => return Err(unknown(dependency).into()),
            Source::Charts => (Way::Charts, None),
            Source::Folder(path) => (Way::Folder(head.folder.join(path)), None),
            Source::Registry(path) => {
                let repository = Repository::parse(&format!("oci://{path}/{name}"))?;
                (Way::Registry(repository.clone()), Some(repository))
            }
            Source::Alias(_) => (Way::Unknown, Some(in_space)),
            Source::Address(address) => {
                let url = RepositoryUrl::parse(address).map_err(transfer::Error::from)?;
                (Way::Repository(url), Some(in_space))
            }
        };
        Ok(Need { name, dependency: dependency.clone(), wanted, way, kept })
    }

    /// Refuses what only the network has where that may not be asked, or nobody knows whom to ask.
    pub(super) fn check_way(&self, is_offline: bool) -> Result<(), Error> {
        match self.way {
            Way::Charts | Way::Folder(_) | Way::Stored(_) => Ok(()),
            Way::Unknown => Err(unknown(&self.dependency)),
            Way::Registry(_) | Way::Repository(_) if !is_offline => Ok(()),
            Way::Registry(_) | Way::Repository(_) => Err(Error::Offline {
                name: self.name.to_string(),
                version: self.dependency.version.clone(),
                repository: self.dependency.repository.clone(),
                wanted: self.kept.as_ref().map(ToString::to_string).unwrap_or_default(),
            }),
        }
    }

    /// Names the dependency for an error.
    pub(super) fn describe(&self) -> String {
        format!("the dependency {} {}", self.name, self.dependency.version)
    }

    /// Refuses a chart that is another, or another version.
    pub(super) fn check(&self, name: &str, version: &str, place: String) -> Result<(), ops::Error> {
        if name != self.name.as_str() {
            let (name, found) = (self.name.to_string(), name.to_owned());
            return Err(Error::Name { name, found, place }.into());
        }
        if !self.wanted.takes(&Version::parse(version)?) {
            let (name, found) = (self.name.to_string(), version.to_owned());
            let wanted = self.dependency.version.clone();
            return Err(Error::OtherVersion { name, wanted, found, place }.into());
        }
        Ok(())
    }
}

fn unknown(dependency: &Dependency) -> Error {
    let (name, repository) = (dependency.name.clone(), dependency.repository.clone());
    Error::Repository { name, repository }
}

fn wanted(dependency: &Dependency, is_exact: bool) -> Result<Wanted, Error> {
    let text = &dependency.version;
    let wanted = match is_exact {
        true => Version::parse(text).map(Wanted::Exact),
        false => Range::parse(text).map(Wanted::Range),
    };
    // Helm takes no empty range here, though it does elsewhere.
    match wanted {
        Ok(wanted) if !text.trim().is_empty() => Ok(wanted),
        _ => Err(Error::Version { name: dependency.name.clone(), version: text.clone() }),
    }
}
