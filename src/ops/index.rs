//! The index of a space: what `index.yaml` lists, out of the Chart.yaml that the store keeps.
//!
//! An index is renewed from the one before: what has not changed is neither read nor written again,
//! so it costs what has changed. The same charts give the same bytes.

mod describe;
mod lines;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use describe::{describe, versions};

use super::Error;
use crate::chart::index::{self, Piece};
use crate::chart::record::Timestamp;
use crate::digest::Digest;
use crate::name::{ChartName, Reference, Repository, SpaceName, Version};
use crate::parallel;
use crate::storage::{self, ChartState};
use crate::store::Store;
use lines::{Assembly, Chart, Listed};

/// The most bytes that one version takes in an index: real ones take about a thousand.
const MAX_ENTRY_BYTES: usize = 1 << 20;

/// The most bytes that all versions take; four times what hreg reads of others' indexes.
const MAX_BYTES: usize = 256 << 20;

/// What a thread takes at a time: about a millisecond of reading.
const CHARTS: usize = 16;
const ENTRIES: usize = 32;

/// Holds the index of a space.
#[derive(Debug)]
pub struct Index {
    start: Arc<Piece>,
    charts: BTreeMap<ChartName, (Option<storage::State>, Arc<Chart>)>,
    end: Arc<Piece>,
    tag: Digest,
    size: usize,
}

/// Is the text of one version.
struct Entry {
    text: String,
    created: Timestamp,
}

/// Is an index, and what was found to be damaged for the first time.
#[derive(Debug)]
pub struct Renewed {
    /// The index.
    pub index: Arc<Index>,
    /// Why versions are left out of it that were not left out before.
    pub failed: Vec<Error>,
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

    fn of(charts: BTreeMap<ChartName, (Option<storage::State>, Arc<Chart>)>) -> Index {
        // Not the clock: the same charts are to give the same bytes.
        let times = listed(&charts).filter_map(|chart| chart.latest());
        let generated = times.max_by_key(|time| time.as_str()).cloned().unwrap_or_else(first_time);
        let end = index::end(&generated);
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

fn listed(
    charts: &BTreeMap<ChartName, (Option<storage::State>, Arc<Chart>)>,
) -> impl Iterator<Item = &Arc<Chart>> {
    charts.values().map(|(_, chart)| chart).filter(|chart| !chart.is_empty())
}

fn first_time() -> Timestamp {
    Timestamp::parse("1970-01-01T00:00:00Z").expect("it is a time")
}

/// Says what is known of a chart before its new versions are read.
enum Known {
    Same(Arc<Chart>),
    Changed { before: Arc<Chart>, listed: Vec<Listed> },
}

/// Is a version that has to be read.
struct Wanted<'a> {
    repository: &'a Repository,
    version: &'a Version,
    manifest: &'a Digest,
}

/// Brings the index of a space up to date; nothing if there is no such space, but for `library`,
/// which is empty until something is in it.
///
/// `before` is the index as it was. Versions that cannot be read are left out.
pub fn renew(
    store: &Store,
    space: &SpaceName,
    before: Option<&Index>,
) -> Result<Option<Renewed>, Error> {
    let charts = match store.chart_states(space)? {
        Some(charts) => charts,
        None if *space == SpaceName::library() => Vec::new(),
        None => return Ok(None),
    };
    let known = parallel::map(&charts, CHARTS, |(repository, found)| {
        look(store, repository, *found, before)
    });
    let known: Vec<Known> = known.into_iter().collect::<Result<_, _>>()?;
    let wanted = wanted(&charts, &known);
    let room = AtomicUsize::new(MAX_BYTES.saturating_sub(kept_bytes(&known)));
    let entries = parallel::map(&wanted, ENTRIES, |wanted| read(store, wanted, &room));
    let mut entries = entries.into_iter();
    let mut failed = Vec::new();
    let mut listed = BTreeMap::new();
    for ((repository, found), known) in charts.iter().zip(&known) {
        let chart = match known {
            Known::Same(chart) => chart.clone(),
            Known::Changed { before, listed } => {
                Arc::new(assemble(repository, before, listed, &mut entries, &mut failed))
            }
        };
        // What was damaged may have been mended without a change of names.
        let found = found.filter(|_| chart.failed.is_empty());
        listed.insert(repository.chart.clone(), (found, chart));
    }
    Ok(Some(Renewed { index: Arc::new(Index::of(listed)), failed }))
}

fn look(
    store: &Store,
    repository: &Repository,
    found: Option<storage::State>,
    before: Option<&Index>,
) -> Result<Known, Error> {
    let known = before.and_then(|before| before.charts.get(&repository.chart));
    if let Some((Some(state), chart)) = known
        && Some(*state) == found
    {
        return Ok(Known::Same(chart.clone()));
    }
    let before = known.map(|(_, chart)| chart.clone()).unwrap_or_default();
    match before.compare(store.versions(repository)?) {
        None => Ok(Known::Same(before)),
        Some(listed) => Ok(Known::Changed { before, listed }),
    }
}

/// Lists the versions that have to be read.
fn wanted<'a>(charts: &'a [ChartState], known: &'a [Known]) -> Vec<Wanted<'a>> {
    let mut wanted = Vec::new();
    for ((repository, _), known) in charts.iter().zip(known) {
        let Known::Changed { listed, .. } = known else { continue };
        let new = listed.iter().filter(|listed| listed.is_new());
        wanted.extend(new.map(|Listed { version, manifest, .. }| Wanted {
            repository,
            version,
            manifest,
        }));
    }
    wanted
}

fn kept_bytes(known: &[Known]) -> usize {
    let kept = |known: &Known| match known {
        Known::Same(chart) | Known::Changed { before: chart, .. } => chart.size(),
    };
    known.iter().map(kept).sum()
}

/// Reads a version; nothing if it has gone meanwhile.
fn read(store: &Store, wanted: &Wanted<'_>, room: &AtomicUsize) -> Result<Option<Entry>, Error> {
    let Wanted { repository, version, manifest } = wanted;
    match read_entry(store, wanted, room) {
        Err(_) if store.look_up_version(repository, version)?.as_ref() != Some(manifest) => {
            Ok(None)
        }
        result => result.map(Some),
    }
}

fn read_entry(store: &Store, wanted: &Wanted<'_>, room: &AtomicUsize) -> Result<Entry, Error> {
    let Wanted { repository, version, manifest } = wanted;
    let described = describe(store, repository, version, manifest)?;
    let text = index::entry(&described);
    let refuse = |reason: String| Err(unlisted(repository, version, reason));
    if text.len() > MAX_ENTRY_BYTES {
        return refuse(format!("it would take more than {MAX_ENTRY_BYTES} bytes"));
    }
    let take = |room: usize| room.checked_sub(text.len());
    if room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
        return refuse(format!("the index has {MAX_BYTES} bytes without it"));
    }
    Ok(Entry { text, created: described.created })
}

fn unlisted(repository: &Repository, version: &Version, reason: String) -> Error {
    let reference = Reference::tagged(repository.clone(), version.tag());
    Error::Unlisted { reference, reason }
}

/// Puts the lines of a chart together, the highest version first; `entries` gives those that were
/// read, in the same order.
fn assemble(
    repository: &Repository,
    before: &Chart,
    listed: &[Listed],
    entries: &mut impl Iterator<Item = Result<Option<Entry>, Error>>,
    failed: &mut Vec<Error>,
) -> Chart {
    let mut chart = Assembly::new(before);
    for listed in listed {
        if !listed.is_new() {
            chart.keep(listed);
            continue;
        }
        match entries.next() {
            Some(Ok(Some(entry))) => chart.list(listed, entry),
            Some(Err(error)) => {
                if chart.leave_out(listed, error.to_string()) {
                    let reference = Reference::tagged(repository.clone(), listed.version.tag());
                    failed.push(error.of("list", reference));
                }
            }
            Some(Ok(None)) | None => {}
        }
    }
    chart.end(&repository.chart)
}

#[cfg(test)]
mod tests;
