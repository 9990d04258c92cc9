//! `hreg show` prints what `helm show` prints.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};

use crate::charts;
use crate::compare::{Checked, same};
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::tape::Tape;

#[test]
fn every_chart_shows_as_in_helm() {
    let Some(helm) = Helm::find() else { return };
    let Some(archives) = charts::real() else { return };
    charts::each(&archives, |chart| {
        let hreg = Hreg::new();
        let saved = hreg.saved(chart);
        shows_alike(&helm, chart, &hreg, saved.reference())
    });
}

/// Checks all that there is to show of a chart.
fn shows_alike(helm: &Helm, chart: &Path, hreg: &Hreg, reference: &str) -> Checked {
    let own = |part| hreg.run(["show", part, reference]).bytes();
    for part in ["chart", "values", "readme", "crds", "all"] {
        same(part, &show(helm, part, chart), &own(part))?;
    }
    Ok(())
}

#[test]
fn what_a_chart_has_not_is_not_shown() {
    let Some(helm) = Helm::find() else { return };
    check_shown(&helm, Tape::chart("name: bare"));
}

/// Checks all that there is to show of an archive.
fn check_shown(helm: &Helm, tape: Tape) {
    let archive = tape.gzip_file();
    let hreg = Hreg::new();
    let saved = hreg.saved(archive.path());
    shows_alike(helm, archive.path(), &hreg, saved.reference()).unwrap();
}

#[test]
fn files_are_strung_together() {
    let Some(helm) = Helm::find() else { return };
    let definitions = |first: &str| {
        Tape::chart("name: two")
            .file("x/crds/b.yml", first)
            .file("x/crds/c.yaml", "---\nseparated: true\n")
            .file("x/crds/d.txt", "no: definition")
            .file("x/crds/e/f.JSON", "{}")
            .file("x/charts/s/Chart.yaml", "name: s\nversion: 1.0.0")
            .file("x/charts/s/crds/a.yaml", "of: subchart\n")
    };
    let others = Tape::chart("name: others")
        .file("x/values.yaml", "a: 1\r\n# \u{e9}")
        .file("x/values.yaml", "")
        .file("x/readme.TXT", b"\xe9\n")
        .file("x/README.md", "second");
    for tape in [definitions("of: chart"), definitions("--- # here"), others] {
        check_shown(&helm, tape);
    }
}

/// Lists texts that are hard to write in YAML 1.1.
#[rustfmt::skip]
const TEXTS: &[&str] = &[
    "", " ", "~", "null", "Null", "nULL", "y", "Y", "yes", "yEs", "no", "N", "on", "Off", "true",
    "TRUE", "tRue", "=", "<<", "1.10", "1.0", "1.0.0", "v1", "0x1F", "0xg", "012", "08", "1_000",
    "1e3", "1e400", ".5", ".5_0", "._5", "5.", "+1", "-1", "+.inf", ".nan", "0b101", "0b-101",
    "-0b11", "0o17", "1:30", "1:30.5", "190:20:30", "1:60", "2020-01-02", "2020-1-2",
    "2020-02-30", "2001-12-14T21:59:43Z", "2001-12-14 21:59:43.1", "2001-12-14T21:59:43",
    "18446744073709551616", "- a", "-", "-a", "? a", "?", ": a", ":", "a:", "a: b", "a:b", "a #b",
    "a#b", "#a", "---", "--- a", "...", "[a]", "{a}", "a, b", "*a", "&a", "!a", "|", ">=1.20",
    "'a'", "it's", "\"a\"", "a\"b", "%a", "@a", "`a", " a", "a ", "\ta", "a\tb", "a\nb", "a\n",
    "\na", "\n", "\n\n", "a\n\n", "a \nb", "a\n b", "  a\nb", "a\n\n\nb\n", "a\nb ", "a\rb",
    "a\u{2028}b", "a\u{2029} b", "\u{e9}", "\u{65e5}\u{672c}", "\u{1f600}", "\u{a0}", "\u{200b}",
    "\u{7}", "\\", "a\\b", "http://a.b/c?d=e#f", "nan", "Infinity",
];

#[test]
fn texts_are_quoted_and_folded_alike() {
    let Some(helm) = Helm::find() else { return };
    let words = ["lorem", "'ipsum'", "d\u{f6}lor", " sit", "amet:x", "no", ""].join(" ").repeat(9);
    let long =
        ["", "# ", "yes: ", "\t", " ", "\n", "\u{1f600}"].map(|start| start.to_owned() + &words);
    let texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).chain(long).collect();
    // Numbered, since Go finds no one order for such keys.
    let numbered = |(place, text)| (format!("k{place:03}x{text}"), text);
    let annotations: BTreeMap<_, _> = texts.iter().enumerate().map(numbered).collect();
    check_fields(&helm, json!({ "annotations": annotations, "sources": texts, "home": "" }));
    let nested = json!([
        1.5, 1e21, 1234567.5, 9007199254740993u64, true, null, [], {}, [[texts]], { "a": [{}], "b": {} }
    ]);
    let dependency = json!({ "name": "d", "alias": "a", "tags": texts, "import-values": nested });
    check_fields(&helm, json!({ "dependencies": [dependency], "keywords": [] }));
    let keys: Vec<_> = texts.iter().map(|text| json!({ text: text })).collect();
    check_fields(&helm, json!({ "dependencies": [{ "name": "d", "import-values": keys }] }));
    for text in texts.iter().rev().take(9) {
        check_fields(&helm, json!({ "description": text, "appVersion": text }));
    }
}

/// Checks a chart that has these fields besides its name and version.
fn check_fields(helm: &Helm, fields: Value) {
    let mut head = json!({ "name": "x", "version": "1.0.0", "apiVersion": "v2" });
    head.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let archive = Tape::new().file("x/Chart.yaml", hreg::go_json::to_vec(&head)).gzip_file();
    let hreg = Hreg::new();
    let saved = hreg.saved(archive.path());
    let own = hreg.run(["show", "chart", saved.reference()]).bytes();
    same("chart", &show(helm, "chart", archive.path()), &own).unwrap();
}

/// Shows a part of a chart with Helm.
fn show(helm: &Helm, part: &str, chart: &Path) -> Vec<u8> {
    helm.run([OsStr::new("show"), OsStr::new(part), chart.as_os_str()]).bytes()
}
