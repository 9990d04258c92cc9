//! Whatever a plan says, it is read or refused; and what it builds can be packed, read again, and
//! built again by the plan that it keeps.

#![no_main]

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use hreg::chart::load::{Chart, File};
use hreg::chart::pack;
use hreg::digest::Digest;
use hreg::name::{Reference, Repository, SpaceName, Version};
use hreg::plan::compose::{self, Composed, Material, Materials};
use hreg::plan::record::Record;
use hreg::plan::{Node, Plan, Semantics};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

fuzz_target!(|bytes: &[u8]| {
    // What begins with a zero byte describes a plan, since changed text is rarely one.
    let text = match bytes.split_first() {
        Some((0, choices)) => described(choices).to_string().into_bytes(),
        _ => bytes.to_vec(),
    };
    let Ok(plan) = Plan::parse(&text) else { return };
    let mut materials = Materials::new();
    let all_there = choose(&plan.root, &mut materials);
    for semantics in [Semantics::Helm, Semantics::Caicloud] {
        // What can be put together is tried though some of it is missing, to tell all mistakes.
        if let Ok(composed) = compose::compose(&plan, semantics, &materials, Vec::new())
            && all_there
        {
            check(&plan, semantics, &composed, &materials);
        }
    }
});

/// The charts that there are: one of each format, with subcharts that are listed, renamed, listed
/// twice or not at all, and with a schema.
static STORED: LazyLock<Vec<Arc<Chart>>> = LazyLock::new(|| {
    let web = [
        (
            "Chart.yaml",
            "# web\napiVersion: v2\nname: web\nversion: 1.2.0\ndependencies:\n\
             - {name: db, version: ~2, condition: 'db.enabled,global.db', tags: [data]}\n\
             - name: side\n  version: 0.1.0\n  alias: one\n  import-values: [{child: x, parent: one.y}]\n\
             - {name: side, version: 0.1.0, alias: two}\n",
        ),
        ("values.yaml", "replicas: 1 # how many\ndb: {enabled: yes, z: 0x1F}\none:\n  a: 1e3\n"),
        (
            "values.schema.json",
            "{\"properties\":{\"db\":{},\"replicas\":{}},\"additionalProperties\":true}",
        ),
        ("templates/x.yaml", "{{ .Values.db.enabled }}{{ .Values.one }}"),
        ("charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 2.0.0\n"),
        ("charts/db/values.yaml", "z: null\n"),
        ("charts/db/charts/side/Chart.yaml", "apiVersion: v2\nname: side\nversion: 0.2.0\n"),
        ("charts/side/Chart.yaml", "apiVersion: v2\nname: side\nversion: 0.1.0\n"),
        ("charts/kit/Chart.yaml", "apiVersion: v2\nname: kit\nversion: 1.0.0\ntype: library\n"),
    ];
    let old = [
        ("Chart.yaml", "apiVersion: v1\nname: old\nversion: 0.1.0-rc.1+b\n"),
        ("requirements.yaml", "dependencies:\n- {name: side, version: '*', repository: ''}\n"),
        ("requirements.lock", "dependencies: []\ndigest: x\ngenerated: '2020-01-01T00:00:00Z'\n"),
        ("values.yaml", "list: [1, 'no', no]\nside: {}\n"),
        ("charts/side/Chart.yaml", "apiVersion: v1\nname: side\nversion: 0.1.0\n"),
    ];
    [web.as_slice(), old.as_slice()].map(|files| Arc::new(chart(files))).to_vec()
});

fn chart(files: &[(&str, &str)]) -> Chart {
    let file = |(name, text): &(&str, &str)| File {
        name: (*name).to_owned(),
        data: text.as_bytes().to_vec(),
        mode: 0o644,
    };
    let files: Vec<File> = files.iter().map(file).collect();
    Chart::from_files(&files).expect("it is a chart")
}

/// Takes for each node the chart that it wants, and tells whether all of them are there.
fn choose(node: &Node, materials: &mut HashMap<String, Material>) -> bool {
    let repository = node.package.repository();
    let wanted = repository.clone().and_then(|repository| {
        let chart = STORED.iter().find(|chart| chart.name() == repository.chart.as_str())?;
        let version = Version::parse(chart.version()).expect("it is a version");
        node.package.version.holds_for(&version).then(|| material(repository, &version, chart))
    });
    let is_there = repository.is_none() || wanted.is_some();
    materials.extend(wanted.map(|material| (node.place.clone(), material)));
    let children = node.children.iter();
    children.fold(is_there, |all_there, (_, child)| choose(child, materials) && all_there)
}

fn material(repository: Repository, version: &Version, chart: &Arc<Chart>) -> Material {
    let reference = Reference::tagged(repository, version.tag());
    let digest = Digest::of(chart.name().as_bytes());
    Material { reference, digest, chart: chart.clone() }
}

fn check(plan: &Plan, semantics: Semantics, composed: &Composed, materials: &Materials) {
    let mut packed = Vec::new();
    pack::pack(plan.save.chart.as_str(), &composed.files, 0, &mut packed).expect("it is packed");
    let chart = Chart::from_archive(&*packed).expect("what was packed is read");
    assert_eq!(chart.name(), plan.save.chart.as_str());
    assert_eq!(chart.version(), plan.save.version.as_str());
    let record = Record::of(&chart.metadata).expect("it has a record").expect("it is read");
    let again = record.plan(&SpaceName::library(), &chart.metadata).to_string();
    let again = Plan::parse(again.as_bytes()).expect("its plan is a plan");
    let rebuilt = compose::compose(&again, semantics, materials, Vec::new()).expect("it is built again");
    assert!(rebuilt.files == composed.files, "it is built otherwise");
}

/// Makes a plan by what the bytes choose.
fn described(bytes: &[u8]) -> Value {
    let mut choices = Choices(bytes);
    let root = node(&mut choices, 0);
    json!({"save": {"chart": "built", "version": "1.0.0"}, "configs": root})
}

struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn next(&mut self, count: u8) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first % count
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[usize::from(self.next(texts.len() as u8))]
    }
}

const NAMES: [&str; 9] = ["db", "side", "one", "two", "kit", "web", "old", "new", "other"];

fn node(choices: &mut Choices<'_>, depth: usize) -> Value {
    let independent = depth == 0 || choices.next(2) == 0;
    let (chart, version) = match independent {
        true => (choices.of(&["web", "old"]), choices.of(&[">=0.0.0-0", "1.2.0", "0.1.0-rc.1+b"])),
        false => (choices.of(&NAMES), choices.of(&[">=0.0.0-0", "0.1.0", "2.0.0"])),
    };
    let mut package = json!({"independent": independent, "chart": chart, "version": version});
    if independent {
        package["space"] = Value::from("library");
    }
    if choices.next(3) == 1 {
        package["drop"] = json!([choices.of(&NAMES)]);
    }
    let mut fields = Map::from_iter([("package".to_owned(), package)]);
    if choices.next(2) == 1 {
        fields.insert("_config".to_owned(), config(choices, 0));
    }
    let count = if depth < 4 { choices.next(4) } else { 0 };
    for _ in 0..count {
        let name = choices.of(&NAMES).to_owned();
        fields.insert(name, node(choices, depth + 1));
    }
    Value::Object(fields)
}

fn config(choices: &mut Choices<'_>, depth: usize) -> Value {
    let mut values = Map::new();
    for _ in 0..choices.next(3) {
        let key = choices.of(&["db", "one", "replicas", "list", "global", "side", "new", "x"]);
        let value = match choices.next(6) {
            0 => Value::Null,
            1 => json!(1.5),
            2 => json!("no"),
            3 => json!([1, {"a": null}]),
            _ if depth < 3 => config(choices, depth + 1),
            _ => json!(true),
        };
        values.insert(key.to_owned(), value);
    }
    Value::Object(values)
}
