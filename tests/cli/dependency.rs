//! `hreg dependency`: list, update, build, over the store, folders and classic repositories.

mod fetching;
mod hostile;
mod listing;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use insta::assert_snapshot;

use super::environment::{Environment, Node, Run, tree};

/// Makes a folder with the chart `parent`, and gives its dependencies in YAML.
fn parent(dependencies: &str) -> Environment {
    let test = Environment::new();
    write_parent(&test, dependencies);
    test
}

fn write_parent(test: &Environment, dependencies: &str) {
    test.write("parent/values.yaml", "a: 1\n");
    let head = "apiVersion: v2\nname: parent\nversion: 1.0.0\n";
    test.write("parent/Chart.yaml", format!("{head}dependencies:\n{dependencies}"));
}

fn dependency(name: &str, version: &str, repository: &str) -> String {
    format!("- {{name: {name}, version: {version:?}, repository: {repository:?}}}\n")
}

/// Saves a chart, and gives its archive.
fn save(test: &Environment, name: &str, version: &str, reference: &str) -> Vec<u8> {
    let folder = format!("charts-{version}/{name}");
    test.chart_in(&folder, name, version);
    let archive = format!("{folder}-{version}.tgz");
    test.archive(&folder, &archive);
    test.ok(&["save", &archive, reference]);
    fs::read(test.path(&archive)).unwrap()
}

fn folder(test: &Environment) -> BTreeMap<PathBuf, Node> {
    tree(&test.path("parent"))
}

fn read(test: &Environment, file: &str) -> Vec<u8> {
    fs::read(test.path(&format!("parent/charts/{file}"))).unwrap()
}

fn files(test: &Environment) -> Vec<String> {
    let names = folder(test).into_keys().map(|path| path.display().to_string());
    names.filter(|name| !matches!(&**name, "Chart.yaml" | "values.yaml" | "charts")).collect()
}

/// Runs a command that must fail and leave the chart's folder as it is.
fn refused(test: &Environment, arguments: &[&str]) -> Run {
    refused_with(1, test, arguments)
}

/// Runs a command that must fail with an exit code and leave the chart's folder as it is.
fn refused_with(code: i32, test: &Environment, arguments: &[&str]) -> Run {
    let before = folder(test);
    let run = test.run(arguments);
    assert_eq!(run.code, Some(code), "{run}");
    assert_eq!(folder(test), before, "{run}");
    run
}

#[test]
fn takes_the_highest_version_in_the_range_from_the_store() {
    let test = parent(&dependency("web", "^1", "https://charts.example.com"));
    save(&test, "web", "1.0.0", "web");
    let archive = save(&test, "web", "1.2.0", "web");
    save(&test, "web", "2.0.0", "web");
    let run = test.run(&["dependency", "update", "parent"]);
    assert_snapshot!(run, @r"
    web 1.2.0: from the store, library/web:1.2.0
    Wrote parent/Chart.lock
    ");
    assert_eq!(files(&test), ["Chart.lock", "charts/web-1.2.0.tgz"]);
    assert_eq!(read(&test, "web-1.2.0.tgz"), archive);
    let before = folder(&test);
    assert_snapshot!(test.run(&["dep", "up", "parent"]), @"web 1.2.0: from the store, library/web:1.2.0 (up to date)");
    assert_eq!(folder(&test), before);
    assert_snapshot!(test.ok(&["dep", "ls", "parent"]), @r"
    NAME  VERSION  REPOSITORY                  STATUS
    web   ^1       https://charts.example.com  ok
    ");
}

#[test]
fn a_lock_is_the_same_on_any_day_where_that_is_asked_for() {
    let test = parent(&dependency("web", "^1", "https://charts.example.com"));
    save(&test, "web", "1.2.0", "web");
    let run = test.run_with(&[("SOURCE_DATE_EPOCH", "1700000000")], &["dep", "up", "parent"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_snapshot!(test.read("parent/Chart.lock"), @r#"
    dependencies:
    - name: web
      repository: https://charts.example.com
      version: "1.2.0"
    digest: sha256:a9f2e86dccf706124b9fa659e6f82c9f33f869be279256a25741ae1612cb786f
    generated: "2023-11-14T22:13:20Z"
    "#);
}

#[test]
fn each_repository_has_its_place_in_the_store() {
    let hosted = dependency("web", "1.0.0", "oci://registry.example.com/charts");
    let test = parent(&(hosted + &dependency("db", "1.0.0", "@anything")));
    save(&test, "web", "1.0.0", "registry.example.com/charts/web");
    save(&test, "db", "1.0.0", "other/db");
    let run = refused(&test, &["dep", "up", "parent", "--offline"]);
    assert_snapshot!(run, @r#"
    --- stderr ---
    Error: no repository definition for @anything of the dependency "db"
    Hint: `helm repo add` gives a repository its name
    [exit code 1]
    "#);
    let run = test.run(&["dep", "up", "parent", "--offline", "--space", "other"]);
    assert_snapshot!(run, @r"
    web 1.0.0: from the store, registry.example.com/charts/web:1.0.0
    db 1.0.0: from the store, other/db:1.0.0
    Wrote parent/Chart.lock
    --- stderr ---
    Warning: Helm knows no repository anything: to Helm, a lock with @anything is out of sync
    ");
}

#[test]
fn offline_names_all_that_is_missing() {
    let test = parent(
        &(dependency("web", "^1", "https://charts.example.com")
            + &dependency("db", "2.0.0", "oci://registry.example.com/charts")),
    );
    assert_snapshot!(refused(&test, &["dep", "up", "parent", "--offline"]), @r"
    --- stderr ---
    Error: the store has no web ^1, and nothing is fetched offline
    Hint: leave --offline away to ask https://charts.example.com, or save the chart as library/web
    Error: the store has no db 2.0.0, and nothing is fetched offline
    Hint: leave --offline away to ask oci://registry.example.com/charts, or save the chart as registry.example.com/charts/db
    [exit code 1]
    ");
}

#[test]
fn archives_that_others_replace_are_removed_and_nothing_else() {
    let test = parent(
        &(dependency("web", "^1", "https://charts.example.com")
            + &dependency("gone", "1.0.0", "https://charts.example.com")),
    );
    save(&test, "web", "1.0.0", "web");
    save(&test, "gone", "1.0.0", "gone");
    test.ok(&["dep", "up", "parent"]);
    save(&test, "web", "1.1.0", "web");
    write_parent(&test, &dependency("web", "^1", "https://charts.example.com"));
    test.archive("charts-1.0.0/gone", "parent/charts/unlisted.tgz");
    test.write("parent/charts/web-9.tgz", "no archive");
    test.write("parent/charts/README", "kept");
    test.chart_in("parent/charts/web", "web", "1.0.0");
    assert_snapshot!(test.run(&["dep", "up", "parent"]), @r"
    web 1.1.0: from the store, library/web:1.1.0
    Removed parent/charts/gone-1.0.0.tgz
    Removed parent/charts/web-1.0.0.tgz
    Wrote parent/Chart.lock
    --- stderr ---
    Warning: parent/charts/web is there too, and Helm loads both
    ");
    assert_eq!(
        files(&test).into_iter().filter(|file| !file.contains("web/")).collect::<Vec<_>>(),
        [
            "Chart.lock",
            "charts/README",
            "charts/unlisted.tgz",
            "charts/web",
            "charts/web-1.1.0.tgz",
            "charts/web-9.tgz"
        ]
    );
}

#[test]
fn a_chart_of_version_1_of_the_format_has_other_files() {
    let test = Environment::new();
    test.write("parent/Chart.yaml", "name: parent\nversion: 1.0.0\n");
    let dependencies = dependency("web", "^1", "https://charts.example.com");
    test.write("parent/requirements.yaml", format!("dependencies:\n{dependencies}"));
    save(&test, "web", "1.2.0", "web");
    test.ok(&["dep", "up", "parent"]);
    assert_eq!(files(&test), ["charts/web-1.2.0.tgz", "requirements.lock", "requirements.yaml"]);
    test.ok(&["dep", "build", "parent"]);
    let required = dependencies.replace("^1", "~1");
    test.write("parent/requirements.yaml", format!("dependencies:\n{required}"));
    let run = refused(&test, &["dep", "build", "parent"]);
    assert!(run.stderr.contains("the lock file (requirements.lock) is out of sync"), "{run}");
    // Helm 2 hashed what is required alone.
    let json = r#"{"dependencies":[{"name":"web","version":"~1","repository":"https://charts.example.com"}]}"#;
    let digest = hreg::digest::Digest::of(json.as_bytes()).to_string();
    let lock = test.read("parent/requirements.lock");
    let old = lock.lines().find(|line| line.starts_with("digest")).unwrap();
    test.write("parent/requirements.lock", lock.replace(old, &format!("digest: {digest}")));
    test.ok(&["dep", "build", "parent"]);
}

#[test]
fn build_takes_what_the_lock_has() {
    let test = parent(&dependency("web", "^1", "https://charts.example.com"));
    save(&test, "web", "1.0.0", "web");
    let run = test.run(&["dep", "build", "parent"]);
    assert_snapshot!(run, @r"
    web 1.0.0: from the store, library/web:1.0.0
    Wrote parent/Chart.lock
    ");
    save(&test, "web", "1.1.0", "web");
    fs::remove_dir_all(test.path("parent/charts")).unwrap();
    let lock = test.read("parent/Chart.lock");
    assert_snapshot!(test.run(&["dep", "build", "parent"]), @"web 1.0.0: from the store, library/web:1.0.0");
    assert_eq!(test.read("parent/Chart.lock"), lock);
    assert_eq!(files(&test), ["Chart.lock", "charts/web-1.0.0.tgz"]);
    write_parent(&test, &dependency("web", ">=1", "https://charts.example.com"));
    assert_snapshot!(refused(&test, &["dep", "build", "parent"]), @r"
    --- stderr ---
    Error: the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies
    Hint: `hreg dependency update parent` makes a new one
    [exit code 1]
    ");
}

#[test]
fn folders_are_packed_the_same_each_time() {
    let test = parent(&dependency("lib", "^1", "file://../lib"));
    test.chart("lib", "1.5.0");
    assert_snapshot!(test.run(&["dep", "up", "parent"]), @r"
    lib 1.5.0: packed from file://../lib
    Wrote parent/Chart.lock
    ");
    let packed = read(&test, "lib-1.5.0.tgz");
    test.archive("lib", "lib.tgz");
    assert_eq!(packed, fs::read(test.path("lib.tgz")).unwrap());
    test.chart("lib", "1.6.0");
    assert_snapshot!(test.run(&["dep", "up", "parent"]), @r"
    lib 1.6.0: packed from file://../lib
    Removed parent/charts/lib-1.5.0.tgz
    Wrote parent/Chart.lock
    ");
    test.chart("lib", "2.0.0");
    assert_snapshot!(refused(&test, &["dep", "up", "parent"]), @r#"
    --- stderr ---
    Error: cannot take the dependency lib ^1
    Caused by: the dependency "lib" needs version ^1, but in parent/../lib it has 2.0.0
    [exit code 1]
    "#);
    assert_snapshot!(refused(&test, &["dep", "build", "parent"]), @r#"
    --- stderr ---
    Error: cannot take the dependency lib 1.6.0
    Caused by: the dependency "lib" needs version 1.6.0, but in parent/../lib it has 2.0.0
    [exit code 1]
    "#);
    test.chart_in("lib", "other", "1.0.0");
    assert_snapshot!(refused(&test, &["dep", "up", "parent"]), @r#"
    --- stderr ---
    Error: cannot take the dependency lib ^1
    Caused by: the dependency "lib" is the chart "other" by the Chart.yaml in parent/../lib
    [exit code 1]
    "#);
}

#[test]
fn what_has_no_repository_must_be_there() {
    let test = parent(&dependency("own", "^1", ""));
    assert_snapshot!(refused(&test, &["dep", "up", "parent"]), @r#"
    --- stderr ---
    Error: cannot take the dependency own ^1
    Caused by: the dependency "own" should be in the folder parent/charts/own, but that has none
    [exit code 1]
    "#);
    test.chart_in("parent/charts/own", "own", "1.2.3");
    assert_snapshot!(test.run(&["dep", "up", "parent"]), @r"
    own ^1: is in charts/
    Wrote parent/Chart.lock
    ");
    assert!(test.read("parent/Chart.lock").contains("version: ^1\n"));
    test.chart_in("parent/charts/own", "own", "2.0.0");
    assert_snapshot!(refused(&test, &["dep", "up", "parent"]), @r#"
    --- stderr ---
    Error: cannot take the dependency own ^1
    Caused by: the dependency "own" needs version ^1, but in parent/charts/own it has 2.0.0
    [exit code 1]
    "#);
}
