//! What was asked for lately, up to a number of bytes.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps what was asked for lately, up to a number of bytes.
///
/// There are two generations. When the younger one has half of the room, the older is forgotten.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    room: usize,
    generations: Mutex<Generations<K, V>>,
}

#[derive(Debug)]
struct Generations<K, V> {
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    young_bytes: usize,
}

impl<K: Hash + Eq, V: Clone> Recent<K, V> {
    /// Makes room for so many bytes.
    pub(super) fn new(room: usize) -> Recent<K, V> {
        let generations =
            Generations { young: HashMap::new(), old: HashMap::new(), young_bytes: 0 };
        Recent { room, generations: Mutex::new(generations) }
    }

    /// Gives what is kept under a key.
    pub(super) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let mut generations = self.lock();
        if let Some((value, _)) = generations.young.get(key) {
            return Some(value.clone());
        }
        let (key, (value, bytes)) = generations.old.remove_entry(key)?;
        generations.insert(key, value.clone(), bytes, self.room / 2);
        Some(value)
    }

    /// Keeps something that takes so many bytes, unless that is more than an eighth of the room.
    pub(super) fn keep(&self, key: K, value: V, bytes: usize) {
        if bytes <= self.room / 8 {
            self.lock().insert(key, value, bytes, self.room / 2);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Generations<K, V>> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq, V> Generations<K, V> {
    fn insert(&mut self, key: K, value: V, bytes: usize, half: usize) {
        if self.young_bytes + bytes > half {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        let before = self.young.insert(key, (value, bytes)).map_or(0, |(_, before)| before);
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
