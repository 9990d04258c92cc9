//! The size of the store: measured when somebody asks, beside the requests, and not too often.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Mutex as Turn, watch};
use tokio::time::timeout;

use super::text::{Exposition, Kind};
use crate::serve::state::State;
use crate::store::Measure;

/// How long a measure holds, at least.
const LIFETIME: Duration = Duration::from_secs(15);

/// How many times as long as it took a measure holds: so measuring takes at most a fiftieth of the
/// time of one processor.
const RATIO: u32 = 50;

/// How long an answer waits for a new measure; after that it has the last one.
const PATIENCE: Duration = Duration::from_secs(1);

/// Keeps the last measure.
pub(super) struct Measured {
    last: Arc<watch::Sender<Option<Last>>>,
    turn: Arc<Turn<()>>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    measure: Measure,
    begun: Instant,
    time: SystemTime,
    took: Duration,
}

impl Default for Measured {
    fn default() -> Measured {
        Measured { last: Arc::new(watch::Sender::new(None)), turn: Arc::default() }
    }
}

impl Measured {
    /// Writes the size of the store as it was a moment ago; nothing, if it is being measured for the
    /// first time and that takes long.
    pub(super) async fn write(&self, state: &State, out: &mut Exposition) {
        let mut seen = self.last.subscribe();
        seen.mark_unchanged();
        if self.is_due() {
            self.renew(state);
            // An error is that nothing has come in time.
            let _ = timeout(PATIENCE, seen.changed()).await;
        }
        let last = *self.last.borrow();
        if let Some(last) = last {
            last.write(out);
        }
    }

    fn is_due(&self) -> bool {
        let last = *self.last.borrow();
        last.is_none_or(|last| last.begun.elapsed() > LIFETIME.max(last.took * RATIO))
    }

    /// Measures the store in a thread of its own, unless that is being done.
    fn renew(&self, state: &State) {
        let Ok(turn) = self.turn.clone().try_lock_owned() else { return };
        let (last, reporting) = (self.last.clone(), state.clone());
        state.later(move |store| {
            let (begun, time) = (Instant::now(), SystemTime::now());
            match store.measure() {
                Ok(measure) => {
                    last.send_replace(Some(Last { measure, begun, time, took: begun.elapsed() }));
                }
                Err(error) => reporting.report(&error),
            }
            drop(turn);
        });
    }
}

impl Last {
    fn write(&self, out: &mut Exposition) {
        let measure = &self.measure;
        let mut gauge = |name: &str, help: &str, value: f64| {
            out.single(&format!("hreg_store_{name}"), Kind::Gauge, help, value);
        };
        gauge("blobs", "Blobs in the store.", measure.blobs as f64);
        gauge("blob_bytes", "Bytes of the blobs in the store.", measure.blob_bytes as f64);
        gauge("spaces", "Spaces in the store.", measure.spaces as f64);
        gauge("charts", "Charts in the store that have a version.", measure.charts as f64);
        gauge("versions", "Versions of charts in the store.", measure.versions as f64);
        gauge("tags", "Tags in the store.", measure.tags as f64);
        gauge("uploads", "Uploads that have been begun and not ended.", measure.uploads as f64);
        let since = self.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let help = "When the store was measured, in seconds since 1970.";
        gauge("measured_timestamp_seconds", help, since.as_secs_f64());
        let help = "How long it took to measure the store.";
        gauge("measure_duration_seconds", help, self.took.as_secs_f64());
    }
}
