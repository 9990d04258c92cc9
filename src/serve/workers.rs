//! The threads that speak to clients, one for each core.
//!
//! A connection stays with the thread that it was given to: what comes on it wakes nobody else, and costs no
//! more than to be answered. What may wait for the disk is done by other threads; see [`super::state`].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;

use super::Error;
use crate::parallel;

/// The fewest threads, so that one connection on which much is to be computed does not hold up all.
const LEAST: usize = 2;

/// Has threads that run what they are given until this is dropped.
pub(super) struct Workers {
    threads: Vec<Handle>,
    next: AtomicUsize,
    _end: watch::Receiver<()>,
}

impl Workers {
    /// Starts the threads.
    pub(super) fn start() -> Result<Workers, Error> {
        let (ends, end) = watch::channel(());
        let start = |_| {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let (handle, ends) = (runtime.handle().clone(), ends.clone());
            let run = move || {
                runtime.block_on(ends.closed());
                runtime.shutdown_background();
            };
            thread::Builder::new().name("connections".to_owned()).spawn(run)?;
            Ok(handle)
        };
        let threads = (0..parallel::cores().max(LEAST)).map(start).collect::<Result<_, _>>();
        let threads = threads.map_err(|source| Error::Runtime { source })?;
        Ok(Workers { threads, next: AtomicUsize::new(0), _end: end })
    }

    /// Runs something in the thread whose turn it is.
    pub(super) fn run(&self, work: impl Future<Output = ()> + Send + 'static) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.threads[turn % self.threads.len()].spawn(work);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::future::pending;
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// Tells of its end.
    struct Told(Sender<()>);

    impl Drop for Told {
        fn drop(&mut self) {
            // Who waited may have given up.
            let _ = self.0.send(());
        }
    }

    #[test]
    fn work_is_spread_and_ends_with_the_threads() {
        let workers = Workers::start().unwrap();
        let (sender, ids) = channel();
        for _ in 0..2 * workers.threads.len() {
            let sender = sender.clone();
            workers.run(async move { sender.send(thread::current().id()).unwrap() });
        }
        drop(sender);
        let ids: HashSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), workers.threads.len());
        let (sender, ended) = channel();
        let (begins, begun) = channel();
        workers.run(async move {
            let _told = Told(sender);
            begins.send(()).unwrap();
            pending::<()>().await;
        });
        begun.recv_timeout(PATIENCE).unwrap();
        drop(workers);
        ended.recv_timeout(PATIENCE).unwrap();
    }
}
