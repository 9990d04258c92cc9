//! Bringing an index up to date by what has changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lines::{Assembly, Chart, Listed};
use super::scope::{self, Found, Scope};
use super::{CHARTS, ENTRIES, Entry, Index, MAX_ENTRY_BYTES, describe, unlisted};
use crate::chart::index;
use crate::name::{ChartName, Reference};
use crate::ops::Error;
use crate::parallel;
use crate::storage::ChartState;
use crate::store::Store;

/// The most bytes that all versions take; four times what hreg reads of others' indexes.
const MAX_BYTES: usize = 256 << 20;

/// Is an index, and what was found to be damaged for the first time.
#[derive(Debug)]
pub struct Renewed {
    /// The index.
    pub index: Arc<Index>,
    /// Why versions are left out of it that were not left out before.
    pub failed: Vec<Error>,
}

/// Says what is known of a chart before its new versions are read.
enum Known {
    Same(Arc<Chart>),
    Changed { before: Arc<Chart>, listed: Vec<Listed> },
}

/// Brings an index up to date; nothing if there is no such space, but for `library`, which is empty
/// until something is in it.
///
/// `before` is the index of the same scope as it was. Versions that cannot be read are left out.
pub fn renew(
    store: &Store,
    scope: &Scope,
    before: Option<&Index>,
) -> Result<Option<Renewed>, Error> {
    let Some(charts) = scope.charts(store)? else { return Ok(None) };
    let charts: Vec<&[ChartState]> = scope::of_one_name(&charts).collect();
    let known = parallel::map(&charts, CHARTS, |sources| look(store, sources, before));
    let known: Vec<Known> = known.into_iter().collect::<Result<_, _>>()?;
    let wanted: Vec<&Found> = known.iter().flat_map(new_of).collect();
    let room = AtomicUsize::new(MAX_BYTES.saturating_sub(kept_bytes(&known)));
    let entries = parallel::map(&wanted, ENTRIES, |wanted| read(store, wanted, &room));
    let mut entries = entries.into_iter();
    let mut failed = Vec::new();
    let mut listed = BTreeMap::new();
    for (sources, known) in charts.into_iter().zip(&known) {
        let name = &sources[0].0.chart;
        let chart = match known {
            Known::Same(chart) => chart.clone(),
            Known::Changed { before, listed } => {
                Arc::new(assemble(name, before, listed, &mut entries, &mut failed))
            }
        };
        let state = match sources {
            // What was damaged may have been mended without a change of names.
            [(_, state)] if chart.failed.is_empty() => *state,
            _ => None,
        };
        listed.insert(name.clone(), (state, chart));
    }
    Ok(Some(Renewed { index: Arc::new(Index::of(listed)), failed }))
}

/// Looks at what has changed in a chart.
fn look(store: &Store, sources: &[ChartState], before: Option<&Index>) -> Result<Known, Error> {
    let known = before.and_then(|before| before.charts.get(&sources[0].0.chart));
    if let ([(repository, Some(state))], Some((Some(known), chart))) = (sources, known)
        && state == known
        // States of different repositories may be equal.
        && chart.is_of(repository)
    {
        return Ok(Known::Same(chart.clone()));
    }
    let before = known.map(|(_, chart)| chart.clone()).unwrap_or_default();
    match before.compare(scope::versions(store, sources)?) {
        None => Ok(Known::Same(before)),
        Some(listed) => Ok(Known::Changed { before, listed }),
    }
}

/// Lists the versions that have to be read.
fn new_of(known: &Known) -> impl Iterator<Item = &Found> {
    let listed = match known {
        Known::Same(_) => &[][..],
        Known::Changed { listed, .. } => listed,
    };
    listed.iter().filter(|listed| listed.is_new()).map(|listed| &listed.found)
}

fn kept_bytes(known: &[Known]) -> usize {
    let kept = |known: &Known| match known {
        Known::Same(chart) | Known::Changed { before: chart, .. } => chart.size(),
    };
    known.iter().map(kept).sum()
}

/// Reads a version; nothing if it has gone meanwhile.
fn read(store: &Store, wanted: &Found, room: &AtomicUsize) -> Result<Option<Entry>, Error> {
    let Found { repository, version, manifest } = wanted;
    match read_entry(store, wanted, room) {
        Err(_) if store.look_up_version(repository, version)?.as_ref() != Some(manifest) => {
            Ok(None)
        }
        result => result.map(Some),
    }
}

fn read_entry(store: &Store, wanted: &Found, room: &AtomicUsize) -> Result<Entry, Error> {
    let Found { repository, version, manifest } = wanted;
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

/// Puts the lines of a chart together, the highest version first; `entries` gives those that were
/// read, in the same order.
fn assemble(
    name: &ChartName,
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
                    let Found { repository, version, .. } = &listed.found;
                    let reference = Reference::tagged((**repository).clone(), version.tag());
                    failed.push(error.of("list", reference));
                }
            }
            Some(Ok(None)) | None => {}
        }
    }
    chart.end(name)
}
