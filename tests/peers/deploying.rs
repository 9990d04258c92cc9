//! What docs/deploy has, read by the programs that it is for: Helm, systemd, the dynamic linker.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::peer;
use crate::run::Said;

/// The worst that systemd may say of the service, of 100: how much of the system is open to it.
const EXPOSURE: &str = "--threshold=15";

const USERS: &str =
    "users.htpasswd=ann:$2y$05$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232";

/// Values that the chart is rendered with, as `--set` takes them.
const VALUES: [&[&str]; 8] = [
    &[],
    &["users.existingSecret=hreg-users"],
    &[USERS, "allowAnonymous=read", "readOnly=true", "noDelete=true"],
    &["tls.existingSecret=hreg-tls", "service.type=LoadBalancer", "service.port=443"],
    &["persistence.enabled=false", "resources=null", "fullnameOverride=charts"],
    &["persistence.existingClaim=old", "image.repository=registry.example/hreg,image.tag=1.0.0"],
    &["persistence.storageClass=fast,persistence.size=1Ti,podLabels.a=b,podAnnotations.c=d"],
    &[
        "config.auth.rules[0].spaces=team,config.auth.rules[0].users=ann",
        "config.auth.rules[0].actions={read,push},config.manager.parameters.locktimeout=10",
    ],
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deploy")
}

fn set(values: &[&str]) -> Vec<String> {
    values.iter().flat_map(|value| ["--set".to_owned(), (*value).to_owned()]).collect()
}

/// Renders the chart as a release called hreg.
fn rendered(helm: &Helm, values: &[&str]) -> Said {
    let mut command = helm.command();
    command.args(["template", "hreg"]).arg(folder().join("chart")).args(set(values));
    Said::of(&mut command)
}

/// Reads manifests, by kind.
fn objects(text: &str) -> BTreeMap<String, Value> {
    let parts = text.split("---\n").map(|part| hreg::chart::yaml::parse(part.as_bytes()).unwrap());
    let objects = parts.filter(|object| !object.is_null());
    objects.map(|object| (object["kind"].as_str().unwrap().to_owned(), object)).collect()
}

/// Takes away the labels and annotations that are Helm's.
fn without_helm(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let is_helms = |key: &str| {
                ["helm.sh/", "checksum/"].iter().any(|start| key.starts_with(start))
                    || ["managed-by", "version", "instance"]
                        .iter()
                        .any(|label| key == format!("app.kubernetes.io/{label}"))
            };
            map.retain(|key, _| !is_helms(key));
            map.values_mut().for_each(without_helm);
            map.retain(|key, value| key != "annotations" || *value != serde_json::json!({}));
        }
        Value::Array(values) => values.iter_mut().for_each(without_helm),
        _ => {}
    }
}

#[test]
fn helm_finds_no_fault_in_the_chart() {
    for helm in Helm::generations() {
        for values in VALUES {
            let mut command = helm.command();
            command.args(["lint", "--strict"]).arg(folder().join("chart")).args(set(values));
            let said = Said::of(&mut command);
            assert!(said.success, "{values:?}: {said:?}");
            let objects = objects(&rendered(&helm, values).text());
            for kind in ["ConfigMap", "Deployment", "Service", "Pod"] {
                assert!(objects.contains_key(kind), "{kind}: {values:?}");
            }
        }
    }
}

#[test]
fn values_that_cannot_be_meant_are_refused() {
    for helm in Helm::generations() {
        for value in [
            "replicas=2",
            "allowAnonymous=all",
            "users.htpasswd=ann:secret",
            "service.port=0",
            "persistence.size=much",
            "config.listen=:80",
            "image.repository=",
        ] {
            let said = rendered(&helm, &[value]);
            assert!(!said.success && said.stderr.contains("schema"), "{value}: {said:?}");
        }
    }
}

#[test]
fn the_manifests_are_what_the_chart_makes() {
    let plain = objects(&fs::read_to_string(folder().join("kubernetes.yaml")).unwrap());
    for helm in Helm::generations() {
        let mut made = objects(&rendered(&helm, &["users.existingSecret=hreg-users"]).text());
        // The pod is Helm's: it tests the release.
        made.remove("Pod");
        made.values_mut().for_each(without_helm);
        assert_eq!(made, plain);
    }
}

#[test]
fn the_chart_makes_configurations_that_are_taken() {
    for helm in Helm::generations() {
        for values in VALUES {
            let objects = objects(&rendered(&helm, values).text());
            let config = objects["ConfigMap"]["data"]["config.yaml"].as_str().unwrap();
            let etc = TempDir::new().unwrap();
            let place = |name: &str| etc.path().join(name).to_str().unwrap().to_owned();
            let made = rcgen::generate_simple_self_signed(["hreg".to_owned()]).unwrap();
            fs::create_dir(place("tls")).unwrap();
            fs::write(place("tls/tls.crt"), made.cert.pem()).unwrap();
            fs::write(place("tls/tls.key"), made.signing_key.serialize_pem()).unwrap();
            let users = objects.get("Secret").map(|secret| secret["stringData"]["users"].clone());
            fs::create_dir(place("users")).unwrap();
            fs::write(place("users/users"), users.as_ref().and_then(Value::as_str).unwrap_or(""))
                .unwrap();
            let config = config.replace("/var/lib/hreg", &place("store"));
            fs::create_dir(place("config")).unwrap();
            fs::write(place("config/config.yaml"), config.replace("/etc/hreg", &place("")))
                .unwrap();
            let pod = &objects["Deployment"]["spec"]["template"]["spec"];
            let arguments = pod["containers"][0]["args"].as_array().unwrap().iter();
            let arguments =
                arguments.map(|word| word.as_str().unwrap().replace("/etc/hreg/", &place("")));
            let mut command = Hreg::new().command();
            let said = Said::of(command.args(arguments).arg("--check").env_remove("HREG_STORE"));
            assert!(said.success, "{values:?}: {said:?}");
        }
    }
}

#[test]
fn systemd_takes_the_service_and_finds_it_closed() {
    let Some(systemd) = peer::find_if_there(&["systemd-analyze"]) else { return };
    let own = TempDir::new().unwrap();
    let unit = own.path().join("hreg.service");
    let text = fs::read_to_string(folder().join("hreg.service")).unwrap();
    fs::write(&unit, text.replace("/usr/local/bin/hreg", env!("CARGO_BIN_EXE_hreg"))).unwrap();
    let run = |arguments: &[&str]| Said::of(Command::new(&systemd).args(arguments).arg(&unit));
    // It succeeds also where it has warned.
    let verified = run(&["verify", "--man=no"]);
    assert!(verified.success && verified.stderr.is_empty(), "{verified:?}");
    let closed = run(&["security", "--offline=yes", "--no-pager", EXPOSURE]);
    assert!(closed.success, "{closed:?}");
}

#[test]
fn the_program_needs_no_library_that_the_image_lacks() {
    let Some(ldd) = peer::find_if_there(&["ldd"]) else { return };
    let said = Said::of(Command::new(ldd).arg(env!("CARGO_BIN_EXE_hreg"))).text();
    let names: Vec<&str> = said.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let has = |known: &str| names.iter().any(|name| name.starts_with(known));
    assert!(has("libc.so"), "{said}");
    // What gcr.io/distroless/cc has, and what the kernel brings.
    let there =
        ["linux-vdso.so", "libc.so", "libgcc_s.so", "libm.so", "/lib64/ld-linux", "/lib/ld-"];
    for name in &names {
        assert!(there.iter().any(|known| name.starts_with(known)), "{name}: {said}");
    }
}
