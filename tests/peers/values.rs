//! `hreg version values --computed` gives the values that templates see in Helm.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::charts;
use crate::compare::equal;
use crate::folder::Folder;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::run::Said;

const MARK: &str = "# values: ";

#[test]
fn every_chart_has_the_values_that_templates_see() {
    let Some(helm) = Helm::find() else { return };
    let Some(archives) = charts::real() else { return };
    charts::each(&archives, |chart| {
        let place = TempDir::new().unwrap();
        let folder = charts::unpack(chart, place.path());
        replace_templates(&folder);
        let hreg = Hreg::new();
        let reference = hreg.saved(&folder).reference().to_owned();
        equal("the values", &seen(&helm.template(&folder))?, &own(&hreg, &reference))
    });
}

/// Lists what a parent, its subchart `s` and a subchart of that, `t`, may say.
const FAMILIES: &[(&str, &str, &str, &str, &str)] = &[
    ("defaults", "", "a: 1", "b: 2", "c: 3"),
    ("a parent that overrides", "", "s: {b: {x: 1}, t: {c: 4}}", "b: {y: 2}", "c: 3\nd: 5"),
    ("a null from above", "", "s: {b: ~, t: {c: {x: ~}}}", "b: 2", "c: {x: 1, y: 2}"),
    ("nulls of their own", "", "a: ~", "b: ~\nc: {x: ~}", "c: ~"),
    ("a scalar over a map", "", "s: {b: 1}", "b: {x: 1}", ""),
    ("a map over a scalar", "", "s: {b: {x: 1}}", "b: 1", ""),
    ("a list over a list", "", "s: {b: [1]}", "b: [2, 3]", ""),
    ("globals", "", "global: {a: 1, m: {x: 1}}", "global: {a: 2, m: {y: 2}}", "global: {c: 3}"),
    ("globals of a subchart", "", "s: {global: {a: 1}}", "global: {a: 2, b: 3}", ""),
    ("a dependency and nulls", "{name: s, version: 0.1.0}", "a: ~", "b: ~\nc: {x: ~}", "c: ~"),
    ("an alias", "{name: s, version: 0.1.0, alias: other}", "other: {b: 1}", "b: 2\nc: 3", "c: 3"),
    (
        "two aliases",
        "{name: s, version: 0.1.0, alias: o}, {name: s, version: 0.1.0, alias: p}",
        "o: {b: 1}",
        "b: 2",
        "c: 3",
    ),
    (
        "a condition that fails",
        "{name: s, version: 0.1.0, condition: s.enabled}",
        "s: {enabled: false}",
        "b: 2",
        "",
    ),
    (
        "a condition that holds",
        "{name: s, version: 0.1.0, condition: s.enabled}",
        "s: {enabled: true}",
        "b: 2",
        "",
    ),
    (
        "a condition that is absent",
        "{name: s, version: 0.1.0, condition: s.enabled}",
        "a: 1",
        "b: 2",
        "",
    ),
    (
        "the second condition",
        "{name: s, version: 0.1.0, condition: 's.a,s.b'}",
        "s: {b: false}",
        "c: 1",
        "",
    ),
    (
        "a condition that is no boolean",
        "{name: s, version: 0.1.0, condition: s.enabled}",
        "s: {enabled: 'no'}",
        "b: 2",
        "",
    ),
    (
        "a condition of the subchart",
        "{name: s, version: 0.1.0, condition: s.enabled}",
        "",
        "enabled: false",
        "",
    ),
    ("a tag that is off", "{name: s, version: 0.1.0, tags: [x]}", "tags: {x: false}", "b: 2", ""),
    (
        "one tag of two",
        "{name: s, version: 0.1.0, tags: [x, y]}",
        "tags: {x: false, y: true}",
        "b: 2",
        "",
    ),
    (
        "a condition over a tag",
        "{name: s, version: 0.1.0, tags: [x], condition: s.enabled}",
        "tags: {x: false}\ns: {enabled: true}",
        "b: 2",
        "",
    ),
    (
        "imports",
        "{name: s, version: 0.1.0, import-values: [data]}",
        "a: 1",
        "exports: {data: {a: 2, z: 3}}",
        "",
    ),
    (
        "imports by path",
        "{name: s, version: 0.1.0, import-values: [{child: b, parent: p.q}]}",
        "p: {q: {x: 9}}",
        "b: {x: 1, y: 2}",
        "",
    ),
    (
        "imports of what is absent",
        "{name: s, version: 0.1.0, import-values: [{child: none, parent: p}]}",
        "a: 1",
        "b: 2",
        "",
    ),
];

#[test]
fn families_of_charts_have_the_values_that_templates_see() {
    let Some(helm) = Helm::find() else { return };
    let mut failures = Vec::new();
    for (name, dependencies, parent, child, grandchild) in FAMILIES {
        let head = "apiVersion: v2\nname: x\nversion: 1.0.0\n";
        let dependencies = match *dependencies {
            "" => String::new(),
            some => format!("dependencies: [{some}]"),
        };
        let folder = Folder::plain()
            .file("Chart.yaml", format!("{head}{dependencies}"))
            .file("values.yaml", parent)
            .subchart("s", "name: s")
            .file("charts/s/values.yaml", child)
            .subchart("s/charts/t", "name: t")
            .file("charts/s/charts/t/values.yaml", grandchild);
        replace_templates(&folder.path());
        let hreg = Hreg::new();
        let reference = hreg.saved(&folder.path()).reference().to_owned();
        let seen = seen(&helm.template(&folder.path())).expect(name);
        failures.extend(equal(name, &seen, &own(&hreg, &reference)).err());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn only_a_chart_that_names_dependencies_has_them_looked_at() {
    let Some(helm) = Helm::find() else { return };
    let inner = "name: s\ndependencies: [{name: t, version: '*', condition: t.enabled, alias: u}]";
    let head = "apiVersion: v2\nname: x\nversion: 1.0.0\n";
    for dependencies in ["", "dependencies: [{name: s, version: '*'}]"] {
        let folder = Folder::plain()
            .file("Chart.yaml", format!("{head}{dependencies}"))
            .file("values.yaml", "s: {t: {enabled: false}}")
            .subchart("s", inner)
            .subchart("s/charts/t", "name: t")
            .file("charts/s/charts/t/values.yaml", "a: 1");
        replace_templates(&folder.path());
        let hreg = Hreg::new();
        let reference = hreg.saved(&folder.path()).reference().to_owned();
        let seen = seen(&helm.template(&folder.path())).unwrap();
        equal(dependencies, &seen, &own(&hreg, &reference)).unwrap();
    }
}

/// Lists settings in the language of `--set`; a null would delete what is not there.
const SETTINGS: &[&str] = &[
    "a.b=c",
    "a=1,b=2",
    "a={1,b,true}",
    "a={}",
    "a={,}",
    "a={1",
    "a={1}x,b=2",
    "a=x{1}",
    "a[0]=1",
    "a[2]=1",
    "a[0].b=1,a[0].c=2",
    "a[0]",
    "a[0",
    "a[x]=1",
    "a[]=1",
    "a[-1]=1",
    "a[65537]=1",
    "a[0][1]=2",
    "a=1,a.b=2",
    "a=b,a[0]=2",
    "a.=1",
    "a..b=1",
    "=1",
    ",a=1",
    "a,b=1",
    "a",
    "a=",
    "a=1,",
    "a\\.b=1",
    "a\\,b=1",
    "a=x\\,y",
    "a=\\",
    "a=b=c",
    "a=True,b=FALSE,d=0,e=007,f=-05,g=+5,h=-0,i=1.5,j=1e3,k=0x1F,l=9007199254740991",
    "a=\"1\"",
    "a= 1 ",
    " a=1",
    "a={ x , y }",
    "a={1},b={2}",
    "a[0]={1,2},a[1]=x",
    "global.x=1",
    "x.y=2",
    "x=2",
];

#[test]
fn settings_mean_what_they_mean_to_helm() {
    let Some(helm) = Helm::find() else { return };
    let folder = Folder::plain().file("values.yaml", "x: {y: 1, z: [1]}");
    replace_templates(&folder.path());
    let mut failures = Vec::new();
    for setting in SETTINGS {
        let mut command = helm.command();
        let theirs = Said::of(command.args(["template", "x", "--set", setting]).arg(folder.path()));
        let hreg = Hreg::new();
        let reference = hreg.saved(&folder.path()).reference().to_owned();
        let ours = hreg.run(["version", "values", &reference, "--set", setting]);
        if theirs.success && ours.success {
            let seen = seen(&theirs).unwrap();
            failures.extend(equal(setting, &seen, &own(&hreg, &reference)).err());
        } else if theirs.success != ours.success {
            failures.push(format!("{setting}: Helm {}, hreg {}", theirs.stderr, ours.stderr));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Leaves one template in a chart and its subcharts, which prints the values.
fn replace_templates(folder: &Path) {
    remove_templates(folder);
    fs::create_dir(folder.join("templates")).unwrap();
    let template = format!("{MARK}{{{{ toJson .Values }}}}\n");
    fs::write(folder.join("templates/values.yaml"), template).unwrap();
}

fn remove_templates(folder: &Path) {
    let templates = folder.join("templates");
    if templates.is_dir() {
        fs::remove_dir_all(templates).unwrap();
    }
    for entry in fs::read_dir(folder.join("charts")).into_iter().flatten() {
        remove_templates(&entry.unwrap().path());
    }
}

/// Finds the values in what Helm rendered.
fn seen(said: &Said) -> Result<Value, String> {
    if !said.success {
        return Err(said.stderr.clone());
    }
    let text = String::from_utf8_lossy(&said.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix(MARK)).expect("the template's line");
    Ok(plain(serde_json::from_str(line).unwrap()))
}

fn own(hreg: &Hreg, reference: &str) -> Value {
    let values = hreg.run(["version", "values", "--computed", "--output=json", reference]).bytes();
    plain(serde_json::from_slice(&values).unwrap())
}

/// Makes every number a floating-point one, as all of Helm's are.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => other,
    }
}
