//! Listing what is in the store: a row for each tag, and for each version that no tag names.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use super::{Error, Facts, Store};
use crate::digest::Digest;
use crate::name::{Reference, Repository, Tag};
use crate::parallel;
use crate::storage::Names;

/// Is one line of a listing.
#[derive(Debug, Clone)]
pub struct Row {
    /// The name that the row is about.
    pub reference: Reference,
    /// The manifest.
    pub manifest: Digest,
    /// What the manifest says.
    pub facts: Facts,
    /// Since when the manifest has been there.
    pub created: SystemTime,
}

/// Lists what could be read, and what could not.
#[derive(Debug, Default)]
pub struct Listing {
    /// The rows, sorted by chart, then by version, then by tag.
    pub rows: Vec<Row>,
    /// Names whose manifest could not be read, and why.
    pub unreadable: Vec<(Reference, Error)>,
}

/// The least that is worth a thread: about a millisecond of reading.
const SHARE: usize = 64;

type Read = Result<Option<(Facts, SystemTime)>, Error>;

/// Is a manifest of a chart, by the chart's place in the list of those that are read.
type Place = (usize, Digest);

impl Store {
    /// Lists the names in the charts for which `wanted` holds.
    pub fn list(&self, wanted: impl Fn(&Repository) -> bool) -> Result<Listing, Error> {
        let mut charts = self.driver.repositories()?;
        charts.retain(wanted);
        let mut named: Vec<(Tag, Place)> = Vec::new();
        let names = parallel::map(&charts, SHARE, |chart| self.driver.names(chart));
        for (chart, names) in names.into_iter().enumerate() {
            let names = names?;
            named.extend(rows_of(&names).map(|(tag, manifest)| (tag, (chart, manifest))));
        }
        let mut places: Vec<Place> = named.iter().map(|(_, place)| *place).collect();
        places.sort_unstable();
        places.dedup();
        let read =
            parallel::map(&places, SHARE, |(chart, digest)| self.read_one(&charts[*chart], digest));
        let mut read: BTreeMap<Place, Read> = places.into_iter().zip(read).collect();
        let mut listing = Listing::default();
        for (tag, place) in named {
            let reference = || Reference::tagged(charts[place.0].clone(), tag);
            match read.get(&place) {
                Some(Ok(Some((facts, created)))) => listing.rows.push(Row {
                    reference: reference(),
                    manifest: place.1,
                    facts: facts.clone(),
                    created: *created,
                }),
                Some(Err(_)) => {
                    if let Some(Err(error)) = read.remove(&place) {
                        listing.unreadable.push((reference(), error));
                    }
                }
                // Removed since its name was read, or a further name of what is unreadable.
                Some(Ok(None)) | None => {}
            }
        }
        sort(&mut listing.rows);
        Ok(listing)
    }

    fn read_one(&self, repository: &Repository, manifest: &Digest) -> Read {
        let read = match self.driver.created(repository, manifest)? {
            Some(created) => self.facts(manifest).map(|facts| (facts, created)),
            None => Err(Error::MissingBlob { digest: Box::new(*manifest) }),
        };
        match read {
            // Names that lead nowhere are damage, unless they too have gone by now.
            Err(Error::MissingBlob { .. })
                if !self.driver.names(repository)?.contains(manifest) =>
            {
                Ok(None)
            }
            result => result.map(Some),
        }
    }
}

/// Gives each tag, and each version that no tag names, as the tag that it answers as.
fn rows_of(names: &Names) -> impl Iterator<Item = (Tag, Digest)> {
    let tagged: BTreeSet<&Digest> = names.tags.values().collect();
    let tags = names.tags.iter().map(|(tag, digest)| (tag.clone(), *digest));
    // While a version is replaced, its tag may still be the old one: a name leads where its tag does.
    let untagged = names.versions.iter().filter(move |(version, digest)| {
        !tagged.contains(digest) && !names.tags.contains_key(&version.tag())
    });
    tags.chain(untagged.map(|(version, digest)| (version.tag(), *digest)))
}

/// Sorts each chart's rows by the version's precedence, then by tag; the charts are sorted already.
fn sort(rows: &mut [Row]) {
    let of_one_chart =
        |one: &Row, other: &Row| one.reference.repository == other.reference.repository;
    for rows in rows.chunk_by_mut(of_one_chart) {
        rows.sort_by_cached_key(|row| {
            let version = row.facts.chart.as_ref().map(|chart| chart.version.clone());
            (version, row.reference.tag.clone())
        });
    }
}
