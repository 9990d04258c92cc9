//! The least rate at which something must move while it is waited for.

use std::time::Duration;

/// Counts what moves while it is waited for: in each span of waiting that is as long as the window at
/// least so much that it makes up the rate. What the server needs itself does not count as waiting,
/// and what was fast before gives no right to be slow now.
#[derive(Debug)]
pub(super) struct Window {
    length: Duration,
    least: u64,
    waited: Duration,
    moved: u64,
}

impl Window {
    /// Begins to count; `rate` is in bytes a second.
    pub(super) fn new(length: Duration, rate: u64) -> Window {
        let milliseconds = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let least = (rate.saturating_mul(milliseconds) / 1000).max(1);
        Window { length, least, waited: Duration::ZERO, moved: 0 }
    }

    /// Begins anew.
    pub(super) fn reset(&mut self) {
        (self.waited, self.moved) = (Duration::ZERO, 0);
    }

    /// Counts bytes that have moved.
    pub(super) fn count(&mut self, bytes: u64) {
        self.moved = self.moved.saturating_add(bytes);
    }

    /// Counts a time of waiting, and tells whether enough has moved so far.
    pub(super) fn wait(&mut self, time: Duration) -> bool {
        self.waited = self.waited.saturating_add(time);
        if self.waited < self.length {
            return true;
        }
        let is_enough = self.moved >= self.least;
        if is_enough {
            self.reset();
        }
        is_enough
    }

    /// Tells how much longer can be waited before that is looked at.
    pub(super) fn left(&self) -> Duration {
        self.length.saturating_sub(self.waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_window_needs_its_bytes() {
        let mut window = Window::new(10 * SECOND, 100);
        assert!(window.wait(9 * SECOND), "the window is not over yet");
        assert_eq!(window.left(), SECOND);
        window.count(1000);
        assert!(window.wait(SECOND));
        assert_eq!(window.left(), 10 * SECOND, "the next one has begun");
        window.count(999);
        assert!(!window.wait(10 * SECOND));
    }

    #[test]
    fn what_came_early_does_not_count_later() {
        let mut window = Window::new(10 * SECOND, 100);
        window.count(u64::MAX);
        assert!(window.wait(10 * SECOND));
        assert!(!window.wait(10 * SECOND));
    }

    #[test]
    fn a_body_of_16_gib_may_take_its_time() {
        let mut window = Window::new(60 * SECOND, 1 << 10);
        for _ in 0..100_000 {
            window.count(1 << 20);
            assert!(window.wait(30 * SECOND));
        }
    }

    #[test]
    fn nothing_at_all_is_never_enough() {
        assert!(!Window::new(Duration::from_millis(1), 1).wait(SECOND));
    }
}
