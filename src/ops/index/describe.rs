//! One version of a chart, as an index describes it.

use std::time::SystemTime;

use super::{ENTRIES, MAX_ENTRY_BYTES, unlisted};
use crate::chart::index::{ChartVersion, address};
use crate::chart::metadata::Metadata;
use crate::chart::record::Timestamp;
use crate::digest::{Algorithm, Digest};
use crate::name::{Repository, Version};
use crate::ops::Error;
use crate::parallel;
use crate::store::{self, ChartFacts, Store};

/// Describes a version by what the store keeps of its Chart.yaml.
pub fn describe(
    store: &Store,
    repository: &Repository,
    version: &Version,
    manifest: &Digest,
) -> Result<ChartVersion, Error> {
    let created = store.created(repository, manifest)?;
    let missing = || store::Error::MissingBlob { digest: Box::new(*manifest) };
    let created = created.ok_or_else(missing)?;
    let refuse = |reason: String| unlisted(repository, version, reason);
    let Some(ChartFacts { meta, content, .. }) = store.facts(manifest)?.chart else {
        return Err(refuse("it is no chart".to_owned()));
    };
    let meta = store.read_blob(&meta, MAX_ENTRY_BYTES as u64)?;
    let metadata = Metadata::from_json(&meta);
    let metadata = metadata.map_err(|error| refuse(error.to_string()))?;
    if metadata.name != repository.chart.as_str() || metadata.version != version.as_str() {
        return Err(refuse(format!("it calls itself {} {}", metadata.name, metadata.version)));
    }
    let urls = vec![address(&metadata.name, &metadata.version)];
    let digest = match content.algorithm() {
        Algorithm::Sha256 => content.hex(),
        // An index has no other digests.
        Algorithm::Sha512 => String::new(),
    };
    let created = timestamp(created);
    Ok(ChartVersion { metadata, urls, created, digest, ..ChartVersion::default() })
}

/// Describes the versions of a chart that can be read, the highest first; nothing if there are none.
pub fn versions(store: &Store, repository: &Repository) -> Result<Vec<ChartVersion>, Error> {
    let all: Vec<_> = store.versions(repository)?.into_iter().rev().collect();
    let described = parallel::map(&all, ENTRIES, |(version, manifest)| {
        describe(store, repository, version, manifest)
    });
    Ok(described.into_iter().flatten().collect())
}

/// Gives a time to the second, as listings do; one that no year has four digits for is left out.
fn timestamp(time: SystemTime) -> Timestamp {
    let seconds = jiff::Timestamp::try_from(time).map(jiff::Timestamp::as_second);
    let whole = seconds.and_then(jiff::Timestamp::from_second);
    whole.ok().and_then(|time| Timestamp::parse(&time.to_string())).unwrap_or_default()
}
