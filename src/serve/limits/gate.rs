//! Who gets a connection: as many as there are, and each client its share of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::neighbourhood;
use crate::serve::{Network, Settings};

/// How many connections there may be beside the others: on which clients wait for one of those, and
/// as many on which clients that have their share are told so, who must not be in the way of the rest.
const SPARE: usize = 64;

/// How long a client waits for a connection to become free: those that are idle end meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);

/// Counts connections, and lets in as many as there may be.
pub(in crate::serve) struct Gate {
    slots: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    told: Arc<Semaphore>,
    shares: Shares,
    proxies: Vec<Network>,
}

/// Is how a connection is let in.
pub(in crate::serve) enum Entry {
    /// It is one of those that there may be.
    Open(Pass),
    /// It is told why it gets nothing.
    Refused(Reason, OwnedSemaphorePermit),
    /// There is not even room for that.
    Shut,
}

/// Says why a connection gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::serve) enum Reason {
    /// All connections are in use.
    Full,
    /// The client has its share of them.
    Share,
}

/// Is the right to a connection; it ends with this.
pub(in crate::serve) struct Pass {
    _slot: OwnedSemaphorePermit,
    _share: Option<Share>,
}

impl Gate {
    pub(in crate::serve) fn new(settings: &Settings) -> Gate {
        let limits = &settings.limits;
        let shares = Shares { most: limits.connections_per_client, open: Arc::default() };
        Gate {
            slots: Arc::new(Semaphore::new(limits.connections)),
            waiting: Arc::new(Semaphore::new(SPARE)),
            told: Arc::new(Semaphore::new(SPARE)),
            shares,
            proxies: settings.proxies.clone(),
        }
    }

    /// Lets a connection in, perhaps after a while. Proxies speak for many, and have no share.
    pub(in crate::serve) async fn enter(&self, peer: IpAddr) -> Entry {
        let is_proxy = self.proxies.iter().any(|network| network.contains(peer));
        let share = if is_proxy { None } else { self.shares.take(neighbourhood(peer)) };
        if !is_proxy && share.is_none() {
            let spare = self.told.clone().try_acquire_owned();
            return spare.map_or(Entry::Shut, |spare| Entry::Refused(Reason::Share, spare));
        }
        if let Ok(slot) = self.slots.clone().try_acquire_owned() {
            return Entry::Open(Pass { _slot: slot, _share: share });
        }
        let Ok(spare) = self.waiting.clone().try_acquire_owned() else { return Entry::Shut };
        match timeout(PATIENCE, self.slots.clone().acquire_owned()).await {
            Ok(Ok(slot)) => Entry::Open(Pass { _slot: slot, _share: share }),
            _ => Entry::Refused(Reason::Full, spare),
        }
    }

    /// Tells whether all connections are in use.
    pub(in crate::serve) fn is_full(&self) -> bool {
        self.slots.available_permits() == 0
    }
}

type Counts = HashMap<IpAddr, usize>;

/// Counts the connections of each client; of clients without one nothing is kept.
struct Shares {
    most: usize,
    open: Arc<Mutex<Counts>>,
}

/// Is one connection of a client.
struct Share {
    client: IpAddr,
    open: Arc<Mutex<Counts>>,
}

impl Shares {
    fn take(&self, client: IpAddr) -> Option<Share> {
        let mut open = locked(&self.open);
        let count = open.entry(client).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share { client, open: self.open.clone() })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut open = locked(&self.open);
        let left = open.get_mut(&self.client).map_or(0, |count| {
            *count -= 1;
            *count
        });
        if left == 0 {
            open.remove(&self.client);
        }
    }
}

fn locked(open: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_its_share_and_nothing_is_kept_of_those_that_have_left() {
        let shares = Shares { most: 2, open: Arc::default() };
        let [one, other]: [IpAddr; 2] = [[192, 0, 2, 1].into(), [192, 0, 2, 2].into()];
        let first = shares.take(one);
        let second = shares.take(one);
        assert!(first.is_some() && second.is_some());
        assert!(shares.take(one).is_none());
        assert!(shares.take(other).is_some());
        drop(first);
        let third = shares.take(one);
        assert!(third.is_some());
        drop((second, third));
        assert!(locked(&shares.open).is_empty());
    }
}
