//! `hreg gc`

use insta::assert_snapshot;

use super::environment::{Environment, Run};

fn with_garbage() -> Environment {
    let test = Environment::with_chart();
    test.chart("mychart", "2.0.0");
    test.ok(&["save", "mychart"]);
    test.ok(&["remove", "mychart:1.0.0"]);
    test
}

#[test]
fn what_no_name_leads_to_goes() {
    let test = with_garbage();
    let before = test.tree();
    assert_snapshot!(test.run(&["gc", "--dry-run", "--grace", "0"]), @r"
    library/mychart@sha256:0eae3d4…
    sha256:0eae3d4…
    sha256:d0a8fe4…
    sha256:f27f999…
    Would remove 1 manifest and 3 blobs, 853 B in all
    ");
    assert_eq!(test.tree(), before);
    assert_snapshot!(test.run(&["gc", "--grace", "0"]), @r"
    library/mychart@sha256:0eae3d4…
    sha256:0eae3d4…
    sha256:d0a8fe4…
    sha256:f27f999…
    Removed 1 manifest and 3 blobs, 853 B in all
    ");
    assert_eq!(test.tree().keys().filter(|path| path.starts_with("blobs/sha256")).count(), 4);
    test.ok(&["export", "mychart", "-d", "out"]);
    assert_snapshot!(test.run(&["gc", "--grace", "0"]), @"Removed 0 manifests and 0 blobs, 0 B in all");
    assert_eq!(test.run(&["verify"]).code, Some(0));
}

#[test]
fn what_is_young_stays() {
    let test = with_garbage();
    let before = test.tree();
    assert_snapshot!(test.run(&["gc"]), @"Removed 0 manifests and 0 blobs, 0 B in all");
    assert_snapshot!(test.run(&["gc", "--grace", "1h 30m"]), @"Removed 0 manifests and 0 blobs, 0 B in all");
    assert_eq!(test.tree(), before);
    assert_eq!(test.run_with(&[("HREG_GRACE", "0")], &["gc"]).code, Some(0));
    assert_ne!(test.tree(), before);
}

#[test]
fn a_shared_blob_stays_as_long_as_one_chart_needs_it() {
    let test = Environment::with_chart();
    test.ok(&["tag", "mychart", "other/mychart"]);
    test.ok(&["remove", "mychart", "--all"]);
    test.ok(&["gc", "--grace", "0"]);
    test.ok(&["export", "other/mychart", "-d", "out"]);
}

#[test]
fn damage_stops_it() {
    let test = Environment::with_chart();
    let manifest = test.blob(&test.digest("mychart", "digest"));
    std::fs::write(manifest, "damaged").unwrap();
    let before = test.tree();
    assert_snapshot!(test.run(&["gc", "--grace", "0"]), @r"
    --- stderr ---
    Error: nothing was collected: what is still needed cannot be told
    Caused by: the blob sha256:0eae3d4… cannot be used
    Caused by: the bytes of sha256:0eae3d4… are damaged: they hash to sha256:41f0c27…
    Hint: `hreg verify --repair` moves what is damaged aside; collect after that
    [exit code 1]
    ");
    assert_eq!(test.tree(), before);
}

/// Runs the program where no process may have more than 48 files open.
fn with_few_files(test: &Environment, arguments: &[&str]) -> Run {
    let mut command = test.command(&[]);
    let hreg = command.get_program().to_owned();
    let mut limited = std::process::Command::new("/bin/sh");
    limited.args(["-c", "ulimit -n 48; exec \"$0\" \"$@\""]).arg(hreg).args(arguments);
    limited.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited.current_dir(test.work());
    command = limited;
    test.finish(&mut command)
}

#[test]
fn more_charts_than_open_files_are_saved_removed_and_collected() {
    let test = Environment::new();
    let names: Vec<String> = (0..60).map(|number| format!("c{number}")).collect();
    names.iter().for_each(|name| test.chart(name, "1.0.0"));
    let save: Vec<&str> = ["save"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let saved = with_few_files(&test, &save);
    assert_eq!(saved.code, Some(0), "{saved}");
    test.ok(&["space", "create", "other"]);
    for name in &names {
        test.ok(&["tag", name, &format!("other/{name}")]);
        test.ok(&["remove", &format!("{name}:1.0.0")]);
    }
    for command in [&["gc", "--grace", "0"][..], &["space", "remove", "other", "--yes"]] {
        let run = with_few_files(&test, command);
        assert_eq!(run.code, Some(0), "{run}");
    }
    assert_eq!(test.run(&["verify"]).code, Some(0));
    assert_eq!(test.ok(&["list", "-q"]), "");
}
