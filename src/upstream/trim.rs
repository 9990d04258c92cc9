//! Making room in the cache: what was not used for the longest time goes, a chart that has names as a
//! whole, with its names first.

use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

use crate::digest::Digest;
use crate::name::Repository;
use crate::storage::{BlobInfo, ChartParts, Driver, Entry, Error, Name, Removal};

/// Says what is to go.
#[derive(Default)]
pub(super) struct Going {
    /// Names and entries, which go first.
    pub(super) removal: Removal,
    /// Blobs.
    pub(super) blobs: BTreeSet<Digest>,
    /// How many bytes stay.
    pub(super) stays: u64,
}

/// Is a chart that has names.
struct Chart {
    repository: Repository,
    manifest: Digest,
    parts: Vec<Digest>,
    content: Digest,
}

/// Chooses what is to go, so that no more than `most` bytes stay.
pub(super) fn choose(
    driver: &dyn Driver,
    last_read: &HashMap<Digest, SystemTime>,
    most: u64,
) -> Result<Going, Error> {
    let blobs: HashMap<Digest, BlobInfo> =
        driver.blobs()?.into_iter().map(|blob| (blob.digest, blob)).collect();
    let charts = charts(driver)?;
    let mut owners: HashMap<Digest, Vec<usize>> = HashMap::new();
    for (place, chart) in charts.iter().enumerate() {
        chart.parts.iter().for_each(|part| owners.entry(*part).or_default().push(place));
    }
    let used = |digest: &Digest| {
        let written = blobs.get(digest).map(|blob| blob.modified);
        written.max(last_read.get(digest).copied())
    };
    // What names a chart is read more often than the chart is.
    let last = |digest: &Digest| match owners.get(digest) {
        Some(owners) => owners.iter().filter_map(|owner| used(&charts[*owner].content)).max(),
        None => used(digest),
    };
    let mut order: Vec<Digest> = blobs.keys().copied().collect();
    order.sort_by_cached_key(|digest| (last(digest), *digest));
    let mut going = Going { stays: blobs.values().map(|blob| blob.size).sum(), ..Going::default() };
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    for digest in order {
        if going.stays <= most {
            break;
        }
        let of = owners.get(&digest).cloned().unwrap_or_default();
        gone.extend(&of);
        let parts = of.iter().flat_map(|owner| &charts[*owner].parts);
        let is_free = |part: &&Digest| owners[*part].iter().all(|owner| gone.contains(owner));
        for part in parts.filter(is_free).chain([&digest]) {
            if let Some(blob) = blobs.get(part).filter(|_| going.blobs.insert(*part)) {
                going.stays -= blob.size;
            }
        }
    }
    let gone: Vec<&Chart> = gone.iter().map(|place| &charts[*place]).collect();
    going.removal = removal(driver, &gone)?;
    Ok(going)
}

fn charts(driver: &dyn Driver) -> Result<Vec<Chart>, Error> {
    let mut charts = Vec::new();
    for repository in driver.repositories()? {
        for manifest in driver.entries(&repository)? {
            let entry = driver.entry(&repository, &manifest)?;
            let Some(Entry { chart: Some(parts), .. }) = entry else { continue };
            let ChartParts { meta, content, provenance, .. } = parts;
            let parts = [manifest, meta, content].into_iter().chain(provenance).collect();
            charts.push(Chart { repository: repository.clone(), manifest, parts, content });
        }
    }
    Ok(charts)
}

fn removal(driver: &dyn Driver, gone: &[&Chart]) -> Result<Removal, Error> {
    let mut removal = Removal::default();
    for Chart { repository, manifest, .. } in gone {
        let names = driver.names(repository)?;
        let tags = names.tags.into_iter().filter(|(_, digest)| digest == manifest);
        let tags = tags.map(|(tag, _)| (repository.clone(), Name::Tag(tag)));
        removal.names.extend(tags);
        let versions = names.versions.into_iter().filter(|(_, digest)| digest == manifest);
        let versions = versions.map(|(version, _)| (repository.clone(), Name::Version(version)));
        removal.names.extend(versions);
        removal.entries.push((repository.clone(), *manifest));
    }
    Ok(removal)
}
