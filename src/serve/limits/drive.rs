//! Ending connections on which too little happens.
//!
//! Each connection looks at its meter now and then, so nothing is done for single requests. Times
//! hold to a quarter of the shortest of them, and to a second at best where they are long.

use std::pin::pin;
use std::time::{Duration, Instant};

use hyper_util::server::graceful::GracefulConnection;
use tokio::time::interval;

use super::meter::{Meter, Reading};
use super::window::Window;
use crate::serve::{Limits, Stop};

/// How often a meter is looked at, at most and at least.
const PERIODS: [Duration; 2] = [Duration::from_millis(10), Duration::from_secs(1)];

/// How long a connection may be idle while others wait for one.
const IDLE_WHEN_FULL: Duration = Duration::from_secs(1);

/// Lets a connection go on until it ends, the server stops, or too little happens on it. One that
/// `is_late` has come while the server stops, and is answered that.
pub(in crate::serve) async fn drive(
    connection: impl GracefulConnection,
    meter: &Meter,
    limits: &Limits,
    is_full: impl Fn() -> bool,
    stop: &Stop,
    is_late: bool,
) {
    let mut connection = pin!(connection);
    let mut stopped = pin!(stop.requested());
    let mut looks = interval(period(limits));
    let mut watch = Watch::new(limits, Instant::now());
    let mut is_ending = is_late;
    loop {
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            () = stopped.as_mut(), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            _ = looks.tick() => match watch.look(meter.look(), is_full(), Instant::now()) {
                Fate::GoesOn => {}
                Fate::Idle if !is_ending => {
                    is_ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                Fate::Idle | Fate::Stuck => return,
            },
        }
    }
}

fn period(limits: &Limits) -> Duration {
    let shortest = limits.header_timeout.min(limits.idle_timeout).min(limits.send_timeout);
    (shortest / 4).clamp(PERIODS[0], PERIODS[1])
}

/// Says what becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    GoesOn,
    /// Nothing is asked for.
    Idle,
    /// The client does not go on with what it has begun.
    Stuck,
}

/// Remembers since when nothing has happened.
struct Watch<'a> {
    limits: &'a Limits,
    last: Reading,
    looked: Instant,
    quiet_since: Instant,
    head_since: Option<Instant>,
    sending: Window,
}

impl<'a> Watch<'a> {
    fn new(limits: &'a Limits, now: Instant) -> Watch<'a> {
        Watch {
            limits,
            last: Reading::default(),
            looked: now,
            quiet_since: now,
            head_since: None,
            sending: Window::new(limits.send_timeout, limits.minimum_rate),
        }
    }

    fn look(&mut self, reading: Reading, is_full: bool, now: Instant) -> Fate {
        // A process that did not run for a while has not seen what clients did meanwhile.
        let passed = now.duration_since(self.looked).min(2 * PERIODS[1]);
        let last = std::mem::replace(&mut self.last, reading);
        self.looked = now;
        let is_waiting = reading.is_blocked || (reading.is_multiplexed && reading.sending > 0);
        if is_waiting {
            self.sending.count(reading.written.saturating_sub(last.written));
            if !self.sending.wait(passed) {
                return Fate::Stuck;
            }
        } else {
            self.sending.reset();
        }
        let is_busy = is_waiting || reading.running > 0 || reading.sending > 0;
        if is_busy || reading.begun != last.begun {
            self.quiet_since = now;
            self.head_since = None;
            return Fate::GoesOn;
        }
        self.look_for_request(reading, last, is_full, now)
    }

    fn look_for_request(
        &mut self,
        reading: Reading,
        last: Reading,
        is_full: bool,
        now: Instant,
    ) -> Fate {
        // In HTTP/2 signs of life come too: a head that does not come is found by the next of those.
        if reading.read != last.read && !reading.is_multiplexed {
            self.head_since.get_or_insert(now);
        }
        let most = match is_full {
            true => self.limits.idle_timeout.min(IDLE_WHEN_FULL),
            false => self.limits.idle_timeout,
        };
        match self.head_since {
            Some(since) if now.duration_since(since) >= self.limits.header_timeout => Fate::Stuck,
            None if now.duration_since(self.quiet_since) >= most => Fate::Idle,
            _ => Fate::GoesOn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limits() -> Limits {
        Limits {
            header_timeout: 10 * SECOND,
            send_timeout: 10 * SECOND,
            idle_timeout: 20 * SECOND,
            minimum_rate: 100,
            ..Limits::default()
        }
    }

    /// Looks once a second, and tells at which second something is found.
    fn found(is_full: bool, reading: impl Fn(u64) -> Reading) -> Option<(u64, Fate)> {
        let (limits, start) = (limits(), Instant::now());
        let mut watch = Watch::new(&limits, start);
        (1..100).find_map(|second| {
            let now = start + u32::try_from(second).unwrap() * SECOND;
            let fate = watch.look(reading(second), is_full, now);
            (fate != Fate::GoesOn).then_some((second, fate))
        })
    }

    #[test]
    fn a_connection_on_which_nothing_is_asked_ends() {
        let idle = Reading::default();
        assert_eq!(found(false, |_| idle), Some((20, Fate::Idle)));
        assert_eq!(found(true, |_| idle), Some((1, Fate::Idle)));
        // The last request has come at the fifth second.
        let asked = |second: u64| Reading { begun: second.min(5), read: second.min(5), ..idle };
        assert_eq!(found(false, asked), Some((25, Fate::Idle)));
        let alive = |second| Reading { read: second, is_multiplexed: true, begun: 1, ..idle };
        assert_eq!(found(false, alive), Some((21, Fate::Idle)));
    }

    #[test]
    fn a_head_that_trickles_ends_the_connection() {
        let head = |second| Reading { read: second, ..Reading::default() };
        assert_eq!(found(false, head), Some((11, Fate::Stuck)));
        assert_eq!(found(true, head), Some((11, Fate::Stuck)));
        let begun = |second: u64| Reading { read: second.min(3), ..Reading::default() };
        assert_eq!(found(false, begun), Some((11, Fate::Stuck)));
    }

    #[test]
    fn what_is_at_work_goes_on() {
        let working = Reading { begun: 1, running: 1, ..Reading::default() };
        assert_eq!(found(true, |_| working), None);
        let sending = Reading { begun: 1, sending: 1, ..Reading::default() };
        assert_eq!(found(true, |_| sending), None);
        let asking = |second| Reading { begun: second, read: second, ..Reading::default() };
        assert_eq!(found(true, asking), None);
    }

    #[test]
    fn an_answer_that_nobody_takes_ends_the_connection() {
        let at = |rate: u64| {
            move |second: u64| Reading {
                begun: 1,
                sending: 1,
                is_blocked: true,
                written: rate * second,
                ..Reading::default()
            }
        };
        assert_eq!(found(false, at(0)), Some((10, Fate::Stuck)));
        assert_eq!(found(false, at(99)), Some((10, Fate::Stuck)));
        assert_eq!(found(false, at(100)), None);
        let multiplexed =
            |second| Reading { is_multiplexed: true, is_blocked: false, ..at(9)(second) };
        assert_eq!(found(false, multiplexed), Some((10, Fate::Stuck)));
    }
}
