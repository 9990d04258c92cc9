//! Waits for locks of the store.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::text::{Exposition, Kind};

/// Counts them.
#[derive(Debug, Default)]
pub(in crate::serve) struct Waits {
    count: AtomicU64,
    timeouts: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Waits {
    /// Counts one that has ended, with the lock or without.
    pub(in crate::serve) fn add(&self, time: Duration, had: bool) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.timeouts.fetch_add(u64::from(!had), Ordering::Relaxed);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    pub(super) fn write(&self, out: &mut Exposition) {
        let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let help = "Locks of the store that were not free at once.";
        out.single("hreg_lock_waits_total", Kind::Counter, help, count(&self.count));
        let help = "Seconds that locks of the store were waited for.";
        let seconds = Duration::from_nanos(count(&self.nanoseconds)).as_secs_f64();
        out.single("hreg_lock_wait_seconds_total", Kind::Counter, help, seconds);
        let help = "Waits for locks of the store that were given up.";
        out.single("hreg_lock_timeouts_total", Kind::Counter, help, count(&self.timeouts));
    }
}
