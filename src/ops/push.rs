//! Pushing stored charts, and archives that are not stored, to registries.

use std::path::PathBuf;

use serde::Serialize;

use super::Error;
use super::transfer::{self, Origin, Sender, Status};
use crate::digest::Digest;
use crate::name::{ChartName, Host, Reference, Repository, SpaceName, Tag, Version};
use crate::oci::Document;
use crate::parallel;
use crate::progress::Progress;
use crate::remote::Client;
use crate::store::Store;

mod archive;
mod stored;

/// Says what to push, and where to.
#[derive(Debug, Clone)]
pub struct Options {
    /// What to push.
    pub sources: Vec<Source>,
    /// Where to; without it a reference goes where it says itself.
    pub target: Option<Target>,
    /// Whether to move tags that lead to other manifests.
    pub force: bool,
    /// How many charts to push at a time.
    pub jobs: usize,
}

/// Names what to push.
#[derive(Debug, Clone)]
pub enum Source {
    /// A name in the store.
    Stored(Reference),
    /// A packaged chart; the signature file beside it goes along.
    Archive(PathBuf),
}

/// Says where charts go.
#[derive(Debug, Clone)]
pub enum Target {
    /// Under this path, by the chart's own name and version, as with Helm.
    Under(SpaceName),
    /// Under this path, by the names that they have in the store.
    Mirror(SpaceName),
    /// To this very reference, which must end in the chart's name.
    At(Reference),
}

/// Says what was pushed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pushed {
    /// The reference or file that was pushed.
    pub source: String,
    /// Where it is now.
    pub reference: Reference,
    /// The digest of the manifest.
    pub digest: Digest,
    /// Whether the tag led there before.
    pub status: Status,
}

/// Is something that is ready to be sent.
struct Parcel<'a> {
    document: Document,
    origin: Box<dyn Origin + 'a>,
    /// The name and version that the chart gives itself; nothing for what is no chart.
    chart: Option<(ChartName, Version)>,
    /// The name that it has in the store, if it is there.
    stored: Option<(Repository, Option<Tag>)>,
}

/// Lists all names in a space, as what to push.
pub fn of_space(store: &Store, space: &SpaceName) -> Result<Vec<Source>, Error> {
    store.space(space)?;
    let listing = store.list(|repository| repository.space == *space)?;
    if let Some((_, error)) = listing.unreadable.into_iter().next() {
        return Err(error.into());
    }
    Ok(listing.rows.into_iter().map(|row| Source::Stored(row.reference)).collect())
}

/// Pushes charts side by side; each of them succeeds or fails by itself.
pub fn push(
    store: &Store,
    client: &Client,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Vec<Result<Pushed, Error>>, Error> {
    if let Some(Target::At(reference)) = &options.target
        && options.sources.len() > 1
    {
        let reference = Box::new(reference.clone());
        let count = options.sources.len();
        return Err(transfer::Error::OneTarget { reference, count }.into());
    }
    let is_lost = |source: &&Source| options.target.is_none() && source.host().is_none();
    if let Some(source) = options.sources.iter().find(is_lost) {
        return Err(Error::from(transfer::Error::NoTarget).of("push", source));
    }
    progress.start(options.sources.len());
    let sender = Sender::new(client, options.force);
    Ok(parallel::each(&options.sources, options.jobs, |source| {
        let result = push_one(store, &sender, source, options.target.as_ref());
        progress.advance(&source.to_string());
        result.map_err(|error| error.of("push", source))
    }))
}

fn push_one(
    store: &Store,
    sender: &Sender<'_>,
    source: &Source,
    target: Option<&Target>,
) -> Result<Pushed, Error> {
    let parcel = match source {
        Source::Stored(reference) => stored::open(store, reference)?,
        Source::Archive(path) => archive::open(path)?,
    };
    let (repository, tag) = parcel.place(target)?;
    parcel.check_tag(&repository, &tag)?;
    let status = sender.send(&*parcel.origin, &parcel.document, &repository, &tag)?;
    Ok(Pushed {
        source: source.to_string(),
        reference: Reference::tagged(repository, tag),
        digest: parcel.document.digest(),
        status,
    })
}

impl Parcel<'_> {
    /// Finds out which repository and tag the parcel is for.
    fn place(&self, target: Option<&Target>) -> Result<(Repository, Tag), Error> {
        match target {
            Some(Target::Under(space)) => self.by_chart(space),
            Some(Target::Mirror(space)) => match &self.stored {
                Some((repository, Some(tag))) => {
                    let chart = repository.chart.clone();
                    Ok((Repository { space: space.clone(), chart }, tag.clone()))
                }
                _ => self.by_chart(space),
            },
            Some(Target::At(reference)) => self.at(reference),
            None => match &self.stored {
                Some((repository, tag)) if repository.space.host().is_some() => {
                    let reference = Reference {
                        repository: repository.clone(),
                        tag: tag.clone(),
                        digest: None,
                    };
                    self.at(&reference)
                }
                _ => Err(transfer::Error::NoTarget.into()),
            },
        }
    }

    /// Refuses a tag that is another version than the chart's: who asks for that version would get
    /// this one, and a pull refuses it.
    fn check_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), Error> {
        match &self.chart {
            Some((_, version)) if tag.is_version() && *tag != version.tag() => {
                let reference = Reference::tagged(repository.clone(), tag.clone());
                let (reference, version) = (Box::new(reference), version.clone());
                Err(transfer::Error::NotItsVersion { reference, version }.into())
            }
            _ => Ok(()),
        }
    }

    fn by_chart(&self, space: &SpaceName) -> Result<(Repository, Tag), Error> {
        let repository =
            |chart: &ChartName| Repository { space: space.clone(), chart: chart.clone() };
        match (&self.chart, &self.stored) {
            (Some((name, version)), _) => Ok((repository(name), version.tag())),
            (None, Some((stored, Some(tag)))) => Ok((repository(&stored.chart), tag.clone())),
            (None, _) => Err(transfer::Error::NoTarget.into()),
        }
    }

    fn at(&self, reference: &Reference) -> Result<(Repository, Tag), Error> {
        if let Some((name, _)) = &self.chart
            && *name != reference.repository.chart
        {
            let (reference, chart) = (Box::new(reference.clone()), name.clone());
            return Err(transfer::Error::NotItsName { reference, chart }.into());
        }
        let actual = self.document.digest();
        if let Some(expected) = reference.digest.filter(|expected| *expected != actual) {
            let (expected, actual) = (Box::new(expected), Box::new(actual));
            return Err(Error::OtherDigest {
                path: reference.to_string().into(),
                expected,
                actual,
            });
        }
        let own = self.chart.as_ref().map(|(_, version)| version.tag());
        match reference.tag.clone().or(own) {
            Some(tag) => Ok((reference.repository.clone(), tag)),
            None => Err(transfer::Error::NoTarget.into()),
        }
    }
}

impl Source {
    /// Gives the registry that a reference names.
    pub fn host(&self) -> Option<&Host> {
        match self {
            Source::Stored(reference) => reference.repository.space.host(),
            Source::Archive(_) => None,
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Stored(reference) => write!(formatter, "{reference}"),
            Source::Archive(path) => write!(formatter, "{}", path.display()),
        }
    }
}
