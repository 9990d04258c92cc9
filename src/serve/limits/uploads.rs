//! How many uploads are open, for whom.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::serve::Limits;
use crate::storage::{Marks, UploadId};
use crate::store::{self, Store, UploadKey};

/// How often the store is looked at for uploads that have ended elsewhere, or in time.
const REFRESH: Duration = Duration::from_secs(5);

/// Counts the uploads that are open.
///
/// They are those of the store, which outlive the server, so its folder is read once, and again when
/// there seem to be too many.
#[derive(Default)]
pub(in crate::serve) struct OpenUploads(Mutex<Table>);

#[derive(Default)]
struct Table {
    open: HashMap<UploadId, Marks>,
    read: Option<Instant>,
}

impl OpenUploads {
    /// Counts an upload that was just begun. Where it is one too many it is not counted, and it is told
    /// for whom there are too many.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub(in crate::serve) fn add(
        &self,
        store: &Store,
        key: &UploadKey,
        limits: &Limits,
    ) -> Result<Option<&'static str>, store::Error> {
        let mut table = self.table();
        if table.read.is_none() {
            table.refresh(store)?;
        }
        let marks = key.marks();
        table.open.insert(key.id.clone(), marks.clone());
        if table.excess(&marks, limits).is_some()
            && table.read.is_none_or(|read| read.elapsed() >= REFRESH)
        {
            table.refresh(store)?;
        }
        let excess = table.excess(&marks, limits);
        if excess.is_some() {
            table.open.remove(&key.id);
        }
        Ok(excess)
    }

    /// Counts an upload no more.
    pub(in crate::serve) fn remove(&self, id: &UploadId) {
        self.table().open.remove(id);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn refresh(&mut self, store: &Store) -> Result<(), store::Error> {
        let open = store.open_uploads()?;
        self.open = open.into_iter().map(|name| (name.id, name.marks)).collect();
        self.read = Some(Instant::now());
        Ok(())
    }

    /// Tells of what there is more than there may be, with an upload that is counted.
    fn excess(&self, marks: &Marks, limits: &Limits) -> Option<&'static str> {
        let count = |is_counted: &dyn Fn(&Marks) -> bool| {
            self.open.values().filter(|other| is_counted(other)).count()
        };
        if self.open.len() > limits.uploads {
            return Some("in this registry");
        }
        // Only where there are so many altogether can there be so many of one kind.
        if self.open.len() > limits.uploads_per_user
            && count(&|other| other.owner == marks.owner) > limits.uploads_per_user
        {
            return Some("for this user");
        }
        if self.open.len() > limits.uploads_per_repository
            && count(&|other| other.repository == marks.repository) > limits.uploads_per_repository
        {
            return Some("for this repository");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::digest::Algorithm;
    use crate::name::Repository;
    use crate::progress::Silent;
    use crate::storage::Memory;

    fn store() -> Store {
        Store::new(Box::new(Memory::new()), None, Arc::new(Silent))
    }

    fn begin(store: &Store, repository: &str, owner: Option<&str>) -> UploadKey {
        let repository = Repository::parse(repository).unwrap();
        store.begin_upload(&repository, owner, Algorithm::Sha256).unwrap()
    }

    #[test]
    fn each_kind_has_its_limit() {
        let (store, uploads) = (store(), OpenUploads::default());
        let limits = Limits {
            uploads: 4,
            uploads_per_user: 3,
            uploads_per_repository: 2,
            ..Limits::default()
        };
        let add = |repository, owner| {
            let key = begin(&store, repository, owner);
            let excess = uploads.add(&store, &key, &limits).unwrap();
            if excess.is_some() {
                store.cancel_upload(&key).unwrap();
            }
            (key, excess)
        };
        let (first, excess) = add("a/one", Some("ann"));
        assert_eq!(excess, None);
        assert_eq!(add("a/one", Some("ann")).1, None);
        assert_eq!(add("a/one", Some("bob")).1, Some("for this repository"));
        assert_eq!(add("a/two", Some("ann")).1, None);
        assert_eq!(add("a/three", Some("ann")).1, Some("for this user"));
        assert_eq!(add("a/two", None).1, None);
        assert_eq!(add("a/four", None).1, Some("in this registry"));
        uploads.remove(&first.id);
        assert_eq!(add("a/four", None).1, None);
    }

    #[test]
    fn uploads_of_an_earlier_server_count_until_they_have_ended() {
        let store = store();
        let limits = Limits { uploads: 1, ..Limits::default() };
        let old = begin(&store, "a/one", None);
        let uploads = OpenUploads::default();
        let new = begin(&store, "a/one", None);
        assert!(uploads.add(&store, &new, &limits).unwrap().is_some());
        store.cancel_upload(&old).unwrap();
        assert!(uploads.add(&store, &new, &limits).unwrap().is_some(), "it was just looked at");
        uploads.table().read = None;
        assert_eq!(uploads.add(&store, &new, &limits).unwrap(), None);
    }
}
