//! Readers and writers that hash what passes through them.
//!
//! [`VerifyingReader`] is the way every blob is read: its bytes may be used as they come, but only
//! an end of file without an error proves them.

use std::io::{self, Read, Write};

use super::{Algorithm, Digest, Error, Hasher};

/// Hashes and counts what is written through it.
#[derive(Debug)]
pub struct HashingWriter<W> {
    inner: W,
    hasher: Hasher,
    size: u64,
}

impl<W: Write> HashingWriter<W> {
    /// Wraps a writer; hashing begins with the next byte written.
    pub fn new(inner: W, algorithm: Algorithm) -> HashingWriter<W> {
        HashingWriter { inner, hasher: Hasher::new(algorithm), size: 0 }
    }

    /// Gives the writer that the bytes go to.
    pub fn get_ref(&self) -> &W {
        &self.inner
    }

    /// Gives the writer back, with the digest and the number of the bytes written.
    pub fn finish(self) -> (W, Digest, u64) {
        (self.inner, self.hasher.finish(), self.size)
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Hashes and counts what is read through it.
#[derive(Debug)]
pub struct HashingReader<R> {
    inner: R,
    hasher: Hasher,
    size: u64,
}

impl<R: Read> HashingReader<R> {
    /// Wraps a reader; hashing begins with the next byte read.
    pub fn new(inner: R, algorithm: Algorithm) -> HashingReader<R> {
        HashingReader { inner, hasher: Hasher::new(algorithm), size: 0 }
    }

    /// Gives the digest and the number of the bytes read.
    pub fn finish(self) -> (Digest, u64) {
        (self.hasher.finish(), self.size)
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }
}

/// Reads bytes that must have a given size and digest, and fails at their end where they do not.
///
/// The failure is an [`io::Error`] of kind `InvalidData` that carries an [`Error`]. It comes in
/// place of the end of file, so a caller that reads to the end cannot miss it, and never before
/// more than `size` bytes have been handed out.
#[derive(Debug)]
pub struct VerifyingReader<R> {
    inner: R,
    expected: Digest,
    size: u64,
    read: u64,
    hasher: Option<Hasher>,
}

impl<R: Read> VerifyingReader<R> {
    /// Wraps a reader whose whole content must be `size` bytes that hash to `expected`.
    pub fn new(inner: R, expected: Digest, size: u64) -> VerifyingReader<R> {
        let hasher = Some(Hasher::new(expected.algorithm()));
        VerifyingReader { inner, expected, size, read: 0, hasher }
    }

    /// Reads all bytes at once, and checks them; nothing must have been read before.
    ///
    /// It does not look for bytes after the last: the size is that of the file.
    pub fn read_whole(mut self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.size).map_err(io::Error::other)?];
        match self.inner.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.wrong_size(0));
            }
            result => result?,
        }
        self.read = self.size;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&bytes);
        }
        self.check_end()?;
        Ok(bytes)
    }

    fn check_end(&mut self) -> io::Result<usize> {
        let Some(hasher) = self.hasher.take() else { return Ok(0) };
        if self.read != self.size {
            return Err(self.wrong_size(self.read));
        }
        let actual = hasher.finish();
        if actual != self.expected {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                Error::Mismatch { expected: Box::new(self.expected), actual: Box::new(actual) },
            ));
        }
        Ok(0)
    }

    fn wrong_size(&self, actual: u64) -> io::Error {
        let error = Error::Size { digest: Box::new(self.expected), expected: self.size, actual };
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}

impl<R: Read> Read for VerifyingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        if count == 0 {
            return self.check_end();
        }
        self.read += count as u64;
        if self.read > self.size {
            return Err(self.wrong_size(self.size + 1));
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], expected: &[u8], size: u64) -> Result<Vec<u8>, String> {
        let mut all = Vec::new();
        VerifyingReader::new(bytes, Digest::of(expected), size)
            .read_to_end(&mut all)
            .map(|_| all)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn hands_out_only_what_it_proved() {
        assert_eq!(read(b"hello", b"hello", 5).unwrap(), b"hello");
        assert_eq!(read(b"", b"", 0).unwrap(), b"");
        assert!(read(b"hellO", b"hello", 5).unwrap_err().contains("hash to"));
        assert!(read(b"hell", b"hello", 5).unwrap_err().contains("expected 5 bytes, found 4"));
        assert!(read(b"hello!", b"hello", 5).unwrap_err().contains("found 6"));
    }

    #[test]
    fn reads_a_whole_at_once() {
        let read = |bytes: &[u8], size| {
            VerifyingReader::new(bytes, Digest::of(b"hello"), size)
                .read_whole()
                .map_err(|error| error.to_string())
        };
        assert_eq!(read(b"hello", 5).unwrap(), b"hello");
        assert!(read(b"hellO", 5).unwrap_err().contains("hash to"));
        assert!(read(b"hell", 5).unwrap_err().contains("expected 5 bytes"));
    }

    #[test]
    fn what_is_read_is_hashed() {
        let mut reader = HashingReader::new(&b"hello"[..], Algorithm::Sha256);
        io::copy(&mut reader, &mut io::sink()).unwrap();
        assert_eq!(reader.finish(), (Digest::of(b"hello"), 5));
    }

    #[test]
    fn what_is_written_is_hashed() {
        let mut writer = HashingWriter::new(Vec::new(), Algorithm::Sha256);
        writer.write_all(b"hel").unwrap();
        writer.write_all(b"lo").unwrap();
        let (bytes, digest, size) = writer.finish();
        assert_eq!((bytes.as_slice(), digest, size), (&b"hello"[..], Digest::of(b"hello"), 5));
    }
}
