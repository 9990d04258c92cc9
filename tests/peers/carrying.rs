//! Charts go both ways between hreg and Helm, through a real registry.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::folder::Folder;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::peer;
use crate::registry::{Registry, USER, another_name};
use crate::run::Said;

/// Gives some real charts, or at least one of our own.
fn archives(helm: &Helm, into: &Path) -> Vec<PathBuf> {
    let own = helm.package(&Folder::listing().path(), into).unwrap();
    let mut all = vec![own];
    if let Some(folder) = peer::real_charts_folder() {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut real: Vec<PathBuf> =
            files.filter(|path| path.extension().is_some_and(|found| found == "tgz")).collect();
        real.sort();
        all.extend(real);
    }
    all
}

fn json(said: Said) -> Value {
    serde_json::from_slice(&said.bytes()).unwrap()
}

fn digest_of(path: &Path) -> String {
    hreg::digest::Digest::of(&fs::read(path).unwrap()).to_string()
}

#[test]
fn what_helm_pushes_is_pulled_and_pushed_on_byte_for_byte() {
    for helm in Helm::generations() {
        let Some(registry) = Registry::start() else { return };
        let folder = TempDir::new().unwrap();
        let hreg = Hreg::new();
        let address = registry.address();
        let mut count = 0;
        for archive in archives(&helm, folder.path()) {
            if registry.push(&helm, &archive, "charts").is_err() {
                continue; // Helm itself cannot push it: its name or version is no tag.
            }
            count += 1;
            let saved = Hreg::new().saved(&archive);
            let (name, version) = (saved.name(), saved.version());
            let reference = format!("{address}/charts/{name}:{}", version.replace('+', "_"));
            let pulled = json(hreg.run(["pull", "-o", "json", &reference]));
            assert_eq!(pulled[0]["content"]["digest"], digest_of(&archive), "{reference}");
            assert_eq!(pulled[0]["meta"]["digest"], saved.meta(), "{reference}");
            let tag = format!("/v2/charts/{name}/manifests/{}", version.replace('+', "_"));
            let manifest = registry.get(&tag);
            let digest = hreg::digest::Digest::of(&manifest).to_string();
            assert_eq!(pulled[0]["digest"], digest, "{reference}");

            let pushed = hreg.run(["push", &reference, &format!("oci://{address}/onward")]);
            assert!(pushed.text().contains(&format!("Digest: {digest}")));
            assert_eq!(registry.get(&tag.replace("charts", "onward")), manifest, "{reference}");
        }
        assert!(count > 0, "Helm has pushed nothing");
        assert!(hreg.run(["verify"]).success);
    }
}

#[test]
fn helm_pulls_shows_and_renders_what_was_pushed() {
    for helm in Helm::generations() {
        let Some(registry) = Registry::start() else { return };
        let folder = TempDir::new().unwrap();
        let hreg = Hreg::new();
        let target = format!("oci://{}/ours", registry.address());
        // Rendering takes most of the time, and is about the chart more than about who carried it.
        let step = if helm.is_three() { 1 } else { 6 };
        for archive in archives(&helm, folder.path()).into_iter().step_by(step) {
            let saved = hreg.saved(&archive);
            let said = hreg.run(["push", saved.reference(), &target]);
            let pushed = said.text();
            assert!(pushed.starts_with("Pushed: "), "{pushed}");
            let name = saved.name();
            let chart = format!("{target}/{name}");
            let out = TempDir::new().unwrap();
            let into = out.path().to_str().unwrap();
            let pull = ["pull", &chart, "--version", saved.version(), "--destination", into];
            let said = helm.run_over_http(pull);
            assert!(said.success, "{}", said.stderr);
            let file = out.path().join(format!("{name}-{}.tgz", saved.version()));
            assert_eq!(fs::read(&file).unwrap(), fs::read(&archive).unwrap(), "{name}");
            let shown = helm.run_over_http(["show", "chart", &chart, "--version", saved.version()]);
            assert_eq!(
                shown.bytes(),
                helm.run([Path::new("show"), Path::new("chart"), &archive]).bytes()
            );
            let theirs = helm.template(&archive).stdout;
            // What a chart makes up at random says nothing.
            if theirs == helm.template(&archive).stdout {
                let ours = helm.run_over_http([
                    "template",
                    "release",
                    &chart,
                    "--version",
                    saved.version(),
                ]);
                assert!(ours.stdout == theirs, "{name} renders otherwise");
            }
        }
    }
}

#[test]
fn what_is_there_is_not_sent_again_and_no_tag_is_moved_unasked() {
    let Some(registry) = Registry::start() else { return };
    let hreg = Hreg::new();
    let target = format!("oci://{}/ours", registry.address());
    let first = hreg.saved(&Folder::listing().path());
    assert!(hreg.run(["push", first.reference(), &target]).text().starts_with("Pushed: "));
    assert!(hreg.run(["push", first.reference(), &target]).text().starts_with("Unchanged: "));
    let other = Hreg::new();
    let changed = Folder::listing();
    fs::write(changed.path().join("values.yaml"), "other: true\n").unwrap();
    let second = other.saved(&changed.path());
    assert_ne!(first.content(), second.content());
    let refused = other.run(["push", second.reference(), &target]);
    assert!(!refused.success);
    assert!(refused.stderr.contains("is there already with another manifest"), "{refused:?}");
    let tag = format!("/v2/ours/{}/manifests/{}", first.name(), first.version());
    assert_eq!(hreg::digest::Digest::of(&registry.get(&tag)).to_string(), first.digest());
    let forced = other.run(["push", "--force", second.reference(), &target]);
    assert!(forced.success, "{forced:?}");
    assert_eq!(hreg::digest::Digest::of(&registry.get(&tag)).to_string(), second.digest());
}

#[test]
fn an_archive_is_pushed_without_being_stored() {
    let Some(helm) = Helm::find() else { return };
    let Some(registry) = Registry::start() else { return };
    let folder = TempDir::new().unwrap();
    let archive = helm.package(&Folder::listing().path(), folder.path()).unwrap();
    let hreg = Hreg::new();
    let target = format!("oci://{}/files", registry.address());
    let archive_text = archive.to_str().unwrap();
    assert!(hreg.run(["push", archive_text, &target]).text().starts_with("Pushed: "));
    assert_eq!(hreg.run(["list", "-q"]).text(), "");
    let saved = hreg.saved(&archive);
    let tag = format!("/v2/files/{}/manifests/{}", saved.name(), saved.version());
    let there = hreg::digest::Digest::of(&registry.get(&tag)).to_string();
    assert_eq!(there, saved.digest(), "saved or not, the manifest is the same");
}

#[test]
fn a_range_is_pulled_from_a_registry_on_this_machine() {
    let Some(registry) = Registry::start() else { return };
    let hreg = Hreg::new();
    let chart = format!("{}/ours/x", registry.address());
    for version in ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1", "1.2.1+build.7"] {
        let folder = Folder::listing();
        let text = format!("apiVersion: v2\nname: x\nversion: {version}\n");
        fs::write(folder.path().join("Chart.yaml"), text).unwrap();
        let saved = hreg.saved(&folder.path());
        hreg.run(["push", saved.reference(), &format!("oci://{}/ours", registry.address())])
            .bytes();
    }
    let other = Hreg::new();
    let version = |arguments: &[&str]| {
        let mut all = vec!["pull", "-o", "json", &chart];
        all.extend(arguments);
        json(other.run(all))[0]["version"].as_str().unwrap().to_owned()
    };
    assert_eq!(version(&[]), "1.10.0");
    assert_eq!(version(&["--version", "~1.2"]), "1.2.1+build.7");
    assert_eq!(version(&["--version", "^1.0"]), "1.10.0");
    assert_eq!(version(&["--devel"]), "2.0.0-rc.1");
    assert_eq!(version(&["--version", "1.2.1+build.7"]), "1.2.1+build.7");
    let none = other.run(["pull", &chart, "--version", ">3"]);
    assert!(!none.success && none.stderr.contains("1.10.0"), "{none:?}");
    let all = json(other.run(["pull", "-o", "json", "--all-versions", &chart, "--to", "mirror"]));
    assert_eq!(all.as_array().unwrap().len(), 4);
    assert_eq!(other.run(["list", "-q", "mirror/x"]).text().lines().count(), 4);

    let right =
        json(other.run(["pull", "-o", "json", &format!("{chart}:1.0.0")]))[0]["digest"].clone();
    let right = right.as_str().unwrap();
    assert!(other.run(["pull", &format!("{chart}@{right}")]).success);
    assert!(other.run(["pull", &format!("{chart}:1.0.0@{right}")]).success);
    let disagrees = other.run(["pull", &format!("{chart}:1.2.0@{right}")]);
    assert!(
        !disagrees.success && disagrees.stderr.contains("disagrees with itself"),
        "{disagrees:?}"
    );
}

#[test]
fn a_guarded_registry_lets_in_who_logged_in() {
    for helm in Helm::generations() {
        let Some(registry) = Registry::start_guarded() else { return };
        let hreg = Hreg::new();
        let address = registry.address();
        let target = format!("oci://{address}/guarded");
        let saved = hreg.saved(&Folder::listing().path());
        let anonymous = hreg.run(["push", saved.reference(), &target]);
        assert!(!anonymous.success);
        assert!(anonymous.stderr.contains(&format!("hreg login {address}")), "{anonymous:?}");
        let login = |password: &str| {
            let options = ["--username", USER.0, "--password-stdin"];
            hreg.run_with_input(["login", address].into_iter().chain(options), password)
        };
        assert!(!login("wrong").success);
        assert!(login(USER.1).success);
        assert!(hreg.run(["push", saved.reference(), &target]).success);
        let options = ["--username", USER.0, "--password", USER.1];
        let said = helm.run_over_http(["registry", "login", address].into_iter().chain(options));
        assert!(said.success, "{}", said.stderr);
        let chart = format!("{target}/{}", saved.name());
        assert!(
            helm.run_over_http(["show", "chart", &chart, "--version", saved.version()]).success
        );
        assert!(hreg.run(["logout", address]).success);
        assert!(!hreg.run(["pull", &chart, "--version", saved.version()]).success);
        assert!(!hreg.run(["logout", address]).success);
        // What Helm has kept is used too.
        let mut command = hreg.command();
        command.env("HELM_REGISTRY_CONFIG", helm.home().join("config/registry/config.json"));
        let said = Said::of(command.args(["pull", &chart, "--version", saved.version()]));
        assert!(said.success, "{}", said.stderr);
        let once =
            hreg.run(["pull", &chart, "--version", saved.version()].into_iter().chain(options));
        assert!(once.success, "{}", once.stderr);
    }
}

#[test]
fn a_certificate_is_checked() {
    for helm in Helm::generations() {
        let Some(registry) = Registry::start_with_tls() else { return };
        let hreg = Hreg::new();
        let target = format!("oci://{}/safe", registry.address());
        let saved = hreg.saved(&Folder::listing().path());
        let push = |options: &[&str]| {
            let mut command = hreg.command();
            Said::of(command.args(["push", saved.reference(), &target]).args(options))
        };
        let ca = registry.ca();
        let ca = ["--ca-file", ca.to_str().unwrap()];
        assert!(!push(&[]).success, "there is no HTTP without encryption");
        let pushed = push(&ca);
        assert!(pushed.success, "{}", pushed.stderr);
        assert!(push(&["--insecure-skip-tls-verify"]).success);
        let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let folder = TempDir::new().unwrap();
        let stranger = folder.path().join("other.pem");
        fs::write(&stranger, other.cert.pem()).unwrap();
        let refused = push(&["--ca-file", stranger.to_str().unwrap()]);
        assert!(!refused.success && refused.stderr.contains("TLS"), "{refused:?}");
        // Helm speaks plain HTTP to addresses of this machine whatever it is told, but not to names.
        let Some(name) = another_name() else {
            return peer::skip("no other name for this machine than localhost in /etc/hosts");
        };
        let port = registry.address().rsplit_once(':').unwrap().1;
        let chart = format!("oci://{name}:{port}/safe/{}", saved.name());
        let shown = ["show", "chart", &chart, "--version", saved.version()].into_iter().chain(ca);
        let said = helm.run(shown);
        assert!(said.success, "{}", said.stderr);
        let pulled = hreg.run(["pull", &chart, "--version", saved.version()].into_iter().chain(ca));
        assert!(pulled.success, "{}", pulled.stderr);
    }
}

#[test]
fn other_tools_read_and_copy_what_was_pushed() {
    let Some(registry) = Registry::start() else { return };
    let hreg = Hreg::new();
    let address = registry.address();
    let saved = hreg.saved(&Folder::listing().path());
    hreg.run(["push", saved.reference(), &format!("oci://{address}/a")]).bytes();
    let (name, version) = (saved.name(), saved.version());
    let source = format!("{address}/a/{name}:{version}");
    let copies: [(&str, Vec<String>); 3] = [
        (
            "skopeo",
            vec![
                "copy".into(),
                "--src-tls-verify=false".into(),
                "--dest-tls-verify=false".into(),
                format!("docker://{source}"),
                format!("docker://{address}/skopeo/{name}:{version}"),
            ],
        ),
        ("crane", vec!["copy".into(), source.clone(), format!("{address}/crane/{name}:{version}")]),
        (
            "oras",
            vec![
                "copy".into(),
                "--from-plain-http".into(),
                "--to-plain-http".into(),
                source.clone(),
                format!("{address}/oras/{name}:{version}"),
            ],
        ),
    ];
    for (tool, arguments) in copies {
        let Some(program) = peer::find(tool) else { continue };
        let said = Said::of(Command::new(program).args(arguments));
        assert!(said.success, "{tool}: {}", said.stderr);
        let pulled =
            json(hreg.run(["pull", "-o", "json", &format!("{address}/{tool}/{name}:{version}")]));
        assert_eq!(pulled[0]["digest"], saved.digest(), "{tool}");
    }
    let copied = json(hreg.run(["copy", "-o", "json", &source, &format!("{address}/hreg/{name}")]));
    assert_eq!(copied["digest"], saved.digest());
    let manifest = registry.get(&format!("/v2/hreg/{name}/manifests/{version}"));
    assert_eq!(hreg::digest::Digest::of(&manifest).to_string(), saved.digest());
}
