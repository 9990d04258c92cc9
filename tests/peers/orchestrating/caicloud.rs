//! The semantics of the registry that hreg descends from: its values and its tree, exactly.

use serde_json::json;
use walkdir::WalkDir;

use super::source::Source;
use super::workshop::{Workshop, embedded, stored};

/// Makes the charts of the original's documentation: A in which B is, B in which C and D are.
fn sources() -> Vec<Source> {
    let simple = |name: &str| Source::new(name, "0.1.0").values("own: 1\n");
    let listed = ["name: c, version: 0.1.0", "name: d, version: 0.1.0, condition: d.on"];
    let b = Source::new("b", "0.1.0")
        .values("own: 1\nd: {own: 2}\n")
        .listing(&listed)
        .holding(simple("c"))
        .holding(simple("d"))
        .file("README.md", "of b\n");
    let a = Source::new("a", "1.0.0").values("# all\nown: 1\nb: {on: true}\n").with(b);
    vec![a, simple("z")]
}

#[test]
fn values_and_tree_are_the_originals() {
    let Some(workshop) = Workshop::with(sources()) else { return };
    let configs = json!({
        "package": stored("a", "1.0.0"), "_config": {"_config": 1, "replicas": 2},
        "chartB": {
            // The original compares no versions of embedded charts.
            "package": embedded("b", "9.9.9"), "_config": {"x": {"y": "no"}},
            "chartD": {"package": embedded("d", "0.1.0"), "_config": {}}
        },
        "chartZ": {"package": stored("z", "0.1.0")}
    });
    let built = workshop.build_unjudged(&configs, &["--semantics", "caicloud"]);
    let values = "_config:\n  _config: 1\n  replicas: 2\n\
                  chartB:\n  _config:\n    x:\n      \"y\": \"no\"\n  chartD:\n    _config: {}\n\
                  chartZ: {}\n";
    assert_eq!(built.read("values.yaml"), values);
    let files = WalkDir::new(&built.folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let path = |entry: walkdir::DirEntry| {
        entry.path().strip_prefix(&built.folder).unwrap().display().to_string()
    };
    let files: Vec<String> = files.map(path).collect();
    assert_eq!(
        files,
        [
            "Chart.yaml",
            "charts/chartB/Chart.yaml",
            "charts/chartB/README.md",
            "charts/chartB/charts/chartD/Chart.yaml",
            "charts/chartB/charts/chartD/templates/seen.yaml",
            "charts/chartB/charts/chartD/values.yaml",
            "charts/chartB/templates/seen.yaml",
            "charts/chartB/values.yaml",
            "charts/chartZ/Chart.yaml",
            "charts/chartZ/templates/seen.yaml",
            "charts/chartZ/values.yaml",
            "templates/seen.yaml",
            "values.yaml",
        ]
    );
    for chart in ["chartB", "chartB/charts/chartD", "chartZ"] {
        assert_eq!(built.read(&format!("charts/{chart}/values.yaml")), "");
    }
    assert_eq!(built.at("shop/chartB").source, "b 0.1.0");
    assert_eq!(built.at("shop/chartB/chartD").values["_config"], json!({}));
    assert_eq!(built.at("shop/chartB").values["_config"], json!({"x": {"y": "no"}}));
    workshop.judge(&built.folder).unwrap();
}

#[test]
fn what_is_not_there_is_refused_as_by_the_original() {
    let Some(workshop) = Workshop::with(sources()) else { return };
    let refused = |configs: &serde_json::Value| {
        let said = workshop.run(configs, &["--semantics", "caicloud"]);
        assert!(!said.success);
        said.stderr
    };
    let unknown = refused(&json!({"package": stored("none", "1.0.0")}));
    assert!(unknown.contains("configs.package.chart: "), "{unknown}");
    let nosub = json!({"package": stored("a", "1.0.0"), "x": {"package": embedded("no", "1.0.0")}});
    assert!(refused(&nosub).contains("configs.x.package.chart: there is no no in its parent"));
    let root = refused(&json!({"package": embedded("a", "1.0.0")}));
    assert!(root.contains("configs.package.independent: "), "{root}");
}
