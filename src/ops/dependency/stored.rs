//! Finding dependencies in the store.

use std::collections::BTreeSet;

use super::Options;
use super::need::{Need, Stored, Way};
use crate::name::{Reference, Repository};
use crate::ops;
use crate::ops::version::by_chart;
use crate::store::Store;

/// Takes from the store what it has; the names in it are read once, however many dependencies there
/// are.
pub(super) fn look_up(
    store: &Store,
    needs: &mut [Need],
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<(), ops::Error> {
    let asks = |need: &Need| !options.refresh || need.wanted.is_one();
    let wanted: BTreeSet<Repository> =
        needs.iter().filter(|need| asks(need)).filter_map(|need| need.kept.clone()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let listing = store.list(|repository| wanted.contains(repository))?;
    for (reference, error) in &listing.unreadable {
        warnings.push(format!("{reference} is passed over: {error}; see `hreg verify`"));
    }
    let there = by_chart(listing.rows);
    for need in needs.iter_mut().filter(|need| asks(need)) {
        let Some(repository) = &need.kept else { continue };
        let Some(versions) = there.get(repository) else { continue };
        let versions = versions.iter().map(|(version, manifest)| (version.clone(), *manifest));
        if let Some((version, manifest)) = need.wanted.choose(versions.collect())
            && let Some(chart) = store.facts(&manifest)?.chart
        {
            let content = chart.content;
            let reference = Reference::tagged(repository.clone(), version.tag());
            need.way = Way::Stored(Box::new(Stored { reference, version, content }));
        }
    }
    Ok(())
}
