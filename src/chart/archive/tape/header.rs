//! One header block of a tar stream: the fields that matter, and the checks Go makes of the rest.

use super::super::Error;

/// Gives the size of a block, in bytes.
pub(super) const BLOCK: usize = 512;

/// Holds one block of a tar stream.
pub(super) type Block = [u8; BLOCK];

/// Describes one member of a tar stream.
#[derive(Debug, Clone)]
pub(in crate::chart::archive) struct Member {
    /// The name as stored, with no NUL in it.
    pub(in crate::chart::archive) name: Vec<u8>,
    /// The type flag.
    pub(super) kind: u8,
    /// The size as stored, which may be below zero where no bytes follow.
    pub(in crate::chart::archive) size: i64,
    mode: i64,
}

impl Member {
    /// Reads a header block, of any of the formats that Go reads.
    pub(super) fn parse(block: &Block) -> Result<Member, Error> {
        check_sum(block)?;
        let header = tar::Header::from_byte_slice(block);
        let old = header.as_old();
        for field in [&old.uid[..], &old.gid, &old.mtime] {
            number(field)?;
        }
        let mut name = text(&old.name).to_vec();
        if let Some(prefix) = prefix(block)?.filter(|prefix| !prefix.is_empty()) {
            name = [prefix, b"/", &name].concat();
        }
        let [kind] = old.linkflag;
        Ok(Member { name, kind, size: number(&old.size)?, mode: number(&old.mode)? })
    }

    /// Tells the two kinds of the oldest format apart: there a folder's name ends in a slash.
    pub(super) fn settle_kind(&mut self) {
        if self.kind == 0 {
            self.kind = if self.name.ends_with(b"/") { b'5' } else { b'0' };
        }
    }

    /// Tells whether bytes follow the header; after links, devices, folders and pipes none do.
    pub(in crate::chart::archive) fn has_content(&self) -> bool {
        !matches!(self.kind, b'1'..=b'6')
    }

    /// Tells whether Helm passes the member over: folders, by type or by mode.
    pub(in crate::chart::archive) fn is_skipped(&self) -> bool {
        // Go keeps the low 32 bits of a mode; of those above the permissions, 0o40000 is a folder.
        self.kind == b'5' || self.mode as u32 & !0o7777 == 0o40000
    }

    /// Gives 0o755 for a regular file that its owner may execute, else 0o644.
    pub(in crate::chart::archive) fn mode(&self) -> u32 {
        if self.has_content() && self.mode & 0o100 != 0 { 0o755 } else { 0o644 }
    }
}

pub(super) fn invalid() -> Error {
    Error::Tar { reason: "invalid tar header" }
}

/// Gives a field up to its first NUL.
pub(super) fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Gives what stands before the name, and checks the fields that the oldest format does not have.
fn prefix(block: &Block) -> Result<Option<&[u8]>, Error> {
    let header = tar::Header::from_byte_slice(block);
    if let Some(gnu) = header.as_gnu() {
        number(&gnu.dev_major)?;
        number(&gnu.dev_minor)?;
        return Ok(misplaced_prefix(block));
    }
    // Unlike `as_ustar`, this asks for no version after the magic word.
    if &block[257..263] != b"ustar\0" {
        return Ok(None);
    }
    number(&block[329..337])?;
    number(&block[337..345])?;
    if &block[508..] != b"tar\0" {
        return Ok(Some(text(&block[345..500])));
    }
    number(&block[476..488])?;
    number(&block[488..500])?;
    Ok(Some(text(&block[345..476])))
}

/// Finds the prefix that Go's writer, before 1.8, put where the GNU format has two times.
fn misplaced_prefix(block: &Block) -> Option<&[u8]> {
    let times = [&block[345..357], &block[357..369]];
    let are_times = times.iter().all(|field| field[0] == 0 || number(field).is_ok());
    let prefix = text(&block[345..500]);
    (!are_times && prefix.is_ascii()).then_some(prefix)
}

/// Checks the sum over the block, which old writers made with signed bytes.
fn check_sum(block: &Block) -> Result<(), Error> {
    let expected = octal(&block[148..156])?;
    let (mut unsigned, mut signed) = (0i64, 0i64);
    for (index, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&index) { b' ' } else { *byte };
        unsigned += i64::from(byte);
        signed += i64::from(byte as i8);
    }
    if expected == unsigned || expected == signed { Ok(()) } else { Err(invalid()) }
}

/// Reads a number: octal digits, or in base 256 where the first bit is set.
fn number(field: &[u8]) -> Result<i64, Error> {
    match field {
        [first, rest @ ..] if first & 0x80 != 0 => base256(*first, rest),
        _ => octal(field),
    }
}

fn octal(field: &[u8]) -> Result<i64, Error> {
    let is_filler = |byte: &u8| matches!(byte, b' ' | 0);
    let Some(start) = field.iter().position(|byte| !is_filler(byte)) else { return Ok(0) };
    let end = field.iter().rposition(|byte| !is_filler(byte)).map_or(start, |last| last + 1);
    let mut value = 0u64;
    for byte in text(&field[start..end]) {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 8).ok_or_else(invalid)?;
        value = value.checked_mul(8).ok_or_else(invalid)? | u64::from(digit);
    }
    Ok(value as i64)
}

/// Reads a big-endian number in two's complement; its second bit is the sign.
fn base256(first: u8, rest: &[u8]) -> Result<i64, Error> {
    let is_negative = first & 0x40 != 0;
    let flip = if is_negative { 0xff } else { 0 };
    let mut value = u64::from((first ^ flip) & 0x7f);
    for byte in rest {
        if value >> 56 != 0 {
            return Err(invalid());
        }
        value = value << 8 | u64::from(byte ^ flip);
    }
    let value = i64::try_from(value).map_err(|_| invalid())?;
    Ok(if is_negative { !value } else { value })
}
