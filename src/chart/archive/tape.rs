//! Walks the members of a tar stream exactly as Go's `archive/tar` does.
//!
//! What Helm sees in an archive is what Go's reader sees, so this follows that reader where the
//! `tar` crate does otherwise: the crate takes the announced size of a link for bytes that follow
//! it, stops at a PAX record whose value holds a line feed, lets the first of two records win,
//! refuses a header that comes twice, and holds extended headers of any size in memory. Any of the
//! first three lets one archive be two different charts. The crate's view of a header block is used
//! all the same. Sparse files, which Go expands, are refused: no packer of charts makes them.

mod header;
mod pax;

use std::io::{self, Read};

pub(super) use header::Member;

use super::Error;
use header::{BLOCK, Block};
use pax::Extension;

/// Limits one extended header, in bytes: Go's `maxSpecialFileSize`.
const MAX_EXTENSION_BYTES: u64 = 1 << 20;

/// Gives the members of a tar stream, and as a reader the bytes of the last one given.
pub(super) struct Tape<R> {
    inner: R,
    /// Bytes that may still be read from the stream as a whole.
    budget: u64,
    /// Bytes of the current member that are still to be read.
    content: u64,
    padding: u64,
}

impl<R: Read> Tape<R> {
    /// Wraps a decompressed stream that stands at its first header, of at most `budget` bytes.
    pub(super) fn new(inner: R, budget: u64) -> Tape<R> {
        Tape { inner, budget, content: 0, padding: 0 }
    }

    /// Tells how many bytes may still be read from the stream.
    pub(super) fn budget(&self) -> u64 {
        self.budget
    }

    /// Goes to the next member that is no extended header; what is left of the last is skipped.
    pub(super) fn next(&mut self) -> io::Result<Option<Member>> {
        let mut extension = Extension::default();
        let mut long_name = Vec::new();
        while let Some(mut member) = self.read_member()? {
            match member.kind {
                b'x' => extension = Extension::parse(&self.read_extension()?)?,
                b'g' => drop(Extension::parse(&self.read_extension()?)?),
                b'L' => long_name = header::text(&self.read_extension()?).to_vec(),
                b'K' => drop(self.read_extension()?),
                b'S' => return Err(pax::sparse().into()),
                _ => {
                    extension.apply(&mut member)?;
                    if !long_name.is_empty() {
                        member.name = long_name;
                    }
                    member.settle_kind();
                    self.begin(&member)?;
                    return Ok(Some(member));
                }
            }
            if member.kind == b'g' {
                // Go hands a global header out as a member, which ends what came before it.
                extension = Extension::default();
                long_name.clear();
            }
        }
        Ok(None)
    }

    /// Reads the next header block as it stands; nothing at the end of the archive.
    fn read_member(&mut self) -> io::Result<Option<Member>> {
        io::copy(self, &mut io::sink())?;
        let mut block: Block = [0; BLOCK];
        let padding = self.padding as usize;
        self.padding = 0;
        if self.fill(&mut block[..padding])? < padding || !self.read_block(&mut block)? {
            return Ok(None);
        }
        if block == [0; BLOCK] {
            if self.read_block(&mut block)? && block != [0; BLOCK] {
                return Err(header::invalid().into());
            }
            return Ok(None);
        }
        let member = Member::parse(&block)?;
        self.begin(&member)?;
        Ok(Some(member))
    }

    fn begin(&mut self, member: &Member) -> Result<(), Error> {
        self.content = match member.has_content() {
            true => u64::try_from(member.size).map_err(|_| header::invalid())?,
            false => 0,
        };
        self.padding = self.content.wrapping_neg() % BLOCK as u64;
        Ok(())
    }

    fn read_extension(&mut self) -> io::Result<Vec<u8>> {
        if self.content > MAX_EXTENSION_BYTES {
            return Err(Error::Tar { reason: "header field too long" }.into());
        }
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads a whole block; tells whether the stream went on.
    fn read_block(&mut self, block: &mut Block) -> io::Result<bool> {
        match self.fill(block)? {
            0 => Ok(false),
            BLOCK => Ok(true),
            _ => Err(Error::Truncated.into()),
        }
    }

    /// Reads until the buffer is full or the stream ends, and tells how many bytes there were.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_counted(filled, buffer) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn read_counted(&mut self, from: usize, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(&mut buffer[from..])?;
        self.budget = self.budget.checked_sub(count as u64).ok_or(Error::StreamTooLarge)?;
        Ok(count)
    }
}

impl<R: Read> Read for Tape<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.content.min(buffer.len() as u64) as usize;
        if most == 0 {
            return Ok(0);
        }
        let count = self.read_counted(0, &mut buffer[..most])?;
        if count == 0 {
            return Err(Error::Truncated.into());
        }
        self.content -= count as u64;
        Ok(count)
    }
}
