//! `hreg show` prints what `helm show` prints.

use std::ffi::OsStr;
use std::path::Path;

use hreg::chart::yaml;
use serde_json::Value;

use crate::charts;
use crate::compare::{Checked, equal, same};
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
    for part in ["values", "readme"] {
        same(part, &show(helm, part, chart), &own(part))?;
    }
    same_yaml("chart", &show(helm, "chart", chart), &own("chart"))?;
    let (crds, own_crds) = (show(helm, "crds", chart), own("crds"));
    same("crds", &without_separators(&crds), &without_separators(&own_crds))?;
    // Two programs write the same YAML in two ways: only the rest can be the same bytes.
    let (all, own_all) = (show(helm, "all", chart), own("all"));
    let ((chart, rest), (own_chart, own_rest)) = (split(&all), split(&own_all));
    same_yaml("chart in all", chart, own_chart)?;
    let before = rest.strip_suffix(&*crds).expect("Helm shows the definitions last");
    same("all", &[before, &own_crds].concat(), own_rest)
}

/// Leaves out what separates documents: Helm 3.17.3 writes some of two definitions into one.
fn without_separators(text: &[u8]) -> Vec<u8> {
    text.split_inclusive(|byte| *byte == b'\n')
        .filter(|line| *line != b"---\n")
        .flatten()
        .copied()
        .collect()
}

#[test]
fn what_a_chart_has_not_is_not_shown() {
    let Some(helm) = Helm::find() else { return };
    let chart = Tape::chart("name: bare").gzip_file();
    let hreg = Hreg::new();
    let saved = hreg.saved(chart.path());
    shows_alike(&helm, chart.path(), &hreg, saved.reference()).unwrap();
}

#[test]
fn every_definition_is_a_document_of_its_own() {
    let Some(helm) = Helm::find() else { return };
    let chart = Tape::chart("name: two")
        .file("x/crds/b.yml", "of: chart")
        .file("x/crds/c.yaml", "---\nseparated: true\n")
        .file("x/crds/d.txt", "no: definition")
        .file("x/crds/e/f.JSON", "{}")
        .file("x/charts/s/Chart.yaml", "name: s\nversion: 1.0.0")
        .file("x/charts/s/crds/a.yaml", "of: subchart\n")
        .gzip_file();
    let hreg = Hreg::new();
    let saved = hreg.saved(chart.path());
    shows_alike(&helm, chart.path(), &hreg, saved.reference()).unwrap();
    let crds = hreg.run(["show", "crds", saved.reference()]).text();
    assert_eq!(crds, "of: chart\n---\nseparated: true\n\n---\n{}\n---\nof: subchart\n\n");
}

/// Shows a part of a chart with Helm.
fn show(helm: &Helm, part: &str, chart: &Path) -> Vec<u8> {
    helm.run([OsStr::new("show"), OsStr::new(part), chart.as_os_str()]).bytes()
}

fn same_yaml(what: &str, helm: &[u8], hreg: &[u8]) -> Checked {
    let parse = |bytes: &[u8]| -> Value { yaml::parse(bytes).unwrap() };
    equal(what, &parse(helm), &parse(hreg))
}

/// Splits at the end of the first document.
fn split(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.windows(5).position(|window| window == b"\n---\n");
    text.split_at(end.map_or(text.len(), |end| end + 1))
}
