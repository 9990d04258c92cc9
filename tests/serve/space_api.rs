//! The API of spaces, charts and versions: the table of what the original answers.

use serde_json::{Value, json};

use crate::environment::Environment;
use crate::form::archive;
use crate::world::{Answer, World};

const SPACES: &str = "/api/v1/spaces";

#[track_caller]
fn refusal(answer: &Answer, status: u16, message: &str, reason: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.json(), json!({ "message": message, "reason": reason }));
}

#[track_caller]
fn items(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].clone()
}

#[track_caller]
fn upload(world: &World, space: &str, bytes: &[u8]) -> Answer {
    world.send_form(&format!("POST {SPACES}/{space}/charts"), &[("chartfile", bytes)])
}

fn world_with(versions: &[(&str, &str)]) -> World {
    let world = World::start();
    for (name, version) in versions {
        let answer = upload(&world, "demo", &archive(&world.test, name, version, ""));
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    world
}

#[test]
fn spaces_are_created_listed_and_deleted() {
    let world = World::start();
    let create = |name: &str| world.ask(&format!("POST {SPACES}?space={name}"), &[], b"");
    let created = create("demo");
    assert_eq!(created.status, 201);
    assert_eq!(created.json(), json!({ "name": "demo", "link": "/api/v1/spaces/demo" }));
    let again = create("demo");
    refusal(&again, 409, "resource conflict because demo exist", "ReasonInternal");
    refusal(&create("_bad"), 400, "space is invalid: _bad", "ReasonRequest");
    let missing = world.ask(&format!("POST {SPACES}"), &[], b"");
    refusal(&missing, 400, "can't find param space in request", "ReasonRequest");
    assert_eq!(create("team%2Fapps").json()["link"], "/api/v1/spaces/team%2Fapps");
    let listed = world.get(SPACES).json();
    let expected =
        json!({ "metadata": { "total": 2, "itemsLength": 2 }, "items": ["demo", "team/apps"] });
    assert_eq!(listed, expected);
    for name in ["demo", "team%2Fapps"] {
        let deleted = world.ask(&format!("DELETE {SPACES}/{name}"), &[], b"");
        assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    }
    let gone = world.ask(&format!("DELETE {SPACES}/demo"), &[], b"");
    refusal(&gone, 404, "/demo not found", "ReasonInternal");
    assert_eq!(items(&world.get(SPACES)), json!([]));
}

#[test]
fn lists_come_in_parts() {
    let world = World::start();
    for number in 10..22 {
        world.test.ok(&["space", "create", &format!("s{number}")]);
    }
    let list = |query: &str| world.get(&format!("{SPACES}{query}"));
    assert_eq!(list("").json()["metadata"], json!({ "total": 12, "itemsLength": 10 }));
    assert_eq!(items(&list("?start=10")), json!(["s20", "s21"]));
    assert_eq!(items(&list("?start=1&limit=2")), json!(["s11", "s12"]));
    for query in ["?start=12", "?start=-1", "?limit=-1", "?limit=0", "?start=99999999"] {
        let part = list(query);
        assert_eq!(items(&part), json!([]), "{query}");
        assert_eq!(part.json()["metadata"], json!({ "total": 12, "itemsLength": 0 }));
    }
    let text = "limit should be number, but got string";
    refusal(&list("?limit=ten"), 400, text, "ReasonRequest");
    let text = "start should be number, but got string";
    refusal(&list("?start="), 400, text, "ReasonRequest");
}

#[test]
fn an_archive_is_uploaded_and_downloaded_as_it_is() {
    let world = World::start();
    let bytes = archive(&world.test, "test", "1.0.0", "first");
    let link = json!({
        "space": "library", "chart": "test", "version": "1.0.0",
        "link": "/api/v1/spaces/library/charts/test/versions/1.0.0",
    });
    let uploaded = upload(&world, "library", &bytes);
    assert_eq!((uploaded.status, uploaded.json()), (201, link.clone()));
    let again = upload(&world, "library", &bytes);
    let text = "resource conflict because library/test/1.0.0 exist";
    refusal(&again, 409, text, "ReasonInternal");
    let path = link["link"].as_str().unwrap();
    let whole = world.get(path);
    assert!(whole.status == 200 && whole.body == bytes);
    let head = world.ask(&format!("HEAD {path}"), &[], b"");
    assert_eq!(head.header("content-length"), bytes.len().to_string());
    let missing = world.get("/api/v1/spaces/demo/charts/test/versions/1.0.9");
    refusal(&missing, 404, "/demo/test/1.0.9 not found", "ReasonInternal");
    let charts = format!("POST {SPACES}/library/charts");
    let other = world.send_form(&charts, &[("other", &bytes)]);
    refusal(&other, 400, "can't find param chartfile in request", "ReasonRequest");
    let text = upload(&world, "library", b"no chart");
    assert_eq!((text.status, &text.json()["reason"]), (400, &json!("ReasonRequest")));
    // Nothing of what was refused is left.
    assert_eq!(world.test.json(&["list"]).as_array().unwrap().len(), 1);
}

#[test]
fn charts_and_versions_are_listed_and_deleted() {
    let world = world_with(&[("b", "1.10.0"), ("b", "1.9.0"), ("a", "1.0.0")]);
    let charts = format!("{SPACES}/demo/charts");
    assert_eq!(items(&world.get(&charts)), json!(["a", "b"]));
    assert_eq!(items(&world.get(&format!("{charts}/b/versions"))), json!(["1.9.0", "1.10.0"]));
    let missing = world.get(&format!("{charts}/c/versions"));
    refusal(&missing, 404, "/demo/c not found", "ReasonInternal");
    let missing = world.get(&format!("{SPACES}/none/charts"));
    refusal(&missing, 404, "/none not found", "ReasonInternal");
    let delete = |path: &str| world.ask(&format!("DELETE {charts}/{path}"), &[], b"");
    assert_eq!(delete("b/versions/1.9.0").status, 204);
    let gone = delete("b/versions/1.9.0");
    refusal(&gone, 404, "/demo/b/1.9.0 not found", "ReasonInternal");
    assert_eq!(delete("b/versions/1.10.0").status, 204);
    assert_eq!(items(&world.get(&charts)), json!(["a"]));
    assert_eq!(delete("a").status, 204);
    refusal(&delete("a"), 404, "/demo/a not found", "ReasonInternal");
    assert_eq!(items(&world.get(SPACES)), json!(["demo"]));
    refusal(&delete("_%20/versions/1.0.0"), 400, "chart is invalid: _ ", "ReasonRequest");
    refusal(&delete("a/versions/one"), 400, "version is invalid: one", "ReasonRequest");
}

#[test]
fn a_version_that_is_there_is_replaced() {
    let world = world_with(&[("a", "1.0.0")]);
    let line = |path: &str| format!("PUT {SPACES}/demo/charts/{path}");
    let second = archive(&world.test, "a", "1.0.0", "second");
    let put = world.send_form(&line("a/versions/1.0.0"), &[("chartfile", &second)]);
    assert_eq!((put.status, &put.json()["version"]), (200, &json!("1.0.0")));
    let path = format!("{SPACES}/demo/charts/a/versions/1.0.0");
    assert!(world.get(&path).body == second);
    let missing = world.send_form(&line("a/versions/2.0.0"), &[("chartfile", &second)]);
    refusal(&missing, 404, "/demo/a/2.0.0 not found", "ReasonInternal");
    for (name, version) in [("a", "1.0.1"), ("b", "1.0.0")] {
        let other = archive(&world.test, name, version, "other");
        let put = world.send_form(&line("a/versions/1.0.0"), &[("chartfile", &other)]);
        assert_eq!((put.status, &put.json()["reason"]), (400, &json!("ReasonRequest")));
    }
    assert!(world.get(&path).body == second);
    world.test.ok(&["space", "create", "frozen", "--immutable"]);
    upload(&world, "frozen", &second);
    let third = archive(&world.test, "a", "1.0.0", "third");
    let line = format!("PUT {SPACES}/frozen/charts/a/versions/1.0.0");
    assert_eq!(world.send_form(&line, &[("chartfile", &third)]).status, 403);
}

/// Saves a chart with one in it, which has one in it.
fn save_family(test: &Environment) {
    test.chart("top", "1.0.0");
    test.write("top/values.yaml", "own: 1\nmiddle:\n  replicas: 5\n");
    test.chart_in("top/charts/middle", "middle", "0.2.0");
    test.chart_in("top/charts/middle/charts/low", "low", "0.3.0");
    test.ok(&["save", "top", "--space", "demo"]);
}

#[test]
fn metadata_has_that_of_the_charts_inside() {
    let world = world_with(&[("a", "1.0.0"), ("a", "1.1.0")]);
    save_family(&world.test);
    let demo = format!("{SPACES}/demo");
    let top = world.get(&format!("{demo}/charts/top/versions/1.0.0/manifests/metadata")).json();
    assert_eq!((&top["name"], &top["description"]), (&json!("top"), &json!("A chart for tests")));
    assert_eq!(top["dependencies"][0]["name"], "middle");
    assert_eq!(top["dependencies"][0]["dependencies"][0]["version"], "0.3.0");
    let of = |path: &str| {
        let list = items(&world.get(&format!("{demo}/{path}")));
        let name = |item: &Value| format!("{} {}", item["name"], item["version"]).replace('"', "");
        list.as_array().unwrap().iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(of("metadata"), ["a 1.0.0", "a 1.1.0", "top 1.0.0"]);
    assert_eq!(of("metadata?start=1&limit=1"), ["a 1.1.0"]);
    assert_eq!(of("metadata/latest"), ["a 1.1.0", "top 1.0.0"]);
    assert_eq!(of("charts/a/metadata"), ["a 1.0.0", "a 1.1.0"]);
    let latest = world.get(&format!("{demo}/charts/a/metadata/latest")).json();
    assert_eq!(latest["version"], "1.1.0");
    let missing = world.get(&format!("{demo}/charts/c/metadata/latest"));
    refusal(&missing, 404, "/demo/c not found", "ReasonInternal");
    let missing = world.get(&format!("{demo}/charts/a/versions/3.0.0/manifests/metadata"));
    refusal(&missing, 404, "/demo/a/3.0.0 not found", "ReasonInternal");
}

#[test]
fn metadata_is_replaced_but_never_what_identifies_a_chart() {
    let world = World::start();
    save_family(&world.test);
    let path = format!("{SPACES}/demo/charts/top/versions/1.0.0/manifests/metadata");
    let put = |body: Value| world.ask(&format!("PUT {path}"), &[], body.to_string().as_bytes());
    let mut fields = world.get(&path).json();
    fields["description"] = "Another".into();
    fields["keywords"] = json!(["k"]);
    fields["unknown"] = 1.into();
    fields["dependencies"] = json!([]);
    let answer = put(fields.clone());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["description"], "Another");
    assert_eq!(answer.json()["keywords"], json!(["k"]));
    assert_eq!(answer.json()["dependencies"][0]["name"], "middle");
    assert_eq!(world.get(&path).json(), answer.json());
    let shown = world.test.ok(&["show", "chart", "demo/top:1.0.0"]);
    assert!(shown.contains("description: Another") && !shown.contains("unknown"), "{shown}");
    for (name, value) in [("name", "other"), ("version", "2.0.0"), ("type", "wrong")] {
        let mut wrong = fields.clone();
        wrong[name] = value.into();
        let refused = put(wrong);
        assert_eq!((refused.status, &refused.json()["reason"]), (400, &json!("ReasonRequest")));
    }
    assert_eq!(put(json!([1])).status, 400);
    assert_eq!(put(json!({ "description": "Only this" })).json()["keywords"], Value::Null);
}

#[test]
fn values_are_read_with_those_inside_and_replaced() {
    let world = World::start();
    save_family(&world.test);
    let path = format!("{SPACES}/demo/charts/top/versions/1.0.0/manifests/values");
    let values = world.get(&path);
    assert_eq!(values.header("content-type"), "text/plain; charset=utf-8");
    let middle = json!({ "low": { "global": {}, "replicas": 1 }, "global": {}, "replicas": 5 });
    assert_eq!(values.json(), json!({ "middle": middle, "own": 1 }));
    let body = br#"{ "own": "yes", "emoji": "\ud83d\ude00" }"#;
    let put = world.ask(&format!("PUT {path}"), &[], body);
    assert_eq!((put.status, &*put.body), (200, &body[..]));
    let values = world.get(&path).json();
    assert_eq!((&values["own"], &values["emoji"]), (&json!("yes"), &json!("\u{1f600}")));
    assert_eq!(values["middle"]["replicas"], 1);
    assert!(world.test.ok(&["show", "values", "demo/top:1.0.0"]).contains("own: \"yes\""));
    for wrong in [&b"[1]"[..], b"no json", b""] {
        assert_eq!(world.ask(&format!("PUT {path}"), &[], wrong).status, 400);
    }
}

#[test]
fn a_plan_builds_a_chart() {
    let world = world_with(&[("web", "1.0.0"), ("db", "2.0.0")]);
    let package = |chart: &str, version: &str| json!({ "independent": true, "space": "demo", "chart": chart, "version": version });
    let plan = |db: &str| {
        let node = json!({ "package": package("db", db), "_config": { "replicas": 7 } });
        json!({
            "save": { "chart": "built", "version": "0.1.0", "description": "Built" },
            "configs": { "package": package("web", "1.0.0"), "_config": {}, "store": node },
        })
    };
    let post = |space: &str, plan: &Value| {
        let line = format!("POST {SPACES}/{space}/charts");
        world.ask(&line, &["Content-Type: application/json"], plan.to_string().as_bytes())
    };
    let built = post("demo", &plan("2.0.0"));
    assert_eq!(built.status, 201, "{}", built.text());
    assert_eq!(built.json()["link"], "/api/v1/spaces/demo/charts/built/versions/0.1.0");
    let path = format!("{SPACES}/demo/charts/built/versions/0.1.0/manifests");
    let metadata = world.get(&format!("{path}/metadata")).json();
    assert_eq!(
        (&metadata["description"], &metadata["dependencies"][0]["name"]),
        (&json!("Built"), &json!("store"))
    );
    let again = post("demo", &plan("2.0.0"));
    refusal(&again, 409, "resource conflict because demo/built/0.1.0 exist", "ReasonInternal");
    refusal(&post("none", &plan("2.0.0")), 404, "/none not found", "ReasonInternal");
    assert_eq!(post("demo", &plan("3.0.0")).status, 404);
    let mut other = plan("2.0.0");
    other["save"]["space"] = "library".into();
    other["configs"]["store"]["package"]["version"] = "3.0.0".into();
    let refused = post("demo", &other);
    let text = refused.text();
    let is_told = |place: &str| text.contains(place);
    assert_eq!(refused.status, 400, "{text}");
    assert!(is_told("save.space") && is_told("configs.store.package.version"), "{text}");
    assert_eq!(post("demo", &json!({ "save": {} })).status, 400);
}

#[test]
fn plans_are_built_by_the_rules_that_the_server_is_told() {
    let test = Environment::new();
    test.write("config.yaml", "orchestration:\n  semantics: caicloud\n");
    test.chart("web", "1.0.0");
    test.ok(&["save", "web"]);
    let world = World::with(test, &["--config", "config.yaml"]);
    let package =
        json!({ "independent": true, "space": "library", "chart": "web", "version": "1.0.0" });
    let plan = |version: &str, semantics: Option<&str>| {
        let mut plan = json!({
            "save": { "chart": "built", "version": version },
            "configs": { "package": package, "_config": { "a": 1 } },
        });
        if let Some(semantics) = semantics {
            plan["semantics"] = semantics.into();
        }
        let line = format!("POST {SPACES}/library/charts");
        assert_eq!(world.ask(&line, &[], plan.to_string().as_bytes()).status, 201);
        let path = format!("{SPACES}/library/charts/built/versions/{version}/manifests/values");
        world.get(&path).json()
    };
    assert_eq!(plan("1.0.0", None), json!({ "_config": { "a": 1 } }));
    assert_eq!(plan("2.0.0", Some("helm")), json!({ "a": 1, "replicas": 1 }));
}

#[test]
fn somebody_elses_lock_is_said_to_be_one() {
    let test = Environment::with_chart();
    let world = World::with(test, &["--lock-timeout", "0s"]);
    let lock = std::fs::File::open(world.test.store("locks/store")).unwrap();
    lock.lock().unwrap();
    let refused = world.ask(&format!("POST {SPACES}?space=demo"), &[], b"");
    assert_eq!((refused.status, &refused.json()["reason"]), (423, &json!("ResourceLocking")));
    lock.unlock().unwrap();
    assert_eq!(world.ask(&format!("POST {SPACES}?space=demo"), &[], b"").status, 201);
}

#[test]
fn nothing_is_written_where_that_is_not_allowed() {
    for (arguments, status) in
        [(&["--read-only"][..], 405), (&["--allow-anonymous", "read"][..], 403)]
    {
        let world = World::with(Environment::with_chart(), arguments);
        let bytes = archive(&world.test, "a", "1.0.0", "");
        let version = format!("{SPACES}/library/charts/mychart/versions/1.0.0");
        for line in [
            format!("POST {SPACES}?space=demo"),
            format!("DELETE {SPACES}/library"),
            format!("POST {SPACES}/library/charts"),
            format!("DELETE {SPACES}/library/charts/mychart"),
            format!("PUT {version}"),
            format!("DELETE {version}"),
            format!("PUT {version}/manifests/metadata"),
            format!("PUT {version}/manifests/values"),
        ] {
            let refused = world.send_form(&line, &[("chartfile", &bytes)]);
            assert_eq!(refused.status, status, "{line}");
        }
        assert_eq!(world.get(&version).status, 200);
    }
}

#[test]
fn what_is_not_in_the_table_is_not_answered() {
    let world = World::start();
    let refused = world.ask(&format!("PATCH {SPACES}"), &[], b"");
    let text = "only GET, POST are answered here";
    refusal(&refused, 405, text, "ReasonRequest");
    let head = world.ask(&format!("HEAD {SPACES}"), &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn the_document_of_the_api_has_every_route() {
    let world = World::start();
    let document = world.get("/apidocs.json").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let paths = document["paths"].as_object().unwrap();
    let operations: usize = paths.values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(operations, 18);
    let upload = &paths["/api/v1/spaces/{space}/charts"]["post"];
    assert!(upload["requestBody"]["content"]["multipart/form-data"].is_object());
    assert!(upload["responses"]["201"].is_object());
    // Every path of it is answered, and every schema that it names is there.
    for path in paths.keys() {
        let path =
            path.replace("{space}", "s").replace("{chart}", "c").replace("{version}", "1.0.0");
        assert_ne!(world.ask(&format!("PATCH {path}"), &[], b"").status, 404, "{path}");
    }
    let text = document.to_string();
    for (_, rest) in text.match_indices("#/components/schemas/").map(|(at, _)| text.split_at(at)) {
        let name = rest.split('"').next().unwrap().rsplit('/').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}

#[test]
fn a_form_that_does_not_end_is_refused_and_leaves_nothing() {
    let world = World::start();
    let line = format!("POST {SPACES}/demo/charts");
    let kind = "Content-Type: multipart/form-data; boundary=x";
    let head = "--x\r\nContent-Disposition: form-data; name=\"chartfile\"\r\n\r\n";
    let cut = world.ask(&line, &[kind], format!("{head}abc").as_bytes());
    assert_eq!(cut.status, 400, "{}", cut.text());
    let endless = format!("--x\r\nContent-Disposition: form-data; x=\"{}", "a".repeat(4 << 20));
    let long = world.ask(&line, &[kind], endless.as_bytes());
    assert_eq!(long.status, 400, "{}", long.text());
    let no_boundary = world.ask(&line, &["Content-Type: multipart/form-data"], b"");
    assert_eq!(no_boundary.status, 400);
    assert_eq!(items(&world.get(SPACES)), json!([]));
}
