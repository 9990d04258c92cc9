//! One walk at a time, for all who wait for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

use crate::serve::state::State;
use crate::upstream::Upstream;

/// Knows since when a walk is under way, and tells when it has ended.
#[derive(Clone)]
pub(super) struct Walks {
    begun: Arc<Mutex<Option<Instant>>>,
    ended: watch::Sender<()>,
}

impl Walks {
    pub(super) fn new() -> Walks {
        Walks { begun: Arc::default(), ended: watch::Sender::new(()) }
    }

    /// Sees to it that what is known of the registry is as new as it should be, and waits for that: no
    /// longer than until a walk has taken as long as `patience`, if one is given.
    pub(super) async fn wait(
        &self,
        state: &State,
        upstream: &Arc<Upstream>,
        patience: Option<Duration>,
    ) {
        // Asked for first: what ends before it is looked at is not waited for.
        let mut ended = self.ended.subscribe();
        let Some(begun) = self.begin(state, upstream) else { return };
        // The sender is this one's, and lives as long: all that can come is the end of the walk, or of
        // the patience. Either way, what is known by then is taken.
        let next = ended.changed();
        match patience {
            Some(patience) => drop(timeout(patience.saturating_sub(begun.elapsed()), next).await),
            None => drop(next.await),
        }
    }

    /// Begins a walk if it is time for one and none is under way; tells since when one is.
    fn begin(&self, state: &State, upstream: &Arc<Upstream>) -> Option<Instant> {
        let begun = Instant::now();
        // Not held while it is begun: a walk that cannot be begun ends at once.
        let since = {
            let mut under_way = self.under_way();
            // Asked for in here: no walk ends between this and what follows, to be followed by another.
            if !upstream.is_due() {
                return None;
            }
            *under_way.get_or_insert(begun)
        };
        if since != begun {
            return Some(since);
        }
        let (turn, upstream) = (Turn(self.clone()), upstream.clone());
        state.later(move |_| {
            let _turn = turn;
            // Why it failed is told by `upstream`, which knows whether that is news.
            let _ = upstream.refresh();
        });
        Some(begun)
    }

    fn under_way(&self) -> MutexGuard<'_, Option<Instant>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Is the turn of a walk, which ends however the walk does.
struct Turn(Walks);

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.under_way() = None;
        self.0.ended.send_replace(());
    }
}
