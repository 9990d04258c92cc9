//! What a server in front of a registry is told, and what it says of that. The registry is another server.

use insta::assert_snapshot;

use crate::environment::Environment;
use crate::world::{Serving, World};

const SERVE: [&str; 3] = ["serve", "--check", "--storage"];

/// Checks the settings of a server without a store of its own.
fn check(test: &Environment, arguments: &[&str]) -> crate::environment::Run {
    let mut command = test.command(&[&SERVE[..], arguments].concat());
    test.finish(command.env_remove("HREG_STORE"))
}

#[test]
fn settings_of_a_registry_are_checked_and_it_is_asked_nothing() {
    let test = Environment::new();
    let registry = |arguments: &[&str]| {
        let repo = ["registry", "--storage-registry-repo", "registry.invalid/team"];
        check(&test, &[&repo[..], arguments].concat())
    };
    assert_snapshot!(registry(&["--port", "0"]), @r"
    --- stderr ---
    Note: the settings are well formed, and the registry registry.invalid/team was not asked
    ");
    assert_snapshot!(registry(&["--storage-registry-scheme", "HTTPS", "--mirror"]), @r"
    --- stderr ---
    Note: the settings are well formed, and the registry registry.invalid/team was not asked
    ");
    assert_snapshot!(registry(&["--registry-secret", "missing"]), @r"
    --- stderr ---
    Error: cannot read missing
    Caused by: No such file or directory (os error 2)
    [exit code 1]
    ");
    test.write("secret", "{\"auths\": 1}");
    assert_snapshot!(registry(&["--registry-secret", "secret"]), @r"
    --- stderr ---
    Error: cannot read the credentials file secret: it is malformed in line 1, column 11
    [exit code 1]
    ");
    assert_snapshot!(registry(&["--registry-ca-file", "missing"]), @r"
    --- stderr ---
    Error: cannot read missing
    Caused by: No such file or directory (os error 2)
    [exit code 1]
    ");
    let store = Environment::with_chart();
    let mut command =
        store.command(&[&SERVE[..], &["registry", "--storage-registry-repo", "a"]].concat());
    assert_snapshot!(store.finish(&mut command), @r"
    --- stderr ---
    Error: cannot keep what is fetched in a store that has charts of its own: it has library
    Hint: name another folder with --store
    [exit code 1]
    ");
}

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    let test = Environment::new();
    assert_snapshot!(check(&test, &["registry"]), @r"
    --- stderr ---
    Error: a registry is to be served, and nothing says which
    Hint: name it with --storage-registry-repo, or as registry.repo in the file
    [exit code 2]
    ");
    assert_snapshot!(check(&test, &["filesystem", "--storage-registry-repo", "a"]), @r"
    --- stderr ---
    Error: --storage-registry-repo is about a registry, and none is to be served
    Hint: add --storage registry
    [exit code 2]
    ");
    assert_snapshot!(check(&test, &["memory", "--mirror"]), @r"
    --- stderr ---
    Error: --mirror is about a registry, and none is to be served
    Hint: add --storage registry
    [exit code 2]
    ");
    for wrong in [
        &["s3"][..],
        &["registry", "--storage-registry-repo", "ftp://a"],
        &["registry", "--storage-registry-repo", "a b"],
        &["registry", "--storage-registry-scheme", "ftp"],
        &["registry", "--registry-refresh", "0"],
        &["registry", "--registry-jobs", "65"],
        &["registry", "--cache-size", "15Mi"],
        &["registry", "--registry-repository", "a:1"],
        &["registry", "--registry-cert-file", "a"],
        &["memory", "--port", "1", "--listen", ":1"],
        &["memory", "--port", "65536"],
    ] {
        assert_eq!(check(&test, wrong).code, Some(2), "{wrong:?}");
    }
    test.write("config.yaml", "registry:\n  repo: a\n");
    assert_snapshot!(test.run(&["serve", "--check", "-c", "config.yaml"]), @r"
    --- stderr ---
    Error: cannot use the configuration config.yaml: line 1: registry needs manager.parameters.storagedriver to be registry
    [exit code 1]
    ");
    assert!(
        test.run(&["serve", "--check", "-c", "config.yaml", "--storage", "memory"]).code == Some(0)
    );
}

#[test]
fn a_server_stands_in_front_of_another() {
    let behind = World::with(Environment::with_chart(), &[]);
    let test = Environment::new();
    let config = format!(
        "manager:\n  parameters:\n    storagedriver: registry\nregistry:\n  repo: {}\n  refresh: 1h\n",
        behind.address()
    );
    test.write("config.yaml", config);
    let by_flags = ["--storage", "registry", "--storage-registry-repo", behind.address()];
    let by_file = ["-c", "config.yaml"];
    for arguments in [&by_flags[..], &by_file] {
        let front = Serving::start(&test, arguments);
        front.line_with("can read what the credentials of 127.0.0.1:");
        let index = front.get("/library/index.yaml");
        assert!(index.text().contains("mychart-1.0.0.tgz"), "{}", index.text());
        let chart = "/library/charts/mychart-1.0.0.tgz";
        assert_eq!(front.get(chart).body, behind.get(chart).body);
        let refused = front.ask("DELETE /v2/library/mychart/manifests/1.0.0", &[], b"");
        assert_eq!(refused.status, 405);
    }
    let mut command = test.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.args(by_flags).args(["--allow-anonymous", "read"]);
    command.env("HREG_REGISTRY_REPOSITORY", "mychart,other").env("HREG_REGISTRY_JOBS", "2");
    let front = Serving::of(command);
    assert!(front.get("/library/index.yaml").text().contains("mychart-1.0.0.tgz"));
    assert!(!front.lines().iter().any(|line| line.contains("credentials")), "{:?}", front.lines());
}

#[test]
fn what_is_fetched_is_kept_in_the_folder_that_is_the_platforms_for_it() {
    let behind = World::with(Environment::with_chart(), &[]);
    let test = Environment::new();
    let home = test.path("home");
    let mut command = test.command(&["serve", "--listen", "127.0.0.1:0", "--storage", "registry"]);
    command.args(["--storage-registry-repo", behind.address()]);
    command.env_remove("HREG_STORE").env("HOME", &home).env("XDG_CACHE_HOME", home.join("cache"));
    let front = Serving::of(command);
    assert_eq!(front.get("/library/charts/mychart-1.0.0.tgz").status, 200);
    let kept = walkdir::WalkDir::new(&home).into_iter().map(|entry| entry.unwrap().into_path());
    let name = format!("registry/{}/blobs", behind.address().replace(':', "+"));
    let kept = kept.filter(|path| path.is_file() && path.to_string_lossy().contains(&name));
    assert!(kept.count() >= 3, "the manifest, Chart.yaml and the archive are kept");
}
