//! Listing what is in the store: a row for each tag, and for each version that no tag names.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::{Error, Facts, Store};
use crate::digest::Digest;
use crate::name::{Reference, Repository, Tag, Version};
use crate::parallel;
use crate::storage::Names;

/// Is one line of a listing.
#[derive(Debug, Clone)]
pub struct Row {
    /// The name that the row is about.
    pub reference: Reference,
    /// The manifest.
    pub manifest: Digest,
    /// The version that the chart gives itself; none of what is no chart.
    pub version: Option<Version>,
    /// The size of the archive in bytes; of what is no chart, of all its layers.
    pub size: u64,
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

/// What a thread takes at a time: about a millisecond of reading.
const MANIFESTS: usize = 64;
const CHARTS: usize = 8;

/// Is a tag, and the manifest that it leads to.
type Named = (Tag, Digest);

/// Is what came of the names that lead to one manifest.
type Read = Result<Vec<Row>, Box<(Reference, Error)>>;

impl Store {
    /// Lists the names in the charts for which `wanted` holds.
    pub fn list(&self, wanted: impl Fn(&Repository) -> bool) -> Result<Listing, Error> {
        let mut charts = self.driver.repositories()?;
        charts.retain(wanted);
        let named = parallel::map(&charts, CHARTS, |chart| {
            let mut named: Vec<Named> = rows_of(self.driver.listed(chart)?).collect();
            named.sort_by_key(|(_, manifest)| *manifest);
            Ok(named)
        });
        let named: Vec<Vec<Named>> = named.into_iter().collect::<Result<_, Error>>()?;
        let manifests: Vec<(&Repository, &[Named])> = charts
            .iter()
            .zip(&named)
            .flat_map(|(chart, named)| {
                named.chunk_by(|(_, one), (_, other)| one == other).map(move |same| (chart, same))
            })
            .collect();
        let read =
            parallel::map(&manifests, MANIFESTS, |(chart, named)| self.read_rows(chart, named));
        let mut listing = Listing::default();
        listing.rows.reserve(manifests.len());
        for read in read {
            match read {
                Ok(rows) => listing.rows.extend(rows),
                Err(unreadable) => listing.unreadable.push(*unreadable),
            }
        }
        sort(&mut listing.rows);
        listing.unreadable.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(listing)
    }

    /// Reads the manifest that all of these names lead to; there is at least one. A manifest that
    /// cannot be read is told of once, by the first of its names.
    fn read_rows(&self, repository: &Repository, named: &[Named]) -> Read {
        let reference = |tag: &Tag| Reference::tagged(repository.clone(), tag.clone());
        let manifest = named[0].1;
        let row = |tag: &Tag, facts: &Facts, created| Row {
            reference: reference(tag),
            manifest,
            version: facts.chart.as_ref().map(|chart| chart.version.clone()),
            size: facts.size,
            created,
        };
        match self.read_one(repository, &manifest) {
            Ok(Some((facts, created))) => {
                Ok(named.iter().map(|(tag, _)| row(tag, &facts, created)).collect())
            }
            // Removed since its name was read.
            Ok(None) => Ok(Vec::new()),
            Err(error) => Err(Box::new((reference(&named[0].0), error))),
        }
    }

    fn read_one(
        &self,
        repository: &Repository,
        manifest: &Digest,
    ) -> Result<Option<(Facts, SystemTime)>, Error> {
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
///
/// While a version is replaced, its tag may still be the old one: a name leads where its tag does.
fn rows_of(names: Names) -> impl Iterator<Item = Named> {
    let Names { tags, mut versions } = names;
    if !versions.is_empty() {
        let tagged: BTreeSet<Digest> = tags.values().copied().collect();
        versions.retain(|_, digest| !tagged.contains(digest));
    }
    let versions = versions.into_iter().map(|(version, digest)| (version.tag(), digest));
    tags.into_iter().chain(versions)
}

/// Sorts each chart's rows by the version's precedence, then by tag; the charts are sorted already.
fn sort(rows: &mut [Row]) {
    let of_one_chart =
        |one: &Row, other: &Row| one.reference.repository == other.reference.repository;
    for rows in rows.chunk_by_mut(of_one_chart) {
        rows.sort_by_cached_key(|row| (row.version.clone(), row.reference.tag.clone()));
    }
}
