//! `hreg gc`

use insta::assert_snapshot;

use super::environment::Environment;

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
