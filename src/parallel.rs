//! Work on many things at once, on all cores.

use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread;

/// Gives the number of cores that this process may use; it is asked for once, as that takes a
/// dozen system calls.
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// Applies `work` to every item, and gives the results in the order of the items.
///
/// Each core gets one share, which has at least `least` items: fewer are not worth a thread.
pub fn map<T: Sync, R: Send>(items: &[T], least: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let share = items.len().div_ceil(cores()).max(least);
    if items.len() <= share {
        return items.iter().map(work).collect();
    }
    let work = |part: &[T]| part.iter().map(&work).collect::<Vec<R>>();
    thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> =
            items.chunks(share).map(|part| scope.spawn(move || work(part))).collect();
        let results = workers.into_iter().map(|worker| worker.join());
        results.flat_map(|result| result.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
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
        }
    }

    #[test]
    fn a_panic_is_passed_on() {
        let run = || map(&[1, 2, 3, 4], 1, |item| assert!(*item < 4, "four"));
        let panic = std::panic::catch_unwind(run).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"four"));
    }
}
