//! Writing an index bit by bit, so that only what has changed is written anew.
//!
//! The bits follow each other as Helm would write them at once: [`start`], for each chart its
//! [`heading`] and an [`entry`] for each version, and the [`end`] with the time.

use std::fmt::Write as _;

use serde_json::{Map, json};

use super::ChartVersion;
use crate::chart::record::Timestamp;
use crate::chart::yaml::{emit_as_helm, emit_list_as_helm};

/// How far the entries of a chart are indented.
const INDENT: usize = 2;

/// What stands behind the name of a chart without entries.
const NOTHING: &str = " []\n";

/// Writes the first lines of an index; those that list charts follow, if there are any.
pub fn start(has_charts: bool) -> String {
    match has_charts {
        true => "apiVersion: v1\nentries:\n".to_owned(),
        false => "apiVersion: v1\nentries: {}\n".to_owned(),
    }
}

/// Writes the line with a chart's name.
pub fn heading(name: &str) -> String {
    let charts = json!({ name: [] });
    let text = emit_as_helm(&Map::from_iter([("entries".to_owned(), charts)]));
    match text.strip_prefix("entries:\n").and_then(|text| text.strip_suffix(NOTHING)) {
        Some(line) if !line.starts_with("  ?") => format!("{line}\n"),
        // Helm would write so long a name on two lines.
        _ => format!("  {}:\n", quoted(name)),
    }
}

/// Writes the lines of one version.
pub fn entry(version: &ChartVersion) -> String {
    let value = serde_json::to_value(version).unwrap_or_default();
    emit_list_as_helm(&[value], INDENT)
}

/// Writes the last line, which gives the time of the index.
pub fn end(generated: &Timestamp) -> String {
    format!("generated: \"{generated}\"\n")
}

/// Gives the name of a chart's archive.
pub fn file_name(name: &str, version: &str) -> String {
    format!("{name}-{version}.tgz")
}

/// Gives the address of a chart's archive, relative to its repository's (RFC 3986, section 2).
pub fn address(name: &str, version: &str) -> String {
    let mut address = String::from("charts/");
    for byte in file_name(name, version).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' => {
                address.push(char::from(byte));
            }
            // Writing to a text cannot fail.
            _ => drop(write!(address, "%{byte:02X}")),
        }
    }
    address
}

/// Writes a text in double quotes, with nothing but ASCII.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            // Writing to a text cannot fail.
            _ => drop(write!(quoted, "\\U{:08x}", u32::from(character))),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::index::IndexFile;
    use crate::chart::metadata::Metadata;

    fn version(name: &str, version: &str, description: &str) -> ChartVersion {
        let metadata = Metadata {
            name: name.to_owned(),
            version: version.to_owned(),
            api_version: "v2".to_owned(),
            description: description.to_owned(),
            ..Metadata::default()
        };
        let urls = vec![file_name(name, version)];
        ChartVersion { metadata, urls, digest: "00ff".to_owned(), ..ChartVersion::default() }
    }

    fn written(charts: &[(&str, Vec<ChartVersion>)]) -> String {
        let time = Timestamp::parse("2020-01-02T03:04:05Z").unwrap();
        let charts = charts.iter().map(|(name, versions)| {
            heading(name) + &versions.iter().map(entry).collect::<String>()
        });
        let charts: String = charts.collect();
        start(!charts.is_empty()) + &charts + &end(&time)
    }

    #[test]
    fn the_bits_are_what_helm_writes_at_once() {
        let text = written(&[("a", vec![version("a", "1.10", "x: y"), version("a", "1.0.0", "")])]);
        assert_eq!(
            text,
            "apiVersion: v1\nentries:\n  a:\n  - apiVersion: v2\n    created: \"0001-01-01T00:00:00Z\"\n    \
             description: 'x: y'\n    digest: 00ff\n    name: a\n    urls:\n    - a-1.10.tgz\n    \
             version: \"1.10\"\n  - apiVersion: v2\n    created: \"0001-01-01T00:00:00Z\"\n    digest: 00ff\n    \
             name: a\n    urls:\n    - a-1.0.0.tgz\n    version: 1.0.0\ngenerated: \"2020-01-02T03:04:05Z\"\n"
        );
        let empty = written(&[]);
        assert_eq!(empty, "apiVersion: v1\nentries: {}\ngenerated: \"2020-01-02T03:04:05Z\"\n");
        assert!(IndexFile::read(empty.as_bytes()).unwrap().0.entries.is_empty());
    }

    #[test]
    fn an_address_is_one_path() {
        assert_eq!(address("a", "1.0.0+x"), "charts/a-1.0.0+x.tgz");
        assert_eq!(address("a?b#\u{e9}", "1"), "charts/a%3Fb%23%C3%A9-1.tgz");
    }

    #[test]
    fn any_name_and_any_text_can_be_read_again() {
        let long = "n".repeat(200);
        let odd = "\u{e9}\u{fe}".repeat(40);
        for name in ["a", "null", "yes", "1.0", "-", "[a", "#", "&b", "\"", "'", &long, &odd] {
            let kept = version(name, "1.0.0", "two\nlines: and # more\u{85}\u{7}");
            let text = written(&[(name, vec![kept.clone()])]);
            let (index, warnings) = IndexFile::read(text.as_bytes()).unwrap();
            assert_eq!(warnings, [], "{name}");
            assert_eq!(index.entries[name][0].digest, kept.digest, "{name}");
        }
    }
}
