//! ChartMuseum's API: what its clients need, and what it does wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hreg::digest::Digest;
use serde_json::{Value, json};

use crate::environment::Environment;
use crate::form::archive;
use crate::world::{Answer, World};

#[track_caller]
fn saved(answer: &Answer) {
    assert_eq!((answer.status, answer.json()), (201, json!({ "saved": true })));
}

#[track_caller]
fn refused(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(!answer.json()["error"].as_str().unwrap().is_empty());
}

/// Gives the versions of each chart that a list has.
fn versions(list: &Value) -> Value {
    let of = |versions: &Value| {
        versions.as_array().unwrap().iter().map(|one| one["version"].clone()).collect()
    };
    let charts = list.as_object().unwrap().iter();
    Value::Object(charts.map(|(name, versions)| (name.clone(), of(versions))).collect())
}

#[test]
fn charts_are_added_listed_and_deleted() {
    let world = World::start();
    for (space, path) in [("library", "/api/charts"), ("team/apps", "/api/team/apps/charts")] {
        assert_eq!(world.get(path).json(), json!({}));
        let form = archive(&world.test, "a", "1.9.0", space);
        saved(&world.send_form(&format!("POST {path}"), &[("chart", &form)]));
        let raw = archive(&world.test, "a", "1.10.0", space);
        saved(&world.ask(&format!("POST {path}"), &[], &raw));
        let all = world.get(path).json();
        assert_eq!(versions(&all), json!({ "a": ["1.10.0", "1.9.0"] }));
        assert_eq!(all["a"][0]["digest"], Digest::of(&raw).hex());
        assert_eq!(all["a"][0]["urls"], json!(["charts/a-1.10.0.tgz"]));
        assert_eq!(world.get(&format!("{path}/a")).json(), all["a"]);
        assert_eq!(world.get(&format!("{path}/a/1.9.0")).json(), all["a"][1]);
        assert_eq!(world.get(&format!("{path}/a/latest")).json(), all["a"][0]);
        assert!(world.get(&format!("{path}/a/1.9.0/values")).text().contains("replicas: 1"));
        for line in [format!("HEAD {path}/a"), format!("HEAD {path}/a/1.9.0")] {
            assert_eq!(world.ask(&line, &[], b"").status, 200);
        }
        for missing in ["b", "a/2.0.0", "a/one", "b/latest"] {
            refused(&world.get(&format!("{path}/{missing}")), 404);
            assert_eq!(world.ask(&format!("HEAD {path}/{missing}"), &[], b"").status, 404);
        }
        let delete = || world.ask(&format!("DELETE {path}/a/1.10.0"), &[], b"");
        let deleted = delete();
        assert_eq!((deleted.status, deleted.json()), (200, json!({ "deleted": true })));
        refused(&delete(), 404);
        assert_eq!(versions(&world.get(path).json()), json!({ "a": ["1.9.0"] }));
    }
}

#[test]
fn templates_and_values_can_be_looked_at() {
    let world = World::start();
    let bytes = archive(&world.test, "a", "1.0.0", "a note");
    saved(&world.ask("POST /api/team/charts", &[], &bytes));
    let place = "/api/team/charts/a/latest";
    let answer = world.get(&format!("{place}/templates"));
    let expected = json!({
        "templates": [
            { "name": "templates/NOTES.txt", "data": STANDARD.encode("a note") },
            {
                "name": "templates/x.yaml",
                "data": STANDARD.encode("replicas: {{ .Values.replicas }}\n"),
            },
        ],
        "values": { "replicas": 1 },
    });
    assert_eq!((answer.status, answer.json()), (200, expected));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(world.get(&format!("{place}/values")).header("content-type"), "application/yaml");
    for part in ["templates", "values"] {
        let head = world.ask(&format!("HEAD {place}/{part}"), &[], b"");
        assert_eq!((head.status, head.body.len()), (200, 0));
        refused(&world.get(&format!("/api/charts/a/1.0.0/{part}")), 404);
        refused(&world.ask(&format!("POST {place}/{part}"), &[], b""), 405);
    }
}

#[test]
fn a_chart_without_values_has_none_to_send() {
    let world = World::start();
    let head = "apiVersion: v2\nname: bare\nversion: 1.0.0\n";
    world.test.archive_of("bare.tgz", &[("bare/Chart.yaml", head)]);
    let bytes = std::fs::read(world.test.path("bare.tgz")).unwrap();
    saved(&world.ask("POST /api/charts", &[], &bytes));
    refused(&world.get("/api/charts/bare/1.0.0/values"), 404);
    let nothing = json!({ "templates": [], "values": {} });
    assert_eq!(world.get("/api/charts/bare/1.0.0/templates").json(), nothing);
}

#[test]
fn the_version_of_the_server_is_told() {
    let world = World::start();
    let answer = world.get("/info");
    let expected = json!({ "version": env!("CARGO_PKG_VERSION") });
    assert_eq!((answer.status, answer.json()), (200, expected));
    assert_eq!(world.ask("HEAD /info", &[], b"").status, 200);
    assert_eq!(world.ask("POST /info", &[], b"").status, 405);
}

#[test]
fn a_version_is_replaced_only_by_force() {
    let world = World::start();
    let first = archive(&world.test, "a", "1.0.0", "first");
    saved(&world.send_form("POST /api/charts", &[("chart", &first)]));
    let second = archive(&world.test, "a", "1.0.0", "second");
    for bytes in [&first, &second] {
        refused(&world.send_form("POST /api/charts", &[("chart", bytes)]), 409);
        refused(&world.ask("POST /api/charts", &[], bytes), 409);
    }
    assert!(world.get("/charts/a-1.0.0.tgz").body == first);
    saved(&world.send_form("POST /api/charts?force", &[("chart", &second)]));
    assert!(world.get("/charts/a-1.0.0.tgz").body == second);
    saved(&world.ask("POST /api/charts?force=true", &[], &first));
    assert!(world.get("/charts/a-1.0.0.tgz").body == first);
}

/// Makes a signature file for an archive; nobody has signed it.
fn signature(test: &Environment, bytes: &[u8]) -> Vec<u8> {
    test.provenance("a-1.0.0.tgz", &Digest::of(bytes).to_string());
    std::fs::read(test.path("a-1.0.0.tgz.prov")).unwrap()
}

#[test]
fn a_signature_comes_with_the_chart_or_after_it() {
    let world = World::start();
    let bytes = archive(&world.test, "a", "1.0.0", "first");
    let prov = signature(&world.test, &bytes);
    let both = [("chart", &*bytes), ("prov", &*prov)];
    saved(&world.send_form("POST /api/one/charts", &both));
    refused(&world.ask("POST /api/two/prov", &[], &prov), 404);
    saved(&world.ask("POST /api/two/charts", &[], &bytes));
    saved(&world.ask("POST /api/two/prov", &[], &prov));
    refused(&world.ask("POST /api/two/prov", &[], &prov), 409);
    saved(&world.ask("POST /api/two/prov?force", &[], &prov));
    saved(&world.ask("POST /api/three/charts", &[], &bytes));
    saved(&world.send_form("POST /api/three/prov", &[("prov", &prov)]));
    for space in ["one", "two", "three"] {
        assert!(world.get(&format!("/{space}/charts/a-1.0.0.tgz")).body == bytes);
        assert!(world.get(&format!("/{space}/charts/a-1.0.0.tgz.prov")).body == prov);
    }
    let wrong = signature(&world.test, b"other bytes");
    refused(&world.send_form("POST /api/four/charts", &[("chart", &bytes), ("prov", &wrong)]), 400);
    refused(&world.ask("POST /api/two/prov?force", &[], &wrong), 400);
    refused(&world.ask("POST /api/two/prov", &[], b"no signature"), 400);
    // Both or none: a chart whose signature is refused is not there.
    assert_eq!(world.get("/api/four/charts").json(), json!({}));
    let deleted = world.ask("DELETE /api/one/charts/a/1.0.0", &[], b"");
    assert_eq!(deleted.status, 200);
    assert_eq!(world.get("/one/charts/a-1.0.0.tgz.prov").status, 404);
    let run = world.test.run(&["verify"]);
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn a_list_comes_in_parts() {
    let world = World::start();
    for name in ["a", "b", "c"] {
        saved(&world.ask("POST /api/charts", &[], &archive(&world.test, name, "1.0.0", "")));
    }
    let names = |query: &str| {
        let list = world.get(&format!("/api/charts{query}")).json();
        list.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    for (query, expected) in [
        ("", "a b c"),
        ("?limit=2", "a b"),
        ("?offset=1", "b c"),
        ("?offset=1&limit=1", "b"),
        ("?offset=5", ""),
        ("?limit=0", ""),
        ("?limit=99999999999", "a b c"),
    ] {
        assert_eq!(names(query), expected, "{query}");
    }
    for query in ["?limit=ten", "?offset=-1"] {
        refused(&world.get(&format!("/api/charts{query}")), 400);
    }
}

#[test]
fn what_is_no_chart_is_refused_and_leaves_nothing() {
    let world = World::start();
    refused(&world.ask("POST /api/charts", &[], b"no chart"), 400);
    refused(&world.ask("POST /api/charts", &[], b""), 400);
    refused(&world.send_form("POST /api/charts", &[("other", b"x")]), 400);
    refused(&world.send_form("POST /api/charts", &[]), 400);
    refused(&world.ask("PUT /api/charts", &[], b""), 405);
    refused(&world.ask("DELETE /api/charts/a", &[], b""), 405);
    refused(&world.get("/api/other"), 404);
    refused(&world.get("/api/..%2fx/charts"), 404);
    for name in ["../../a", "a/b", "..", "a\\b"] {
        let head = format!("apiVersion: v2\nname: '{name}'\nversion: 1.0.0\n");
        world.test.archive_of("odd.tgz", &[("x/Chart.yaml", &head)]);
        let bytes = std::fs::read(world.test.path("odd.tgz")).unwrap();
        refused(&world.ask("POST /api/charts", &[], &bytes), 400);
    }
    assert_eq!(world.get("/api/charts").json(), json!({}));
}

#[test]
fn nothing_is_written_where_that_is_not_allowed() {
    for (arguments, status) in
        [(&["--read-only"][..], 405), (&["--allow-anonymous", "read"][..], 403)]
    {
        let world = World::with(Environment::with_chart(), arguments);
        let bytes = archive(&world.test, "a", "1.0.0", "");
        for line in ["POST /api/charts", "POST /api/prov", "DELETE /api/charts/mychart/1.0.0"] {
            refused(&world.ask(line, &[], &bytes), status);
        }
        // The answer is heard also by who is still sending.
        refused(&world.ask("POST /api/charts", &[], &vec![0; 8 << 20]), status);
        assert_eq!(world.get("/api/charts/mychart/1.0.0").status, 200);
    }
}
