//! What a scalar means: the YAML 1.1 rules of go-yaml version 2, which Helm reads with.
//!
//! Source of the rules: `resolve.go` of `sigs.k8s.io/yaml/goyaml.v2`. Base 60 numbers are strings
//! there, and so are numbers too large for a float.

use std::borrow::Cow;
use std::rc::Rc;

/// Keeps the text of scalars and keys; `()` forgets it.
pub(super) trait Text: Clone {
    /// Takes a text.
    fn of(text: &str) -> Self;

    /// Takes bytes; those that are no UTF-8 become U+FFFD, one each, as Go writes them in JSON.
    fn of_bytes(bytes: &[u8]) -> Self;
}

impl Text for Rc<str> {
    fn of(text: &str) -> Rc<str> {
        text.into()
    }

    fn of_bytes(bytes: &[u8]) -> Rc<str> {
        to_text(bytes).into()
    }
}

impl Text for () {
    fn of(_: &str) {}

    fn of_bytes(_: &[u8]) {}
}

/// Holds one scalar, its text as `T`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<T> {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond the range of `i64`.
    Uint(u64),
    /// Any float, `.inf` and `.nan` among them.
    Float(f64),
    Text(T),
}

/// How a scalar is written, as far as it decides what the scalar means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tag<'a> {
    /// No tag, and not quoted: the text decides.
    Plain,
    /// No tag, but quoted or a block: text.
    Quoted,
    /// A tag of YAML's own, without its `tag:yaml.org,2002:`.
    Core(&'a str),
    /// Any other tag; Helm drops it and takes text.
    Foreign,
}

impl<T: Text> Scalar<T> {
    /// Finds what a text means, or says why it cannot have the tag it has.
    pub(super) fn resolve(text: &str, tag: Tag<'_>) -> Result<Scalar<T>, String> {
        let wanted = match tag {
            Tag::Plain => return Ok(resolve_plain(text)),
            Tag::Quoted | Tag::Foreign | Tag::Core("str") => return Ok(Scalar::Text(T::of(text))),
            Tag::Core("binary") => return decode_base64(text),
            Tag::Core("timestamp") if is_dated(text) => return Ok(Scalar::Text(T::of(text))),
            Tag::Core(name @ ("bool" | "int" | "float" | "null" | "timestamp")) => name,
            Tag::Core(_) => return Ok(Scalar::Text(T::of(text))),
        };
        match (wanted, resolve_plain(text)) {
            ("bool", found @ Scalar::Bool(_))
            | ("int", found @ (Scalar::Int(_) | Scalar::Uint(_)))
            | ("float", found @ Scalar::Float(_))
            | ("null", found @ Scalar::Null) => Ok(found),
            ("float", Scalar::Int(number)) => Ok(Scalar::Float(number as f64)),
            (_, found) => {
                let (tag, text) = (found.tag(), shorten(text));
                Err(format!("cannot decode {tag} `{text}` as a !!{wanted}"))
            }
        }
    }

    /// Gives the scalar as Helm makes it a map key, or the type that it makes none of.
    pub(super) fn key(&self) -> Result<T, &'static str> {
        match self {
            Scalar::Uint(_) => Err("uint64"),
            Scalar::Float(number) if number.is_nan() => Ok(T::of(".nan")),
            Scalar::Float(number) if (*number as f32).is_infinite() => {
                Ok(T::of(if *number > 0.0 { ".inf" } else { "-.inf" }))
            }
            _ => self.text().ok_or("null"),
        }
    }

    /// Gives the scalar as Helm puts it into a field that holds text; null is none.
    pub(super) fn text(&self) -> Option<T> {
        Some(match self {
            Scalar::Null => return None,
            Scalar::Bool(value) => T::of(&value.to_string()),
            Scalar::Int(number) => T::of(&number.to_string()),
            Scalar::Uint(number) => T::of(&number.to_string()),
            Scalar::Float(number) => T::of(&format_short(*number)),
            Scalar::Text(text) => text.clone(),
        })
    }

    fn tag(&self) -> &'static str {
        match self {
            Scalar::Null => "!!null",
            Scalar::Bool(_) => "!!bool",
            Scalar::Int(_) | Scalar::Uint(_) => "!!int",
            Scalar::Float(_) => "!!float",
            Scalar::Text(_) => "!!str",
        }
    }
}

fn resolve_plain<T: Text>(text: &str) -> Scalar<T> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match text.as_bytes()[0] {
        b'.' => parse_fraction(text),
        b'0'..=b'9' | b'+' | b'-' => parse_number(&without_underscores(text)),
        _ => None,
    };
    number.unwrap_or_else(|| Scalar::Text(T::of(text)))
}

/// Gives a text as short as an error message may hold it.
fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { text.replace('_', "").into() } else { text.into() }
}

/// Reads a number whose underscores are gone.
fn parse_number<T>(text: &str) -> Option<Scalar<T>> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if let Some(size) = parse_magnitude(unsigned) {
        let signed = if negative { 0i64.checked_sub_unsigned(size) } else { size.try_into().ok() };
        match signed {
            Some(number) => return Some(Scalar::Int(number)),
            None if unsigned.len() == text.len() => return Some(Scalar::Uint(size)),
            None => {}
        }
    }
    let float = if is_decimal(unsigned) { parse_float(text) } else { None };
    // go-yaml takes a sign after the prefix too: `0b-101` is -5.
    float.or_else(|| i64::from_str_radix(text.strip_prefix("0b")?, 2).ok().map(Scalar::Int))
}

/// Reads a float that begins with its point; underscores may stand between digits.
fn parse_fraction<T>(text: &str) -> Option<Scalar<T>> {
    if !text.contains('_') {
        return parse_float(text);
    }
    let ends_in_digit = |part: &str| part.ends_with(|last: char| last.is_ascii_digit());
    let (mut digits, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('_') {
        if !ends_in_digit(before) || !after.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        digits.push_str(before);
        rest = after;
    }
    digits.push_str(rest);
    parse_float(&digits)
}

/// Reads the digits of an integer in the base that its prefix tells, `0` alone meaning octal.
fn parse_magnitude(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let (base, digits) = match bytes {
        [b'0', b'x' | b'X', ..] => (16, &text[2..]),
        [b'0', b'o' | b'O', ..] => (8, &text[2..]),
        [b'0', b'b' | b'B', ..] => (2, &text[2..]),
        [b'0', _, ..] => (8, &text[1..]),
        _ => (10, text),
    };
    // `from_str_radix` would take a sign.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

/// Tells whether a text is a decimal float: digits, then perhaps a fraction and an exponent.
fn is_decimal(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
}

/// Reads a decimal float; one that is too large is none, as in Go.
fn parse_float<T>(text: &str) -> Option<Scalar<T>> {
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Scalar::Float(number))
}

/// Writes a float as Go's `FormatFloat(number, 'g', -1, 32)` does: in the precision of 32 bits.
fn format_short(number: f64) -> String {
    let number = number as f32;
    if !number.is_finite() {
        let infinite = if number > 0.0 { "+Inf" } else { "-Inf" };
        return if number.is_nan() { "NaN" } else { infinite }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').expect("'{:e}' writes an exponent");
    match exponent.parse::<i32>().expect("the exponent of a float is a small number") {
        -4..6 => number.to_string(),
        exponent => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
    }
}

/// Tells whether a text begins as a date does; the rest of it does not matter, as it stays text.
fn is_dated(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

/// Decodes `!!binary`.
fn decode_base64<T: Text>(text: &str) -> Result<Scalar<T>, String> {
    let fail = || "!!binary value contains invalid base64 data".to_owned();
    let mut digits = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).peekable();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    while digits.peek().is_some() {
        let mut group = [0; 4];
        for digit in &mut group {
            *digit = digits.next().ok_or_else(fail)?;
        }
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && digits.peek().is_some()) {
            return Err(fail());
        }
        let mut bits = 0;
        for digit in &group[..4 - padding] {
            bits = bits << 6 | base64_digit(*digit).ok_or_else(fail)?;
        }
        bits <<= 6 * padding;
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Ok(Scalar::Text(T::of_bytes(&bytes)))
}

fn base64_digit(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

fn to_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
