//! What must not be lost, overlooked or written by mistake.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use insta::assert_snapshot;

use super::environment::Environment;
use super::verify;

#[test]
fn nothing_is_collected_while_a_name_leads_nowhere() {
    for damage in [verify::lost_entry, verify::absolute_link, verify::broken_link] {
        let test = verify::stored();
        damage(&test);
        let blobs = test.tree().keys().filter(|path| path.starts_with("blobs")).count();
        let run = test.run(&["gc", "--grace", "0"]);
        assert_eq!(run.code, Some(1), "{run}");
        assert!(run.stderr.starts_with("Error: nothing was collected"), "{run}");
        assert_eq!(test.tree().keys().filter(|path| path.starts_with("blobs")).count(), blobs);
    }
}

#[test]
fn a_version_without_any_entry_is_found() {
    let test = Environment::with_chart();
    fs::remove_dir_all(test.store("refs/library")).unwrap();
    let run = test.run(&["verify"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.starts_with("name-dangling: library/mychart version 1.0.0"), "{run}");
    assert_eq!(test.run(&["gc", "--grace", "0"]).code, Some(1));
    assert_eq!(test.run(&["verify", "--repair"]).code, Some(1));
    test.ok(&["export", "mychart", "-d", "out"]);
}

#[test]
fn changes_at_the_same_time_are_all_kept() {
    let test = Environment::with_chart();
    let fields = ["home", "icon", "kubeVersion", "condition", "tags", "appVersion"];
    let change = |field: &&str| {
        let setting = format!("{field}={field}");
        let mut command = test.command(&["version", "metadata", "mychart", "--set", &setting]);
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = fields.iter().map(change).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let chart = test.json(&["version", "metadata", "mychart"]);
    for field in fields {
        assert_eq!(chart[field], field, "{chart}");
    }
}

#[test]
fn a_digest_is_held_against_what_is_changed() {
    let test = Environment::with_chart();
    let wrong = format!("sha256:{}", "0".repeat(64));
    let before = test.tree();
    for arguments in [
        &["version", "remove", "mychart:1.0.0"][..],
        &["remove", "mychart:1.0.0"],
        &["tag", "mychart", "mychart:stable"],
        &["remove", "--all", "mychart"],
        &["remove", "--all", "mychart:1.0.0"],
    ] {
        let (last, others) = arguments.split_last().unwrap();
        let exact = format!("{last}@{wrong}");
        let run = test.run(&[others, &[exact.as_str()]].concat());
        let code = if arguments.contains(&"--all") { 2 } else { 1 };
        assert_eq!(run.code, Some(code), "{run}");
    }
    assert_snapshot!(test.run(&["remove", "--all", "mychart:1.0.0"]), @r"
    --- stderr ---
    Error: cannot remove all of library/mychart: library/mychart:1.0.0 names one version
    Hint: say library/mychart to remove the chart, or leave --all away
    [exit code 2]
    ");
    let both = test.run(&["remove", "--all", "mychart", "mychart:1.0.0"]);
    assert_eq!(both.code, Some(2), "{both}");
    assert_eq!(test.tree(), before);
    let digest = test.digest("mychart", "digest");
    let exact = format!("mychart@{digest}");
    let run = test.run_with(&[("HREG_DEVEL", "1")], &["show", "chart", &exact]);
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn values_that_are_too_long_are_refused_and_not_cut() {
    let test = Environment::with_chart();
    let before = test.tree();
    let mut command = test.command(&["version", "values", "mychart", "-f", "-"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut text = "# long\n".repeat(800_000);
    text.push_str("replicas: 7\n");
    // The program stops reading once it has seen too much.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(test.tree(), before);
}

#[test]
fn what_is_no_file_is_not_read() {
    let test = Environment::new();
    assert_snapshot!(test.run(&["save", "/dev/null"]), @r"
    --- stderr ---
    Error: cannot save /dev/null: it is neither a folder nor a file
    [exit code 1]
    ");
}

#[test]
fn a_closed_pipe_hides_no_failure() {
    let test = verify::stored();
    verify::flipped_byte(&test);
    let mut command = test.command(&["verify"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer).stderr(Stdio::null());
    assert_eq!(command.status().unwrap().code(), Some(1));
}

#[test]
fn a_failed_export_leaves_nothing_behind() {
    let test = verify::stored();
    test.ok(&["export", "mychart", "-d", "there"]);
    let values = test.path("there/mychart/values.yaml");
    fs::remove_file(&values).unwrap();
    fs::create_dir(&values).unwrap();
    fs::write(test.path("there/mychart/Chart.yaml"), "mine").unwrap();
    let run = test.run(&["export", "mychart", "-d", "there", "--force"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert_eq!(test.read("there/mychart/Chart.yaml"), "mine");

    fs::remove_dir(&values).unwrap();
    fs::remove_dir_all(test.path("there/mychart/templates")).unwrap();
    fs::create_dir(test.path("outside")).unwrap();
    let link = test.path("there/mychart/templates");
    std::os::unix::fs::symlink("../../outside", link).unwrap();
    let run = test.run(&["export", "mychart", "-d", "there", "--force"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert_eq!(fs::read_dir(test.path("outside")).unwrap().count(), 0);

    verify::flipped_byte(&test);
    assert_eq!(test.run(&["export", "mychart", "-d", "new/folder"]).code, Some(1));
    assert!(!test.path("new").exists());
}

#[test]
fn only_what_writes_makes_a_store() {
    let test = Environment::new();
    for arguments in [
        &["list"][..],
        &["verify"],
        &["verify", "--repair"],
        &["gc"],
        &["tag", "a", "b/a"],
        &["remove", "a:1"],
        &["space", "remove", "a"],
    ] {
        test.run(arguments);
        assert!(!test.store("").exists(), "{arguments:?}");
    }
    let run = test.run_with(&[("HREG_STORE", "/etc")], &["completion", "bash"]);
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn what_a_save_leaves_out_is_said() {
    let test = Environment::with_chart();
    let run = test.run(&["save", "mychart", "mychart:stable", "--space", "team"]);
    assert_snapshot!(run, @r"
    --- stderr ---
    Error: cannot save to library/mychart:stable and to the space team at once
    Hint: leave --space and HREG_SPACE away, or say team/mychart:stable
    [exit code 2]
    ");
    test.archive("mychart", "mychart-1.0.0.tgz");
    test.provenance("mychart-1.0.0.tgz", &test.digest("mychart", "content"));
    test.ok(&["save", "mychart-1.0.0.tgz"]);
    fs::remove_file(test.path("mychart-1.0.0.tgz.prov")).unwrap();
    let run = test.run(&["save", "mychart-1.0.0.tgz"]);
    let said = "mychart-1.0.0.tgz: the chart that was replaced had a signature, this one has none";
    assert!(run.stderr.contains(said), "{run}");
}
