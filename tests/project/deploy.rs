//! What docs/deploy has is taken by the program that it is for.
//!
//! Files there name places of a machine that is set up; here these are folders of the test. That
//! Helm and systemd take the files too is held by tests/peers.

use std::fs;
use std::path::Path;
use std::process::Command;

use hreg::chart::yaml;
use serde_json::Value;
use tempfile::TempDir;

use crate::root;

/// Is a machine on which hreg has been set up, but for the paths.
struct Machine(TempDir);

impl Machine {
    fn new() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("etc")).unwrap();
        let machine = Machine(folder);
        fs::write(machine.path("etc/list"), "").unwrap();
        machine
    }

    fn path(&self, relative: &str) -> String {
        self.0.path().join(relative).to_str().unwrap().to_owned()
    }

    /// Puts the places of the test into a text: those of the users first, as others begin like them.
    fn placed(&self, text: &str) -> String {
        text.replace("/etc/hreg/users/users", &self.path("etc/list"))
            .replace("/etc/hreg/users", &self.path("etc/list"))
            .replace("/etc/hreg", &self.path("etc"))
            .replace("/var/lib/hreg", &self.path("store"))
    }

    /// Runs hreg with the places of the test in its arguments, and says what went wrong.
    fn run(&self, arguments: &[&str]) -> Result<(), String> {
        let output = Command::new(env!("CARGO_BIN_EXE_hreg"))
            .args(arguments.iter().map(|argument| self.placed(argument)))
            .env_clear()
            .env("HOME", self.0.path())
            .env("HREG_STORE", self.path("store"))
            .current_dir(root())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said) }
    }

    /// Checks what a server is started with.
    fn check(&self, arguments: &[&str]) {
        assert_eq!(arguments[0], "serve", "{arguments:?}");
        let checked = self.run(&[arguments, &["--check"]].concat());
        assert_eq!(checked, Ok(()), "{arguments:?}");
    }
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join("docs/deploy").join(name)).unwrap()
}

/// Gives the words after each place where a text has `start`, to the end of the line.
fn after<'a>(text: &'a str, start: &str) -> Vec<Vec<&'a str>> {
    let lines = text.lines().filter_map(|line| Some(line.split_once(start)?.1));
    lines.map(|rest| rest.split_whitespace().collect()).collect()
}

/// Reads the objects of a manifest file.
fn objects(text: &str) -> Vec<Value> {
    text.split("\n---\n").map(|part| yaml::parse(part.as_bytes()).unwrap()).collect()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn the_service_starts_with_a_configuration_that_is_taken() {
    let machine = Machine::new();
    fs::write(machine.path("etc/config.yaml"), machine.placed(&read("config.yaml"))).unwrap();
    let commands = after(&read("hreg.service"), "=/usr/local/bin/hreg ").len();
    assert_eq!(commands, 2);
    for command in after(&read("hreg.service"), "=/usr/local/bin/hreg ") {
        let command: Vec<&str> = command.into_iter().filter(|word| *word != "--check").collect();
        machine.check(&command);
    }
    fs::write(machine.path("etc/config.yaml"), "listen: ':8099'\noops: 1\n").unwrap();
    let wrong = machine.run(&["serve", "--check", "--config", "/etc/hreg/config.yaml"]);
    assert!(wrong.unwrap_err().contains("oops is no setting"));
}

#[test]
fn the_pod_starts_with_a_configuration_that_is_taken() {
    let machine = Machine::new();
    let objects = objects(&read("kubernetes.yaml"));
    let of = |kind: &str| objects.iter().find(|object| object["kind"] == kind).unwrap();
    let config = of("ConfigMap")["data"]["config.yaml"].as_str().unwrap();
    fs::create_dir(machine.path("etc/config")).unwrap();
    fs::write(machine.path("etc/config/config.yaml"), machine.placed(config)).unwrap();
    let pod = &of("Deployment")["spec"]["template"]["spec"];
    machine.check(&strings(&pod["containers"][0]["args"]));
    for mount in pod["containers"][0]["volumeMounts"].as_array().unwrap() {
        let is_there = |volume: &Value| volume["name"] == mount["name"];
        assert!(pod["volumes"].as_array().unwrap().iter().any(is_there), "{mount}");
    }
    assert_eq!(of("Deployment")["spec"]["replicas"], 1);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"], true);
}

#[test]
fn the_adapter_starts_with_what_its_pod_says() {
    let objects = objects(&read("adapter.yaml"));
    let of = |kind: &str| objects.iter().find(|object| object["kind"] == kind).unwrap();
    let pod = &of("Deployment")["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let arguments = strings(&container["args"]);
    Machine::new().check(&arguments);
    let port = container["ports"][0]["containerPort"].to_string();
    assert!(arguments.contains(&format!("--port={port}").as_str()), "{arguments:?}");
    assert_eq!(of("Service")["spec"]["ports"][0]["port"].to_string(), port);
    let mounts = container["volumeMounts"].as_array().unwrap();
    let places: Vec<&str> = mounts.iter().filter_map(|mount| mount["mountPath"].as_str()).collect();
    assert_eq!(places, ["/var/lib/hreg", "/etc/secret"]);
    let names = |list: &Value| -> Vec<Value> {
        list.as_array().unwrap().iter().map(|volume| volume["name"].clone()).collect()
    };
    assert_eq!(names(&container["volumeMounts"]), names(&pod["volumes"]));
    assert_eq!(pod["volumes"][1]["secret"]["items"][0]["path"], "dockerconfigjson");
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
}

#[test]
fn the_image_is_built_of_what_is_there() {
    let machine = Machine::new();
    let text = read("Dockerfile");
    let ignored = read("Dockerfile.dockerignore");
    for words in after(&text, "COPY ").into_iter().filter(|words| !words[0].starts_with("--")) {
        for source in &words[..words.len() - 1] {
            assert!(root().join(source).exists(), "{source}");
            assert!(ignored.lines().any(|line| line == format!("!{source}")), "{source}");
        }
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = after(&manifest, "rust-version = ")[0][0].trim_matches('"').to_owned();
    assert!(text.contains(&format!("FROM rust:{version}-")), "not built by Rust {version}");
    // As it is started without a word nobody is let in, so that has to be refused.
    let started = after(&text, "CMD ")[0].concat();
    let started: Value = serde_json::from_str(&started).unwrap();
    let refused = machine.run(&[&strings(&started)[..], &["--check"]].concat());
    assert!(refused.unwrap_err().contains("nobody is asked for a password"));
    for command in after(&read("README.md"), "    hreg serve ") {
        machine.check(&[&["serve"][..], &command].concat());
    }
}

#[test]
fn the_chart_is_one_that_hreg_keeps() {
    let machine = Machine::new();
    assert_eq!(machine.run(&["save", "docs/deploy/chart"]), Ok(()));
    assert_eq!(machine.run(&["show", "values", "hreg"]), Ok(()));
    let chart = yaml::parse(read("chart/Chart.yaml").as_bytes()).unwrap();
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    assert!(Path::new(&machine.path("store/charts/library/hreg")).is_dir());
}

#[test]
fn every_value_of_the_chart_is_explained() {
    let explained = read("chart/README.md");
    let values = yaml::parse(read("chart/values.yaml").as_bytes()).unwrap();
    let schema: Value = serde_json::from_str(&read("chart/values.schema.json")).unwrap();
    for (name, value) in values.as_object().unwrap() {
        let known = &schema["properties"][name];
        assert!(known.is_object(), "the schema does not know {name}");
        assert!(explained.contains(&format!("`{name}")), "{name} is not explained");
        for part in value.as_object().into_iter().flatten().map(|(part, _)| part) {
            let is_open = known.get("additionalProperties") != Some(&Value::Bool(false));
            assert!(is_open || known["properties"][part].is_object(), "{name}.{part}");
            assert!(is_open || explained.contains(&format!(".{part}`")), "{name}.{part}");
        }
    }
}
