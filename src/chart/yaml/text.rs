//! From bytes to text: byte order marks, UTF-16, characters that YAML forbids.

use std::borrow::Cow;

use super::Error;

/// Decodes UTF-8, or UTF-16 behind a byte order mark, and drops the mark.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => decode_utf16(rest, u16::from_le_bytes)?.into(),
        [0xfe, 0xff, rest @ ..] => decode_utf16(rest, u16::from_be_bytes)?.into(),
        _ => {
            let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            Cow::Borrowed(std::str::from_utf8(rest).map_err(|error| Error::Encoding {
                encoding: "UTF-8",
                offset: bytes.len() - rest.len() + error.valid_up_to(),
            })?)
        }
    };
    match text.char_indices().find(|(_, character)| !is_allowed(*character)) {
        Some((offset, character)) => {
            let line = text[..offset].matches('\n').count() + 1;
            Err(Error::Character { line, character })
        }
        None => Ok(text),
    }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Error> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let invalid = |place| Error::Encoding { encoding: "UTF-16", offset: 2 + 2 * place };
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut place = 0;
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = character.map_err(|_| invalid(place))?;
        place += character.len_utf16();
        text.push(character);
    }
    if rest.is_empty() { Ok(text) } else { Err(invalid(pairs.len())) }
}

/// Tells whether YAML 1.1 lets a character stand in a file.
fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}
