//! `helm cm-push` against `hreg serve`: ChartMuseum's plugin, installed in each Helm.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::guarded::Guarded;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::peer;
use crate::run::Said;
use crate::serving::Served;

/// The plugin's description for Helm 3, and that for Helm 4: the plugin tells by it who runs it.
const THREE: &str = "name: cm-push\nversion: 0.11.1\nusage: push\ndescription: push\n\
                     command: $HELM_PLUGIN_DIR/helm-cm-push\n";
const FOUR: &str = "apiVersion: v1\nname: cm-push\nversion: 0.11.1\ntype: cli/v1\n\
                    runtime: subprocess\nconfig: {usage: cm-push, shortHelp: push, longHelp: push}\n\
                    runtimeConfig:\n  platformCommand:\n  \
                    - command: ${HELM_PLUGIN_DIR}/helm-cm-push\n";

/// Gives both Helms, each with the plugin.
fn helms() -> Vec<Helm> {
    let Some(program) = peer::find("helm-cm-push") else { return Vec::new() };
    let install = |helm: &Helm| {
        let plugin = helm.home().join("data/plugins/cm-push");
        fs::create_dir_all(&plugin).unwrap();
        fs::write(plugin.join("plugin.yaml"), if helm.is_three() { THREE } else { FOUR }).unwrap();
        symlink(&program, plugin.join("helm-cm-push")).unwrap();
    };
    Helm::generations().inspect(install).collect()
}

/// Writes a chart whose values have a note, and gives its folder.
fn chart(folder: &TempDir, note: &str) -> PathBuf {
    let chart = folder.path().join("x");
    fs::create_dir_all(&chart).unwrap();
    fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: x\nversion: 1.0.0\n").unwrap();
    fs::write(chart.join("values.yaml"), format!("note: {note}\n")).unwrap();
    chart
}

fn push(helm: &Helm, chart: &Path, place: &str, options: &[&str]) -> Said {
    let mut command = helm.command();
    Said::of(command.arg("cm-push").arg(chart).arg(place).args(options))
}

#[track_caller]
fn refused(said: Said, with: &str) {
    assert!(!said.success && said.stderr.contains(with), "{said:?}");
}

fn get(url: &str) -> Value {
    let body = ureq::get(url).call().unwrap().body_mut().read_to_vec().unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn folders_and_archives_are_pushed_and_seen_by_every_door() {
    for helm in helms() {
        let served = Served::start();
        let folder = TempDir::new().unwrap();
        let chart = chart(&folder, "first");
        let archive = helm.package(&chart, folder.path()).unwrap();
        served.hreg.run(["space", "create", "team/apps"]).bytes();
        let root = format!("http://{}", served.address);
        let team = format!("{root}/team/apps");
        helm.run(["repo", "add", "team", &team]).bytes();
        helm.run(["repo", "add", "root", &root]).bytes();
        for (chart, place, options) in [
            (&chart, "team", &[][..]),
            (&archive, "root", &[]),
            (&chart, &team, &["--version", "1.1.0+a"]),
            (&archive, &root, &["--version", "2.0.0-rc.1", "--app-version", "7"]),
        ] {
            assert!(push(&helm, chart, place, options).text().contains("Done."), "{place}");
        }
        helm.run(["repo", "update"]).bytes();
        let found = helm.run(["search", "repo", "--versions", "--devel", "-o", "json"]).bytes();
        let found: Value = serde_json::from_slice(&found).unwrap();
        let seen: Vec<&str> =
            found.as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect();
        assert_eq!(seen, ["2.0.0-rc.1", "1.0.0", "1.1.0+a", "1.0.0"]);
        let charts = get(&format!("{root}/api/v1/spaces/team%2Fapps/charts"));
        assert_eq!(charts["items"], serde_json::json!(["x"]));
        for (space, version) in [("library", "2.0.0-rc.1"), ("team/apps", "1.1.0+a")] {
            let reference = format!("oci://{}", served.name(&format!("{space}/x")));
            let shown = helm.run_over_http(["show", "values", &reference, "--version", version]);
            assert_eq!(shown.text().trim(), "note: first");
        }
        served.hreg.run(["verify"]).bytes();
    }
}

#[test]
fn a_version_is_replaced_by_force_alone() {
    for helm in helms() {
        let served = Served::start();
        let folder = TempDir::new().unwrap();
        let root = format!("http://{}", served.address);
        push(&helm, &chart(&folder, "first"), &root, &[]).bytes();
        let second = chart(&folder, "second");
        refused(push(&helm, &second, &root, &[]), "409");
        let values = || served.hreg.run(["show", "values", "x:1.0.0"]).text();
        assert_eq!(values().trim(), "note: first");
        push(&helm, &second, &root, &["--force"]).bytes();
        assert_eq!(values().trim(), "note: second");
        // It reads the index of the repository first, and a space that is not there has none.
        refused(push(&helm, &second, &format!("{root}/absent"), &[]), "404");
        push(&helm, &second, &format!("{root}/absent"), &["--context-path", "/"]).bytes();
        assert_eq!(served.hreg.run(["show", "values", "absent/x"]).text().trim(), "note: second");
    }
}

#[test]
fn users_push_what_they_may() {
    for helm in helms() {
        let guarded = Guarded::start();
        let root = format!("http://{}", guarded.served.address);
        let folder = TempDir::new().unwrap();
        let chart = chart(&folder, "users");
        let push = |place: &str, options: &[&str]| {
            push(&helm, &chart, place, &[&["--version", "2.0.0"], options].concat())
        };
        let as_user = |user: &str| push(&root, &["--username", user, "--password", user]);
        refused(push(&root, &[]), "401");
        refused(as_user("bob"), "403");
        assert!(as_user("ann").text().contains("Done."));
        helm.run(["repo", "add", "ours", &root, "--username", "ann", "--password", "ann"]).bytes();
        refused(push("ours", &[]), "409");
        assert!(push("ours", &["--force"]).text().contains("Done."));
    }
}

#[test]
fn a_certificate_is_checked_by_the_plugin() {
    for helm in helms() {
        let folder = TempDir::new().unwrap();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (certificate, key) = (file("server.crt"), file("server.key"));
        fs::write(&certificate, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let flags = ["--tls-cert", &certificate, "--tls-key", &key];
        let served = Served::with(Hreg::new(), &flags);
        let root = format!("https://{}", served.address);
        let chart = chart(&folder, "safe");
        refused(push(&helm, &chart, &root, &[]), "certificate");
        let pushed = push(&helm, &chart, &root, &["--ca-file", &certificate]);
        assert!(pushed.text().contains("Done."));
        helm.run(["repo", "add", "ours", &root, "--ca-file", &certificate]).bytes();
        assert!(helm.run(["search", "repo", "ours/x"]).text().contains("1.0.0"));
    }
}
