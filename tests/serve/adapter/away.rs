//! A registry that is away: before anything is known of it, and afterwards.

use std::net::TcpListener;
use std::time::Instant;

use super::{Adapter, adapt, save};
use crate::environment::Environment;
use crate::world::Serving;

/// Finds a port that nobody listens on.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn nothing_is_served_until_it_answers_and_then_everything_is() {
    let (test, address) = (Environment::with_chart(), free_address());
    let server = adapt(&test, &address, &[]);
    for path in
        ["/index.yaml", "/library/charts/mychart-1.0.0.tgz", "/api/v1/spaces", "/api/charts"]
    {
        let refused = server.get(path);
        assert_eq!((refused.status, refused.header("retry-after")), (502, "5"), "{path}");
    }
    let refused = server.get("/v2/library/mychart/manifests/1.0.0");
    assert_eq!(refused.status, 502);
    assert!(refused.json()["errors"][0]["message"].as_str().unwrap().contains("does not answer"));
    assert_eq!(server.get("/health").status, 200);
    assert_eq!(server.get("/ready").status, 503);
    server.line_with("nothing is served until it answers");

    // Nobody asks for anything but whether it is ready.
    let command = test.command(&["serve", "--listen", &address]);
    let registry = Serving::of(command);
    let begun = Instant::now();
    while server.get("/ready").status != 200 {
        assert!(begun.elapsed().as_secs() < 60, "{:#?}", server.lines());
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    server.line_with("answers again");
    assert_eq!(server.get("/library/charts/mychart-1.0.0.tgz").status, 200);
    drop(registry);
}

#[test]
fn what_was_found_is_served_on() {
    let server = Adapter::start(Environment::new(), &[]);
    save(&server.test, "team", "a", "1.0.0");
    save(&server.test, "team", "b", "1.0.0");
    let before = server.get("/index.yaml");
    assert_eq!((before.status, before.header("warning")), (200, ""));
    let archive = server.get("/charts/a-1.0.0.tgz");
    assert_eq!(archive.status, 200);
    let Adapter { registry, server, test } = server;
    drop(registry);
    let begun = Instant::now();
    let after = loop {
        // The walk that finds out is not waited for for ever.
        let answer = server.get("/index.yaml");
        if !answer.header("warning").is_empty() {
            break answer;
        }
        assert!(begun.elapsed().as_secs() < 60, "{:#?}", server.lines());
    };
    assert_eq!(after.header("warning"), "110 hreg \"Response is Stale\"");
    assert!(after.status == 200 && after.body == before.body);
    assert!(server.get("/charts/a-1.0.0.tgz").body == archive.body, "it was fetched before");
    assert_eq!(server.get("/charts/b-1.0.0.tgz").status, 502);
    let metrics = server.get("/metrics");
    assert!(metrics.text().contains("\nhreg_registry_stale 1\n"), "{}", metrics.text());
    let told = server.lines().iter().filter(|line| line.contains("what was found before")).count();
    assert_eq!(told, 1, "it is told once: {:#?}", server.lines());
    assert_eq!(server.get("/ready").status, 200);
    drop(test);
}
