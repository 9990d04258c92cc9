//! Bytes that were asked for lately, proved when they came into memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::digest::Digest;

/// Keeps what was asked for lately, up to a number of bytes.
///
/// There are two generations. When the younger one has half of the room, the older is forgotten.
#[derive(Debug)]
pub(super) struct Recent<V> {
    room: usize,
    generations: Mutex<Generations<V>>,
}

#[derive(Debug)]
struct Generations<V> {
    young: HashMap<Digest, (V, usize)>,
    old: HashMap<Digest, (V, usize)>,
    young_bytes: usize,
}

impl<V: Clone> Recent<V> {
    /// Makes room for so many bytes.
    pub(super) fn new(room: usize) -> Recent<V> {
        let generations =
            Generations { young: HashMap::new(), old: HashMap::new(), young_bytes: 0 };
        Recent { room, generations: Mutex::new(generations) }
    }

    /// Gives what is kept under a digest.
    pub(super) fn get(&self, digest: &Digest) -> Option<V> {
        let mut generations = self.lock();
        if let Some((value, _)) = generations.young.get(digest) {
            return Some(value.clone());
        }
        let (value, bytes) = generations.old.remove(digest)?;
        generations.insert(*digest, value.clone(), bytes, self.room / 2);
        Some(value)
    }

    /// Keeps something that takes so many bytes, unless that is more than an eighth of the room.
    pub(super) fn keep(&self, digest: Digest, value: V, bytes: usize) {
        if bytes <= self.room / 8 {
            self.lock().insert(digest, value, bytes, self.room / 2);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Generations<V>> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Generations<V> {
    fn insert(&mut self, digest: Digest, value: V, bytes: usize, half: usize) {
        if self.young_bytes + bytes > half {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        let before = self.young.insert(digest, (value, bytes)).map_or(0, |(_, before)| before);
        self.young_bytes += bytes;
        self.young_bytes -= before;
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use crate::digest::Digest;

    #[test]
    fn what_is_asked_for_stays() {
        let recent = Recent::new(80);
        let digest = |number: u8| Digest::of(&[number]);
        for number in 0..100 {
            recent.keep(digest(number), number, 10);
            assert_eq!(recent.get(&digest(0)), Some(0), "{number}");
            assert_eq!(recent.get(&digest(number)), Some(number));
        }
        let kept = (0..100).filter(|number| recent.get(&digest(*number)).is_some()).count();
        assert!((2..=8).contains(&kept), "{kept}");
        recent.keep(digest(200), 200, 11);
        assert_eq!(recent.get(&digest(200)), None);
    }
}
