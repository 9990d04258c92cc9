//! What a server tells, line by line on standard error.
//!
//! Records are written by a thread of their own, so that no request waits for who reads them. Who
//! reads too slowly misses records, and is told how many.

mod line;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::serve::{Event, Level, LogFormat, LogSettings, Record};

/// How many records may wait to be written.
const WAITING: usize = 8192;

/// How many bytes are gathered before they are written.
const GATHERED_BYTES: usize = 64 << 10;

/// How long it is waited for that all is written.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes records.
#[derive(Clone)]
pub(crate) struct Log {
    level: Level,
    sender: SyncSender<Item>,
    dropped: Arc<AtomicU64>,
}

/// Is what the thread is sent.
enum Item {
    Record(Record),
    /// It is to say there that it has written all that came before.
    Flush(SyncSender<()>),
}

impl Log {
    /// Starts to write.
    pub(crate) fn start(settings: &LogSettings) -> Log {
        let (sender, receiver) = sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let (format, counted) = (settings.format, dropped.clone());
        std::thread::spawn(move || write_all(format, &receiver, &counted));
        Log { level: settings.level, sender, dropped }
    }

    /// Takes a record to be written, if it matters enough.
    pub(crate) fn take(&self, record: Record) {
        let is_wanted = matches!(record.event, Event::Request(_)) || record.level() <= self.level;
        if is_wanted && self.sender.try_send(Item::Record(record)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all that was taken has been written, but not for ever.
    pub(crate) fn flush(&self) {
        let (told, written) = sync_channel(1);
        if self.sender.try_send(Item::Flush(told)).is_ok() {
            // Who does not read is not waited for.
            let _ = written.recv_timeout(PATIENCE);
        }
    }
}

/// Writes records until nobody sends any, as many at a time as have come.
fn write_all(format: LogFormat, records: &Receiver<Item>, dropped: &AtomicU64) {
    let mut gathered = String::new();
    while let Ok(first) = records.recv() {
        let mut next = Some(first);
        let mut waiting = Vec::new();
        while let Some(item) = next {
            match item {
                Item::Record(record) => line::write(&mut gathered, format, &record),
                Item::Flush(told) => waiting.push(told),
            }
            let is_full = gathered.len() >= GATHERED_BYTES;
            next = if is_full { None } else { records.try_recv().ok() };
        }
        let count = dropped.swap(0, Ordering::Relaxed);
        if count > 0 {
            let record = Record::now(Event::Dropped { count });
            line::write(&mut gathered, format, &record);
        }
        // Where standard error is closed there is nobody left to tell.
        let _ = std::io::stderr().write_all(gathered.as_bytes());
        gathered.clear();
        for told in waiting {
            // Who has lost patience does not hear it.
            let _ = told.try_send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(level: Level, room: usize) -> (Log, Receiver<Item>) {
        let (sender, receiver) = sync_channel(room);
        (Log { level, sender, dropped: Arc::default() }, receiver)
    }

    fn waiting() -> Record {
        Record::now(Event::Waiting { what: "x".to_owned() })
    }

    #[test]
    fn what_matters_less_than_the_level_is_left_out() {
        for (level, expected) in [(Level::Error, 0), (Level::Warn, 1), (Level::Info, 1)] {
            let (log, receiver) = log(level, 9);
            log.take(waiting());
            assert_eq!(receiver.try_iter().count(), expected, "{level:?}");
        }
    }

    #[test]
    fn nobody_waits_for_who_reads_too_slowly() {
        let (log, receiver) = log(Level::Info, 2);
        (0..5).for_each(|_| log.take(waiting()));
        assert_eq!(receiver.try_iter().count(), 2);
        assert_eq!(log.dropped.load(Ordering::Relaxed), 3);
    }
}
