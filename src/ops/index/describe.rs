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

/// Gives a time to the second, as listings do. Where no time is known, which the first second of 1970
/// stands for, or no year has four digits for it, it is Go's zero time, as Helm writes none.
fn timestamp(time: SystemTime) -> Timestamp {
    let seconds = jiff::Timestamp::try_from(time).map(jiff::Timestamp::as_second);
    let known = seconds.ok().filter(|seconds| *seconds != 0);
    let whole = known.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    whole.and_then(|time| Timestamp::parse(&time.to_string())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_that_nobody_knows_is_the_one_that_helm_writes_for_none() {
        let after = |milliseconds| {
            let time = SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds);
            timestamp(time).to_string()
        };
        assert_eq!(after(0), "0001-01-01T00:00:00Z");
        assert_eq!(after(1_999), "1970-01-01T00:00:01Z");
    }
}
