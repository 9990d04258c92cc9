//! From bytes to characters, one by one: byte order marks, UTF-16, characters that YAML forbids.

use std::io::{self, Read};

use super::Error;

/// Gives the characters of a file, without its byte order mark, and holds only a few KiB of it.
///
/// At the first fault it ends as if the file ended there; [`Characters::finish`] tells.
pub(super) struct Characters<R> {
    reader: R,
    buffer: Box<[u8]>,
    /// What of the buffer is not decoded yet.
    start: usize,
    end: usize,
    /// Bytes of the file before the buffer's first.
    before: usize,
    encoding: Encoding,
    line: usize,
    fault: Option<Error>,
}

#[derive(Clone, Copy)]
enum Encoding {
    /// No byte was read yet.
    Unknown,
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
}

/// No character has more bytes, in whichever encoding.
const LONGEST: usize = 4;

const BUFFER_BYTES: usize = 16 << 10;

impl<R: Read> Characters<R> {
    /// Starts to decode UTF-8, or UTF-16 behind a byte order mark.
    pub(super) fn of(reader: R) -> Characters<R> {
        Characters {
            reader,
            buffer: vec![0; BUFFER_BYTES].into(),
            start: 0,
            end: 0,
            before: 0,
            encoding: Encoding::Unknown,
            line: 1,
            fault: None,
        }
    }

    /// Reads what is left and tells the reader's error, or else the first fault of the file.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.by_ref().for_each(drop);
        match self.fault {
            Some(fault @ Error::Read { .. }) => Err(fault),
            fault => {
                let rest = io::copy(&mut self.reader, &mut io::sink());
                rest.map_err(|source| Error::Read { source })?;
                fault.map_or(Ok(()), Err)
            }
        }
    }

    fn decode(&mut self) -> Result<Option<char>, Error> {
        if self.end - self.start < LONGEST {
            self.fill()?;
        }
        if self.start == self.end {
            return Ok(None);
        }
        let (character, length) = match self.encoding {
            Encoding::Utf16(unit) => self.decode_utf16(unit)?,
            _ => self.decode_utf8()?,
        };
        self.start += length;
        if !is_allowed(character) {
            return Err(Error::Character { line: self.line, character });
        }
        self.line += usize::from(character == '\n');
        Ok(Some(character))
    }

    /// Reads on until the buffer is full or the file ends.
    fn fill(&mut self) -> Result<(), Error> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.before += self.start;
        self.end -= self.start;
        self.start = 0;
        while self.end < self.buffer.len() {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => break,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(Error::Read { source }),
            }
        }
        if matches!(self.encoding, Encoding::Unknown) {
            (self.encoding, self.start) = match &self.buffer[..self.end] {
                [0xff, 0xfe, ..] => (Encoding::Utf16(u16::from_le_bytes), 2),
                [0xfe, 0xff, ..] => (Encoding::Utf16(u16::from_be_bytes), 2),
                [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
                _ => (Encoding::Utf8, 0),
            };
        }
        Ok(())
    }

    fn decode_utf8(&self) -> Result<(char, usize), Error> {
        let bytes = &self.buffer[self.start..self.end];
        if bytes[0].is_ascii() {
            return Ok((char::from(bytes[0]), 1));
        }
        let bytes = &bytes[..bytes.len().min(LONGEST)];
        let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let character = valid.chars().next().ok_or_else(|| self.invalid("UTF-8"))?;
        Ok((character, character.len_utf8()))
    }

    fn decode_utf16(&self, unit: fn([u8; 2]) -> u16) -> Result<(char, usize), Error> {
        let bytes = &self.buffer[self.start..self.end];
        let (pairs, _) = bytes[..bytes.len().min(LONGEST)].as_chunks::<2>();
        let first = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).next();
        match first {
            Some(Ok(character)) => Ok((character, 2 * character.len_utf16())),
            _ => Err(self.invalid("UTF-16")),
        }
    }

    fn invalid(&self, encoding: &'static str) -> Error {
        Error::Encoding { encoding, offset: self.before + self.start }
    }
}

impl<R: Read> Iterator for Characters<R> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        // Nearly all characters go this way.
        if let (Encoding::Utf8, Some(byte @ b' '..=b'~')) =
            (self.encoding, self.buffer[..self.end].get(self.start))
        {
            self.start += 1;
            return Some(char::from(*byte));
        }
        if self.fault.is_some() {
            return None;
        }
        self.decode().unwrap_or_else(|fault| {
            self.fault = Some(fault);
            self.start = self.end;
            None
        })
    }
}

/// Tells whether YAML 1.1 lets a character stand in a file.
fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}
