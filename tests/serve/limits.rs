//! Limits of the configuration file: sizes, uploads, pages, and how often clients may ask.

use crate::environment::Environment;
use crate::form::archive;
use crate::oci::{MANIFEST, code};
use crate::world::{Answer, World};

/// Starts a server with settings.
pub(crate) fn start(settings: &str) -> World {
    over(Environment::new(), settings)
}

/// Starts a server with settings over a store that is there.
pub(crate) fn over(test: Environment, settings: &str) -> World {
    test.write("config.yaml", settings);
    World::with(test, &["-c", "config.yaml"])
}

#[test]
fn nothing_larger_than_the_limits_is_taken() {
    let world = start("limits:\n  blobSize: 200\n  manifestSize: 100\n");
    let chart = archive(&world.test, "web", "1.0.0", &"text ".repeat(100));
    assert!(chart.len() > 200);
    let push = "POST /v2/a/b/blobs/uploads/?digest=";
    let digest = hreg::digest::Digest::of(&chart);
    assert_eq!(code(&world.ask(&format!("{push}{digest}"), &[], &chart)), "413 SIZE_INVALID");
    let upload = world.begin("a/b");
    assert_eq!(code(&world.ask(&format!("PATCH {upload}"), &[], &chart)), "413 SIZE_INVALID");
    assert_eq!(world.send_form("POST /api/charts", &[("chart", &chart)]).status, 413);
    assert_eq!(world.ask("POST /api/charts", &[], &chart).status, 413);
    assert_eq!(world.ask("POST /api/v1/spaces?space=team", &[], b"").status, 201);
    let form = [("chartfile", &chart[..])];
    assert_eq!(world.send_form("POST /api/v1/spaces/team/charts", &form).status, 413);
    let manifest = world.put_manifest("a/b/manifests/v1", MANIFEST, &[b' '; 101]);
    assert_eq!(code(&manifest), "413 MANIFEST_INVALID");
    let allowed = world.put_manifest("a/b/manifests/v1", MANIFEST, &[b' '; 100]);
    assert_eq!(code(&allowed), "400 MANIFEST_INVALID");
    world.put_blob("a/b", &[0; 200]);
}

#[test]
fn all_pieces_of_a_blob_count_for_its_limit() {
    let world = start("limits:\n  blobSize: 200\n");
    let upload = world.begin("a/b");
    assert_eq!(world.ask(&format!("PATCH {upload}"), &[], &[0; 150]).status, 202);
    let end = |size| {
        let digest = hreg::digest::Digest::of(&vec![0; size]);
        world.ask(&format!("PUT {upload}?digest={digest}"), &[], &vec![0; size - 150])
    };
    assert_eq!(code(&end(201)), "413 SIZE_INVALID");
    assert_eq!(world.get(&upload).header("range"), "0-149");
    assert_eq!(end(200).status, 201);
}

#[test]
fn no_page_is_longer_than_the_limit() {
    let world = start("limits:\n  pageSize: 2\n");
    for tag in ["v1", "v2", "v3"] {
        world.put_artifact("a/b", tag, "text");
        world.put_artifact(&format!("a/{tag}"), tag, "text");
    }
    for (path, list) in [("/v2/a/b/tags/list", "tags"), ("/v2/_catalog", "repositories")] {
        let page = world.get(&format!("{path}?n=100"));
        assert_eq!(page.json()[list].as_array().unwrap().len(), 2, "{page:?}");
        assert!(page.header("link").contains("n=2&last="), "{page:?}");
    }
    for space in ["one", "two", "three"] {
        let line = format!("POST /api/v1/spaces?space={space}");
        assert_eq!(world.ask(&line, &[], b"").status, 201);
    }
    let page = world.get("/api/v1/spaces?limit=100").json();
    assert_eq!(page["metadata"]["itemsLength"], 2, "{page}");
    assert_eq!(page["metadata"]["total"], 4, "{page}");
}

#[test]
fn no_more_uploads_are_open_than_there_may_be() {
    for (key, other, place) in [
        ("uploads", "a/c", "in this registry"),
        ("uploadsPerUser", "a/c", "for this user"),
        ("uploadsPerRepository", "a/b", "for this repository"),
    ] {
        let world = start(&format!("limits:\n  {key}: 2\n"));
        let uploads = [world.begin("a/b"), world.begin("a/b")];
        let line = format!("POST /v2/{other}/blobs/uploads/");
        let refused = world.ask(&line, &[], b"");
        assert_eq!(code(&refused), "429 TOOMANYREQUESTS");
        assert!(refused.text().contains(place), "{}", refused.text());
        assert_eq!(refused.header("retry-after"), "60");
        assert_eq!(std::fs::read_dir(world.test.store("uploads")).unwrap().count(), 2);
        assert_eq!(world.ask(&format!("DELETE {}", uploads[0]), &[], b"").status, 204);
        let third = world.begin(other);
        assert_eq!(world.ask(&line, &[], b"").status, 429);
        let digest = hreg::digest::Digest::of(b"text");
        let put = format!("PUT {third}?digest={digest}");
        assert_eq!(world.ask(&put, &[], b"text").status, 201);
        world.put_blob(other, b"other");
        world.begin(other);
    }
    let world = start("limits:\n  uploadsPerRepository: 1\n");
    world.begin("a/b");
    world.begin("a/c");
}

/// Asks until it is too often; a client that asks more slowly than once a second is never refused.
#[track_caller]
fn exhaust(world: &World, line: &str, headers: &[&str]) -> Answer {
    let mut answers = (0..1000).map(|_| world.ask(line, headers, b""));
    answers.find(|answer| answer.status == 429).expect("it is refused at last")
}

const SELDOM: &str = "limits:\n  requestsPerSecond: 1\n  burst: 5\n";

#[test]
fn who_asks_too_often_is_told_so_by_every_door() {
    let world = start(SELDOM);
    for _ in 0..5 {
        assert_eq!(world.get("/v2/_catalog").status, 200);
    }
    let refused = exhaust(&world, "GET /v2/_catalog", &[]);
    assert_eq!(code(&refused), "429 TOOMANYREQUESTS");
    assert_eq!(refused.header("docker-distribution-api-version"), "registry/2.0");
    let text = "too many requests have come";
    let refused = exhaust(&world, "GET /api/v1/spaces", &[]);
    assert_eq!(refused.json(), serde_json::json!({ "message": text, "reason": "ReasonRequest" }));
    let refused = exhaust(&world, "GET /api/charts", &[]);
    assert_eq!(refused.json(), serde_json::json!({ "error": text }));
    let refused = exhaust(&world, "GET /index.yaml", &[]);
    assert_eq!(refused.text(), format!("{text}\n"));
    assert_eq!(refused.header("retry-after"), "1");
    let sending = "POST /v2/a/b/blobs/uploads/";
    (0..1000).find(|_| world.ask(sending, &[], &[0; 100_000]).status == 429).unwrap();
    for probe in ["/health", "/ready"] {
        (0..20).for_each(|_| assert_eq!(world.get(probe).status, 200));
    }
}

#[test]
fn without_a_limit_everybody_may_ask_as_often_as_he_likes() {
    let world = World::start();
    (0..300).for_each(|_| assert_eq!(world.get("/v2/").status, 200));
}

#[test]
fn users_are_counted_by_name_and_wrong_passwords_for_themselves() {
    let test = Environment::new();
    test.write("users", ["ann", "bob"].map(crate::auth::hash).concat());
    test.write("config.yaml", SELDOM.to_owned() + "auth:\n  htpasswd: users\n");
    let world = World::with(test, &["-c", "config.yaml", "--allow-anonymous", "read"]);
    let [ann, bob] = ["ann", "bob"].map(|user| crate::auth::header(user, user));
    let catalog = "GET /v2/_catalog";
    exhaust(&world, catalog, &[]);
    assert_eq!(world.ask(catalog, &[&ann], b"").status, 200, "others at her address");
    exhaust(&world, catalog, &[&ann]);
    assert_eq!(world.ask(catalog, &[&bob], b"").status, 200);
    let wrong = crate::auth::header("ann", "wrong");
    assert_eq!(world.ask(catalog, &[&wrong], b"").status, 401);
    exhaust(&world, catalog, &[&wrong]);
    // Or the answer would tell that it was right.
    exhaust(&world, catalog, &[&bob]);
}

#[test]
fn only_trusted_proxies_say_whom_they_ask_for() {
    let world = start(&format!("{SELDOM}proxies: [127.0.0.1, 10.0.0.0/8]\n"));
    let catalog = "GET /v2/_catalog";
    exhaust(&world, catalog, &["X-Forwarded-For: 198.51.100.1, 192.0.2.1, 10.0.0.1"]);
    for other in ["192.0.2.2", "192.0.2.1, 192.0.2.3"] {
        let header = format!("X-Forwarded-For: {other}");
        assert_eq!(world.ask(catalog, &[&header], b"").status, 200, "{other}");
    }
    assert_eq!(world.get("/v2/_catalog").status, 200, "the proxy for itself");
    let world = start(&format!("{SELDOM}proxies: [10.0.0.0/8]\n"));
    let mut asked = (0..1000).map(|number: u32| {
        let header = format!("X-Forwarded-For: 192.0.{}.{}", number / 250, number % 250);
        world.ask(catalog, &[&header], b"").status
    });
    assert!(asked.any(|status| status == 429), "what a stranger writes is of no account");
}

#[test]
fn no_door_tells_a_client_where_it_is() {
    let world = start("proxies: 127.0.0.1\n");
    let chart = archive(&world.test, "web", "1.0.0", "");
    let digest = world.put_artifact("a/b", "v1", "text");
    assert_eq!(world.send_form("POST /api/charts", &[("chart", &chart)]).status, 201);
    assert_eq!(world.ask("POST /api/v1/spaces?space=team", &[], b"").status, 201);
    let upload = world.begin("a/b");
    let blob = hreg::digest::Digest::of(b"text");
    for line in [
        "GET /v2/",
        "GET /v2/_catalog?n=1",
        "GET /v2/a/b/tags/list?n=1",
        &format!("GET /v2/a/b/manifests/{digest}"),
        &format!("GET /v2/a/b/blobs/{blob}"),
        "GET /v2/a/b/manifests/none",
        "POST /v2/a/b/blobs/uploads/",
        &format!("POST /v2/a/c/blobs/uploads/?mount={blob}&from=a/b"),
        &format!("GET {upload}"),
        &format!("PUT {upload}?digest={}", hreg::digest::Digest::of(b"")),
        "GET /index.yaml",
        "GET /charts/web-1.0.0.tgz",
        "GET /none",
        "GET /api/charts",
        "GET /api/charts/web/1.0.0",
        "DELETE /api/charts/web/2.0.0",
        "GET /api/v1/spaces",
        "POST /api/v1/spaces?space=other",
        "GET /api/v1/spaces/library/charts/web/versions/1.0.0",
        "GET /apidocs.json",
        "GET /health",
    ] {
        let headers = ["Host: own.example", "X-Forwarded-Host: proxy.example"];
        let answer = world.ask(line, &headers, b"");
        let seen = format!("{answer:?} {}", String::from_utf8_lossy(&answer.body));
        // Answers hold the bodies as numbers only.
        assert!(!seen.contains(".example"), "{line}: {seen}");
    }
}

#[test]
fn what_must_name_the_server_names_it_as_the_client_has_found_it() {
    let test = Environment::new();
    test.write("users", crate::auth::hash("ann"));
    let auth = "auth:\n  htpasswd: users\n  tokens: {}\n";
    test.write("config.yaml", format!("proxies: 127.0.0.1\n{auth}"));
    let world = World::with(test, &["-c", "config.yaml"]);
    let forwarded = ["X-Forwarded-Host: proxy.example", "X-Forwarded-Proto: https"];
    for (headers, expected) in [
        (&[][..], "http://own.example"),
        (&forwarded[..1], "http://proxy.example"),
        (&forwarded, "https://proxy.example"),
    ] {
        let headers = [&["Host: own.example"], headers].concat();
        let page = world.ask("GET /", &headers, b"");
        assert!(page.text().contains(&format!("{expected} --username")), "{}", page.text());
        let answer = world.ask("GET /v2/", &headers, b"");
        let realm = format!("realm=\"{expected}/v2/token\"");
        let mut challenges = answer.headers("www-authenticate");
        assert!(challenges.any(|challenge| challenge.contains(&realm)), "{answer:?}");
    }
}
