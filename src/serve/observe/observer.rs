//! Who is told what goes on in a server, and in the store below it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::progress::Progress;
use crate::serve::logs::{self, Event, Record};
use crate::serve::metrics::Waits;
use crate::serve::{LogSettings, Report};

/// Hands on what goes on in a server, and counts the waits for locks of its store.
pub struct Observer {
    report: Box<Report>,
    is_logging: bool,
    /// The name of the next request: a random number, counted on from.
    next: AtomicU64,
    waits: Waits,
}

impl Observer {
    /// Makes one that hands records to `report`, which must not wait.
    pub fn new(settings: &LogSettings, report: Box<Report>) -> Observer {
        let mut first = [0; 8];
        // Names that begin at zero are names as well.
        let _ = getrandom::fill(&mut first);
        let next = AtomicU64::new(u64::from_le_bytes(first));
        Observer { report, is_logging: settings.requests, next, waits: Waits::default() }
    }

    /// Hands on a record.
    pub(in crate::serve) fn tell(&self, event: Event) {
        (self.report)(Record::now(event));
    }

    /// Tells of what may be wrong.
    pub fn warn(&self, message: String) {
        self.tell(Event::Warned { message });
    }

    /// Tells of what failed, and in which request.
    pub(in crate::serve) fn failed(&self, error: &(dyn std::error::Error + 'static)) {
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        let causes: String = causes.map(|cause| format!(": {cause}")).collect();
        let message = format!("{error}{causes}");
        self.tell(Event::Failed { message, request: logs::current() });
    }

    /// Gives a request its name, if requests are logged.
    pub(super) fn name(&self) -> Option<String> {
        self.is_logging.then(|| format!("{:016x}", self.next.fetch_add(1, Ordering::Relaxed)))
    }

    /// Gives what is known of waits for locks.
    pub(in crate::serve) fn waits(&self) -> &Waits {
        &self.waits
    }
}

impl Progress for Observer {
    fn start(&self, _total: usize) {}
    fn advance(&self, _name: &str) {}

    fn waiting(&self, what: &str) {
        self.tell(Event::Waiting { what: what.to_owned() });
    }

    fn waited(&self, time: Duration, had: bool) {
        self.waits.add(time, had);
    }
}
