//! Giving a stored chart the signature file that a client has sent for it.

use std::io::{self, Read as _};
use std::path::Path;

use super::prepare::{Destination, not_written, stage, stage_bytes};
use super::save::{Saved, describe, replaced};
use super::show::{open, steadily};
use super::{Error, identity};
use crate::chart::index::file_name;
use crate::chart::outline::Outline;
use crate::chart::provenance::Checksums;
use crate::name::{ChartName, Reference, Repository, SpaceName, Version};
use crate::store::{self, Overwrite, Store};

/// Gives the chart that a signature file is for this file. The chart is found by the name of the
/// archive in it, and must be that very archive.
///
/// # Errors
///
/// Fails if the chart has another signature file already, unless `force` is given.
pub fn attach(store: &Store, space: &SpaceName, bytes: &[u8], force: bool) -> Result<Saved, Error> {
    steadily(|| attach_once(store, space, bytes, force))
}

fn attach_once(
    store: &Store,
    space: &SpaceName,
    bytes: &[u8],
    force: bool,
) -> Result<Saved, Error> {
    let path = Path::new("provenance file");
    let sums = Checksums::parse(bytes).map_err(|error| Error::load(path, error))?;
    let reference = find(store, space, &sums)?;
    let stored = open(store, &reference)?;
    let (name, version) = (stored.chart.name.as_str(), stored.chart.version.as_str());
    sums.check(&file_name(name, version), &stored.chart.content)
        .map_err(|error| Error::load(path, error))?;
    if stored.chart.provenance.is_some() && !force {
        let digest = Box::new(stored.found.manifest);
        let (repository, version) = (stored.found.repository, stored.chart.version);
        return Err(store::Error::VersionExists { repository, version, digest }.into());
    }
    let writer = store.writer()?;
    // The archive is staged again, so that nothing collects it before it is needed anew.
    let mut archive = store.open_blob(&stored.chart.content)?;
    let mut content = writer.stage()?;
    io::copy(&mut archive.by_ref(), &mut content).map_err(not_written)?;
    let content = content.finish().map_err(store::Error::from)?;
    let archive = content.open().map_err(store::Error::from)?;
    let outline = Outline::of_archive(archive).map_err(|error| Error::load(path, error))?;
    identity::check_reference(&reference, &outline.metadata)?;
    let signature = Some(stage_bytes(&writer, bytes)?);
    let destination = Destination::Reference(reference);
    let metadata = &outline.metadata;
    let mut prepared = stage(store, &writer, path, metadata, &destination, content, signature)?;
    prepared.chart.made_from = Some(stored.found);
    let mut saved = describe(path, &prepared);
    let placed = writer.put(vec![prepared.chart], Overwrite::Allow)?.remove(0)?;
    saved.replaced = replaced(&placed);
    Ok(saved)
}

/// Finds the stored chart that one of the archives is called after.
fn find(store: &Store, space: &SpaceName, sums: &Checksums) -> Result<Reference, Error> {
    for file in sums.names() {
        for (chart, version) in names_of(file) {
            let repository = Repository { space: space.clone(), chart };
            if store.look_up_version(&repository, &version)?.is_some() {
                return Ok(Reference::tagged(repository, version.tag()));
            }
        }
    }
    let name = sums.names().collect::<Vec<_>>().join(", ");
    Err(store::Error::NotFound { what: "chart", name, near: Vec::new() }.into())
}

/// Splits the name of an archive, `NAME-VERSION.tgz`, wherever that is possible, the longest name
/// first: both may have dashes.
pub fn names_of(file: &str) -> Vec<(ChartName, Version)> {
    let Some(stem) = file.strip_suffix(".tgz") else { return Vec::new() };
    let split = |(place, _): (usize, &str)| {
        let (name, version) = (&stem[..place], &stem[place + 1..]);
        Some((ChartName::parse(name).ok()?, Version::parse(version).ok()?))
    };
    stem.rmatch_indices('-').filter_map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::names_of;

    #[test]
    fn name_and_version_may_both_have_dashes() {
        let split = |file| {
            let all = names_of(file).into_iter();
            all.map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>()
        };
        assert_eq!(split("a-1.0.0.tgz"), ["a 1.0.0"]);
        assert_eq!(split("a-b-1.0.0+x.tgz"), ["a-b 1.0.0+x"]);
        assert_eq!(split("a-1.0.0-rc.1-2.tgz"), ["a-1.0.0-rc.1 2", "a 1.0.0-rc.1-2"]);
        for none in ["../x-1.0.0.tgz", "-1.0.0.tgz", "a-1.0.0", "a-1.0.0.zip", ""] {
            assert!(split(none).is_empty(), "{none}");
        }
    }
}
