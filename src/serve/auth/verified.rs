//! Passwords that were right lately, so that not every request pays for a bcrypt.
//!
//! What is kept is a code of user and password under a key that only this process has, so nothing
//! can be guessed out of its memory that bcrypt was to protect. Wrong ones are not kept: who guesses
//! pays each time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ring::hmac;
use ring::rand::SystemRandom;

/// How long a password is taken for right without another look.
const LIFETIME: Duration = Duration::from_secs(300);

/// The most that are kept; when there is no room all are forgotten.
const MOST: usize = 4096;

/// Keeps passwords that were right.
pub(super) struct Verified {
    /// There is none where the system gives no random bytes; nothing is kept then.
    key: Option<hmac::Key>,
    codes: Mutex<HashMap<[u8; 32], Instant>>,
}

impl Verified {
    pub(super) fn new() -> Verified {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok();
        Verified { key, codes: Mutex::default() }
    }

    /// Tells whether a password was right lately.
    pub(super) fn has(&self, user: &str, password: &str) -> bool {
        let Some(code) = self.code(user, password) else { return false };
        self.lock().get(&code).is_some_and(|time| time.elapsed() < LIFETIME)
    }

    /// Keeps a password that is right.
    pub(super) fn insert(&self, user: &str, password: &str) {
        let Some(code) = self.code(user, password) else { return };
        let mut codes = self.lock();
        if codes.len() >= MOST {
            codes.clear();
        }
        codes.insert(code, Instant::now());
    }

    fn code(&self, user: &str, password: &str) -> Option<[u8; 32]> {
        let mut context = hmac::Context::with_key(self.key.as_ref()?);
        // With its length before it no other name and password make the same bytes.
        context.update(&(user.len() as u64).to_le_bytes());
        context.update(user.as_bytes());
        context.update(password.as_bytes());
        context.sign().as_ref().try_into().ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Instant>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Verified};

    #[test]
    fn a_password_is_remembered_for_its_user_alone() {
        let verified = Verified::new();
        verified.insert("ann", "bob");
        assert!(verified.has("ann", "bob"));
        for (user, password) in [("annb", "ob"), ("", "annbob"), ("ann", "Bob"), ("bob", "ann")] {
            assert!(!verified.has(user, password), "{user} {password}");
        }
        assert!(!Verified::new().has("ann", "bob"), "each has a key of its own");
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let verified = Verified::new();
        for number in 0..=MOST {
            verified.insert("ann", &number.to_string());
        }
        assert_eq!(verified.lock().len(), 1);
    }
}
