//! Helm against the classic repositories of `hreg serve`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::charts;
use crate::folder::Folder;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::signatures::Keys;

/// Is a running `hreg serve`; it ends when this is dropped.
struct Served {
    hreg: Hreg,
    process: Child,
    address: String,
}

impl Served {
    fn start() -> Served {
        let hreg = Hreg::new();
        let mut command = hreg.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let (_, address) = first.split_once("http://").unwrap_or_else(|| panic!("{first}"));
        let address = address.to_owned();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Served { hreg, process, address }
    }

    /// Gives the address of a space's repository.
    fn repository(&self, space: &str) -> String {
        format!("http://{}/{space}", self.address)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Nothing is lost where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs Helm, which must succeed, and gives what it printed.
#[track_caller]
fn helm(helm: &Helm, arguments: &[&str]) -> String {
    helm.run(arguments).text()
}

/// Gives what an index says of each version, but for what differs between any two repositories.
fn described(index: &Value) -> BTreeMap<String, Value> {
    let entries = index["entries"].as_object().unwrap().values();
    let all = entries.flat_map(|versions| versions.as_array().unwrap());
    all.map(|version| {
        let mut version = version.as_object().unwrap().clone();
        version.retain(|key, _| key != "created" && key != "urls");
        (format!("{} {}", version["name"], version["version"]), Value::Object(version))
    })
    .collect()
}

#[test]
fn helm_finds_and_pulls_what_a_space_has() {
    for peer in Helm::generations() {
        let Some(archives) = charts::real() else { return };
        let served = Served::start();
        let beside = TempDir::new().unwrap();
        for archive in &archives {
            served.hreg.saved(archive);
            fs::copy(archive, beside.path().join(charts::name(archive))).unwrap();
        }
        helm(&peer, &["repo", "add", "ours", &served.repository("")]);
        helm(&peer, &["repo", "index", beside.path().to_str().unwrap()]);
        // Helm's own index of the same archives says the same.
        let theirs = fs::read(beside.path().join("index.yaml")).unwrap();
        let theirs = described(&hreg::chart::yaml::parse(&theirs).unwrap());
        let ours = peer.home().join("cache/repository/ours-index.yaml");
        let ours = described(&hreg::chart::yaml::parse(&fs::read(ours).unwrap()).unwrap());
        assert!(!ours.is_empty());
        for (name, version) in &theirs {
            assert_eq!(ours.get(name), Some(version), "{name}");
        }
        assert_eq!(ours.len(), theirs.len());
        let found =
            helm(&peer, &["search", "repo", "ours/", "--versions", "--devel", "-o", "json"]);
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!(found.as_array().unwrap().len(), ours.len());
        let pulled = TempDir::new().unwrap();
        for chart in found.as_array().unwrap() {
            let (name, version) =
                (chart["name"].as_str().unwrap(), chart["version"].as_str().unwrap());
            let folder = pulled.path().to_str().unwrap();
            helm(&peer, &["pull", name, "--version", version, "--destination", folder]);
        }
        for archive in &archives {
            let saved = served.hreg.saved(archive);
            let name = format!("{}-{}.tgz", saved.name(), saved.version());
            let (theirs, ours) = (fs::read(archive).unwrap(), pulled.path().join(&name));
            assert!(fs::read(ours).unwrap() == theirs, "{name}");
        }
    }
}

#[test]
fn helm_sees_a_change_and_that_there_is_none() {
    for peer in Helm::generations() {
        let served = Served::start();
        helm(&peer, &["repo", "add", "ours", &served.repository("library")]);
        assert!(helm(&peer, &["repo", "update"]).contains("Successfully got an update"));
        served.hreg.saved(&Folder::plain().path());
        helm(&peer, &["repo", "update"]);
        assert!(helm(&peer, &["search", "repo", "ours/x"]).contains("1.0.0"));
        let shown = ["show", "chart", "x", "--repo", &served.repository("library")];
        assert!(helm(&peer, &shown).contains("version: 1.0.0"));
    }
}

#[test]
fn helm_verifies_what_it_pulls() {
    for peer in Helm::generations() {
        let Some(keys) = Keys::make() else { return };
        let served = Served::start();
        let signed = keys.sign(&peer, &Folder::listing());
        served.hreg.saved(&signed);
        let pulled = TempDir::new().unwrap();
        let pull = |ring: &Path| {
            let mut command = peer.command();
            command.args(["pull", "x", "--verify", "--repo", &served.repository("")]);
            command.arg("--keyring").arg(ring).arg("--destination").arg(pulled.path());
            crate::run::Said::of(&mut command)
        };
        let said = pull(&keys.ring("public"));
        assert!(said.success, "{}", said.stderr);
        let archive = pulled.path().join("x-1.0.0.tgz");
        assert!(fs::read(archive).unwrap() == fs::read(&signed).unwrap());
        let Some(others) = Keys::make() else { return };
        assert!(!pull(&others.ring("public")).success);
    }
}

#[test]
fn helm_takes_dependencies_from_it() {
    for peer in Helm::generations() {
        let served = Served::start();
        served.hreg.saved(&Folder::plain().path());
        served.hreg.run(["tag", "x:1.0.0", "team/apps/x"]).bytes();
        for space in ["library", "team/apps"] {
            let repository = served.repository(space);
            let head = format!(
                "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n\
             - name: x\n  version: ^1.0.0\n  repository: {repository}\n"
            );
            let parent = Folder::empty().file("Chart.yaml", head);
            let path = parent.path();
            helm(&peer, &["dependency", "update", path.to_str().unwrap()]);
            assert!(path.join("charts/x-1.0.0.tgz").exists());
            assert!(peer.template(&path).success);
        }
    }
}
