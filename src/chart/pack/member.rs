//! Writes one member of a tar stream: a ustar header, and a PAX record where the path needs one.

use std::io::{self, Write};

use tar::{EntryType, Header};

/// Gives the size of a block, in bytes.
pub(super) const BLOCK: usize = 512;

/// Gives the longest path that a header holds, in bytes; its prefix field is left alone.
const MAX_NAME_BYTES: usize = 100;

/// Writes a regular file with its header and padding.
pub(super) fn write(
    path: &str,
    mode: u32,
    modified: u64,
    bytes: &[u8],
    out: &mut dyn Write,
) -> io::Result<()> {
    if path.len() > MAX_NAME_BYTES || !path.is_ascii() {
        let record = record("path", path);
        write_block(EntryType::XHeader, "././@PaxHeader", 0o644, modified, &record, out)?;
    }
    write_block(EntryType::Regular, path, mode, modified, bytes, out)
}

fn write_block(
    kind: EntryType,
    path: &str,
    mode: u32,
    modified: u64,
    bytes: &[u8],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    // Where the path has a record of its own, readers take that and this is for people to see.
    let name = path.bytes().filter(u8::is_ascii).take(MAX_NAME_BYTES);
    header.as_old_mut().name.iter_mut().zip(name).for_each(|(slot, byte)| *slot = byte);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(modified);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    out.write_all(header.as_bytes())?;
    out.write_all(bytes)?;
    out.write_all(&[0; BLOCK][..bytes.len().wrapping_neg() % BLOCK])
}

/// Makes a PAX record: `LENGTH KEY=VALUE\n`, where the length counts its own digits.
fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_its_own_length() {
        assert_eq!(record("path", "a"), b"9 path=a\n");
        assert_eq!(record("path", ""), b"8 path=\n");
        for size in 0..2_000 {
            let record = record("path", &"x".repeat(size));
            assert!(record.starts_with(format!("{} ", record.len()).as_bytes()), "{size}");
        }
    }
}
