//! The index of a space, or of all: what `index.yaml` lists, out of the Chart.yaml that the store
//! keeps.
//!
//! An index is renewed from the one before: what has not changed is neither read nor written again,
//! so it costs what has changed. The same charts give the same bytes.

mod describe;
mod lines;
mod renew;
mod scope;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use describe::{describe, versions};
pub use renew::{Renewed, renew};
pub use scope::Scope;

use super::Error;
use crate::chart::index::{self, Piece};
use crate::chart::record::Timestamp;
use crate::digest::Digest;
use crate::name::{ChartName, Reference, Repository, Version};
use crate::parallel;
use crate::storage::State;
use lines::Chart;

/// The most bytes that one version takes in an index: real ones take about a thousand.
const MAX_ENTRY_BYTES: usize = 1 << 20;

/// What a thread takes at a time: about a millisecond of reading.
const CHARTS: usize = 16;
const ENTRIES: usize = 32;

/// Is each chart with the state of its names. One without a state has to be compared.
type Charts = BTreeMap<ChartName, (Option<State>, Arc<Chart>)>;

/// Holds an index.
#[derive(Debug)]
pub struct Index {
    start: Arc<Piece>,
    charts: Charts,
    end: Arc<Piece>,
    tag: Digest,
    size: usize,
}

/// Is the text of one version.
struct Entry {
    text: String,
    created: Timestamp,
}

impl Index {
    /// Gives what the index is made of, in order.
    pub fn pieces(&self) -> impl Iterator<Item = &Arc<Piece>> {
        let charts = self.charts().flat_map(|chart| chart.pieces());
        std::iter::once(&self.start).chain(charts).chain(std::iter::once(&self.end))
    }

    /// Gives the charts that are listed, sorted by name.
    fn charts(&self) -> impl Iterator<Item = &Arc<Chart>> {
        listed(&self.charts)
    }

    /// Compresses what has not been compressed yet, on all cores.
    pub fn pack(&self) {
        let pieces: Vec<&Arc<Piece>> = self.pieces().collect();
        parallel::map(&pieces, CHARTS, |piece| {
            piece.packed();
        });
    }

    /// Gives what tells this index from others: equal ones have equal bytes.
    pub fn tag(&self) -> Digest {
        self.tag
    }

    /// Gives the number of bytes that the charts take in the index.
    pub fn size(&self) -> usize {
        self.size
    }

    fn of(charts: Charts) -> Index {
        // Not the clock: the same charts are to give the same bytes.
        let times = listed(&charts).filter_map(|chart| chart.latest());
        let latest = times.max_by_key(|time| time.as_str()).cloned();
        // A chart may be added at a time that nobody knows.
        let latest = latest.filter(|time| *time != Timestamp::default());
        let end = index::end(&latest.unwrap_or_else(first_time));
        let mut parts = end.clone();
        for digest in listed(&charts).filter_map(|chart| chart.digest()) {
            parts += &digest.to_string();
        }
        let start = index::start(listed(&charts).next().is_some());
        let tag = Digest::of(parts.as_bytes());
        let size = listed(&charts).map(|chart| chart.size()).sum();
        let piece = |text: String| Arc::new(Piece::new(text.into_bytes()));
        Index { start: piece(start), charts, end: piece(end), tag, size }
    }
}

fn listed(charts: &Charts) -> impl Iterator<Item = &Arc<Chart>> {
    charts.values().map(|(_, chart)| chart).filter(|chart| !chart.is_empty())
}

fn first_time() -> Timestamp {
    Timestamp::parse("1970-01-01T00:00:00Z").expect("it is a time")
}

fn unlisted(repository: &Repository, version: &Version, reason: String) -> Error {
    let reference = Reference::tagged(repository.clone(), version.tag());
    Error::Unlisted { reference, reason }
}

#[cfg(test)]
mod tests;
