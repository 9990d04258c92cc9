//! `hreg export`

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use super::environment::{Environment, tree};

#[test]
fn a_folder_comes_out_as_it_was() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    test.write(
        "mychart/Chart.lock",
        "dependencies: []\ndigest: sha256:0\ngenerated: \"2020-01-01T00:00:00Z\"\n",
    );
    test.write("mychart/values.schema.json", "{ \"type\": \"object\" }\n");
    test.write("mychart/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n");
    test.write("mychart/files/binary", [0, 159, 146, 150]);
    let script = test.write("mychart/files/run.sh", "#!/bin/sh\r\n# a comment\n");
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
    test.ok(&["save", "mychart"]);
    assert_snapshot!(test.run(&["export", "mychart", "-d", "out"]), @"Exported chart to out/mychart/");
    assert_eq!(tree(&test.path("out/mychart")), tree(&test.path("mychart")));
}

#[test]
fn an_archive_comes_out_byte_for_byte_with_its_signature() {
    let test = Environment::with_chart();
    test.archive("mychart", "mychart-1.0.0.tgz");
    test.provenance("mychart-1.0.0.tgz", &test.digest("mychart", "content"));
    test.ok(&["save", "mychart-1.0.0.tgz"]);
    assert_snapshot!(test.run(&["export", "mychart", "--archive", "--destination", "a/b"]), @"Exported chart to a/b/mychart-1.0.0.tgz");
    for file in ["mychart-1.0.0.tgz", "mychart-1.0.0.tgz.prov"] {
        let exported = fs::read(test.path("a/b").join(file)).unwrap();
        assert_eq!(exported, fs::read(test.path(file)).unwrap());
    }
    assert_eq!(tree(&test.path("a/b")).len(), 2);
    assert_snapshot!(test.run(&["export", "mychart", "--archive", "-d", "a/b"]), @r"
    --- stderr ---
    Error: cannot export to a/b/mychart-1.0.0.tgz: it is there already
    Hint: remove it, name another folder with -d, or use --force
    [exit code 1]
    ");
    test.ok(&["export", "mychart", "--archive", "-d", "a/b", "--force"]);
}

#[test]
fn an_existing_folder_is_merged_into_only_when_forced() {
    let test = Environment::with_chart();
    test.write("out/mychart/values.yaml", "mine\n");
    test.write("out/mychart/templates/other.yaml", "other\n");
    assert_snapshot!(test.run(&["export", "mychart", "-d", "out"]), @r"
    --- stderr ---
    Error: cannot export to out/mychart: it is there already
    Hint: remove it, name another folder with -d, or use --force
    [exit code 1]
    ");
    assert_eq!(test.read("out/mychart/values.yaml"), "mine\n");
    assert_eq!(tree(&test.path("out")).len(), 4);
    test.ok(&["export", "mychart", "-d", "out", "--force"]);
    assert_eq!(test.read("out/mychart/values.yaml"), test.read("mychart/values.yaml"));
    assert_eq!(test.read("out/mychart/templates/other.yaml"), "other\n");
}

#[test]
fn nothing_is_written_when_the_archive_is_damaged() {
    let test = Environment::with_chart();
    let blob = test.blob(&test.digest("mychart", "content"));
    let mut bytes = fs::read(&blob).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&blob, bytes).unwrap();
    fs::create_dir(test.path("out")).unwrap();
    for archive in [&[][..], &["--archive"]] {
        let run = test.run(&[&["export", "mychart", "-d", "out"], archive].concat());
        assert_eq!(run.code, Some(1), "{run}");
        assert!(tree(&test.path("out")).is_empty());
    }
    assert_snapshot!(test.run(&["export", "mychart", "-d", "out", "--archive"]), @r"
    --- stderr ---
    Error: the blob sha256:d0a8fe4… cannot be used
    Caused by: the bytes of sha256:d0a8fe4… are damaged: they hash to sha256:4dc1994…
    Hint: `hreg verify` lists all damage; saving or pulling the chart again mends it
    [exit code 1]
    ");
    fs::remove_file(blob).unwrap();
    assert_snapshot!(test.run(&["export", "mychart", "-d", "out"]), @r"
    --- stderr ---
    Error: the blob sha256:d0a8fe4… is missing from the store
    Hint: `hreg verify` lists all damage; saving or pulling the chart again mends it
    [exit code 1]
    ");
    assert!(tree(&test.path("out")).is_empty());
}

#[test]
fn the_destination_must_be_a_folder() {
    let test = Environment::with_chart();
    test.write("file", "");
    assert_snapshot!(test.run(&["export", "mychart", "-d", "file"]), @r"
    --- stderr ---
    Error: cannot create the folder file
    Caused by: File exists (os error 17)
    [exit code 1]
    ");
}

/// Helm loads such an archive, and leaves half a tree when it is to unpack it.
#[test]
fn a_file_and_files_below_it_do_not_become_a_folder() {
    let metadata = "apiVersion: v2\nname: a\nversion: 1.0.0\n";
    let head = ("a/Chart.yaml", metadata);
    let cases = [
        ([head, ("a/Chart.yaml/x", ""), ("a/y", "")], "Chart.yaml and, below it, Chart.yaml/x"),
        ([("a/Chart.yaml/x", ""), head, ("a/y", "")], "Chart.yaml and, below it, Chart.yaml/x"),
        ([head, ("a/t/x/y/z", ""), ("a/t/x", "")], "t/x and, below it, t/x/y/z"),
        ([head, ("a/t/x", ""), ("a/t/x/y/z", "")], "t/x and, below it, t/x/y/z"),
    ];
    for (files, both) in cases {
        let test = Environment::new();
        test.archive_of("a.tgz", &files);
        test.ok(&["save", "a.tgz"]);
        let run = test.run(&["export", "a", "-d", "out/of/it"]);
        assert_eq!(run.code, Some(1), "{run}");
        let error = format!("Error: library/a:1.0.0 cannot become a folder: it has a file {both}");
        let hint =
            "Hint: `hreg export library/a:1.0.0 --archive` writes it as the archive that it is";
        assert_eq!(run.stderr, format!("{error}\n{hint}\n"));
        assert!(!test.path("out").exists());
        test.write("out/a/mine", "");
        assert_eq!(test.run(&["export", "a", "-d", "out", "--force"]).stderr, run.stderr);
        assert_eq!(tree(&test.path("out")).len(), 2);
        test.ok(&["export", "a", "--archive"]);
        assert_eq!(
            fs::read(test.path("a-1.0.0.tgz")).unwrap(),
            fs::read(test.path("a.tgz")).unwrap()
        );
    }
}
