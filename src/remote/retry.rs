//! Trying again: what is worth another try, and how long to pause before it.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, SystemTime};

use super::Error;
use super::exchange::Exchange;
use super::options::Policy;
use crate::name::Host;

/// Says why one try failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It would fail again.
    Final(Error),
    /// It may go well another time.
    Passing {
        /// The error, should it be the last try.
        error: Error,
        /// The reason in few words.
        reason: String,
        /// How long the server asks to wait.
        wait: Option<Duration>,
    },
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Final(error.into())
    }
}

/// Counts tries.
#[derive(Debug, Default)]
pub(super) struct Tries {
    made: u32,
}

impl Tries {
    /// Gives the pause before the next try, unless there is to be none: because there were enough,
    /// or because the server asks for more patience than there is.
    fn next(&mut self, policy: &Policy, wait: Option<Duration>) -> Option<Duration> {
        if self.made >= policy.retries || wait.is_some_and(|wait| wait > policy.longest_wait) {
            return None;
        }
        let pause = policy.first_pause.saturating_mul(1 << self.made.min(16));
        self.made += 1;
        let pause = jitter(pause.min(policy.longest_pause));
        Some(pause.max(wait.unwrap_or_default()))
    }
}

/// Changes a pause by up to a fifth, so that clients which failed together do not return together.
fn jitter(pause: Duration) -> Duration {
    // The seed of a hash map is random, and no other source of chance is needed for this.
    let chance = RandomState::new().hash_one(0) % 401;
    pause * (800 + chance as u32) / 1000
}

impl Exchange {
    /// Repeats something until it goes well, it fails for good, or enough was tried.
    pub(super) fn retry<T>(
        &self,
        host: &Host,
        mut attempt: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T, Error> {
        let mut tries = Tries::default();
        loop {
            match attempt() {
                Ok(done) => return Ok(done),
                Err(failure) => self.pause(host, &mut tries, failure)?,
            }
        }
    }

    /// Waits before the next try, or gives the error where there is to be none.
    pub(super) fn pause(
        &self,
        host: &Host,
        tries: &mut Tries,
        failure: Failure,
    ) -> Result<(), Error> {
        let (error, reason, wait) = match failure {
            Failure::Final(error) => return Err(error),
            Failure::Passing { error, reason, wait } => (error, reason, wait),
        };
        let Some(pause) = tries.next(&self.options.policy, wait) else { return Err(error) };
        let seconds = pause.as_secs_f32();
        self.progress.waiting(&format!("{host} ({reason}; next try in {seconds:.1} s)"));
        std::thread::sleep(pause);
        Ok(())
    }
}

/// Tells whether an answer with this status may be another one next time.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599) && !matches!(status, 501 | 505)
}

/// Reads a Retry-After: seconds, or a date as RFC 9110 writes it (section 10.2.3).
pub(super) fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    SystemTime::from(then.timestamp()).duration_since(now).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let policy = Policy { retries: 3, ..Policy::default() };
        let mut tries = Tries::default();
        for expected in [250, 500, 1000] {
            let pause = tries.next(&policy, None).unwrap().as_millis();
            assert!((expected * 8 / 10..=expected * 12 / 10).contains(&pause), "{pause}");
        }
        assert_eq!(tries.next(&policy, None), None);
    }

    #[test]
    fn a_server_is_heard_within_limits() {
        let policy = Policy::default();
        let next = |wait| Tries::default().next(&policy, Some(Duration::from_secs(wait)));
        assert_eq!(next(60), Some(Duration::from_secs(60)));
        assert_eq!(next(61), None);
        assert!(next(0).unwrap() >= Duration::from_millis(200));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        let read = |text| retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(7));
        assert_eq!(read(" 120 "), Some(120));
        assert_eq!(read("Sun, 06 Nov 1993 08:49:37 GMT"), None);
        for junk in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(read(junk), None, "{junk}");
        }
    }

    #[test]
    fn only_some_answers_may_change() {
        for status in [408, 429, 500, 502, 503, 504, 599] {
            assert!(is_passing(status), "{status}");
        }
        for status in [200, 301, 400, 401, 403, 404, 409, 501, 505] {
            assert!(!is_passing(status), "{status}");
        }
    }
}
