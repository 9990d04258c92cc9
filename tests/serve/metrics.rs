//! What Prometheus is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::environment::Environment;
use crate::form::archive;
use crate::world::{Answer, World};

/// Is what was told: a number for each name with its labels.
type Samples = BTreeMap<String, f64>;

/// Reads the format, version 0.0.4, and fails on what Prometheus would not take.
fn read(answer: &Answer) -> Samples {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text();
    assert!(text.ends_with('\n'));
    let mut families = BTreeSet::new();
    let mut samples = Samples::new();
    let mut family = (String::new(), String::new());
    let mut helped = String::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped = help.split_once(' ').unwrap().0.to_owned();
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(name, helped, "help comes first");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(families.insert(name.to_owned()), "{name} comes twice");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            family = (name.to_owned(), kind.to_owned());
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            assert!(belongs(name, &family), "{line} is not of {family:?}");
            let value: f64 = value.parse().unwrap();
            assert!(samples.insert(series.to_owned(), value).is_none(), "{series} comes twice");
        }
    }
    samples
}

fn belongs(name: &str, (family, kind): &(String, String)) -> bool {
    let rest = name.strip_prefix(family.as_str());
    match kind.as_str() {
        "histogram" => rest.is_some_and(|rest| ["_bucket", "_sum", "_count"].contains(&rest)),
        _ => rest == Some(""),
    }
}

fn requests(door: &str, method: &str, status: &str) -> String {
    format!("hreg_http_requests_total{{door=\"{door}\",method=\"{method}\",status=\"{status}\"}}")
}

/// Gives a number; zero where there is none yet.
fn of(samples: &Samples, series: &str) -> f64 {
    samples.get(series).copied().unwrap_or_default()
}

#[test]
fn requests_are_counted_by_door_method_and_status() {
    let world = World::start();
    let digest = world.put_artifact("secretspace/secretchart", "v1", "text");
    let got = world.get("/v2/secretspace/secretchart/manifests/v1");
    world.ask(&format!("HEAD /v2/secretspace/secretchart/manifests/{digest}"), &[], b"");
    world.get("/v2/secretspace/none/manifests/v1");
    world.get("/index.yaml");
    world.get("/api/v1/spaces");
    world.get("/api/charts");
    world.get("/ready");
    world.get("/");
    world.ask("BREW /index.yaml", &[], b"");
    let answer = world.get("/metrics");
    let samples = read(&answer);
    for (series, expected) in [
        (requests("oci", "PUT", "201"), 1.0),
        (requests("oci", "POST", "201"), 2.0),
        (requests("oci", "GET", "200"), 1.0),
        (requests("oci", "HEAD", "200"), 1.0),
        (requests("oci", "GET", "404"), 1.0),
        (requests("classic", "GET", "200"), 1.0),
        (requests("classic", "other", "405"), 1.0),
        (requests("spaces", "GET", "200"), 1.0),
        (requests("chartmuseum", "GET", "200"), 1.0),
        (requests("probe", "GET", "200"), 1.0),
        (requests("web", "GET", "200"), 1.0),
        ("hreg_http_requests_running".to_owned(), 1.0),
        (r#"hreg_http_request_duration_seconds_count{door="oci"}"#.to_owned(), 6.0),
        (r#"hreg_http_request_duration_seconds_bucket{door="oci",le="+Inf"}"#.to_owned(), 6.0),
    ] {
        assert_eq!(of(&samples, &series), expected, "{series} in {}", answer.text());
    }
    let sent = of(&samples, r#"hreg_http_sent_bytes_total{door="oci"}"#);
    assert!(sent >= got.body.len() as f64, "{sent}");
    let received = of(&samples, r#"hreg_http_received_bytes_total{door="oci"}"#);
    assert!(received >= (got.body.len() + "{}text".len()) as f64, "{received}");
    assert!(of(&samples, "hreg_connections_open") >= 1.0);
    assert!(of(&samples, "process_start_time_seconds") > 1.7e9);
    assert!(!answer.text().contains("secret"), "no name is a label");
    let again = read(&world.get("/metrics"));
    assert_eq!(of(&again, &requests("metrics", "GET", "200")), 1.0);
}

#[test]
fn the_bounds_of_durations_grow_and_so_do_the_counts() {
    let world = World::start();
    (0..5).for_each(|_| drop(world.get("/ready")));
    let answer = world.get("/metrics");
    let start = r#"hreg_http_request_duration_seconds_bucket{door="probe",le=""#;
    let buckets = answer.text().lines().filter_map(|line| line.strip_prefix(start));
    let buckets: Vec<(f64, f64)> = buckets
        .map(|line| line.split_once("\"} ").unwrap())
        .map(|(bound, count)| (bound.parse().unwrap(), count.parse().unwrap()))
        .collect();
    assert!(buckets.len() > 10, "{buckets:?}");
    let grows = |pair: &[(f64, f64)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
    assert!(buckets.windows(2).all(grows), "{buckets:?}");
    assert_eq!(buckets.last().unwrap(), &(f64::INFINITY, 5.0));
}

#[test]
fn the_size_of_the_store_is_told() {
    let world = World::start();
    for (name, version) in [("a", "1.0.0"), ("a", "1.1.0"), ("b", "1.0.0")] {
        let bytes = archive(&world.test, name, version, "");
        assert_eq!(world.send_form("POST /api/charts", &[("chart", &bytes)]).status, 201);
    }
    world.put_artifact("team/x", "v1", "text");
    world.begin("team/x");
    let samples = read(&world.get("/metrics"));
    for (name, expected) in
        [("spaces", 2.0), ("charts", 2.0), ("versions", 3.0), ("uploads", 1.0), ("blobs", 12.0)]
    {
        assert_eq!(samples[&format!("hreg_store_{name}")], expected, "{name}");
    }
    assert!(samples["hreg_store_blob_bytes"] > 1000.0);
    // Within a moment the store is not measured again.
    world.put_artifact("other/x", "v1", "text");
    let again = read(&world.get("/metrics"));
    let time = "hreg_store_measured_timestamp_seconds";
    assert!(again[time] > samples[time] || again["hreg_store_spaces"] == 2.0);
}

#[test]
fn waits_for_locks_are_counted() {
    let world = World::with(Environment::new(), &["--lock-timeout", "0.05"]);
    world.put_artifact("a/b", "v1", "text");
    let before = read(&world.get("/metrics"));
    let lock = std::fs::File::open(world.test.store("locks/store")).unwrap();
    lock.lock().unwrap();
    assert_eq!(world.ask("POST /v2/a/b/blobs/uploads/", &[], b"").status, 503);
    let after = read(&world.get("/metrics"));
    let more = |name: &str| after[name] - before[name];
    assert_eq!([more("hreg_lock_waits_total"), more("hreg_lock_timeouts_total")], [1.0, 1.0]);
    assert!(more("hreg_lock_wait_seconds_total") >= 0.05);
}

#[test]
fn who_has_to_be_known_elsewhere_has_to_be_known_here() {
    for open in [&[][..], &["--allow-anonymous", "read"]] {
        let test = Environment::new();
        test.write("users", format!("ann:{}\n", bcrypt::hash("ann", 4).unwrap()));
        let world = World::with(test, &[&["--htpasswd", "users"], open].concat());
        let refused = world.get("/metrics");
        assert_eq!(refused.status, 401);
        assert!(!refused.header("www-authenticate").is_empty());
        assert!(!refused.text().contains("hreg_"));
        // The name and the password `ann`.
        read(&world.ask("GET /metrics", &["Authorization: Basic YW5uOmFubg=="], b""));
    }
}

#[test]
fn they_can_have_an_address_of_their_own() {
    let test = Environment::new();
    test.write("users", format!("ann:{}\n", bcrypt::hash("ann", 4).unwrap()));
    let arguments = ["--htpasswd", "users", "--metrics-listen", "127.0.0.1:0"];
    let world = World::with(test, &arguments);
    let line = world.line_with("serving metrics on http://");
    let (_, url) = line.split_once(" on ").unwrap();
    let get = |url: &str| {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        ureq::Agent::from(config).get(url).call().unwrap()
    };
    let mut answer = get(url);
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!((answer.status().as_u16(), kind.as_str()), (200, TEXT));
    assert!(answer.body_mut().read_to_string().unwrap().contains("hreg_build_info{version=\""));
    let base = url.strip_suffix("/metrics").unwrap();
    assert_eq!(get(&format!("{base}/ready")).status().as_u16(), 200);
    assert_eq!(get(&format!("{base}/v2/")).status().as_u16(), 404, "nothing else is there");
    let with = ["Authorization: Basic YW5uOmFubg=="];
    assert_eq!(world.ask("GET /metrics", &with, b"").status, 404, "and they are nowhere else");
    for (check, address) in [("--check", "nowhere"), ("--listen=127.0.0.1:0", world.address())] {
        let refused = world.test.run(&["serve", check, "--metrics-listen", address]);
        assert_eq!(refused.code, Some(1), "{refused}");
        assert!(refused.stderr.contains(&format!("cannot listen on {address}")), "{refused}");
    }
}

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
