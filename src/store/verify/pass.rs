//! One pass over everything: the storage's structure, blobs, entries, names, spaces.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Problem, Verified};
use crate::digest::Digest;
use crate::name::{Repository, Version};
use crate::oci::Document;
use crate::parallel;
use crate::storage::{ChartParts, Entry, Name, Part};
use crate::store::Store;
use crate::store::error::{BlobProblem, Error};
use crate::store::facts::{annotated, chart_of};

impl Store {
    pub(super) fn pass(&self) -> Result<Verified, Error> {
        let mut pass = Pass { store: self, verified: Verified::default(), sizes: BTreeMap::new() };
        pass.structure()?;
        pass.blobs()?;
        for repository in self.driver.repositories()? {
            pass.repository(&repository)?;
        }
        pass.spaces()?;
        pass.verified
            .findings
            .sort_by(|left, right| (left.problem, &left.part).cmp(&(right.problem, &right.part)));
        pass.verified.findings.dedup_by(|left, right| left.part == right.part);
        Ok(pass.verified)
    }
}

struct Pass<'a> {
    store: &'a Store,
    verified: Verified,
    /// The blobs that are whole, and their sizes.
    sizes: BTreeMap<Digest, u64>,
}

impl Pass<'_> {
    fn report(&mut self, problem: Problem, part: Part, detail: impl ToString) {
        self.verified.findings.push(Finding::new(problem, part, detail));
    }

    fn structure(&mut self) -> Result<(), Error> {
        for fault in self.store.driver.inspect()? {
            let problem = match fault.part {
                Part::Entry(..) => Problem::EntryDamaged,
                Part::Name(..) => Problem::NameDamaged,
                _ => Problem::Stray,
            };
            self.report(problem, fault.part, fault.problem);
        }
        Ok(())
    }

    /// Reads all blobs, on all cores.
    fn blobs(&mut self) -> Result<(), Error> {
        let mut blobs = self.store.driver.blobs()?;
        blobs.sort_by_key(|blob| blob.digest);
        let read = parallel::map(&blobs, 1, |blob| self.store.verify_blob(&blob.digest));
        for (blob, result) in blobs.iter().zip(read) {
            self.blob(blob.digest, result)?;
        }
        Ok(())
    }

    fn blob(
        &mut self,
        digest: Digest,
        result: Result<crate::storage::Blob, Error>,
    ) -> Result<(), Error> {
        match result {
            Ok(blob) => {
                self.sizes.insert(digest, blob.size());
                self.verified.blobs += 1;
                self.verified.bytes += blob.size();
            }
            // Collected since it was listed.
            Err(Error::MissingBlob { .. }) => {}
            Err(Error::Blob { source: BlobProblem::Damaged(damage), .. }) => {
                self.report(Problem::BlobDamaged, Part::Blob(digest), damage);
            }
            Err(Error::Blob { source: BlobProblem::Io(error), .. }) => {
                self.report(Problem::BlobDamaged, Part::Blob(digest), error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn repository(&mut self, repository: &Repository) -> Result<(), Error> {
        let entries: BTreeSet<Digest> =
            self.store.driver.entries(repository)?.into_iter().collect();
        let mut versions = BTreeMap::new();
        for manifest in &entries {
            self.verified.manifests += 1;
            if let Some(version) = self.entry(repository, manifest)? {
                versions.insert(*manifest, version);
            }
        }
        let names = self.store.driver.names(repository)?;
        self.verified.names += names.tags.len() + names.versions.len();
        let tags = names.tags.into_iter().map(|(tag, digest)| (Name::Tag(tag), digest));
        let numbers =
            names.versions.into_iter().map(|(number, digest)| (Name::Version(number), digest));
        for (name, manifest) in tags.chain(numbers) {
            let part = Part::Name(repository.clone(), name.clone());
            if !entries.contains(&manifest) {
                self.report(Problem::NameDangling, part, format!("{manifest} has no entry here"));
            } else if let (Name::Version(number), Some(actual)) = (&name, versions.get(&manifest))
                && number != actual
            {
                self.report(Problem::NameWrong, part, format!("{manifest} is version {actual}"));
            }
        }
        Ok(())
    }

    /// Checks one entry against its manifest; gives the version if it is a chart's.
    fn entry(
        &mut self,
        repository: &Repository,
        manifest: &Digest,
    ) -> Result<Option<Version>, Error> {
        let part = Part::Entry(repository.clone(), *manifest);
        let document = match self.store.document(manifest) {
            Ok(document) => document,
            Err(Error::Manifest { source, .. }) => {
                self.report(Problem::ManifestInvalid, part, source);
                return Ok(None);
            }
            Err(
                error @ (Error::MissingBlob { .. }
                | Error::Blob {
                    source: BlobProblem::Damaged(_) | BlobProblem::TooLarge { .. },
                    ..
                }),
            ) => {
                self.report(Problem::BlobMissing, part, error);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        for descriptor in document.descriptors() {
            match self.sizes.get(&descriptor.digest) {
                Some(size) if *size == descriptor.size => {}
                Some(size) => {
                    let detail =
                        format!("{} has {size} bytes, not {}", descriptor.digest, descriptor.size);
                    self.report(Problem::ManifestInvalid, part.clone(), detail);
                }
                None if !descriptor.is_kept() => {}
                None => {
                    let detail = format!("it needs the blob {}", descriptor.digest);
                    self.report(Problem::BlobMissing, part.clone(), detail);
                }
            }
        }
        // Links that hreg did not make are reported with the structure.
        let Ok(Some(entry)) = self.store.driver.entry(repository, manifest) else {
            return Ok(None);
        };
        match expected_entry(self.store, repository, manifest, &document) {
            Err(detail) => self.report(Problem::ManifestInvalid, part, detail),
            Ok(expected) if expected != entry => {
                self.report(
                    Problem::EntryDamaged,
                    part,
                    "its links are not what its manifest says",
                );
            }
            Ok(_) => {}
        }
        Ok(entry.chart.map(|chart| chart.version))
    }

    fn spaces(&mut self) -> Result<(), Error> {
        let recorded = self.store.driver.spaces()?;
        for space in &recorded {
            if let Err(error) = self.store.policy(space) {
                self.report(Problem::SpaceDamaged, Part::Space(space.clone()), error);
            }
        }
        for repository in self.store.driver.repositories()? {
            if !recorded.contains(&repository.space)
                && !self.store.driver.names(&repository)?.is_empty()
            {
                let part = Part::Space(repository.space);
                self.report(Problem::SpaceDamaged, part, "it has charts, but no record");
            }
        }
        Ok(())
    }
}

/// Builds the entry that a manifest should have; says what is wrong with its Chart.yaml if it
/// cannot be that chart's.
pub(super) fn expected_entry(
    store: &Store,
    repository: &Repository,
    manifest: &Digest,
    document: &Document,
) -> Result<Entry, String> {
    let Some(chart) = chart_of(document) else {
        return Ok(Entry { manifest: *manifest, chart: None });
    };
    let identity = store.identity_of_meta(&chart.config.digest);
    let (name, version) = identity.map_err(|error| error.to_string())?;
    if name != repository.chart {
        return Err(format!("its chart is named {name}"));
    }
    match annotated(document) {
        Some(said) if said != (name, version.clone()) => {
            return Err(format!("its annotations name {} {}", said.0, said.1));
        }
        _ => {}
    }
    let parts = ChartParts {
        version,
        meta: chart.config.digest,
        content: chart.content.digest,
        provenance: chart.provenance.map(|descriptor| descriptor.digest),
    };
    Ok(Entry { manifest: *manifest, chart: Some(parts) })
}
