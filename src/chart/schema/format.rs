//! The formats of texts, as gojsonschema 1.2.0 checks them for Helm 3.17.3.
//!
//! Only those are here that the crate `jsonschema` checks otherwise: mostly, that is stricter.

use jiff::civil::Date;

use super::pattern;

/// Is a format's name, and what tells whether a text has it.
pub(super) type Format = (&'static str, fn(&str) -> bool);

/// Lists formats.
pub(super) const FORMATS: [Format; 12] = [
    ("date", is_date),
    ("date-time", |text| is_date(text) || is_time(text) || is_moment(text)),
    ("duration", |_| true),
    ("hostname", is_host_name),
    ("idn-hostname", |_| true),
    ("iri", is_uri),
    ("iri-reference", is_reference),
    ("regex", |text| pattern::read(text).is_ok()),
    ("time", is_time),
    ("uri", is_uri),
    ("uri-reference", is_reference),
    ("uuid", is_uuid),
];

fn is_date(text: &str) -> bool {
    is_form(text, "0000-00-00") && text.parse::<Date>().is_ok()
}

/// Tells whether digits stand where the form has zeros, and else what the form has.
fn is_form(text: &str, form: &str) -> bool {
    let fits = |(byte, wanted)| match wanted {
        b'0' => u8::is_ascii_digit(&byte),
        _ => byte == wanted,
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

/// Tells whether a text is a date and a time with its zone.
fn is_moment(text: &str) -> bool {
    text.split_once('T').is_some_and(|(date, time)| {
        is_date(date) && is_time(time) && (time.ends_with('Z') || time.contains(['+', '-']))
    })
}

/// Tells whether a text is a time, with a zone or without.
fn is_time(text: &str) -> bool {
    let (clock, zone) = text.split_at(text.find(['Z', '+', '-']).unwrap_or(text.len()));
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, "0"));
    let is_zone = ["", "Z"].contains(&zone)
        || (is_form(&zone[1..], "00:00") && zone[1..3] <= *"24" && zone[4..] < *"60");
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let is_clock = is_form(clock, "00:00:00")
        && clock[..2] < *"24"
        && clock[3..5] < *"60"
        && clock[6..] < *"60";
    is_zone && is_fraction && is_clock
}

fn is_uuid(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let parts: Vec<_> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(is_hex))
}

fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() < 256 && text.split('.').all(is_label)
}

/// Tells whether a text is what Go's `url.Parse` takes, with a scheme.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(is_inner)
        && is_rest(rest)
}

/// Tells whether a text is what Go's `url.Parse` takes.
fn is_reference(text: &str) -> bool {
    let first = text.split(['/', '?', '#']).next().unwrap_or_default();
    is_uri(text) || (!first.contains(':') && is_rest(text))
}

fn is_rest(text: &str) -> bool {
    let authority = text.strip_prefix("//").unwrap_or_default();
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let escapes_are_whole = text
        .split('%')
        .skip(1)
        .all(|after| after.len() > 1 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()));
    escapes_are_whole
        && !text.contains(|character: char| character == '\\' || character.is_ascii_control())
        && !authority.contains([' ', '<', '>', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_those_of_go() {
        let formats = std::collections::HashMap::from(FORMATS);
        for (format, text, expected) in [
            ("date", "2024-02-29", true),
            ("date", "2023-02-29", false),
            ("date", "20240229", false),
            ("date-time", "2024-02-29", true),
            ("date-time", "12:00:00", true),
            ("date-time", "2024-02-29T12:00:00Z", true),
            ("date-time", "2024-02-29T12:00:00.5+02:00", true),
            ("date-time", "2024-02-29T12:00:00", false),
            ("date-time", "", false),
            ("time", "24:00:00", false),
            ("time", "12:00:00.", false),
            ("time", "12:00:00+é1:00", false),
            ("hostname", "a-b.example", true),
            ("hostname", "a_b", false),
            ("hostname", "", false),
            ("uri", "http://a/b c", true),
            ("uri", "http://a b/c", false),
            ("uri", "a/b", false),
            ("uri", "1a:b", false),
            ("uri-reference", "a/b", true),
            ("uri-reference", "a%zz", false),
            ("regex", "(?!a)", false),
            ("duration", "x", true),
            ("uuid", "6f1e8a9e-0c3e-4b8e-9a43-0e2f1d5b7c11", true),
            ("uuid", "6F1E8A9E-0C3E-4B8E-9A43-0E2F1D5B7C11", false),
        ] {
            assert_eq!(formats[format](text), expected, "{format} {text}");
        }
    }
}
