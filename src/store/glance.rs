//! What is in the store, at a glance: how much of everything, and some charts by their names.
//!
//! Only names and sizes are looked at, so both cost what a walk through the folders does.

use super::{Error, Store};
use crate::name::{Repository, SpaceName};

/// Says how much is in a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// How many blobs there are.
    pub blobs: usize,
    /// How many bytes these have.
    pub blob_bytes: u64,
    /// How many spaces there are.
    pub spaces: usize,
    /// How many charts have a version.
    pub charts: usize,
    /// How many versions these have.
    pub versions: usize,
    /// How many tags there are.
    pub tags: usize,
    /// How many uploads have been begun and not ended.
    pub uploads: usize,
}

/// Names some of what is in a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glance {
    /// The first spaces, sorted, each with the first of its charts.
    pub spaces: Vec<(SpaceName, Vec<Repository>)>,
    /// How many spaces there are beside these.
    pub more_spaces: usize,
    /// How many charts there are in all these spaces beside those that are named.
    pub more_charts: usize,
}

impl Store {
    /// Measures the store. It takes as long as looking at every blob and every name does.
    pub fn measure(&self) -> Result<Measure, Error> {
        let blobs = self.driver.blobs()?;
        let mut measure = Measure {
            blobs: blobs.len(),
            blob_bytes: blobs.iter().map(|blob| blob.size).sum(),
            spaces: self.driver.spaces()?.len(),
            uploads: self.driver.uploads()?.len(),
            ..Measure::default()
        };
        drop(blobs);
        for repository in self.driver.repositories()? {
            let names = self.driver.names(&repository)?;
            measure.charts += usize::from(!names.versions.is_empty());
            measure.versions += names.versions.len();
            measure.tags += names.tags.len();
        }
        Ok(measure)
    }

    /// Names the first `most` spaces of those that are wanted, and at most so many charts in them.
    pub fn glance(
        &self,
        most: usize,
        is_wanted: impl Fn(&SpaceName) -> bool,
    ) -> Result<Glance, Error> {
        let mut spaces = self.driver.spaces()?;
        spaces.retain(is_wanted);
        let mut glance =
            Glance { more_spaces: spaces.len().saturating_sub(most), ..Glance::default() };
        spaces.truncate(most);
        glance.spaces = spaces.into_iter().map(|space| (space, Vec::new())).collect();
        let mut named = 0;
        for repository in self.driver.repositories()? {
            let of_space = |(space, _): &(SpaceName, _)| space.cmp(&repository.space);
            let Ok(place) = glance.spaces.binary_search_by(of_space) else { continue };
            if named == most {
                glance.more_charts += 1;
            } else if !self.driver.names(&repository)?.is_empty() {
                glance.spaces[place].1.push(repository);
                named += 1;
            }
        }
        Ok(glance)
    }
}
