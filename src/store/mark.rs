//! What is still needed: the manifests that a name leads to, and their blobs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use super::holds::HOLD_TIME;
use super::verify::subject;
use super::{Error, Store};
use crate::digest::Digest;
use crate::name::Repository;
use crate::oci::Document;
use crate::storage::Part;

/// Says what is needed, and which entries are not.
#[derive(Debug, Default)]
pub(super) struct Marked {
    pub blobs: BTreeSet<Digest>,
    pub unneeded: Vec<(Repository, Digest)>,
    /// The holds that are over: nobody has named their blobs in time, or not for long.
    pub holds: Vec<(Repository, Digest)>,
}

impl Store {
    /// Marks what names lead to, and what is younger than `before`.
    pub(super) fn mark(&self, before: SystemTime) -> Result<Marked, Error> {
        let mut marked = Marked::default();
        self.refuse_damage()?;
        for repository in self.driver.repositories()? {
            self.mark_repository(&repository, before, &mut marked)?;
        }
        Ok(marked)
    }

    /// Refuses to tell what is needed where a name or an entry does not say what it leads to.
    fn refuse_damage(&self) -> Result<(), Error> {
        let faults = self.driver.inspect()?;
        let unclear = |part: &Part| matches!(part, Part::Name(..) | Part::Entry(..));
        match faults.into_iter().find(|fault| unclear(&fault.part)) {
            None => Ok(()),
            Some(fault) => {
                let error = Error::Part { part: subject(&fault.part), problem: fault.problem };
                Err(Error::Unclear(Box::new(error)))
            }
        }
    }

    fn mark_repository(
        &self,
        repository: &Repository,
        before: SystemTime,
        marked: &mut Marked,
    ) -> Result<(), Error> {
        let names = self.driver.names(repository)?;
        let roots: BTreeSet<&Digest> = names.tags.values().chain(names.versions.values()).collect();
        let mut waiting = BTreeMap::new();
        let mut needed = Vec::new();
        for manifest in self.driver.entries(repository)? {
            let young = || -> Result<bool, Error> {
                Ok(self.driver.created(repository, &manifest)?.is_none_or(|time| time >= before))
            };
            let document = self.document(&manifest);
            if roots.contains(&manifest) || young()? {
                needed.push((manifest, document.map_err(|error| Error::Unclear(Box::new(error)))?));
            } else {
                waiting.insert(manifest, document);
            }
        }
        let entries: BTreeSet<Digest> = needed.iter().map(|(manifest, _)| *manifest).collect();
        if let Some(root) = roots.into_iter().find(|root| !entries.contains(root)) {
            let part = format!("the entry of {root} in {repository}");
            let error = Error::Part { part, problem: "it is not there".to_owned() };
            return Err(Error::Unclear(Box::new(error)));
        }
        let mut blobs = BTreeSet::new();
        while let Some((manifest, document)) = needed.pop() {
            self.mark_manifest(repository, &manifest, &document, &mut blobs)?;
            for other in related(&manifest, &document, &waiting) {
                if let Some(document) = waiting.remove(&other) {
                    let document = document.map_err(|error| Error::Unclear(Box::new(error)))?;
                    needed.push((other, document));
                }
            }
        }
        marked.unneeded.extend(waiting.into_keys().map(|manifest| (repository.clone(), manifest)));
        self.mark_holds(repository, before, &mut blobs, &mut marked.holds)?;
        marked.blobs.append(&mut blobs);
        Ok(())
    }

    /// Marks the blobs of holds that count still, and lists the others: those of no manifest here.
    fn mark_holds(
        &self,
        repository: &Repository,
        before: SystemTime,
        blobs: &mut BTreeSet<Digest>,
        over: &mut Vec<(Repository, Digest)>,
    ) -> Result<(), Error> {
        let before =
            SystemTime::now().checked_sub(HOLD_TIME).map_or(before, |hold| hold.min(before));
        for (blob, since) in self.driver.held(repository)? {
            if since >= before {
                blobs.insert(blob);
            } else if !blobs.contains(&blob) {
                over.push((repository.clone(), blob));
            }
        }
        Ok(())
    }

    fn mark_manifest(
        &self,
        repository: &Repository,
        manifest: &Digest,
        document: &Document,
        blobs: &mut BTreeSet<Digest>,
    ) -> Result<(), Error> {
        blobs.insert(*manifest);
        blobs.extend(document.descriptors().map(|descriptor| descriptor.digest));
        let entry = self.driver.entry(repository, manifest);
        let entry = entry.map_err(|error| Error::Unclear(Box::new(error.into())))?;
        if let Some(chart) = entry.and_then(|entry| entry.chart) {
            blobs.extend([chart.meta, chart.content]);
            blobs.extend(chart.provenance);
        }
        Ok(())
    }
}

/// Lists the waiting manifests that are needed since `manifest` is: an index needs its manifests,
/// and what refers to a subject lives as long as the subject.
fn related(
    manifest: &Digest,
    document: &Document,
    waiting: &BTreeMap<Digest, Result<Document, Error>>,
) -> Vec<Digest> {
    let children = document.descriptors().map(|descriptor| descriptor.digest);
    let referrers = waiting.iter().filter_map(|(other, document)| {
        let subject = document.as_ref().ok()?.subject()?.digest;
        (subject == *manifest).then_some(*other)
    });
    children.filter(|child| waiting.contains_key(child)).chain(referrers).collect()
}
