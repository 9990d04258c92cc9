//! `hreg serve` in front of a registry, for Helm: charts that Helm has pushed, by `helm repo` and `helm pull`.

mod faulty;
mod many;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::charts;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::registry::{Registry, USER};
use crate::serving::Served;

/// Starts hreg in front of what is at an address, below `charts`.
fn adapt(address: &str, arguments: &[&str]) -> Served {
    adapt_with(Hreg::new(), address, arguments)
}

fn adapt_with(hreg: Hreg, address: &str, arguments: &[&str]) -> Served {
    let place = format!("{address}/charts");
    let first = ["--storage", "registry", "--storage-registry-repo", &place];
    Served::with(hreg, &[&first, arguments].concat())
}

/// Writes what Kubernetes has of a guarded registry.
fn secret(folder: &Path, address: &str) -> PathBuf {
    let auth = BASE64_STANDARD.encode(format!("{}:{}", USER.0, USER.1));
    let file = folder.join("dockerconfigjson");
    fs::write(&file, json!({"auths": {address: {"auth": auth}}}).to_string()).unwrap();
    file
}

/// Tells what Helm finds of all versions: names without the repository's.
fn search(helm: &Helm) -> Vec<(String, String)> {
    let found =
        helm.run(["search", "repo", "ours/", "--versions", "--devel", "-o", "json"]).bytes();
    let found: Vec<Value> = serde_json::from_slice(&found).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let name = |value: &Value| text(value).split_once('/').unwrap().1.to_owned();
    let mut found: Vec<_> =
        found.iter().map(|one| (name(&one["name"]), text(&one["version"]))).collect();
    found.sort();
    found
}

/// Uses the charts of an adapter with Helm, and compares them with what was pushed.
fn use_with_helm(served: &Served, archives: &[PathBuf]) {
    for helm in Helm::generations() {
        let repository = format!("http://{}", served.address);
        helm.run(["repo", "add", "ours", &repository]).bytes();
        helm.run(["repo", "update"]).bytes();
        let found = search(&helm);
        assert_eq!(found.len(), archives.len());
        let folder = TempDir::new().unwrap();
        for archive in archives {
            let saved = Hreg::new().saved(archive);
            let (name, version) = (saved.name(), saved.version());
            assert!(found.contains(&(name.to_owned(), version.to_owned())), "{name} {version}");
            let chart = format!("ours/{name}");
            let into = folder.path().to_str().unwrap();
            helm.run(["pull", &chart, "--version", version, "--destination", into]).bytes();
            let pulled = folder.path().join(format!("{name}-{version}.tgz"));
            assert!(fs::read(pulled).unwrap() == fs::read(archive).unwrap(), "{name} {version}");
            let rendered = helm.run(["template", "release", &chart, "--version", version]);
            let expected = helm.template(archive);
            assert_eq!(rendered.success, expected.success, "{name}: {}", rendered.stderr);
            // Some charts give themselves a random password each time.
            let is_random = expected.stdout != helm.template(archive).stdout;
            assert!(is_random || rendered.stdout == expected.stdout, "{name} {version}");
        }
    }
}

#[test]
fn helm_uses_a_registry_as_a_repository() {
    let (Some(helm), Some(archives)) = (Helm::find(), charts::real()) else { return };
    let Some(registry) = Registry::start() else { return };
    for (number, archive) in archives.iter().enumerate() {
        let space = ["charts", "charts/team", "charts/team/apps"][number % 3];
        registry.push(&helm, archive, space).unwrap();
    }
    use_with_helm(&adapt(registry.address(), &[]), &archives);
}

#[test]
fn helm_uses_a_guarded_registry_as_a_repository() {
    let (Some(helm), Some(archives)) = (Helm::find(), charts::real()) else { return };
    let Some(registry) = Registry::start_guarded() else { return };
    let archives = &archives[..3];
    let (address, (user, password)) = (registry.address(), USER);
    let login = ["registry", "login", address, "-u", user, "-p", password];
    helm.run_over_http(login).bytes();
    for archive in archives {
        let target = format!("oci://{address}/charts/team");
        helm.run_over_http(["push", archive.to_str().unwrap(), &target]).bytes();
    }
    let folder = TempDir::new().unwrap();
    let file = secret(folder.path(), address);
    use_with_helm(&adapt(address, &["--registry-secret", file.to_str().unwrap()]), archives);
}

#[test]
fn helm_uses_a_registry_with_tls_as_a_repository() {
    let (Some(helm), Some(archives)) = (Helm::find(), charts::real()) else { return };
    let Some(registry) = Registry::start_with_tls() else { return };
    let archives = &archives[..3];
    let (ca, hreg) = (registry.ca(), Hreg::new());
    let ca = ca.to_str().unwrap();
    for archive in archives {
        let target = format!("oci://{}/charts", registry.address());
        let push = ["push", archive.to_str().unwrap(), &target, "--ca-file", ca];
        assert!(hreg.run(push).success);
    }
    let scheme = ["--storage-registry-scheme", "https"];
    use_with_helm(
        &adapt(registry.address(), &[&scheme[..], &["--registry-ca-file", ca]].concat()),
        archives,
    );
    drop(helm);
}

#[test]
fn what_is_pushed_again_and_what_is_deleted_is_seen() {
    let Some(helm) = Helm::find() else { return };
    let Some(registry) = Registry::start() else { return };
    let folder = TempDir::new().unwrap();
    let push = |name: &str, version: &str, description: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(&path).unwrap();
        let text = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
        fs::write(path.join("Chart.yaml"), format!("{text}description: {description}\n")).unwrap();
        let archive = helm.package(&path, folder.path()).unwrap();
        registry.push(&helm, &archive, "charts").unwrap();
        fs::read(archive).unwrap()
    };
    push("one", "1.0.0", "first");
    push("two", "1.0.0", "first");
    let served = adapt(registry.address(), &["--registry-refresh", "1s"]);
    let home = Helm::find().unwrap();
    let repository = format!("http://{}", served.address);
    home.run(["repo", "add", "ours", &repository]).bytes();
    assert_eq!(search(&home).len(), 2);
    let newer = push("one", "1.0.0", "second");
    registry.delete("charts/two", "1.0.0");
    std::thread::sleep(Duration::from_millis(1100));
    home.run(["repo", "update"]).bytes();
    assert_eq!(search(&home), [("one".to_owned(), "1.0.0".to_owned())]);
    let into = folder.path().join("pulled");
    fs::create_dir(&into).unwrap();
    home.run(["pull", "ours/one", "--destination", into.to_str().unwrap()]).bytes();
    assert!(fs::read(into.join("one-1.0.0.tgz")).unwrap() == newer);
    assert!(!home.run(["pull", "ours/two", "--version", "1.0.0"]).success);
}

#[test]
fn what_was_fetched_is_served_while_the_registry_is_away() {
    let (Some(helm), Some(archives)) = (Helm::find(), charts::real()) else { return };
    let Some(registry) = Registry::start() else { return };
    let archives = &archives[..3];
    for archive in archives {
        registry.push(&helm, archive, "charts/team").unwrap();
    }
    let address = registry.address().to_owned();
    let served = adapt(&address, &["--mirror", "--registry-refresh", "1s"]);
    use_with_helm(&served, archives);
    drop(registry);
    std::thread::sleep(Duration::from_millis(1100));
    use_with_helm(&served, archives);
    let hreg = served.stop();
    hreg.run(["verify"]).bytes();
    let begun = Instant::now();
    let again = adapt_with(hreg, &address, &["--mirror"]);
    use_with_helm(&again, archives);
    assert!(begun.elapsed() < Duration::from_secs(600), "it waits for what is away");
}
