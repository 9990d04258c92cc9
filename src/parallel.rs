//! Work on many things at once, on all cores.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{OnceLock, mpsc};
use std::thread;

/// Gives the number of cores that this process may use; it is asked for once, as that takes a
/// dozen system calls.
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// Applies `work` to every item on all cores, and gives the results in the order of the items.
///
/// Each core, this thread's among them, takes `piece` items at a time until none are left, so that
/// one that other programs keep busy delays nobody. So few are not worth another thread.
pub fn map<T: Sync, R: Send>(items: &[T], piece: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // To ask for the number of cores costs more than little work does.
    if items.len() <= piece {
        return items.iter().map(work).collect();
    }
    share(items, piece, cores(), work)
}

/// Applies `work` to every item on so many threads, this one among them, and gives the results in
/// the order of the items: for work that waits for others more than it computes.
pub fn each<T: Sync, R: Send>(
    items: &[T],
    workers: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    share(items, 1, workers, work)
}

/// Applies `work` to every item on so many other threads, while this one gives the results to `take`:
/// in the order of the items, `least` or more at a time but for the last. It ends early where `take`
/// says so.
pub fn hand_over<T: Sync, R: Send>(
    items: &[T],
    workers: usize,
    least: usize,
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(Vec<R>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    if let [item] = items {
        return take(vec![work(item)]);
    }
    let next = AtomicUsize::new(0);
    let run = |sender: mpsc::Sender<(usize, R)>| {
        while let Some((place, item)) = self::take(&next, items) {
            // Nobody receives any more where `take` has ended it.
            if sender.send((place, work(item))).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        let start = |sender: &mpsc::Sender<_>| {
            let (run, sender) = (&run, sender.clone());
            scope.spawn(move || run(sender))
        };
        let workers: Vec<_> = (0..workers.min(items.len())).map(|_| start(&sender)).collect();
        drop(sender);
        let flow = in_order(receiver, least, &mut take);
        for worker in workers {
            worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        flow
    })
}

/// Passes results on by their places, from 0, as soon as there are enough.
fn in_order<R>(
    results: mpsc::Receiver<(usize, R)>,
    least: usize,
    take: &mut impl FnMut(Vec<R>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut early = BTreeMap::new();
    let mut ready = Vec::new();
    let mut taken = 0;
    while let Ok(result) = results.recv() {
        early.extend([result].into_iter().chain(results.try_iter()));
        while let Some(result) = early.remove(&(taken + ready.len())) {
            ready.push(result);
        }
        if ready.len() >= least {
            taken += ready.len();
            take(std::mem::take(&mut ready))?;
        }
    }
    if ready.is_empty() { ControlFlow::Continue(()) } else { take(ready) }
}

fn share<T: Sync, R: Send>(
    items: &[T],
    piece: usize,
    workers: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let pieces: Vec<&[T]> = items.chunks(piece).collect();
    let workers = workers.min(pieces.len());
    if workers < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done: Vec<(usize, Vec<R>)> = Vec::new();
        while let Some((place, piece)) = take(&next, &pieces) {
            done.push((place, piece.iter().map(&work).collect()));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

/// Takes the next of things that several threads share, and tells its place among them.
fn take<'a, T>(next: &AtomicUsize, things: &'a [T]) -> Option<(usize, &'a T)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    Some((place, things.get(place)?))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        for count in [0, 1, 7, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let expected: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(&items, 1, |item| item * 2), expected);
            assert_eq!(map(&items, 5000, |item| item * 2), expected);
            assert_eq!(each(&items, 1, |item| item * 2), expected);
            assert_eq!(each(&items, 8, |item| item * 2), expected);
        }
    }

    #[test]
    fn results_are_handed_over_in_order_and_in_company() {
        for (count, workers, least) in [(0, 3, 2), (1, 3, 2), (7, 1, 3), (1000, 8, 30)] {
            let items: Vec<usize> = (0..count).collect();
            let mut parts: Vec<Vec<usize>> = Vec::new();
            let flow = hand_over(
                &items,
                workers,
                least,
                |item| item * 2,
                |part| {
                    parts.push(part);
                    ControlFlow::Continue(())
                },
            );
            assert!(flow.is_continue());
            let whole = parts.iter().rev().skip(1).all(|part| part.len() >= least);
            assert!(whole && parts.iter().all(|part| !part.is_empty()), "{parts:?}");
            assert_eq!(parts.concat(), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_ends_early_leaves_the_rest() {
        let items: Vec<usize> = (0..1000).collect();
        let (ended, mut taken) = (AtomicBool::new(false), 0);
        let work = |item: &usize| {
            while *item >= 500 && !ended.load(Ordering::Relaxed) {
                thread::yield_now();
            }
        };
        let flow = hand_over(&items, 4, 1, work, |part| {
            taken += part.len();
            ended.store(true, Ordering::Relaxed);
            ControlFlow::Break(())
        });
        assert!(flow.is_break() && (1..=500).contains(&taken), "{taken}");
    }

    #[test]
    fn a_panic_is_passed_on() {
        let run = || map(&[1, 2, 3, 4], 1, |item| assert!(*item < 4, "four"));
        let panic = std::panic::catch_unwind(run).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"four"));
        let work = |item: &u8| assert!(*item < 4, "four");
        let run = || hand_over(&[1, 2, 3, 4], 2, 1, work, |_| ControlFlow::Continue(()));
        let panic = std::panic::catch_unwind(run).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"four"));
    }
}
