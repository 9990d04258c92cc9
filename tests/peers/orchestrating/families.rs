//! Families of charts made up for one thing each.

use serde_json::{Value, json};

use super::source::Source;
use super::workshop::{Workshop, embedded, sources, stored};

fn exporter() -> Source {
    Source::new("exporter", "0.3.0").values("port: 9187\nenabled: true\n")
}

fn postgresql() -> Source {
    let values = "auth: {user: admin, database: main}\nexporter: {port: 9000}\n";
    Source::new("postgresql", "12.1.3").values(values).with(exporter())
}

fn base() -> Source {
    Source::new("base", "1.0.0").values("replicas: 1\n# kept\nimage: {tag: v1}\n")
}

#[test]
fn what_the_plan_gives_takes_effect_at_every_depth() {
    let Some(workshop) = Workshop::with([base(), postgresql(), exporter()]) else { return };
    let built = workshop.build(&json!({
        "package": stored("base", "^1"), "_config": {"replicas": 2},
        "db": {
            "package": stored("postgresql", "~12.1"), "_config": {"auth": {"database": "shop"}},
            "metrics": {
                "package": embedded("exporter", "0.3.0"), "_config": {"port": 1},
                "deeper": {
                    "package": stored("base", "1.0.0"), "_config": {"image": {"tag": "v4"}}
                }
            }
        },
        "spare": {"package": stored("postgresql", "12.1.3"), "_config": {"exporter": {"port": 2}}}
    }));
    assert_eq!(
        built.sources(),
        sources([
            ("shop", "base 1.0.0"),
            ("shop/db", "postgresql 12.1.3"),
            ("shop/db/metrics", "exporter 0.3.0"),
            ("shop/db/metrics/deeper", "base 1.0.0"),
            ("shop/spare", "postgresql 12.1.3"),
            ("shop/spare/exporter", "exporter 0.3.0"),
        ])
    );
    assert_eq!(built.at("shop").values["replicas"], 2);
    assert_eq!(built.at("shop/db").values["auth"], json!({"user": "admin", "database": "shop"}));
    assert_eq!(built.at("shop/db/metrics").values["port"], 1);
    assert_eq!(built.at("shop/db/metrics").values["enabled"], true);
    let deeper = built.at("shop/db/metrics/deeper").values;
    assert_eq!((&deeper["image"]["tag"], &deeper["replicas"]), (&json!("v4"), &json!(1)));
    assert_eq!(built.at("shop/spare/exporter").values["port"], 2);
    workshop.rebuild(&built.folder);
}

#[test]
fn what_a_source_says_of_its_subcharts_follows_their_names() {
    let Some(workshop) = Workshop::with([postgresql()]) else { return };
    let built = workshop.build(&json!({
        "package": stored("postgresql", "12.1.3"),
        "metrics": {"package": embedded("exporter", "0.3.0")},
        "second": {"package": embedded("exporter", "0.3.0"), "_config": {"port": 2}}
    }));
    let sources = sources([
        ("shop", "postgresql 12.1.3"),
        ("shop/metrics", "exporter 0.3.0"),
        ("shop/second", "exporter 0.3.0"),
    ]);
    assert_eq!(built.sources(), sources);
    assert_eq!(built.at("shop/metrics").values["port"], 9000);
    assert_eq!(built.at("shop/second").values["port"], 2);
}

/// Has two aliases of one chart, conditions of all kinds, and tags.
fn platform() -> Source {
    let nginx = Source::new("nginx", "2.0.0").values("size: 1\n");
    let cache = Source::new("cache", "0.1.0").values("used: true\n");
    Source::new("platform", "3.0.0")
        .listing(&[
            "name: nginx, version: ^2, alias: web, condition: 'web.enabled,global.web'",
            "name: nginx, version: 2.0.0, alias: edge, condition: edge.enabled",
            "name: cache, version: 0.1.0, condition: 'web.cached,cache.used', tags: [fast]",
        ])
        .holding_archive(nginx)
        .holding(cache)
        .values("web: {enabled: true, cached: true}\nedge: {enabled: false, size: 5}\n")
}

#[test]
fn aliases_and_conditions_follow() {
    let Some(workshop) = Workshop::with([platform()]) else { return };
    let package = stored("platform", "3.0.0");
    let kept = workshop.build(&json!({"package": package}));
    let expected =
        [("shop", "platform 3.0.0"), ("shop/cache", "cache 0.1.0"), ("shop/web", "nginx 2.0.0")];
    assert_eq!(kept.sources(), sources(expected));

    // One alias is renamed, the other is kept, and switched on.
    let built = workshop.build(&json!({
        "package": package, "_config": {"edge": {"enabled": true}},
        "front": {"package": embedded("web", "2.0.0"), "_config": {"size": 2}}
    }));
    let expected = [
        ("shop", "platform 3.0.0"),
        ("shop/cache", "cache 0.1.0"),
        ("shop/edge", "nginx 2.0.0"),
        ("shop/front", "nginx 2.0.0"),
    ];
    assert_eq!(built.sources(), sources(expected));
    assert_eq!(built.at("shop/edge").values["size"], 5);
    assert_eq!(built.at("shop/front").values["size"], 2);

    // The condition that leads to another subchart does so under its new name.
    let off = json!({
        "package": package,
        "front": {"package": embedded("web", "2.0.0"), "_config": {"cached": false}}
    });
    let expected = [("shop", "platform 3.0.0"), ("shop/front", "nginx 2.0.0")];
    assert_eq!(workshop.build(&off).sources(), sources(expected));

    // A kept alias whose chart's own name is a node's.
    let named = workshop.build(&json!({
        "package": package, "_config": {"edge": {"enabled": true}},
        "nginx": {"package": embedded("web", "2.0.0")}
    }));
    let expected = [
        ("shop", "platform 3.0.0"),
        ("shop/cache", "cache 0.1.0"),
        ("shop/edge", "nginx 2.0.0"),
        ("shop/nginx", "nginx 2.0.0"),
    ];
    assert_eq!(named.sources(), sources(expected));
}

#[test]
fn a_condition_on_a_dropped_subchart_still_decides() {
    let Some(workshop) = Workshop::with([platform()]) else { return };
    let mut package = stored("platform", "3.0.0");
    package["drop"] = json!(["web"]);
    let built = workshop.build(&json!({"package": package}));
    let expected = [("shop", "platform 3.0.0"), ("shop/cache", "cache 0.1.0")];
    assert_eq!(built.sources(), sources(expected));
    let switch = Source::new("switch", "1.0.0")
        .listing(&[
            "name: exporter, version: 0.3.0",
            "name: base, version: 1.0.0, condition: exporter.based",
        ])
        .holding(exporter().values("based: false\n"))
        .holding(base());
    workshop.store(&switch);
    let mut package = stored("switch", "1.0.0");
    package["drop"] = json!(["exporter"]);
    let built = workshop.build(&json!({"package": package}));
    assert_eq!(built.sources(), sources([("shop", "switch 1.0.0")]));
}

#[test]
fn nested_conditions_follow() {
    let inner = Source::new("inner", "1.0.0").values("a: 1\n");
    let middle = Source::new("middle", "1.0.0")
        .listing(&["name: inner, version: 1.0.0, condition: 'inner.unused,inner.used'"])
        .holding(inner);
    let outer = Source::new("outer", "1.0.0")
        .listing(&["name: middle, version: '>=1', condition: middle.inner.used"])
        .holding(middle)
        .values("middle: {inner: {used: true}}\n");
    let Some(workshop) = Workshop::with([outer]) else { return };
    let plan = |on: bool| {
        json!({
            "package": stored("outer", "1.0.0"),
            "m": {
                "package": embedded("middle", "1.0.0"),
                "i": {"package": embedded("inner", "1.0.0"), "_config": {"used": on}}
            }
        })
    };
    let all = [("shop", "outer 1.0.0"), ("shop/m", "middle 1.0.0"), ("shop/m/i", "inner 1.0.0")];
    assert_eq!(workshop.build(&plan(true)).sources(), sources(all));
    assert_eq!(workshop.build(&plan(false)).sources(), sources([("shop", "outer 1.0.0")]));
}

#[test]
fn tags_of_a_node_take_effect() {
    let tagged = Source::new("tagged", "1.0.0")
        .listing(&["name: base, version: 1.0.0, tags: [extra]"])
        .holding(base())
        .values("tags: {extra: false}\n");
    let Some(workshop) = Workshop::with([tagged, base()]) else { return };
    let expected = [("shop", "base 1.0.0"), ("shop/t", "tagged 1.0.0")];
    let plan = |config: Value| {
        json!({
            "package": stored("base", "1.0.0"),
            "t": {"package": stored("tagged", "1.0.0"), "_config": config}
        })
    };
    assert_eq!(workshop.build(&plan(json!({}))).sources(), sources(expected));
    let on = workshop.build(&plan(json!({"tags": {"extra": true}})));
    assert_eq!(on.at("shop/t/base").source, "base 1.0.0");
}

#[test]
fn imports_follow() {
    let leaf = Source::new("leaf", "1.0.0").values("conf: {x: 1, z: 2}\n");
    let child = Source::new("child", "1.0.0")
        .with(leaf)
        .values("exports: {data: {size: 3}}\nport: {http: 80}\n");
    let parent = Source::new("parent", "1.0.0")
        .listing(&[
            "name: child, version: 1.0.0, import-values: [data, {child: port, parent: mine.port}, \
             {child: leaf.conf, parent: conf}, {child: port, parent: child.again}]",
        ])
        .holding(child);
    let Some(workshop) = Workshop::with([parent]) else { return };
    let built = workshop.build(&json!({
        "package": stored("parent", "1.0.0"),
        "kid": {
            "package": embedded("child", "1.0.0"), "_config": {"port": {"http": 8080}},
            "leaflet": {"package": embedded("leaf", "1.0.0"), "_config": {"z": 0, "conf": {"z": 5}}}
        }
    }));
    let values = built.at("shop").values;
    assert_eq!(values["size"], 3);
    assert_eq!(values["mine"], json!({"port": {"http": 8080}}));
    assert_eq!(values["conf"], json!({"x": 1, "z": 5}));
    assert_eq!(built.at("shop/kid").values["again"], json!({"http": 8080}));
}

#[test]
fn libraries_keep_working() {
    let library = Source::new("lib", "1.0.0")
        .library()
        .file("templates/_lib.tpl", "{{ define \"lib.name\" }}named-{{ .Chart.Name }}{{ end }}");
    let template =
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: {{ include \"lib.name\" . }}}\n";
    let user = Source::new("user", "1.0.0")
        .listing(&["name: lib, version: 1.x.x"])
        .holding_archive(library)
        .file("templates/cm.yaml", template);
    let Some(workshop) = Workshop::with([user.clone(), base()]) else { return };
    let package = stored("user", "1.0.0");
    let built = workshop.build(&json!({
        "package": package, "one": {"package": package},
        "two": {"package": package, "renamed": {"package": embedded("lib", "1")}}
    }));
    for name in ["named-shop", "named-one", "named-two"] {
        assert!(built.rendered.contains(name), "{}", built.rendered);
    }
}

#[test]
fn both_api_versions_mix() {
    let lock = "dependencies:\n- name: leaf\n  repository: https://example.com\n  version: 1.0.0\n\
                digest: sha256:0\ngenerated: \"2020-01-01T00:00:00Z\"\n";
    let leaf = |version: &str| Source::new("leaf", version);
    let dependency = "name: leaf, version: ^1, repository: 'https://example.com'";
    let old = Source::new("old", "1.0.0")
        .v1()
        .listing(&[dependency])
        .file("requirements.lock", lock)
        .holding_archive(leaf("1.0.0").v1());
    let new = Source::new("new", "1.0.0")
        .listing(&[dependency])
        .file("Chart.lock", lock)
        .holding_archive(leaf("1.0.0"));
    let Some(workshop) = Workshop::with([old, new, leaf("2.0.0")]) else { return };
    for (root, other) in [("old", "new"), ("new", "old"), ("old", "old"), ("new", "new")] {
        let built = workshop.build(&json!({
            "package": stored(root, "1.0.0"),
            "leaf": {"package": embedded("leaf", "1.0.0")},
            "inner": {
                "package": stored(other, "1.0.0"), "leaf": {"package": stored("leaf", "2.0.0")}
            }
        }));
        let expected = [
            ("shop".to_owned(), format!("{root} 1.0.0")),
            ("shop/inner".to_owned(), format!("{other} 1.0.0")),
            ("shop/inner/leaf".to_owned(), "leaf 2.0.0".to_owned()),
            ("shop/leaf".to_owned(), "leaf 1.0.0".to_owned()),
        ];
        assert_eq!(built.sources(), expected);
        let api = if root == "old" { "apiVersion: v1" } else { "apiVersion: v2" };
        assert!(built.read("Chart.yaml").contains(api));
        // All is in charts/ by now.
        workshop.rebuild(&built.folder);
        workshop.rebuild(&built.folder.join("charts/inner"));
    }
}

#[test]
fn schemas_keep_working() {
    let closed = |properties: Value| {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/Values",
            "definitions": {"Values": {
                "type": "object", "additionalProperties": false, "properties": properties,
                "required": ["a"]
            }}
        });
        schema.to_string()
    };
    let integer = json!({"type": "integer"});
    let leaf = Source::new("leaf", "1.0.0").values("a: 1\n");
    let leaf = leaf.file("values.schema.json", &closed(json!({"a": integer, "global": {}})));
    let part = json!({"type": "object", "properties": {"a": integer}, "required": ["a"]});
    let root = Source::new("root", "1.0.0")
        .values("a: 1\nleaf: {a: 2}\n")
        .file("values.schema.json", &closed(json!({"a": integer, "leaf": part})))
        .with(leaf);
    let lonely = Source::new("lonely", "1.0.0")
        .values("a: 1\n")
        .file("values.schema.json", &closed(json!({"a": integer})));
    let Some(workshop) = Workshop::with([root, lonely]) else { return };
    let built = workshop.build(&json!({
        "package": stored("root", "1.0.0"),
        "renamed": {"package": embedded("leaf", "1.0.0"), "_config": {"a": 3}},
        "new": {
            "package": stored("lonely", "1.0.0"), "_config": {"a": 4},
            "newer": {"package": stored("lonely", "1.0.0")}
        }
    }));
    assert_eq!(built.at("shop/renamed").values["a"], 3);
    assert_eq!(built.at("shop/new/newer").values["a"], 1);
}

#[test]
fn globals_and_crds_keep_working() {
    let leaf = base().file("crds/crd.yaml", "kind: CustomResourceDefinition\n# the leaf's\n");
    let root = Source::new("root", "1.0.0")
        .values("global: {host: a, deep: {x: 1}}\n")
        .file("crds/own.yaml", "kind: CustomResourceDefinition\n# the root's\n")
        .with(leaf);
    let Some(workshop) = Workshop::with([root, postgresql()]) else { return };
    let built = workshop.build(&json!({
        "package": stored("root", "1.0.0"), "_config": {"global": {"host": "b"}},
        "renamed": {"package": embedded("base", "1.0.0")},
        "db": {
            "package": stored("postgresql", "12.1.3"), "_config": {"global": {"own": 1}},
            "e": {"package": embedded("exporter", "0.3.0"), "_config": {"global": {"e": 2}}}
        }
    }));
    let global = |path: &str| built.at(path).values["global"].clone();
    assert_eq!(global("shop/renamed"), json!({"host": "b", "deep": {"x": 1}}));
    assert_eq!(global("shop/db"), json!({"host": "b", "deep": {"x": 1}, "own": 1}));
    assert_eq!(global("shop/db/e"), json!({"host": "b", "deep": {"x": 1}, "own": 1, "e": 2}));
    let shown = workshop.helm.run(["show".as_ref(), "crds".as_ref(), built.folder.as_os_str()]);
    let shown = shown.text();
    assert!(shown.contains("the root's") && shown.contains("the leaf's"), "{shown}");
}

#[test]
fn subcharts_are_replaced_filled_in_and_dropped() {
    let root = Source::new("root", "1.0.0")
        .listing(&[
            "name: exporter, version: 0.3.0, condition: exporter.enabled",
            "name: base, version: 1.0.0",
        ])
        .holding(exporter())
        .holding(base())
        .holding(Source::new("unlisted", "0.1.0"))
        .values("exporter: {enabled: true, port: 7}\n");
    let Some(workshop) = Workshop::with([root, postgresql(), base()]) else { return };
    let mut package = stored("root", "1.0.0");
    package["drop"] = json!(["base"]);
    let built = workshop.build(&json!({
        "package": package,
        "exporter": {"package": stored("postgresql", "12.1.3"), "_config": {"auth": {"user": "u"}}}
    }));
    let expected = [
        ("shop", "root 1.0.0"),
        ("shop/exporter", "postgresql 12.1.3"),
        ("shop/exporter/exporter", "exporter 0.3.0"),
        ("shop/unlisted", "unlisted 0.1.0"),
    ];
    assert_eq!(built.sources(), sources(expected));
    assert!(!built.rendered.contains("base 1.0.0"));
    let off = workshop.build(&json!({
        "package": package, "_config": {"exporter": {"enabled": false}},
        "exporter": {"package": stored("postgresql", "12.1.3")},
        "unlisted": {"package": embedded("unlisted", "0.1.0"), "_config": {"x": 1}}
    }));
    let expected = [("shop", "root 1.0.0"), ("shop/unlisted", "unlisted 0.1.0")];
    assert_eq!(off.sources(), sources(expected));
    assert_eq!(off.at("shop/unlisted").values["x"], 1);
}

#[test]
fn names_are_swapped() {
    let root = Source::new("root", "1.0.0")
        .listing(&[
            "name: exporter, version: 0.3.0, condition: exporter.used",
            "name: base, version: 1.0.0, condition: base.used",
        ])
        .holding(exporter())
        .holding(base())
        .values("exporter: {who: exporter}\nbase: {who: base, used: true}\n");
    let Some(workshop) = Workshop::with([root]) else { return };
    let built = workshop.build(&json!({
        "package": stored("root", "1.0.0"),
        "exporter": {"package": embedded("base", "1.0.0"), "_config": {"x": 1}},
        "base": {"package": embedded("exporter", "0.3.0"), "_config": {"x": 2}}
    }));
    let (one, other) = (built.at("shop/exporter"), built.at("shop/base"));
    assert_eq!((one.source.as_str(), &one.values["who"]), ("base 1.0.0", &json!("base")));
    assert_eq!(
        (other.source.as_str(), &other.values["who"]),
        ("exporter 0.3.0", &json!("exporter"))
    );
    assert_eq!((&one.values["x"], &other.values["x"]), (&json!(1), &json!(2)));
}

#[test]
fn templates_that_read_a_subcharts_values_go_on() {
    let template =
        "port: {{ .Values.postgresql.exporter.port }} {{ .Values.postgresql.auth.user }}\n";
    let root = Source::new("root", "1.0.0")
        .with(postgresql())
        .values("postgresql: {auth: {user: mine}}\n")
        .file("templates/read.yaml", template);
    let Some(workshop) = Workshop::with([root]) else { return };
    let renamed = workshop.build(&json!({
        "package": stored("root", "1.0.0"),
        "db": {"package": embedded("postgresql", "12.1.3"), "_config": {"exporter": {"port": 5}}}
    }));
    assert!(renamed.rendered.contains("port: 5 mine"), "{}", renamed.rendered);
    assert!(renamed.warnings.contains(".Values.postgresql"), "{}", renamed.warnings);
    let mut package = stored("root", "1.0.0");
    package["drop"] = json!(["postgresql"]);
    let dropped = workshop.build(&json!({"package": package}));
    assert!(dropped.rendered.contains("port: 9000 mine"), "{}", dropped.rendered);
}

#[test]
fn two_versions_of_one_chart_stay_apart() {
    let leaf = |version: &str| Source::new("leaf", version);
    let root = Source::new("root", "1.0.0")
        .listing(&[
            "name: leaf, version: 1.0.0, alias: one",
            "name: leaf, version: 2.0.0, alias: two",
        ])
        .holding_archive(leaf("1.0.0"))
        .holding_archive(leaf("2.0.0"));
    let Some(workshop) = Workshop::with([root]) else { return };
    let package = stored("root", "1.0.0");
    let expected = [("shop", "root 1.0.0"), ("shop/one", "leaf 1.0.0"), ("shop/two", "leaf 2.0.0")];
    assert_eq!(workshop.build(&json!({"package": package})).sources(), sources(expected));
    let built = workshop.build(&json!({
        "package": package,
        "one": {"package": embedded("two", "2.0.0")}, "leaf": {"package": embedded("one", "1.0.0")}
    }));
    let expected =
        [("shop", "root 1.0.0"), ("shop/leaf", "leaf 1.0.0"), ("shop/one", "leaf 2.0.0")];
    assert_eq!(built.sources(), sources(expected));
}
