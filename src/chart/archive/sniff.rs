//! Guesses what a file is that is no archive, so that the error can say what one has instead.
//!
//! The answer is that of Go's `http.DetectContentType` on a block of 512 bytes, which Helm 3.17.3
//! names (`ensureArchive` in `pkg/chart/loader/archive.go`). It is the algorithm of
//! <https://mimesniff.spec.whatwg.org>; the order of the signatures counts.

/// The length of the block that is looked at, in bytes.
pub(super) const BLOCK: usize = 512;

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const FONT: &str = "application/vnd.ms-fontobject";
const BINARY: &str = "application/octet-stream";

/// Lists what a web page begins with, behind blanks, in any case, before a space or `>`.
const TAGS: [&str; 17] = [
    "<!DOCTYPE HTML",
    "<HTML",
    "<HEAD",
    "<SCRIPT",
    "<IFRAME",
    "<H1",
    "<DIV",
    "<FONT",
    "<TABLE",
    "<A",
    "<STYLE",
    "<TITLE",
    "<B",
    "<BODY",
    "<BR",
    "<P",
    "<!--",
];

/// Is what files of a kind begin with: some bytes, four that do not matter, and some more.
type Magic = (&'static [u8], &'static [u8], &'static str);

/// Lists kinds of documents, pictures, sounds and films.
const MEDIA: [Magic; 20] = [
    (b"%PDF-", b"", "application/pdf"),
    (b"%!PS-Adobe-", b"", "application/postscript"),
    (b"\xfe\xff", b"", "text/plain; charset=utf-16be"),
    (b"\xff\xfe", b"", "text/plain; charset=utf-16le"),
    (b"\xef\xbb\xbf", b"", TEXT),
    (b"\x00\x00\x01\x00", b"", "image/x-icon"),
    (b"\x00\x00\x02\x00", b"", "image/x-icon"),
    (b"BM", b"", "image/bmp"),
    (b"GIF87a", b"", "image/gif"),
    (b"GIF89a", b"", "image/gif"),
    (b"RIFF", b"WEBPVP", "image/webp"),
    (b"\x89PNG\r\n\x1a\n", b"", "image/png"),
    (b"\xff\xd8\xff", b"", "image/jpeg"),
    (b"FORM", b"AIFF", "audio/aiff"),
    (b"ID3", b"", "audio/mpeg"),
    (b"OggS\x00", b"", "application/ogg"),
    (b"MThd\x00\x00\x00\x06", b"", "audio/midi"),
    (b"RIFF", b"AVI ", "video/avi"),
    (b"RIFF", b"WAVE", "audio/wave"),
    (b"\x1a\x45\xdf\xa3", b"", "video/webm"),
];

/// Lists kinds of fonts and archives.
const OTHERS: [Magic; 9] = [
    (b"\x00\x01\x00\x00", b"", "font/ttf"),
    (b"OTTO", b"", "font/otf"),
    (b"ttcf", b"", "font/collection"),
    (b"wOFF", b"", "font/woff"),
    (b"wOF2", b"", "font/woff2"),
    (b"PK\x03\x04", b"", "application/zip"),
    (b"Rar!\x1a\x07\x00", b"", "application/x-rar-compressed"),
    (b"Rar!\x1a\x07\x01\x00", b"", "application/x-rar-compressed"),
    (b"\x00asm", b"", "application/wasm"),
];

/// Gives the media type of a file from its first bytes, of which at most 512 count.
///
/// A shorter file is taken for one that goes on with zeros, as Helm takes it: few words are
/// therefore `application/octet-stream`, and many are `text/plain`.
pub(super) fn content_type(start: &[u8]) -> &'static str {
    let mut block = [0; BLOCK];
    let length = start.len().min(BLOCK);
    block[..length].copy_from_slice(&start[..length]);
    let text = after_blanks(&block);
    if TAGS.iter().any(|tag| begins_with_tag(text, tag)) {
        return HTML;
    }
    if text.starts_with(b"<?xml") {
        return "text/xml; charset=utf-8";
    }
    let known = |list: &[Magic]| {
        let found = list.iter().find(|magic| begins_with(&block, magic))?;
        Some(found.2)
    };
    if let Some(found) = known(&MEDIA) {
        return found;
    }
    match known(&OTHERS) {
        _ if is_mp4(&block) => "video/mp4",
        // Two bytes amid a file are all there is to know such a font by.
        _ if block[34..].starts_with(b"LP") => FONT,
        Some(found) => found,
        None if text.iter().any(|byte| is_binary(*byte)) => BINARY,
        None => TEXT,
    }
}

fn begins_with(block: &[u8], (start, behind, _): &Magic) -> bool {
    block.starts_with(start) && (behind.is_empty() || block[start.len() + 4..].starts_with(behind))
}

fn after_blanks(block: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | b' ');
    let blanks = block.iter().take_while(|byte| is_blank(byte)).count();
    &block[blanks..]
}

fn begins_with_tag(text: &[u8], tag: &str) -> bool {
    text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
        && matches!(text.get(tag.len()), Some(b' ' | b'>'))
}

/// Tells whether a box of type `ftyp` names a brand of MP4; its second word is a version.
fn is_mp4(block: &[u8; BLOCK]) -> bool {
    let [a, b, c, d, name @ ..] = block;
    let size = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
    if !size.is_multiple_of(4) || size > BLOCK || !name.starts_with(b"ftyp") {
        return false;
    }
    let mut words = block[..size].chunks_exact(4).enumerate().skip(2);
    words.any(|(place, word)| place != 3 && word.starts_with(b"mp4"))
}

fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_is_no_text_and_long_text_is() {
        for (bytes, found) in [
            (&b""[..], BINARY),
            (b"hello", BINARY),
            (&[b' '; BLOCK], TEXT),
            (&[b'a'; BLOCK], TEXT),
            (&[b'a'; BLOCK - 1], BINARY),
            (b"\xef\xbb\xbfhello", TEXT),
            (b"\xff\xfeh\x00i\x00", "text/plain; charset=utf-16le"),
            (b"\xfe\xff\x00h\x00i", "text/plain; charset=utf-16be"),
        ] {
            assert_eq!(content_type(bytes), found, "{:?}", bytes.escape_ascii().to_string());
        }
    }

    #[test]
    fn a_tag_ends_with_a_space_or_a_bracket() {
        assert_eq!(content_type(b" \n<hTmL>"), HTML);
        assert_eq!(content_type(b"<!-- a -->"), HTML);
        assert_eq!(content_type(b"<bod"), BINARY);
        assert_eq!(content_type(&[[b' '; 507].as_slice(), b"<HTML"].concat()), TEXT);
        assert_eq!(content_type(b" <?xml"), "text/xml; charset=utf-8");
        assert_eq!(content_type(b" %PDF-"), BINARY);
    }

    #[test]
    fn kinds_of_files_are_known_by_their_signatures() {
        assert_eq!(content_type(b"PK\x03\x04"), "application/zip");
        assert_eq!(content_type(b"RIFF1234WEBPVP8"), "image/webp");
        assert_eq!(content_type(b"RIFF1234WAVE"), "audio/wave");
        assert_eq!(content_type(b"RIFF1234x"), BINARY);
        assert_eq!(content_type(&[b"PK\x03\x04".as_slice(), &[b'L'; 30], b"LP"].concat()), FONT);
        assert_eq!(content_type(b"\0\0\0\x14ftypiso5\0\0\0\0mp41"), "video/mp4");
        assert_eq!(content_type(b"\0\0\0\x10ftypiso5mp41"), BINARY);
        assert_eq!(content_type(b"\xff\xff\xff\xfcftypmp42"), BINARY);
        assert_eq!(content_type(b"\0\0\0\x0cftypmp42"), "video/mp4");
    }
}
