//! Odd charts and odd plans.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::source::Source;
use super::workshop::{Workshop, embedded, stored};
use crate::run::Said;

fn leaf() -> Source {
    Source::new("leaf", "1.0.0").values("a: 1\n")
}

#[test]
fn values_that_are_missing_empty_or_only_comments() {
    let bare = Source::new("bare", "1.0.0");
    let empty = Source::new("empty", "1.0.0").values("");
    let comments = Source::new("comments", "1.0.0").values("# nothing\n\n# but words\n");
    let Some(workshop) = Workshop::with([bare, empty, comments, leaf()]) else { return };
    for name in ["bare", "empty", "comments"] {
        let package = stored(name, "1.0.0");
        let built = workshop.build(&json!({
            "package": package, "_config": {"x": "yes"},
            "inner": {"package": package, "leaf": {"package": stored("leaf", "1.0.0")}}
        }));
        assert_eq!(built.at("shop").values["x"], "yes");
        assert_eq!(built.at("shop/inner/leaf").values["a"], 1);
        let plain = workshop.build(&json!({"package": package}));
        assert_eq!(plain.folder.join("values.yaml").exists(), name != "bare");
    }
}

#[test]
fn names_with_dots_and_folders_of_other_names() {
    let dotted = Source::new("my.leaf", "1.0.0").values("a: 1\n");
    let root = Source::new("root", "1.0.0")
        .listing(&["name: my.leaf, version: 1.0.0", "name: leaf, version: 1.0.0"])
        .holding(dotted)
        .file("charts/elsewhere/Chart.yaml", "apiVersion: v2\nname: leaf\nversion: 1.0.0\n")
        .file("charts/elsewhere/templates/seen.yaml", "# sees leaf 1.0.0 {{ toJson .Values }}\n")
        .file("charts/_aside/notes.txt", "no chart\n")
        .file("charts/.hidden", "no chart\n");
    let Some(workshop) = Workshop::with([root, leaf()]) else { return };
    let built = workshop.build(&json!({
        "package": stored("root", "1.0.0"), "_config": {"my.leaf": {"a": 2}, "leaf": {"b": 3}}
    }));
    // Helm gives no values at all to a chart of such a name.
    assert_eq!(built.at("shop/my.leaf").values, json!({}));
    assert_eq!(built.at("shop/leaf").values["b"], 3);
    let built = workshop.build(&json!({
        "package": stored("root", "1.0.0"),
        "dot": {"package": embedded("my.leaf", "1.0.0"), "_config": {"a": 2}},
        "new": {"package": embedded("leaf", "1.0.0"), "_config": {"b": 3}}
    }));
    assert_eq!(built.at("shop/dot").values["a"], 2);
    assert_eq!(built.at("shop/new").values["b"], 3);
    let refused = workshop.refusal(&json!({
        "package": stored("root", "1.0.0"), "my.leaf": {"package": stored("leaf", "1.0.0")}
    }));
    assert!(refused.contains("configs.my.leaf: a name with a dot"), "{refused}");
}

#[test]
fn a_plan_at_each_limit() {
    let Some(workshop) = Workshop::with([leaf()]) else { return };
    let package = stored("leaf", "1.0.0");
    let nested = |depth: usize| {
        (1..depth)
            .fold(json!({"package": package}), |inner, _| json!({"package": package, "n": inner}))
    };
    // Helm looks up to 32 charts deep as well as hreg does.
    let built = workshop.build(&nested(32));
    assert_eq!(built.seen().len(), 32);
    assert!(workshop.refusal(&nested(33)).contains("more than 32 deep"));
    let large =
        workshop.refusal(&json!({"package": package, "_config": {"x": "x".repeat(1 << 20)}}));
    assert!(large.contains("bytes"), "{large}");
}

/// Packs files as they come, even those of one name.
fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(gzip);
    for (name, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("x/{name}"), text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

#[test]
fn a_source_with_a_document_twice() {
    let Some(workshop) = Workshop::with([leaf()]) else { return };
    let place = TempDir::new().unwrap();
    let archive = place.path().join("doubled.tgz");
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: doubled\nversion: 1.0.0\n"),
        ("Chart.yaml", "description: again\n"),
    ];
    fs::write(&archive, packed(&files)).unwrap();
    workshop.hreg.saved(&archive);
    let plan = json!({
        "package": stored("leaf", "1.0.0"), "d": {"package": stored("doubled", "1.0.0")}
    });
    let refused = workshop.refusal(&plan);
    assert!(refused.contains("configs.d.package: doubled has Chart.yaml twice"), "{refused}");
}

#[test]
fn what_helm_refuses_is_refused_before() {
    let middle = Source::new("middle", "1.0.0").with(leaf());
    let root = Source::new("root", "1.0.0").values("size: 1\nempty:\n");
    let Some(workshop) = Workshop::with([middle.clone(), root.clone(), leaf()]) else { return };
    let plan = |key: &str, inner: &str| {
        let node = json!({"package": stored("middle", "1.0.0"), inner: {"package": embedded("leaf", "1")}});
        json!({"package": stored("root", "1.0.0"), key: node})
    };
    assert!(workshop.refusal(&plan("size", "leaf")).contains("configs.size: "));
    assert!(workshop.refusal(&plan("m", "size")).contains("configs.m.size: "));
    workshop.build(&plan("empty", "leaf"));
    // The same charts by hand: it is Helm that renders neither.
    let by_hand = |key: &str, inner: &str| {
        let head = format!(
            "apiVersion: v2\nname: {key}\nversion: 1.0.0\ndependencies: [{{name: {inner}, version: 1.0.0}}]\n"
        );
        let source = root
            .clone()
            .listing(&[&format!("name: {key}, version: 1.0.0")])
            .file(&format!("charts/{key}/Chart.yaml"), &head)
            .file(
                &format!("charts/{key}/charts/{inner}/Chart.yaml"),
                &format!("apiVersion: v2\nname: {inner}\nversion: 1.0.0\n"),
            );
        let place = TempDir::new().unwrap();
        let folder = workshop.write(&source, place.path());
        workshop.helm.template(&folder).stderr
    };
    for (key, inner) in [("size", "leaf"), ("m", "size"), ("empty", "leaf")] {
        assert!(by_hand(key, inner).contains("type mismatch"), "{}", by_hand(key, inner));
    }
}

fn digest(said: Said) -> Value {
    let report: Value = serde_json::from_slice(&said.bytes()).unwrap();
    report["content"]["digest"].clone()
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let root = Source::new("root", "1.0.0").with(leaf()).values("leaf: {a: 2}\nn: 1.50\n");
    let Some(workshop) = Workshop::with([root, leaf()]) else { return };
    let configs = json!({
        "package": stored("root", "^1"), "_config": {"z": 1.5, "y": "no", "a": [null, true]},
        "second": {"package": embedded("leaf", "1.0.0"), "_config": {"big": 9007199254740993u64}},
        "first": {"package": stored("leaf", "~1")}
    });
    let save = |space: &str| json!({"space": space, "chart": "shop", "version": "1.0.0"});
    let plan = |space: &str| json!({"save": save(space), "configs": configs}).to_string();
    let run = |plan: &str, options: &[&str]| {
        let options: Vec<&str> = options.iter().copied().chain(["--output=json"]).collect();
        digest(workshop.run_text(plan, &options))
    };
    let first = run(&plan("library"), &[]);
    assert!(first.is_string());
    assert_eq!(run(&plan("library"), &[]), first);
    assert_eq!(run(&plan("other"), &[]), first);
    assert_eq!(run(&plan("library"), &["--space", "third", "--tag", "newest"]), first);
    let yaml = format!(
        "save: {{space: library, chart: shop, version: 1.0.0}}\nconfigs:\n{}",
        yaml_of(&configs, 1)
    );
    assert_eq!(run(&yaml, &[]), first);
    let place = TempDir::new().unwrap();
    fs::write(place.path().join("p.json"), plan("library")).unwrap();
    let mut command = workshop.hreg.command();
    command.args(["orchestrate", "--force", "p.json", "--output=json"]).current_dir(&place);
    assert_eq!(digest(Said::of(&mut command)), first);
    // The plan that the result explains itself by builds the same again.
    let explained = workshop.hreg.run(["orchestrate", "explain", "library/shop:1.0.0"]).text();
    assert_eq!(run(&explained, &[]), first);
}

/// Writes maps as blocks, and what is in them as JSON, which is YAML too.
fn yaml_of(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let lines = value.as_object().unwrap().iter().map(|(key, value)| match value {
        Value::Object(map) if !map.is_empty() => {
            format!("{indent}\"{key}\":\n{}", yaml_of(value, depth + 1))
        }
        value => format!("{indent}\"{key}\": {value}\n"),
    });
    lines.collect()
}
