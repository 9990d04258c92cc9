//! Entries: a folder of links for each manifest of a repository.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::layout;
use crate::digest::Digest;
use crate::disk;
use crate::name::{Repository, Version};
use crate::storage::{ChartParts, Entry, Error};

const MANIFEST: &str = "manifest";
const META: &str = "meta";
const CONTENT: &str = "content";
const PROVENANCE: &str = "provenance";
const CHART: &str = "chart";

/// Lists the links that an entry is made of, as name and target.
pub(super) fn links(repository: &Repository, entry: &Entry) -> Vec<(&'static str, PathBuf)> {
    let folder = layout::entry(repository, &entry.manifest);
    let blob =
        |name, digest: &Digest| (name, layout::target(&folder.join(name), &layout::blob(digest)));
    let mut links = vec![blob(MANIFEST, &entry.manifest)];
    if let Some(chart) = &entry.chart {
        links.push(blob(META, &chart.meta));
        links.push(blob(CONTENT, &chart.content));
        links.extend(chart.provenance.as_ref().map(|digest| blob(PROVENANCE, digest)));
        let version = layout::version(repository, &chart.version);
        links.push((CHART, layout::target(&folder.join(CHART), &version)));
    }
    links
}

/// Reads an entry, and refuses one whose links are not exactly those that hreg would make.
pub(super) fn read(
    root: &Path,
    repository: &Repository,
    manifest: &Digest,
) -> Result<Option<Entry>, Error> {
    let folder = root.join(layout::entry(repository, manifest));
    let listed = disk::entries(&folder)?;
    if listed.is_empty() && !folder.exists() {
        return Ok(None);
    }
    let damaged = |problem: &str| Error::Entry {
        repository: repository.clone(),
        manifest: Box::new(*manifest),
        problem: problem.to_owned(),
    };
    let mut found = Vec::new();
    for (name, _) in listed {
        let target = disk::read_link(&folder.join(&name))
            .map_err(|_| damaged(&format!("{name} is no link")))?
            .ok_or_else(|| damaged(&format!("{name} has gone")))?;
        found.push((name, target));
    }
    let entry = Entry { manifest: *manifest, chart: parts(&found).map_err(damaged)? };
    let mut expected = links(repository, &entry);
    let matches = expected.len() == found.len()
        && expected.drain(..).all(|(name, target)| {
            found.iter().any(|(other, actual)| other == name && *actual == target)
        });
    if matches { Ok(Some(entry)) } else { Err(damaged("its links do not point where they should")) }
}

/// Reads the parts of a chart from the ends of the links; an entry without them is no chart's.
fn parts(links: &[(String, PathBuf)]) -> Result<Option<ChartParts>, &'static str> {
    let last = |name: &str| {
        let (_, target) = links.iter().find(|(other, _)| other == name)?;
        target.file_name()?.to_str()
    };
    if links.len() == 1 {
        return Ok(None);
    }
    let digest = |name| last(name).and_then(layout::digest_of);
    let parts = || {
        Some(ChartParts {
            version: Version::parse(last(CHART)?).ok()?,
            meta: digest(META)?,
            content: digest(CONTENT)?,
            provenance: digest(PROVENANCE),
        })
    };
    parts().map(Some).ok_or("it lacks a link, or one has no digest in it")
}

/// Tells since when there has been an entry: the time stamp of its first link.
pub(super) fn created(folder: PathBuf) -> Result<Option<SystemTime>, Error> {
    let mut link = folder;
    link.push(MANIFEST);
    match link.symlink_metadata().and_then(|found| found.modified()) {
        Ok(time) => Ok(Some(time)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk::Error::new("look at", &link, error).into()),
    }
}
