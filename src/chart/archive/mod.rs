//! Walks chart archives (.tgz) file by file, under the rules and limits of Helm 3.17.3.
//!
//! Nothing is unpacked and nothing is held but a few buffers, so an archive of any size or intent
//! costs little memory; the limits count decompressed bytes as they come. What the files mean is left to
//! `load`, writing archives to `pack`.
//!
//! The rules are those of Helm's `pkg/chart/loader/archive.go`, with its texts.

mod error;
mod name;
mod sniff;
mod tape;

use std::io::{self, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

pub use error::Error;
pub(super) use name::clean as clean_name;

use error::tagged;
use tape::{Member, Tape};

/// Limits one file of a chart, in bytes: Helm's `loader.MaxDecompressedFileSize`.
pub const MAX_FILE_BYTES: u64 = 5 << 20;

/// Limits all files of a chart together, in bytes: Helm's `loader.MaxDecompressedChartSize`.
///
/// A chart must stay below it: Helm refuses one of exactly this size.
pub const MAX_CHART_BYTES: u64 = 100 << 20;

/// Limits the tar stream as a whole, with its headers, padding and members that are skipped.
///
/// Helm has no such limit, and reads on for as long as an archive of folders or headers lasts.
pub const MAX_STREAM_BYTES: u64 = 2 * MAX_CHART_BYTES;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Describes one file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The cleaned path in the chart, `/`-separated, without the archive's root folder.
    pub path: String,
    /// 0o755 where the owner may execute the file, else 0o644; nothing else of its mode is kept.
    pub mode: u32,
    /// The size in bytes as stored, a byte order mark included.
    pub size: u64,
}

/// Calls back for every file of an archive, with its bytes as Helm loads them.
///
/// A UTF-8 byte order mark at the start of a file is left out. Links, pipes and devices come as
/// empty files and folders do not come at all. A file may be left unread. The calls stop at the
/// first error, of the archive or of `visit`; an error of the archive that shows while a file is
/// read is inside the [`io::Error`], and `Error::from` gets it out.
///
/// Bytes that follow the end of the tar stream are not looked at, and may be left unread: a caller
/// that verifies a digest passes `&mut reader` and then reads it to its end.
pub fn visit<R: Read, E: From<Error>>(
    reader: R,
    visit: &mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut allowance = MAX_STREAM_BYTES;
    visit_within(reader, Outermost::Yes, &mut allowance, visit)
}

/// Says whether an archive is a file of its own or lies in another one: what is no archive is then
/// called by other words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outermost {
    Yes,
    No,
}

/// Does what [`visit`] does within an allowance of bytes of the tar stream, which it uses up.
pub(super) fn visit_within<R: Read, E: From<Error>>(
    reader: R,
    outermost: Outermost,
    allowance: &mut u64,
    visit: &mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    walk(reader, outermost, allowance, &mut |entry, reader| {
        let start = read_start(reader).map_err(Error::from)?;
        let text = start.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(&start);
        visit(entry, &mut Cursor::new(text).chain(reader))
    })
}

/// Calls back for every file of an archive, like [`visit`], with its bytes exactly as stored.
pub fn visit_raw<R: Read, E: From<Error>>(
    reader: R,
    visit: &mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut allowance = MAX_STREAM_BYTES;
    walk(reader, Outermost::Yes, &mut allowance, visit)
}

fn walk<R: Read, E: From<Error>>(
    reader: R,
    outermost: Outermost,
    allowance: &mut u64,
    visit: &mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut tape = Tape::new(open(reader, outermost).map_err(Error::from)?, *allowance);
    let walked = walk_tape(&mut tape, visit);
    *allowance = tape.budget();
    walked
}

fn walk_tape<R: Read, E: From<Error>>(
    tape: &mut Tape<R>,
    visit: &mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut left = MAX_CHART_BYTES;
    let mut files = 0u64;
    while let Some(member) = tape.next().map_err(Error::from)? {
        if member.is_skipped() {
            continue;
        }
        let entry = check(&member, left)?;
        visit(&entry, tape)?;
        left -= entry.size;
        if left == 0 {
            return Err(Error::ChartTooLarge.into());
        }
        files += 1;
    }
    if files == 0 { Err(Error::Empty.into()) } else { Ok(()) }
}

/// Checks a member's name and size in Helm's order, `left` bytes before the limit of the chart.
fn check(member: &Member, left: u64) -> Result<Entry, Error> {
    let path = name::clean(&member.name)?;
    // A size below zero passes only where no bytes follow: the walk refuses it elsewhere.
    let size = u64::try_from(member.size).unwrap_or(0);
    if size > left {
        return Err(Error::ChartTooLarge);
    }
    if size > MAX_FILE_BYTES {
        let name = String::from_utf8_lossy(&member.name).into_owned();
        return Err(Error::FileTooLarge { name });
    }
    if size > 0 && !member.has_content() {
        // Helm counts the size of a link, finds no bytes, and takes its own limit for the reason.
        return Err(Error::ChartTooLarge);
    }
    Ok(Entry { path, mode: member.mode(), size })
}

/// Starts decompressing, after the look at the first bytes that Helm also takes; of an archive in
/// another one it leaves that to Go's gzip.
fn open<R: Read>(reader: R, outermost: Outermost) -> io::Result<impl Read> {
    let mut source = tagged(reader);
    let mut start = Vec::with_capacity(sniff::BLOCK);
    source.by_ref().take(sniff::BLOCK as u64).read_to_end(&mut start)?;
    if !start.starts_with(&[0x1f, 0x8b, 8]) {
        let error = match outermost {
            Outermost::Yes => Error::NotGzip { found: sniff::content_type(&start) },
            Outermost::No => Error::NotGzipWithin { reason: go_reason(&start) },
        };
        return Err(io::Error::new(io::ErrorKind::InvalidData, error));
    }
    let whole = Cursor::new(start).chain(source);
    Ok(MultiGzDecoder::new(BufReader::with_capacity(32 << 10, whole)))
}

/// Says what Go's gzip says of bytes that are not its own.
fn go_reason(start: &[u8]) -> &'static str {
    const HEADER_BYTES: usize = 10;
    match start.len() {
        0 => "EOF",
        1..HEADER_BYTES => "unexpected EOF",
        _ => "gzip: invalid header",
    }
}

/// Reads the first three bytes of a file, or all where there are fewer.
fn read_start(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(BYTE_ORDER_MARK.len());
    reader.take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut start)?;
    Ok(start)
}

#[cfg(test)]
mod tests;
