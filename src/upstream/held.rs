//! A reader that holds the last bytes back, for who counts bytes and does not read to the end of the
//! file: what is not what it should be then never arrives whole.

use std::io::{self, Read};

/// How many bytes are held back.
const HELD_BYTES: usize = 64 << 10;

/// Gives what a reader gives, but the last of it only once the reader has ended without an error.
pub(super) struct Held<R> {
    inner: R,
    /// What may be given, and behind it what may not yet.
    bytes: Vec<u8>,
    given: usize,
    free: usize,
}

impl<R: Read> Held<R> {
    pub(super) fn new(inner: R) -> Held<R> {
        Held { inner, bytes: Vec::new(), given: 0, free: 0 }
    }

    /// Reads until there is something that may be given, or nothing more.
    fn fill(&mut self) -> io::Result<()> {
        self.bytes.drain(..self.given);
        (self.given, self.free) = (0, 0);
        let held = self.bytes.len();
        let read = (&mut self.inner).take(HELD_BYTES as u64).read_to_end(&mut self.bytes);
        let count = read.inspect_err(|_| self.bytes.clear())?;
        // A part that is shorter than it may be is the last one, and its end was met.
        self.free = if count < HELD_BYTES { self.bytes.len() } else { held };
        match self.free {
            0 if count > 0 => self.fill(),
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Held<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.free && !buffer.is_empty() {
            self.fill()?;
        }
        let count = (&self.bytes[self.given..self.free]).read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes, and then fails or ends.
    fn read(size: usize, fails: bool) -> (Vec<u8>, bool) {
        let bytes: Vec<u8> = (0..size).map(|place| (place % 251) as u8).collect();
        struct Fails(bool);
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                if self.0 { Err(io::ErrorKind::InvalidData.into()) } else { Ok(0) }
            }
        }
        let mut all = Vec::new();
        let read = Held::new(bytes.as_slice().chain(Fails(fails))).read_to_end(&mut all);
        (all, read.is_ok())
    }

    #[test]
    fn what_ends_well_is_given_whole() {
        for size in [0, 1, HELD_BYTES - 1, HELD_BYTES, HELD_BYTES + 1, 3 * HELD_BYTES, 300_000] {
            let (all, is_whole) = read(size, false);
            assert!(is_whole && all.len() == size, "{size}");
            assert!(all.iter().enumerate().all(|(place, byte)| *byte == (place % 251) as u8));
        }
    }

    #[test]
    fn what_fails_at_its_end_is_never_given_whole() {
        for size in [1, HELD_BYTES - 1, HELD_BYTES, HELD_BYTES + 1, 3 * HELD_BYTES, 300_000] {
            let (all, is_whole) = read(size, true);
            assert!(!is_whole && all.len() < size, "{size}: {}", all.len());
        }
    }
}
