//! Work on many things at once, on all cores.

use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    fn a_panic_is_passed_on() {
        let run = || map(&[1, 2, 3, 4], 1, |item| assert!(*item < 4, "four"));
        let panic = std::panic::catch_unwind(run).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"four"));
    }
}
