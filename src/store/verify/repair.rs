//! Mending: making anew what the whole parts determine, and moving the rest aside.

use super::pass::expected_entry;
use super::{Finding, Problem};
use crate::digest::Digest;
use crate::name::Repository;
use crate::storage::{ChartLocks, Commit, Part, StoreLock};
use crate::store::{Error, Policy, Store, Writer};

impl Store {
    /// Mends one finding, and says how.
    pub(super) fn mend(&self, lock: &StoreLock, finding: &Finding) -> Result<String, Error> {
        if let Some((repository, manifest)) = self.rebuildable(finding)?
            && self.rebuild(lock, &repository, &manifest)?
        {
            return Ok("the links of its entry were made anew".to_owned());
        }
        if let Part::Space(space) = &finding.part {
            let aside = match self.driver.space(space)? {
                Some(_) => Some(self.driver.set_aside(lock, &finding.part)?),
                None => None,
            };
            let record = Writer::record(Policy::default());
            self.driver.create_space(lock, space, &record)?;
            let moved = aside.map_or(String::new(), |place| format!(", the old one is {place}"));
            return Ok(format!("a new record was written, with no policy{moved}"));
        }
        let place = self.driver.set_aside(lock, &finding.part)?;
        Ok(format!("moved to {place}"))
    }

    /// Names the entry that is to be made anew. A name without an entry keeps its chart as long as
    /// all blobs are there: making an entry may have been interrupted.
    fn rebuildable(&self, finding: &Finding) -> Result<Option<(Repository, Digest)>, Error> {
        Ok(match (finding.problem, &finding.part) {
            (Problem::EntryDamaged, Part::Entry(repository, manifest)) => {
                Some((repository.clone(), *manifest))
            }
            (Problem::NameDangling, Part::Name(repository, name)) => {
                let manifest = self.driver.lookup(repository, name)?;
                manifest.map(|manifest| (repository.clone(), manifest))
            }
            _ => None,
        })
    }

    /// Makes the links of an entry from its manifest, if that and all it needs is there.
    fn rebuild(
        &self,
        lock: &StoreLock,
        repository: &Repository,
        manifest: &Digest,
    ) -> Result<bool, Error> {
        let Ok(document) = self.document(manifest) else { return Ok(false) };
        for descriptor in document.descriptors() {
            if descriptor.is_kept() && !self.has_blob(&descriptor.digest)? {
                return Ok(false);
            }
        }
        let Ok(entry) = expected_entry(self, repository, manifest, &document) else {
            return Ok(false);
        };
        let entries = vec![(repository.clone(), entry)];
        self.driver.commit(&ChartLocks::all(lock), Commit { entries, ..Commit::default() })?;
        Ok(true)
    }
}
