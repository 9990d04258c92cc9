//! What can go wrong, and what is said about it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use insta::assert_snapshot;

use super::environment::Environment;

#[test]
fn bad_references() {
    let test = Environment::with_chart();
    let show = |reference: &str| test.run(&["show", "chart", reference]);
    assert_snapshot!(show(""), @r#"
    --- stderr ---
    Error: invalid value '' for '<REF>': invalid reference "": chart name "": it must name a file

    For more information, try '--help'.
    [exit code 2]
    "#);
    assert_snapshot!(show("library/my chart"), @r#"
    --- stderr ---
    Error: invalid value 'library/my chart' for '<REF>': invalid reference "library/my chart": chart name "my chart": it must not contain ' '

    For more information, try '--help'.
    [exit code 2]
    "#);
    assert_snapshot!(show("library/../mychart"), @r#"
    --- stderr ---
    Error: invalid value 'library/../mychart' for '<REF>': invalid reference "library/../mychart": space name "library/..": its parts are letters, digits, '.', '_' and '-', and begin with a letter or digit

    For more information, try '--help'.
    [exit code 2]
    "#);
    assert_snapshot!(show("mychart:"), @r#"
    --- stderr ---
    Error: invalid value 'mychart:' for '<REF>': invalid reference "mychart:": tag "": it must be 1 to 128 letters, digits, '.', '_' and '-', not beginning with '.' or '-'

    For more information, try '--help'.
    [exit code 2]
    "#);
    assert_snapshot!(show("mychart:-1"), @r#"
    --- stderr ---
    Error: invalid value 'mychart:-1' for '<REF>': invalid reference "mychart:-1": tag "-1": it must be 1 to 128 letters, digits, '.', '_' and '-', not beginning with '.' or '-'

    For more information, try '--help'.
    [exit code 2]
    "#);
    assert_snapshot!(show("mychart@sha256:abc"), @r#"
    --- stderr ---
    Error: invalid value 'mychart@sha256:abc' for '<REF>': invalid reference "mychart@sha256:abc": "abc" is no sha256 digest: expected exactly 64 lower-case hexadecimal digits

    For more information, try '--help'.
    [exit code 2]
    "#);
    assert_snapshot!(show("mychart@md5:abc"), @r#"
    --- stderr ---
    Error: invalid value 'mychart@md5:abc' for '<REF>': invalid reference "mychart@md5:abc": unknown digest algorithm "md5": expected sha256 or sha512

    For more information, try '--help'.
    [exit code 2]
    "#);
    assert_snapshot!(show("https://example.com/mychart"), @r#"
    --- stderr ---
    Error: invalid value 'https://example.com/mychart' for '<REF>': invalid reference "https://example.com/mychart": https:// is not oci://

    For more information, try '--help'.
    [exit code 2]
    "#);
    assert_snapshot!(show("oci://localhost"), @r#"
    --- stderr ---
    Error: invalid value 'oci://localhost' for '<REF>': invalid reference "oci://localhost": no chart after the host

    For more information, try '--help'.
    [exit code 2]
    "#);
    assert_snapshot!(show("a:b:c/mychart"), @r#"
    --- stderr ---
    Error: invalid value 'a:b:c/mychart' for '<REF>': invalid reference "a:b:c/mychart": host "a:b:c": its port must be a number from 1 to 65535

    For more information, try '--help'.
    [exit code 2]
    "#);
    assert_snapshot!(test.run(&["space", "show", ".."]), @r#"
    --- stderr ---
    Error: invalid value '..' for '<SPACE>': invalid host "..": expected a domain or an address, such as registry.example.com:5000

    For more information, try '--help'.
    [exit code 2]
    "#);
}

#[test]
fn unknown_names_and_the_nearest_ones() {
    let test = Environment::with_chart();
    assert_snapshot!(test.run(&["show", "chart", "mychrt"]), @r"
    --- stderr ---
    Error: chart library/mychrt is not in the store
    Hint: did you mean library/mychart?
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["show", "chart", "libary/mychart:1.0.0"]), @r"
    --- stderr ---
    Error: chart libary/mychart is not in the store
    Hint: did you mean library/mychart?
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["show", "chart", "mychart:1.0"]), @r"
    --- stderr ---
    Error: tag library/mychart:1.0 is not in the store
    Hint: did you mean library/mychart:1.0.0?
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["show", "chart", "mychart:stable"]), @r"
    --- stderr ---
    Error: tag library/mychart:stable is not in the store
    Hint: `hreg list library/mychart` shows what is there
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["show", "chart", "wordpress"]), @r"
    --- stderr ---
    Error: chart library/wordpress is not in the store
    Hint: `hreg list` shows what is there
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["space", "show", "libary"]), @r"
    --- stderr ---
    Error: space libary is not in the store
    Hint: did you mean library?
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["space", "show", "zzz"]), @r"
    --- stderr ---
    Error: space zzz is not in the store
    Hint: `hreg space list` shows all spaces
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["save", "mychrt"]), @r"
    --- stderr ---
    Error: cannot read mychrt
    Caused by: No such file or directory (os error 2)
    [exit code 1]
    ");
}

#[test]
fn charts_that_helm_would_not_load() {
    let test = Environment::new();
    test.write("empty/README.md", "");
    assert_snapshot!(test.run(&["save", "empty"]), @r"
    --- stderr ---
    Error: cannot load the chart empty
    Caused by: Chart.yaml file is missing
    [exit code 1]
    ");
    test.write("noversion/Chart.yaml", "apiVersion: v2\nname: noversion\n");
    assert_snapshot!(test.run(&["save", "noversion"]), @r"
    --- stderr ---
    Error: cannot load the chart noversion
    Caused by: validation: chart.metadata.version is required
    [exit code 1]
    ");
    test.write("text.tgz", "text");
    assert_snapshot!(test.run(&["save", "text.tgz"]), @r"
    --- stderr ---
    Error: cannot load the chart text.tgz
    Caused by: file does not appear to be a gzipped archive; got 'application/octet-stream'
    [exit code 1]
    ");
    test.write("values.yaml", "text");
    assert_snapshot!(test.run(&["save", "values.yaml"]), @r"
    --- stderr ---
    Error: cannot load the chart values.yaml
    Caused by: file seems to be a YAML file, but expected a gzipped archive
    [exit code 1]
    ");
    test.write("yaml/Chart.yaml", "name: [\n");
    assert_snapshot!(test.run(&["save", "yaml"]), @r"
    --- stderr ---
    Error: cannot load the chart yaml
    Caused by: cannot load Chart.yaml
    Caused by: error converting YAML to JSON
    Caused by: line 2, column 1: did not find expected node content
    [exit code 1]
    ");
}

#[test]
fn a_locked_store() {
    let test = Environment::with_chart();
    let lock = fs::File::open(test.store("locks/store")).unwrap();
    lock.lock().unwrap();
    assert_snapshot!(test.run_with(&[("HREG_LOCK_TIMEOUT", "0")], &["gc"]), @r"
    --- stderr ---
    Error: the store $TEST/store is locked by another process (waited 0 s for $TEST/store/locks/store)
    Hint: `fuser -v $TEST/store/locks/store` names the process; --lock-timeout sets how long to wait
    [exit code 1]
    ");
    test.ok(&["list"]);
    test.ok(&["export", "mychart", "-d", "out"]);
    lock.unlock().unwrap();
    let chart = fs::File::open(test.store("locks/charts/library/mychart/lock")).unwrap();
    chart.lock().unwrap();
    let run = test.run(&["--lock-timeout", "0", "remove", "mychart:1.0.0"]);
    assert_snapshot!(run, @r"
    --- stderr ---
    Error: the chart library/mychart is locked by another process (waited 0 s for $TEST/store/locks/charts/library/mychart/lock)
    Hint: `fuser -v $TEST/store/locks/charts/library/mychart/lock` names the process; --lock-timeout sets how long to wait
    [exit code 1]
    ");
}

#[test]
fn a_long_wait_is_told_and_ends_with_the_lock() {
    let test = Environment::with_chart();
    let lock = fs::File::open(test.store("locks/store")).unwrap();
    lock.lock().unwrap();
    let mut command = test.command(&["save", "mychart"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut told).unwrap();
    let store = test.store("");
    let what = format!("the store {}", store.to_str().unwrap().trim_end_matches('/'));
    assert_eq!(told, format!("Note: waiting for another process that has locked {what}\n"));
    lock.unlock().unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_full_disk_and_one_that_fails() {
    let test = Environment::with_chart();
    test.chart("other", "1.0.0");
    let before = test.tree();
    let save = |fault| test.run_with(&[("HREG_FAULT", fault)], &["save", "other"]);
    assert_snapshot!(save("enospc:2"), @r"
    --- stderr ---
    Error: cannot lock $TEST/store/locks/store
    Caused by: No space left on device (os error 28)
    Hint: free some space there; on the disk of the store, `hreg gc` removes what no chart uses
    [exit code 1]
    ");
    assert_snapshot!(save("eio:2"), @r"
    --- stderr ---
    Error: cannot lock $TEST/store/locks/store
    Caused by: Input/output error (os error 5)
    [exit code 1]
    ");
    assert_snapshot!(save("erofs:1"), @r"
    --- stderr ---
    Error: cannot lock $TEST/store/locks/turn
    Caused by: Read-only file system (os error 30)
    Hint: check who may write there, and whether the disk is mounted read-only
    [exit code 1]
    ");
    assert_eq!(test.tree(), before);
    let export = ["export", "mychart", "-d", "out"];
    assert_snapshot!(test.run_with(&[("HREG_FAULT", "enospc:4")], &export), @r"
    --- stderr ---
    Error: cannot write out/.hreg-<temporary>/.hreg-<temporary>
    Caused by: No space left on device (os error 28)
    Hint: free some space there; on the disk of the store, `hreg gc` removes what no chart uses
    [exit code 1]
    ");
    assert!(!test.path("out/mychart").exists());
}

#[test]
fn a_full_disk_amid_several_charts_names_each() {
    let names = ["one", "two", "three"];
    let mut failed = 0;
    for step in (3..60).step_by(2) {
        let test = Environment::with_chart();
        names.iter().for_each(|name| test.chart(name, "1.0.0"));
        let fault = format!("enospc:{step}");
        let run = test.run_with(&[("HREG_FAULT", &fault)], &["save", "one", "two", "three"]);
        if run.code == Some(0) || run.stderr.contains("Error: cannot lock") {
            continue;
        }
        failed += 1;
        for name in names {
            let is_saved = run.stdout.contains(&format!("Name:    {name}\n"));
            let is_named = run.stderr.contains(&format!("Error: cannot save {name}"));
            assert!(is_saved != is_named, "{name}, step {step}: {run}");
        }
    }
    assert!(failed > 10, "{failed} of the runs failed where they were to");
}

#[test]
fn a_read_only_store() {
    let test = Environment::with_chart();
    let folders = ["tmp", "blobs/sha256"];
    let set = |mode| {
        for folder in folders {
            fs::set_permissions(test.store(folder), fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    let run = |arguments: &[&str]| test.finish(&mut test.bound_command(arguments));
    set(0o555);
    let save = run(&["save", "mychart"]);
    let list = run(&["list", "-q"]);
    let verify = run(&["verify"]);
    set(0o755);
    assert_eq!(save.code, Some(1));
    assert!(save.stderr.contains("Permission denied"), "{save}");
    assert!(save.stderr.contains("Hint: check who may write there"), "{save}");
    assert_eq!(list.stdout, "library/mychart:1.0.0\n");
    assert_eq!(verify.code, Some(0), "{verify}");
    assert_eq!(run(&["save", "mychart"]).code, Some(0));
}

#[test]
fn a_damaged_blob() {
    let test = Environment::with_chart();
    let meta = test.blob(&test.digest("mychart", "meta"));
    let mut bytes = fs::read(&meta).unwrap();
    bytes[3] ^= 1;
    fs::write(&meta, &bytes).unwrap();
    assert_snapshot!(test.run(&["show", "chart", "mychart"]), @r"
    --- stderr ---
    Error: the blob sha256:f27f999… cannot be used
    Caused by: the bytes of sha256:f27f999… are damaged: they hash to sha256:53ca7fd…
    Hint: `hreg verify` lists all damage; saving or pulling the chart again mends it
    [exit code 1]
    ");
    fs::write(&meta, &bytes[1..]).unwrap();
    assert_snapshot!(test.run(&["show", "chart", "mychart"]), @r"
    --- stderr ---
    Error: the blob sha256:f27f999… cannot be used
    Caused by: the bytes of sha256:f27f999… are damaged: they hash to sha256:2ad4e00…
    Hint: `hreg verify` lists all damage; saving or pulling the chart again mends it
    [exit code 1]
    ");
    fs::remove_file(&meta).unwrap();
    assert_snapshot!(test.run(&["show", "chart", "mychart"]), @r"
    --- stderr ---
    Error: the blob sha256:f27f999… is missing from the store
    Hint: `hreg verify` lists all damage; saving or pulling the chart again mends it
    [exit code 1]
    ");
    test.ok(&["save", "mychart"]);
    test.ok(&["show", "chart", "mychart"]);
}

#[test]
fn saving_again_mends_a_damaged_blob() {
    let test = Environment::with_chart();
    let content = test.blob(&test.digest("mychart", "content"));
    fs::write(content, "damaged").unwrap();
    assert_eq!(test.run(&["verify"]).code, Some(1));
    test.ok(&["save", "mychart"]);
    assert_eq!(test.run(&["verify"]).code, Some(0));
}

#[test]
fn stores_of_another_kind() {
    let test = Environment::with_chart();
    let format = |text: &str| {
        fs::write(test.store("hreg-store.json"), text).unwrap();
        test.run(&["list"])
    };
    assert_snapshot!(format("{\"formatVersion\":2}"), @r"
    --- stderr ---
    Error: cannot open the store $TEST/store: its format 2 is newer than this hreg, which knows format 1
    Hint: use the hreg that wrote the store, or a newer one
    [exit code 1]
    ");
    assert_snapshot!(format("{\"formatVersion\":1,\"features\":[\"holograms\"]}"), @r#"
    --- stderr ---
    Error: cannot open the store $TEST/store: it needs "holograms", which this hreg does not know
    Hint: use the hreg that wrote the store, or a newer one
    [exit code 1]
    "#);
    assert_snapshot!(format("text"), @r#"
    --- stderr ---
    Error: cannot open the store $TEST/store: its hreg-store.json is damaged: expected ident at line 1 column 2
    Hint: put {"formatVersion":1,"features":[]} there if the rest of the store is whole
    [exit code 1]
    "#);
    assert_snapshot!(test.run(&["--store", "mychart", "list"]), @r"
    --- stderr ---
    Error: cannot open the store $TEST/work/mychart: the folder is not empty and has no hreg-store.json
    Hint: name an empty or a new folder with --store or HREG_STORE
    [exit code 1]
    ");
    assert_snapshot!(test.run(&["--store", "mychart/Chart.yaml", "list"]), @r"
    --- stderr ---
    Error: cannot read $TEST/work/mychart/Chart.yaml/hreg-store.json
    Caused by: Not a directory (os error 20)
    [exit code 1]
    ");
    assert_snapshot!(test.run_with(&[("HREG_STORE", "")], &["list"]), @"REF  NAME  VERSION  DIGEST  SIZE  CREATED");
}
