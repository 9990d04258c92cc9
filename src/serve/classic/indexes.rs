//! The indexes that are kept in memory, and brought up to date before they are sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Mutex as Turn, Semaphore};

use crate::ops::index::{self, Index, Renewed, Scope};
use crate::serve::STORE_THREADS;
use crate::serve::refusal::Refusal;
use crate::serve::state::{Lost, State};

/// The most indexes that are kept, and the most bytes of them; if there are more, all others are
/// forgotten.
const MOST: usize = 1000;
const MOST_BYTES: usize = 512 << 20;

/// How many are brought up to date at a time: a registry elsewhere may have to be asked for a part.
const RENEWALS: usize = STORE_THREADS / 4;

/// Keeps indexes.
#[derive(Debug)]
pub(in crate::serve) struct Indexes {
    slots: Mutex<HashMap<Scope, Arc<Turn<Kept>>>>,
    renewals: Arc<Semaphore>,
}

/// Is an index, and since when it is known to hold.
#[derive(Debug, Default)]
struct Kept {
    index: Option<Arc<Index>>,
    begun: Option<Instant>,
}

impl Default for Indexes {
    fn default() -> Indexes {
        Indexes { slots: Mutex::default(), renewals: Arc::new(Semaphore::new(RENEWALS)) }
    }
}

impl Indexes {
    /// Gives an index as it is now, if there is such a space.
    ///
    /// Whoever comes while it is looked at what has changed waits for the next look, and all who
    /// wait share one.
    pub(in crate::serve) async fn get(
        &self,
        state: &State,
        scope: &Scope,
    ) -> Result<Option<Arc<Index>>, Refusal> {
        let came = Instant::now();
        let mut kept = self.slot(scope).lock_owned().await;
        if kept.begun.is_some_and(|begun| begun > came) {
            return Ok(kept.index.clone());
        }
        let (renewing, reporting) = (scope.clone(), state.clone());
        let permit = self.renewals.clone().acquire_owned().await.map_err(|_| Lost)?;
        // The turn goes along: the work is of use also where the request has gone.
        let renewed = state.read(move |store| {
            let _permit = permit;
            let begun = Instant::now();
            let Some(renewed) = index::renew(store, &renewing, kept.index.as_deref())? else {
                *kept = Kept::default();
                return Ok(None);
            };
            let Renewed { index, failed } = renewed;
            *kept = Kept { index: Some(index.clone()), begun: Some(begun) };
            failed.iter().for_each(|error| reporting.report(error));
            Ok(Some(index))
        });
        let index: Option<Arc<Index>> = renewed.await?.map_err(|error: crate::ops::Error| error)?;
        if index.is_none() {
            // Names of spaces that are not there would fill the memory.
            self.slots().remove(scope);
        }
        Ok(index)
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Scope, Arc<Turn<Kept>>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, scope: &Scope) -> Arc<Turn<Kept>> {
        let mut slots = self.slots();
        let bytes: usize = slots.values().map(|slot| size(slot)).sum();
        if slots.len() >= MOST || bytes > MOST_BYTES {
            slots.retain(|other, _| other == scope);
        }
        slots.entry(scope.clone()).or_default().clone()
    }
}

/// Gives the size of an index; one that is being renewed counts the next time.
fn size(slot: &Turn<Kept>) -> usize {
    let kept = slot.try_lock();
    kept.ok().and_then(|kept| kept.index.as_ref().map(|index| index.size())).unwrap_or_default()
}
