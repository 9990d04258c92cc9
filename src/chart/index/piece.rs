//! Pieces of an index, each compressed once, whatever stands around it.
//!
//! A piece becomes a run of deflate blocks (RFC 1951) that ends with a byte and refers to nothing
//! before it, so the runs of several pieces follow each other in one gzip file (RFC 1952). Its
//! checksum is put together out of those of the pieces.

use std::io::Write as _;
use std::sync::OnceLock;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// The first bytes of a gzip file: no name and no time, so that equal pieces give equal bytes.
pub const GZIP_START: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The last block, which is empty.
const LAST_BLOCK: [u8; 2] = [3, 0];

/// Holds a piece of an index, and once somebody wants it, how it is compressed.
#[derive(Debug, Default)]
pub struct Piece {
    text: Vec<u8>,
    packed: OnceLock<Packed>,
}

#[derive(Debug)]
struct Packed {
    bytes: Vec<u8>,
    sum: Crc,
}

impl Piece {
    /// Makes a piece of a text.
    pub fn new(text: Vec<u8>) -> Piece {
        Piece { text, packed: OnceLock::new() }
    }

    /// Gives the text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Gives the piece compressed, for a place between others.
    pub fn packed(&self) -> &[u8] {
        &self.pack().bytes
    }

    fn pack(&self) -> &Packed {
        self.packed.get_or_init(|| {
            let mut sum = Crc::new();
            sum.update(&self.text);
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            let written = encoder.write_all(&self.text).and_then(|()| encoder.flush());
            written.expect("memory takes all writes");
            Packed { bytes: std::mem::take(encoder.get_mut()), sum }
        })
    }
}

/// Gives what ends a gzip file of these pieces.
pub fn gzip_end<'a>(pieces: impl Iterator<Item = &'a Piece>) -> Vec<u8> {
    let mut sum = Crc::new();
    let mut size = 0_u32;
    for piece in pieces {
        sum.combine(&piece.pack().sum);
        // The format keeps the size modulo 2^32.
        size = size.wrapping_add(piece.text.len() as u32);
    }
    let mut end = LAST_BLOCK.to_vec();
    end.extend(sum.sum().to_le_bytes());
    end.extend(size.to_le_bytes());
    end
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn pieces_follow_each_other_in_one_file() {
        for texts in [vec![], vec!["a"], vec!["", "abcabcabc", ""], vec!["one ", "one ", "two"]] {
            let large = texts.concat().repeat(10_000);
            for texts in [texts.clone(), [texts, vec![&large]].concat()] {
                let pieces: Vec<Piece> =
                    texts.iter().map(|text| Piece::new(text.as_bytes().to_vec())).collect();
                let mut file = GZIP_START.to_vec();
                pieces.iter().for_each(|piece| file.extend(piece.packed()));
                file.extend(gzip_end(pieces.iter()));
                let mut text = String::new();
                let mut decoder = GzDecoder::new(&*file);
                decoder.read_to_string(&mut text).unwrap();
                assert_eq!(text, texts.concat());
                assert!(decoder.into_inner().is_empty(), "there is one member, and nothing more");
            }
        }
    }
}
