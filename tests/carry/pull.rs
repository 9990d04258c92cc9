//! `hreg pull` from registries.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::environment::Environment;
use crate::registry::Registry;
use crate::world::{fails, filled, is_misused, shown};

/// Pulls, and lists what is then in the store.
fn pulled(registry: &Registry, arguments: &[&str]) -> Vec<String> {
    let test = Environment::new();
    let arguments: Vec<String> =
        arguments.iter().map(|argument| argument.replace("REGISTRY", &registry.host())).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    test.ok(&[&["pull"], &arguments[..]].concat());
    let listed = test.ok(&["list", "-q"]).replace(&registry.host(), "REGISTRY");
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn a_chart_is_kept_under_its_own_reference() {
    let (test, registry) = (Environment::new(), filled(&["mychart 1.0.0"]));
    let reference = format!("{}/charts/mychart:1.0.0", registry.host());
    assert_snapshot!(shown(&test.run(&["pull", &reference]), &registry), @r"
    1.0.0: Pulling from REGISTRY/charts/mychart:1.0.0
    f27f999: Saving meta (88 B)
    d0a8fe4: Saving content (253 B)
    Name:    mychart
    Version: 1.0.0
    Meta:    sha256:f27f999…
    Content: sha256:d0a8fe4…
    Digest:  sha256:0eae3d4…
    Status: Downloaded newer chart for REGISTRY/charts/mychart:1.0.0
    ");
    assert_eq!(test.ok(&["list", "-q"]), format!("{reference}\n"));
    let manifest = registry.manifest("charts/mychart", "1.0.0").unwrap();
    assert_eq!(test.ok(&["show", "manifest", &reference]).into_bytes(), manifest);
    let before = registry.server().lines().len();
    assert_snapshot!(shown(&test.run(&["pull", &reference]), &registry), @r"
    1.0.0: Pulling from REGISTRY/charts/mychart:1.0.0
    Name:    mychart
    Version: 1.0.0
    Meta:    sha256:f27f999…
    Content: sha256:d0a8fe4…
    Digest:  sha256:0eae3d4…
    Status: Chart is up to date for REGISTRY/charts/mychart:1.0.0
    ");
    assert_eq!(registry.server().lines().len(), before + 1);
}

#[test]
fn json_says_what_was_pulled() {
    let (test, registry) = (Environment::new(), filled(&["mychart 1.0.0"]));
    let reference = format!("{}/charts/mychart:1.0.0", registry.host());
    let run = test.run(&["pull", &reference, "-d", "out", "-o", "json"]);
    assert_snapshot!(shown(&run, &registry), @r#"
    [
      {
        "source": "REGISTRY/charts/mychart:1.0.0",
        "reference": "REGISTRY/charts/mychart:1.0.0",
        "name": "mychart",
        "version": "1.0.0",
        "digest": "sha256:0eae3d4…",
        "meta": {
          "digest": "sha256:f27f999…",
          "size": 88,
          "new": true
        },
        "content": {
          "digest": "sha256:d0a8fe4…",
          "size": 253,
          "new": true
        },
        "status": "downloaded",
        "path": "out/mychart-1.0.0.tgz"
      }
    ]
    "#);
}

#[test]
fn another_space_may_be_chosen() {
    let registry = filled(&["mychart 1.0.0"]);
    let listed = pulled(&registry, &["REGISTRY/charts/mychart:1.0.0", "--to", "team/apps"]);
    assert_eq!(listed, ["team/apps/mychart:1.0.0"]);
}

#[test]
fn a_digest_is_exact() {
    let registry = filled(&["mychart 1.0.0", "mychart 2.0.0"]);
    let manifest = registry.manifest("charts/mychart", "1.0.0").unwrap();
    let digest = hreg::digest::Digest::of(&manifest);
    let listed = pulled(&registry, &[&format!("REGISTRY/charts/mychart@{digest}")]);
    assert_eq!(listed, ["REGISTRY/charts/mychart:1.0.0"]);
    let test = Environment::new();
    let wrong = format!("{}/charts/mychart:2.0.0@{digest}", registry.host());
    fails(&test.run(&["pull", &wrong]), "disagrees with itself");
}

#[test]
fn versions_are_chosen_by_range() {
    let registry = filled(&["a 1.0.0", "a 1.2.0", "a 1.2.1+build.7", "a 2.0.0-rc.1"]);
    let version = |arguments: &[&str]| {
        let listed = pulled(&registry, &[&["oci://REGISTRY/charts/a"], arguments].concat());
        listed.join(" ").replace("REGISTRY/charts/a:", "")
    };
    assert_eq!(version(&[]), "1.2.1_build.7");
    assert_eq!(version(&["--version", "~1.0"]), "1.0.0");
    assert_eq!(version(&["--version", "1.2.1+build.7"]), "1.2.1_build.7");
    assert_eq!(version(&["--devel"]), "2.0.0-rc.1");
    assert_eq!(version(&["--all-versions"]), "1.0.0 1.2.0 1.2.1_build.7");
    assert_eq!(version(&["--all-versions", "--version", "<=1.2.0"]), "1.0.0 1.2.0");
    let test = Environment::new();
    let chart = format!("{}/charts/a", registry.host());
    let run = test.run(&["pull", &chart, "--version", ">=3"]);
    assert_snapshot!(shown(&run, &registry), @r#"
    --- stderr ---
    Error: no version of REGISTRY/charts/a is in the range ">=3"
    Hint: there are 2.0.0-rc.1, 1.2.1+build.7, 1.2.0
    [exit code 1]
    "#);
    let run = test.run(&["pull", &format!("{chart}:1.0.0"), "--version", "^1"]);
    assert_snapshot!(shown(&run, &registry), @r#"
    --- stderr ---
    Error: REGISTRY/charts/a:1.0.0 names a version already, so "^1" cannot choose one
    Hint: leave --version away, or say REGISTRY/charts/a
    [exit code 2]
    "#);
    is_misused(&test.run(&["pull", "charts/a"]), "charts/a names no registry");
    is_misused(&test.run(&["pull", "localhost:1/a/b:c:d"]), "invalid reference");
}

#[test]
fn a_list_names_charts_and_ranges() {
    let registry = filled(&["a 1.0.0", "a 1.2.0", "b 0.1.0", "c 3.0.0"]);
    let list = "# what we use\n\nREGISTRY/charts/a >=1.0 <1.2 # old\n  REGISTRY/charts/b:0.1.0  \n";
    let test = Environment::new();
    test.write("list", list.replace("REGISTRY", &registry.host()));
    let other = format!("{}/charts/c", registry.host());
    let run = test.run(&["pull", "-f", "list", &other]);
    assert_snapshot!(shown(&run, &registry), @r"
    REGISTRY/charts/c:3.0.0: downloaded sha256:9914615…
    REGISTRY/charts/a:1.0.0: downloaded sha256:f87f331…
    REGISTRY/charts/b:0.1.0: downloaded sha256:bc8e797…
    ");
    let mut child =
        test.command(&["pull", "-f", "-", "--to", "x"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(other.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(test.ok(&["list", "-q", "x/"]), "x/c:3.0.0\n");
}

#[test]
fn what_fails_does_not_stop_the_others() {
    let (test, registry) = (Environment::new(), filled(&["a 1.0.0", "b 2.0.0"]));
    let reference = |rest: &str| format!("{}/charts/{rest}", registry.host());
    let (first, missing, last) = (reference("a:1.0.0"), reference("x:1.0.0"), reference("b"));
    test.ok(&["pull", &last]);
    let run = test.run(&["pull", &first, "local", &missing, &last, &reference("y")]);
    assert_snapshot!(shown(&run, &registry), @r"
    REGISTRY/charts/a:1.0.0: downloaded sha256:f87f331…
    REGISTRY/charts/b:2.0.0: up to date sha256:f373f1c…
    --- stderr ---
    Error: local names no registry
    Hint: say oci://HOST/local
    Error: cannot get the tags of REGISTRY/charts/y: it is not there
    Error: cannot pull REGISTRY/charts/x:1.0.0
    Caused by: cannot get the manifest REGISTRY/charts/x:1.0.0: it is not there
    [exit code 1]
    ");
}

#[test]
fn archives_are_replaced_and_folders_are_not() {
    let (test, registry) = (Environment::new(), filled(&["mychart 1.0.0"]));
    let reference = format!("{}/charts/mychart:1.0.0", registry.host());
    test.write("out/mychart-1.0.0.tgz", "old");
    test.ok(&["pull", &reference, "-d", "out"]);
    let content = test.digest(&reference, "content");
    let archive = fs::read(test.path("out/mychart-1.0.0.tgz")).unwrap();
    assert_eq!(hreg::digest::Digest::of(&archive).to_string(), content);
    test.ok(&["pull", &reference, "--untar"]);
    assert_eq!(test.read("mychart/values.yaml"), "# How many\nreplicas: 1\n");
    test.write("mychart/values.yaml", "mine");
    let run = test.run(&["pull", &reference, "--untar"]);
    assert_snapshot!(shown(&run, &registry), @r"
    --- stderr ---
    Error: cannot write REGISTRY/charts/mychart:1.0.0
    Caused by: ./mychart is there already
    Hint: remove it, or name another place with -d; the chart is in the store
    [exit code 1]
    ");
    assert_eq!(test.read("mychart/values.yaml"), "mine");
}

/// So many are put into the store in several goes, while others are still on their way.
#[test]
fn many_charts_are_told_in_their_order() {
    let (test, registry) = (Environment::new(), filled(&["mychart 1.0.0"]));
    let manifest = registry.manifest("charts/mychart", "1.0.0").unwrap();
    let mut manifest: Value = serde_json::from_slice(&manifest).unwrap();
    manifest["mediaType"] = json!("application/vnd.oci.image.manifest.v1+json");
    let tags: Vec<String> = (0..100).map(|number| format!("t{number}")).collect();
    for tag in tags.iter().filter(|tag| *tag != "t40") {
        registry.put_manifest("charts/mychart", tag, &manifest);
    }
    let references = tags.iter().map(|tag| format!("{}/charts/mychart:{tag}", registry.host()));
    let list = references.clone().collect::<Vec<_>>().join("\n");
    test.write("list", list);
    let run = test.run(&["pull", "-f", "list", "--jobs", "5"]);
    fails(&run, "mychart:t40: it is not there");
    let pulled = run.stdout.lines().filter_map(|line| Some(line.split_once(": ")?.0));
    let expected: Vec<String> =
        references.filter(|reference| !reference.ends_with("t40")).collect();
    assert_eq!(pulled.collect::<Vec<_>>(), expected);
    assert_eq!(test.ok(&["list", "-q"]).lines().count(), 99);
    test.ok(&["verify"]);
}

#[test]
fn a_chart_that_is_no_tree_is_kept_but_not_written_as_one() {
    let (test, registry) = (Environment::new(), Registry::start());
    let metadata = ("a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n");
    test.archive_of("a.tgz", &[metadata, ("a/templates/x.yaml", ""), ("a/templates", "")]);
    test.ok(&["push", "a.tgz", &format!("oci://{}/charts", registry.host())]);
    let reference = format!("{}/charts/a:1.0.0", registry.host());
    let run = test.run(&["pull", &reference, "--untar", "-d", "out"]);
    assert_snapshot!(shown(&run, &registry), @r"
    --- stderr ---
    Error: cannot write REGISTRY/charts/a:1.0.0
    Caused by: REGISTRY/charts/a:1.0.0 cannot become a folder: it has a file templates and, below it, templates/x.yaml
    Hint: `hreg export REGISTRY/charts/a:1.0.0 --archive` writes it as the archive that it is
    [exit code 1]
    ");
    assert!(!test.path("out").exists());
    test.ok(&["pull", &reference, "-d", "out"]);
    assert_eq!(
        fs::read(test.path("out/a-1.0.0.tgz")).unwrap(),
        fs::read(test.path("a.tgz")).unwrap()
    );
}

#[test]
fn what_is_damaged_is_fetched_anew() {
    let registry = filled(&["mychart 1.0.0"]);
    let reference = format!("{}/charts/mychart:1.0.0", registry.host());
    for part in ["digest", "meta", "content"] {
        for again in [false, true] {
            let test = Environment::new();
            test.ok(&["pull", &reference]);
            let blob = test.blob(&test.digest(&reference, part));
            let mut bytes = fs::read(&blob).unwrap();
            bytes[10] ^= 1;
            fs::write(&blob, bytes).unwrap();
            assert_eq!(test.run(&["verify"]).code, Some(1));
            // Under its name or under another: the bytes of the store are not trusted.
            let other: &[&str] = if again { &[] } else { &["--to", "other"] };
            test.ok(&[&["pull", reference.as_str()], other].concat());
            test.ok(&["verify"]);
        }
    }
}

#[test]
fn a_damaged_entry_is_made_anew() {
    let registry = filled(&["mychart 1.0.0"]);
    let reference = format!("{}/charts/mychart:1.0.0", registry.host());
    let test = Environment::new();
    test.ok(&["pull", &reference]);
    let link = test.tree().into_keys().find(|path| path.ends_with("meta")).unwrap();
    fs::remove_file(test.store(link.to_str().unwrap())).unwrap();
    assert_eq!(test.run(&["verify"]).code, Some(1));
    test.ok(&["pull", &reference]);
    test.ok(&["verify"]);
}

#[test]
fn a_version_is_not_overwritten_where_that_is_refused() {
    let (test, registry) = (Environment::with_chart(), filled(&["mychart 1.0.0"]));
    test.ok(&["version", "values", "mychart", "--set", "replicas=2"]);
    let reference = format!("{}/charts/mychart:1.0.0", registry.host());
    let run = test.run(&["pull", &reference, "--to", "library", "--no-overwrite"]);
    assert_snapshot!(shown(&run, &registry), @r"
    --- stderr ---
    Error: library/mychart 1.0.0 is in the store already, as sha256:2221ee5…
    Hint: leave --no-overwrite away to replace it, or raise the chart's version
    [exit code 1]
    ");
    let run = test.run(&["pull", &reference, "--to", "library"]);
    assert!(run.stderr.starts_with("Warning: 1.0.0 replaced sha256:"), "{run}");
}

/// Puts a manifest on a registry that has a chart's parts, changed by a test.
fn put(registry: &Registry, tag: &str, change: impl Fn(&mut Value)) {
    let manifest = registry.manifest("charts/mychart", "1.0.0").unwrap();
    let mut manifest: Value = serde_json::from_slice(&manifest).unwrap();
    manifest["mediaType"] = json!("application/vnd.oci.image.manifest.v1+json");
    change(&mut manifest);
    registry.put_manifest("charts/mychart", tag, &manifest);
}

#[test]
fn what_is_no_chart_or_another_one_is_refused() {
    let registry = filled(&["mychart 1.0.0"]);
    let test = Environment::new();
    let refused = |tag: &str, saying: &str| {
        fails(&test.run(&["pull", &format!("{}/charts/mychart:{tag}", registry.host())]), saying);
    };
    put(&registry, "2.0.0", |_| {});
    refused("2.0.0", "is the chart mychart 1.0.0 by its Chart.yaml, but its reference says 2.0.0");
    put(&registry, "a", |manifest| {
        manifest["annotations"]["org.opencontainers.image.title"] = json!("other");
    });
    refused("a", "its manifest says other");
    put(&registry, "b", |manifest| {
        let layer = manifest["layers"][0].clone();
        manifest["layers"] = json!([layer, layer]);
    });
    refused("b", "is no chart");
    put(&registry, "c", |manifest| {
        manifest["config"]["mediaType"] = json!("application/vnd.oci.image.config.v1+json");
    });
    refused("c", "is no chart");
    let config = json!({"apiVersion": "v2", "name": "mychart", "version": "9.0.0"}).to_string();
    let kind = "application/vnd.cncf.helm.config.v1+json";
    let config = registry.put_blob("charts/mychart", kind, config.as_bytes());
    put(&registry, "d", |manifest| manifest["config"] = config.clone());
    refused("d", "its config says mychart 9.0.0");
    let config = registry.put_blob("charts/mychart", kind, b"\xff");
    put(&registry, "e", |manifest| manifest["config"] = config.clone());
    refused("e", "the chart's metadata is no JSON");
    assert_eq!(test.ok(&["list", "-q"]), "");
    put(&registry, "stable", |_| {});
    test.ok(&["pull", &format!("{}/charts/mychart:stable", registry.host())]);
}
