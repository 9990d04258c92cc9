//! JSON as Go's `encoding/json` writes it, byte for byte.
//!
//! Helm is written in Go, and a digest covers bytes: what is to have the digest that Helm would
//! give it must be escaped and spelled as Go does it. Which members there are, and in which order,
//! is left to the caller. Go sorts the keys of a map, so a map must come sorted: a `BTreeMap`, or a
//! [`serde_json::Value`] after `sort_all_objects`.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

/// Writes a value as Go's `json.Marshal` would: compact, HTML-safe, no newline at the end.
///
/// The rules are those of Go 1.23, with which Helm 3.17 is built: `<`, `>`, `&`, U+2028 and U+2029
/// are written `\u003c` and so on, all other text outside the control characters as plain UTF-8;
/// floats in their shortest form, with an exponent below 1e-6 and from 1e21 on.
///
/// # Panics
///
/// Panics when the value's own `Serialize` fails or a map has keys that are no strings, which no
/// type of this crate does.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, GoFormatter);
    value.serialize(&mut serializer).expect("memory takes all writes, and all keys are strings");
    bytes
}

/// Spells strings and floats as Go does; the rest is spelled alike by both.
struct GoFormatter;

impl Formatter for GoFormatter {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let plain = value == 0.0 || (1e-6..1e21).contains(&value.abs());
        if plain { write!(writer, "{value}") } else { write_exponent(writer, value) }
    }

    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut plain = 0;
        for (start, found) in fragment.match_indices(needs_escape) {
            writer.write_all(&fragment.as_bytes()[plain..start])?;
            for character in found.chars() {
                write!(writer, "\\u{:04x}", u32::from(character))?;
            }
            plain = start + found.len();
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

/// Tells the characters that Go escapes beyond those that all JSON must.
fn needs_escape(character: char) -> bool {
    matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

/// Writes a float with its exponent, and the `+` before it that Rust leaves out.
fn write_exponent<W: io::Write + ?Sized>(writer: &mut W, value: f64) -> io::Result<()> {
    let number = format!("{value:e}");
    let signed = if number.contains("e-") { number } else { number.replace('e', "e+") };
    writer.write_all(signed.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text<T: Serialize>(value: T) -> String {
        String::from_utf8(to_vec(&value)).unwrap()
    }

    #[test]
    fn escapes_strings_as_go_does() {
        for (given, expected) in [
            (">=1.20 & <2", r#""\u003e=1.20 \u0026 \u003c2""#),
            ("a\u{2028}b\u{2029}", r#""a\u2028b\u2029""#),
            ("\u{8}\u{c}\n\r\t", r#""\b\f\n\r\t""#),
            ("\u{0}\u{b}\u{1f}\u{7f}", "\"\\u0000\\u000b\\u001f\u{7f}\""),
            ("\"\\/'", r#""\"\\/'""#),
            ("é€😀\u{85}\u{feff}", "\"é€😀\u{85}\u{feff}\""),
            ("<<", r#""\u003c\u003c""#),
        ] {
            assert_eq!(text(given), expected);
        }
    }

    #[test]
    fn writes_floats_as_go_does() {
        for (given, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1.10, "1.1"),
            (-1234567.25, "-1234567.25"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (18446744073709552000.0, "18446744073709552000"),
            (0.000001, "0.000001"),
            (0.0000001, "1e-7"),
            (1.25e-9, "1.25e-9"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(text(given), expected);
        }
    }

    #[test]
    fn keeps_the_order_of_members_and_no_spaces() {
        assert_eq!(
            text(json!({"<k>": [1, true, null], "a": {}})),
            r#"{"\u003ck\u003e":[1,true,null],"a":{}}"#
        );
    }
}
