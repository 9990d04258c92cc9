//! How often each client has asked, in bounded memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::serve::Rate;

/// How many clients are told apart; all others count as one.
const MOST: usize = 65_536;

/// How often those are forgotten that have not asked for long enough.
const SWEEP: Duration = Duration::from_secs(1);

/// Is who is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// A user who is known.
    User(Arc<str>),
    /// A client that nobody knows.
    Client(IpAddr),
    /// What a client has tried to make itself known by, in vain.
    Guesses(IpAddr),
    /// All for whom there is no room.
    Others,
}

/// Knows for each client when it may ask next without having asked too often: the "generic cell rate
/// algorithm", a token bucket that needs one time for each client.
pub(super) struct Rates {
    /// How long one request takes up.
    each: Duration,
    /// How far ahead of itself a client may be.
    room: Duration,
    table: Mutex<Table>,
}

struct Table {
    due: HashMap<Key, Instant>,
    most: usize,
    swept: Instant,
}

impl Rates {
    pub(super) fn new(rate: Rate) -> Rates {
        let each = Duration::from_secs(1) / rate.per_second.max(1);
        let room = each * rate.burst.saturating_sub(1);
        let table = Table { due: HashMap::new(), most: MOST, swept: Instant::now() };
        Rates { each, room, table: Mutex::new(table) }
    }

    /// Counts a request, or tells how long to wait with it.
    pub(super) fn take(&self, key: Key, now: Instant) -> Result<(), Duration> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let key = table.place(key, now);
        let due = table.due.get(&key).copied().unwrap_or(now).max(now);
        self.check(due, now)?;
        table.due.insert(key, due + self.each);
        Ok(())
    }

    /// Tells how long to wait with a request, without counting it.
    pub(super) fn look(&self, key: &Key, now: Instant) -> Result<(), Duration> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.due.get(key).map_or(Ok(()), |due| self.check(*due, now))
    }

    fn check(&self, due: Instant, now: Instant) -> Result<(), Duration> {
        match due.saturating_duration_since(now).checked_sub(self.room) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(()),
        }
    }
}

impl Table {
    /// Finds the place where a client is counted.
    fn place(&mut self, key: Key, now: Instant) -> Key {
        if self.due.contains_key(&key) || self.due.len() < self.most {
            return key;
        }
        if now.saturating_duration_since(self.swept) >= SWEEP {
            self.swept = now;
            // Who has waited long enough is as good as somebody new.
            self.due.retain(|_, due| *due > now);
        }
        if self.due.len() < self.most { key } else { Key::Others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> Key {
        Key::Client([192, 0, 2, number].into())
    }

    #[test]
    fn a_client_may_ask_so_often_and_then_at_its_rate() {
        let rates = Rates::new(Rate { per_second: 2, burst: 3 });
        let start = Instant::now();
        let half = Duration::from_millis(500);
        for _ in 0..3 {
            assert_eq!(rates.take(key(1), start), Ok(()));
        }
        assert_eq!(rates.look(&key(1), start), Err(half));
        assert_eq!(rates.take(key(1), start), Err(half));
        assert_eq!(rates.take(key(2), start), Ok(()), "others are counted for themselves");
        assert_eq!(rates.take(key(1), start + half), Ok(()), "what was refused does not count");
        assert_eq!(rates.take(key(1), start + half), Err(half));
        for _ in 0..3 {
            assert_eq!(rates.take(key(1), start + 10 * half), Ok(()));
        }
        assert!(rates.take(key(1), start + 10 * half).is_err());
    }

    #[test]
    fn no_more_clients_are_told_apart_than_there_is_room_for() {
        let rates = Rates::new(Rate { per_second: 1, burst: 1 });
        let start = Instant::now();
        rates.table.lock().unwrap().most = 2;
        assert!(rates.take(key(1), start).is_ok() && rates.take(key(2), start).is_ok());
        assert!(rates.take(key(3), start).is_ok(), "the first of all others");
        assert!(rates.take(key(4), start).is_err());
        assert!(rates.take(key(1), start).is_err(), "who was there is still known");
        assert_eq!(rates.table.lock().unwrap().due.len(), 3);
        let later = start + 2 * SWEEP;
        assert!(rates.take(key(5), later).is_ok());
        assert_eq!(rates.table.lock().unwrap().due.len(), 1, "who may ask again is forgotten");
    }
}
