//! Mending: making anew what the whole parts determine, and moving the rest aside.

use super::pass::expected_entry;
use super::{Finding, Problem};
use crate::name::Repository;
use crate::storage::{Commit, Part, StoreLock};
use crate::store::{Error, Policy, Store, Writer};

impl Store {
    /// Mends one finding, and says how.
    pub(super) fn mend(&self, lock: &StoreLock, finding: &Finding) -> Result<String, Error> {
        if finding.problem == Problem::EntryDamaged
            && let Part::Entry(repository, manifest) = &finding.part
            && self.rebuild(lock, repository, manifest)?
        {
            return Ok("its links were made anew".to_owned());
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

    /// Makes the links of an entry from its manifest, if that is whole.
    fn rebuild(
        &self,
        lock: &StoreLock,
        repository: &Repository,
        manifest: &crate::digest::Digest,
    ) -> Result<bool, Error> {
        let Ok(document) = self.document(manifest) else { return Ok(false) };
        let Ok(entry) = expected_entry(self, repository, manifest, &document) else {
            return Ok(false);
        };
        let charts = std::slice::from_ref(repository);
        let locks = self.driver.lock_charts(lock, charts, self.wait())?;
        let entries = vec![(repository.clone(), entry)];
        self.driver.commit(&locks, Commit { entries, ..Commit::default() })?;
        Ok(true)
    }
}
