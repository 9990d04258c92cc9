//! The index of a space: what `index.yaml` lists, out of the Chart.yaml that the store keeps.
//!
//! An index is renewed from the one before: what has not changed is neither read nor written again,
//! so it costs what has changed. The same charts give the same bytes.

mod describe;

use std::collections::BTreeMap;
use std::ops::Range;
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
    start: Piece,
    charts: BTreeMap<ChartName, (Option<storage::State>, Arc<Chart>)>,
    end: Piece,
    tag: Digest,
    size: usize,
}

/// Holds what an index says of one chart.
#[derive(Debug, Default)]
pub struct Chart {
    piece: Piece,
    digest: Option<Digest>,
    lines: BTreeMap<Version, Line>,
    /// What could not be listed, and why.
    failed: BTreeMap<Version, String>,
}

/// Knows where one version is.
#[derive(Debug)]
struct Line {
    manifest: Digest,
    created: Timestamp,
    place: Range<usize>,
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
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        let charts = self.charts().map(|chart| &chart.piece);
        std::iter::once(&self.start).chain(charts).chain(std::iter::once(&self.end))
    }

    /// Gives the charts that are listed, sorted by name.
    pub fn charts(&self) -> impl Iterator<Item = &Arc<Chart>> {
        self.charts.values().map(|(_, chart)| chart).filter(|chart| !chart.lines.is_empty())
    }

    /// Gives what stands before the charts.
    pub fn start(&self) -> &Piece {
        &self.start
    }

    /// Gives what stands behind the charts.
    pub fn end(&self) -> &Piece {
        &self.end
    }

    /// Compresses what has not been compressed yet, on all cores.
    pub fn pack(&self) {
        let pieces: Vec<&Piece> = self.pieces().collect();
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
        let listed = || charts.values().map(|(_, chart)| chart).filter(|c| !c.lines.is_empty());
        let times = listed().flat_map(|chart| chart.lines.values()).map(|line| &line.created);
        // Not the clock: the same charts are to give the same bytes.
        let generated = times.max_by_key(|time| time.as_str()).cloned().unwrap_or_else(first_time);
        let end = index::end(&generated);
        let mut parts = end.clone();
        for digest in listed().filter_map(|chart| chart.digest) {
            parts += &digest.to_string();
        }
        let start = Piece::new(index::start(listed().next().is_some()).into_bytes());
        let tag = Digest::of(parts.as_bytes());
        let size = listed().map(|chart| chart.piece.text().len()).sum();
        Index { start, charts, end: Piece::new(end.into_bytes()), tag, size }
    }
}

impl Chart {
    /// Gives the lines of the chart.
    pub fn piece(&self) -> &Piece {
        &self.piece
    }

    fn leads_to(&self, version: &Version, manifest: &Digest) -> bool {
        self.lines.get(version).is_some_and(|line| line.manifest == *manifest)
    }
}

fn first_time() -> Timestamp {
    Timestamp::parse("1970-01-01T00:00:00Z").expect("it is a time")
}

/// Says what is known of a chart before its new versions are read.
enum Known {
    Same(Arc<Chart>),
    Changed { before: Arc<Chart>, versions: Vec<(Version, Digest)> },
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
            Known::Changed { before, versions } => {
                Arc::new(assemble(repository, before, versions, &mut entries, &mut failed))
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
    let versions: Vec<_> = store.versions(repository)?.into_iter().collect();
    let is_same = versions.len() == before.lines.len()
        && versions.iter().all(|(version, manifest)| before.leads_to(version, manifest));
    match is_same && before.failed.is_empty() {
        true => Ok(Known::Same(before)),
        false => Ok(Known::Changed { before, versions }),
    }
}

/// Lists the versions that have to be read.
fn wanted<'a>(charts: &'a [ChartState], known: &'a [Known]) -> Vec<Wanted<'a>> {
    let mut wanted = Vec::new();
    for ((repository, _), known) in charts.iter().zip(known) {
        let Known::Changed { before, versions } = known else { continue };
        let new = versions.iter().filter(|(version, manifest)| !before.leads_to(version, manifest));
        wanted.extend(new.map(|(version, manifest)| Wanted { repository, version, manifest }));
    }
    wanted
}

fn kept_bytes(known: &[Known]) -> usize {
    let kept = |known: &Known| match known {
        Known::Same(chart) | Known::Changed { before: chart, .. } => chart.piece.text().len(),
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
/// read, in the order of the versions.
fn assemble(
    repository: &Repository,
    before: &Chart,
    versions: &[(Version, Digest)],
    entries: &mut impl Iterator<Item = Result<Option<Entry>, Error>>,
    failed: &mut Vec<Error>,
) -> Chart {
    let mut chart = Chart::default();
    let mut read = BTreeMap::new();
    for (version, manifest) in versions {
        if before.leads_to(version, manifest) {
            continue;
        }
        match entries.next() {
            Some(Ok(Some(entry))) => drop(read.insert(version, entry)),
            Some(Err(error)) => {
                let text = error.to_string();
                if before.failed.get(version) != Some(&text) {
                    let reference = Reference::tagged(repository.clone(), version.tag());
                    failed.push(error.of("list", reference));
                }
                chart.failed.insert(version.clone(), text);
            }
            Some(Ok(None)) | None => {}
        }
    }
    let mut text = index::heading(repository.chart.as_str());
    for (version, manifest) in versions.iter().rev() {
        let start = text.len();
        let created = match (read.remove(version), before.lines.get(version)) {
            (Some(entry), _) => {
                text += &entry.text;
                entry.created
            }
            (None, Some(line)) if line.manifest == *manifest => {
                text += &String::from_utf8_lossy(&before.piece.text()[line.place.clone()]);
                line.created.clone()
            }
            _ => continue,
        };
        let line = Line { manifest: *manifest, created, place: start..text.len() };
        chart.lines.insert(version.clone(), line);
    }
    chart.digest = Some(Digest::of(text.as_bytes()));
    chart.piece = Piece::new(text.into_bytes());
    chart
}

#[cfg(test)]
mod tests;
