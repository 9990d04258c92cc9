//! A registry with much in it, some of which fails: what can be served is, and costs what it must.

use std::time::Duration;

use hreg::digest::Digest;
use hreg::oci::Descriptor;
use serde_json::{Value, json};

use super::faulty::Faulty;
use super::{adapt, search};
use crate::helm::Helm;
use crate::registry::{Registry, ask};

const REPOSITORIES: usize = 250;
const TAGS: usize = 1500;
const KIND: &str = "application/vnd.oci.image.manifest.v1+json";

/// Puts a chart into a registry, whose archive is one for all: nobody unpacks it here.
fn put(registry: &Registry, repository: &str, version: &str, content: &Descriptor) -> Value {
    let name = repository.rsplit('/').next().unwrap();
    let config = json!({"name": name, "version": version, "apiVersion": "v2"}).to_string();
    let config = registry.put_blob(repository, config.as_bytes());
    let part = |kind: &str, found: &Descriptor| json!({"mediaType": kind, "digest": found.digest, "size": found.size});
    let manifest = json!({
        "schemaVersion": 2,
        "config": part("application/vnd.cncf.helm.config.v1+json", &config),
        "layers": [part("application/vnd.cncf.helm.chart.content.v1.tar+gzip", content)],
    });
    registry.put_manifest(repository, version, KIND, &manifest);
    manifest
}

fn index(address: &str) -> (String, Vec<u8>) {
    ask(address, "GET", "/index.yaml", "X: y", b"")
}

/// Asks for the index by 50 clients at once.
fn indexes(address: &str) -> Vec<(String, Vec<u8>)> {
    let ask = |_| {
        let address = address.to_owned();
        std::thread::spawn(move || index(&address))
    };
    let clients: Vec<_> = (0..50).map(ask).collect();
    clients.into_iter().map(|client| client.join().unwrap()).collect()
}

/// Tells how many walks have ended.
fn walks(address: &str) -> String {
    let metrics = ask(address, "GET", "/metrics", "X: y", b"").1;
    let metrics = String::from_utf8(metrics).unwrap();
    let mut lines = metrics.lines();
    lines.find(|line| line.starts_with("hreg_registry_walks_total")).unwrap().to_owned()
}

fn fault(path: &str) -> Option<&'static str> {
    if path.starts_with("/v2/charts/closed/") {
        return Some("401 Unauthorized");
    }
    path.starts_with("/v2/charts/broken/").then_some("500 Internal Server Error")
}

#[test]
fn what_fails_hides_nothing_else() {
    let (Some(helm), Some(registry)) = (Helm::find(), Registry::start()) else { return };
    let bytes = b"an archive";
    for number in 0..REPOSITORIES {
        let repository = format!("charts/team-{}/chart-{number:03}", number % 7);
        let content = registry.put_blob(&repository, bytes);
        put(&registry, &repository, "1.0.0", &content);
    }
    let content = registry.put_blob("charts/long", bytes);
    for number in 0..TAGS {
        put(&registry, "charts/long", &format!("1.{number}.0"), &content);
    }
    for repository in ["charts/closed/secret", "charts/broken/lost", "charts/mixed", "other/one"] {
        let content = registry.put_blob(repository, bytes);
        put(&registry, repository, "1.0.0", &content);
    }
    let config = registry.put_blob("charts/mixed", b"{}");
    let signature = Digest::of(b"of what it signs").hex();
    let config = json!({"mediaType": "x/y", "digest": config.digest, "size": config.size});
    let other = json!({"schemaVersion": 2, "config": config, "layers": []});
    registry.put_manifest("charts/mixed", &format!("sha256-{signature}.sig"), KIND, &other);
    registry.put_manifest("charts/mixed", "0-image", KIND, &other);

    let faulty = Faulty::start(registry.address(), fault);
    let served = adapt(faulty.address(), &["--registry-refresh", "1h"]);
    helm.run(["repo", "add", "ours", &format!("http://{}", served.address)]).bytes();
    let found = search(&helm);
    assert_eq!(found.len(), REPOSITORIES + TAGS + 1);
    assert_eq!(found.iter().filter(|(name, _)| name == "long").count(), TAGS);
    assert!(found.contains(&("mixed".to_owned(), "1.0.0".to_owned())));
    assert!(!found.iter().any(|(name, _)| ["secret", "lost", "one"].contains(&name.as_str())));

    faulty.asked();
    let answers = indexes(&served.address);
    assert!(answers.iter().all(|answer| answer.1 == answers[0].1));
    assert!(answers[0].0.contains("2 repositories are not wholly served"), "{}", answers[0].0);
    assert_eq!(faulty.asked(), Vec::<String>::new(), "it is new enough");
    let beside = adapt(faulty.address(), &[]);
    assert!(index(&beside.address).1 == answers[0].1, "two servers give the same bytes");
    let whole = adapt(registry.address(), &[]);
    assert!(String::from_utf8_lossy(&index(&whole.address).1).contains("secret-1.0.0.tgz"));

    let renewing = adapt(faulty.address(), &["--registry-refresh", "5s"]);
    index(&renewing.address);
    std::thread::sleep(Duration::from_secs(6));
    faulty.asked();
    let before = walks(&renewing.address);
    indexes(&renewing.address);
    // Clients do not wait for ever; the walk goes on.
    while walks(&renewing.address) == before {
        std::thread::sleep(Duration::from_millis(100));
    }
    let asked = faulty.asked();
    let catalogues = asked.iter().filter(|line| line.contains("_catalog")).count();
    assert_eq!(catalogues, 1, "one walk for all who wait");
    let long = asked.iter().filter(|line| line.contains("/charts/long/manifests/")).count();
    assert_eq!(long, TAGS);
    assert!(!asked.iter().any(|line| line.contains("/blobs/")), "what is known is not asked for");
}
