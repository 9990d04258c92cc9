//! Charts that mean harm, and failures at every step.

use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use super::{dependency, files, folder, parent, refused, save};

#[test]
fn folders_that_are_no_charts_are_refused() {
    for place in
        ["file:///etc", "file:///", "file://../..", "file://../missing", "file://.", "file://"]
    {
        let test = parent(&dependency("lib", "*", place));
        let run = refused(&test, &["dep", "up", "parent"]);
        assert!(run.stderr.contains("lib"), "{run}");
    }
}

#[test]
fn hostile_names_and_versions_are_refused() {
    for name in ["../up", "a/b", "..", "/etc", "a\\b"] {
        let test =
            parent(&format!("- {{name: {name:?}, version: '1', repository: 'file://../x'}}\n"));
        let run = refused(&test, &["dep", "up", "parent"]);
        assert!(run.stderr.starts_with("Error: invalid chart name"), "{run}");
    }
    let test = parent(
        &(dependency("a", "", "https://x.example.com")
            + &dependency("b", "nonsense", "https://x.example.com")
            + &dependency("c", "1", "stable")),
    );
    assert_snapshot!(refused(&test, &["dep", "up", "parent"]), @r#"
    --- stderr ---
    Error: dependency "a" has an invalid version/constraint format: ""
    Hint: say version: '*' for the highest release
    Error: dependency "b" has an invalid version/constraint format: "nonsense"
    Hint: a range is such as ^1.2, ~1.2.3 or >=1.0 <2.0
    Error: no repository definition for stable of the dependency "c"
    Hint: a repository is an address such as https://charts.example.com, oci://registry.example.com/charts or file://../folder, or @ and a name
    [exit code 1]
    "#);
}

#[test]
fn nothing_is_written_through_a_link() {
    let test = parent(&dependency("web", "^1", "https://charts.example.com"));
    save(&test, "web", "1.0.0", "web");
    fs::create_dir(test.path("elsewhere")).unwrap();
    symlink(test.path("elsewhere"), test.path("parent/charts")).unwrap();
    assert_snapshot!(refused(&test, &["dep", "up", "parent"]), @r"
    --- stderr ---
    Error: cannot write to parent/charts: it is a symbolic link
    Hint: hreg writes into a folder of the chart's own only
    [exit code 1]
    ");
    assert_eq!(fs::read_dir(test.path("elsewhere")).unwrap().count(), 0);
    fs::remove_file(test.path("parent/charts")).unwrap();
    fs::create_dir(test.path("parent/charts")).unwrap();
    test.write("victim", "kept");
    symlink(test.path("victim"), test.path("parent/charts/web-1.0.0.tgz")).unwrap();
    test.write("victim.lock", "dependencies: []\n");
    symlink(test.path("victim.lock"), test.path("parent/Chart.lock")).unwrap();
    test.ok(&["dep", "up", "parent"]);
    assert_eq!(test.read("victim"), "kept");
    assert_eq!(test.read("victim.lock"), "dependencies: []\n");
    assert!(test.path("parent/Chart.lock").symlink_metadata().unwrap().is_file());
}

#[test]
fn a_thousand_dependencies_are_no_burden() {
    let names: Vec<String> = (0..1000).map(|number| format!("chart{number}")).collect();
    let needed = names.iter().map(|name| dependency(name, "^1", "https://x.example.com"));
    let test = parent(&needed.collect::<String>());
    for name in &names {
        test.write(&format!("{name}/Chart.yaml"), format!("name: {name}\nversion: 1.0.0\n"));
    }
    let save: Vec<&str> = ["save"].into_iter().chain(names.iter().map(String::as_str)).collect();
    test.ok(&save);
    let report = test.json(&["dep", "up", "parent", "--offline"]);
    assert_eq!(report["dependencies"].as_array().unwrap().len(), 1000);
    assert_eq!(files(&test).len(), 1001);
    let rows = test.json(&["dep", "ls", "parent"]);
    assert!(rows.as_array().unwrap().iter().all(|row| row["status"] == "ok"));
}

#[test]
fn two_charts_of_one_name_and_version_are_refused() {
    let test = parent(
        &(dependency("lib", "1.0.0", "file://../one")
            + "- {name: lib, alias: second, version: 1.0.0, repository: 'file://../two'}\n"),
    );
    test.chart_in("one", "lib", "1.0.0");
    test.chart_in("two", "lib", "1.0.0");
    test.ok(&["dep", "up", "parent"]);
    test.write("two/values.yaml", "other: true\n");
    assert_snapshot!(refused(&test, &["dep", "up", "parent"]), @r"
    --- stderr ---
    Error: cannot take the dependency lib 1.0.0
    Caused by: two dependencies are both lib-1.0.0.tgz, but with different content
    [exit code 1]
    ");
}

#[test]
fn no_file_is_ever_half_there() {
    let prepare = || {
        let test = parent(
            &(dependency("web", "^1", "https://charts.example.com")
                + &dependency("lib", "^1", "file://../lib")),
        );
        test.chart("lib", "1.0.0");
        save(&test, "web", "1.0.0", "web");
        test.ok(&["dep", "up", "parent"]);
        save(&test, "web", "1.1.0", "web");
        test.chart("lib", "1.1.0");
        test
    };
    let done = prepare();
    let old = folder(&done);
    done.ok(&["dep", "up", "parent"]);
    let new = folder(&done);
    for fault in ["kill", "enospc"] {
        for step in 1.. {
            let test = prepare();
            let variables = [("HREG_FAULT", &*format!("{fault}:{step}"))];
            let run = test.run_with(&variables, &["dep", "up", "parent"]);
            for (path, node) in folder(&test) {
                let is_temporary = path.display().to_string().starts_with("charts/.hreg-");
                let is_lock = path.ends_with("Chart.lock");
                let is_whole = [&old, &new].iter().any(|tree| tree.get(&path) == Some(&node));
                assert!(is_whole || is_lock || is_temporary && fault == "kill", "{path:?}\n{run}");
            }
            test.ok(&["dep", "up", "parent"]);
            assert!(new.keys().all(|path| test.path("parent").join(path).exists()));
            if run.code == Some(0) {
                assert!(step > 5, "{run}");
                break;
            }
        }
    }
}
