//! Input that means no good, or is merely unusual.

use insta::assert_snapshot;

use super::environment::{Environment, tree};

#[test]
fn control_characters_stay_out_of_tables_and_are_escaped_in_json() {
    let test = Environment::new();
    let metadata =
        "apiVersion: v2\nname: mychart\nversion: 1.0.0\ndescription: \"\\e[2Jgone\\a\\ttab\"\n";
    test.write("mychart/Chart.yaml", metadata);
    test.ok(&["save", "mychart"]);
    for command in [&["show", "chart", "mychart", "-o", "json"][..], &["list", "-o", "json"]] {
        let output = test.ok(command);
        assert!(!output.contains(|c: char| c.is_control() && c != '\n'), "{output:?}");
    }
    assert_snapshot!(test.ok(&["show", "chart", "mychart"]).escape_default(), @r"apiVersion: v2\ndescription: \'[2Jgone tab\'\nname: mychart\nversion: 1.0.0\n\n");
    assert_snapshot!(test.ok(&["show", "chart", "mychart", "-o", "json"]), @r#"
    {
      "name": "mychart",
      "version": "1.0.0",
      "description": "[2Jgone tab",
      "apiVersion": "v2"
    }
    "#);
}

#[test]
fn names_never_hold_control_characters() {
    let test = Environment::new();
    for (folder, name) in [("a", "a\\e[2Jb"), ("b", "a/b"), ("c", ".."), ("d", "a\\nb")] {
        let metadata = format!("apiVersion: v2\nname: \"{name}\"\nversion: 1.0.0\n");
        test.write(&format!("{folder}/Chart.yaml"), metadata);
    }
    assert_snapshot!(test.run(&["save", "b", "c", "d"]), @r#"
    --- stderr ---
    Error: cannot load the chart b
    Caused by: validation: chart.metadata.name "a/b" is invalid
    Error: cannot load the chart ..
    Caused by: cannot pack a chart named "..": an archive's root folder cannot be called so
    Error: invalid chart name "a b": it must not contain ' '
    [exit code 1]
    "#);
    // As Helm does, characters that cannot be printed are taken out of Chart.yaml.
    test.ok(&["save", "a"]);
    assert_eq!(test.ok(&["list", "-q"]), "library/a[2Jb:1.0.0\n");
    assert_snapshot!(test.run(&["show", "chart", "a\u{1b}[2J"]), @r#"
    --- stderr ---
    Error: invalid value 'a' for '<REF>': invalid reference "a\u{1b}[2J": chart name "a\u{1b}[2J": it must not contain '\u{1b}'

    For more information, try '--help'.
    [exit code 2]
    "#);
}

#[test]
fn unicode_goes_in_and_out() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    test.write("mychart/values.yaml", "grüße: \"日本語 😀\"\n");
    test.write("mychart/files/Ünïcode – ファイル.txt", "🎉\n");
    test.ok(&["save", "mychart"]);
    test.ok(&["export", "mychart", "-d", "out"]);
    assert_eq!(tree(&test.path("out/mychart")), tree(&test.path("mychart")));
    assert_snapshot!(test.ok(&["version", "values", "mychart"]), @"grüße: 日本語 😀");
}

#[test]
fn very_long_names_are_refused_or_kept() {
    let test = Environment::new();
    let long = "n".repeat(200);
    test.chart_in("long", &long, "1.0.0");
    test.ok(&["save", "long"]);
    test.ok(&["export", &long, "-d", "out"]);
    test.chart_in("longer", &format!("{long}n"), "1.0.0");
    let run = test.run(&["save", "longer"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("it is longer than 200 bytes"), "{run}");
    test.chart_in("versions", "mychart", &format!("1.0.0-{}", "v".repeat(140)));
    assert_eq!(test.run(&["save", "versions"]).code, Some(1));
    let deep = vec!["s"; 17].join("/");
    assert_eq!(test.run(&["save", "long", &format!("{deep}/{long}")]).code, Some(2));
    assert_eq!(test.ok(&["list", "-q"]).lines().count(), 1);
}

#[test]
fn names_with_a_meaning_in_the_store_are_names_like_others() {
    let test = Environment::new();
    for name in ["tags", "versions", "manifests", "space.json", "lock", "latest"] {
        test.chart(name, "1.0.0");
        test.ok(&["save", name, &format!("tags/manifests/{name}:versions")]);
        test.ok(&["save", name]);
    }
    assert_eq!(test.ok(&["list", "-q"]).lines().count(), 12);
    assert_eq!(test.run(&["verify"]).code, Some(0));
}

#[test]
fn an_archive_cannot_name_files_outside_its_folder() {
    let test = Environment::new();
    let archive = |name: &str| {
        let mut header = tar::Header::new_gnu();
        // Through the bytes: the library would not write such a path.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(1);
        header.set_mode(0o644);
        header.set_cksum();
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        tar.append(&header, &b"x"[..]).unwrap();
        test.write("hostile.tgz", tar.into_inner().unwrap().finish().unwrap());
        test.run(&["save", "hostile.tgz"])
    };
    assert_snapshot!(archive("mychart/../../outside"), @r#"
    --- stderr ---
    Error: cannot load the chart hostile.tgz
    Caused by: chart illegally references parent directory: "mychart/../../outside"
    [exit code 1]
    "#);
    assert_snapshot!(archive("/mychart/Chart.yaml"), @r"
    --- stderr ---
    Error: cannot load the chart hostile.tgz
    Caused by: Chart.yaml file is missing
    [exit code 1]
    ");
    assert_snapshot!(archive("mychart/C:\\outside"), @r"
    --- stderr ---
    Error: cannot load the chart hostile.tgz
    Caused by: Chart.yaml file is missing
    [exit code 1]
    ");
    assert_eq!(test.ok(&["list", "-q"]), "");
}

#[test]
fn what_could_not_be_read_back_is_not_saved() {
    let test = Environment::new();
    let head = "apiVersion: v2\nname: mychart\nversion: 1.0.0\n";
    // Each of these characters takes six bytes in JSON as Go writes it.
    test.write("a/Chart.yaml", format!("{head}description: \"{}\"\n", "<".repeat(900_000)));
    let nested = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let dependency = format!("dependencies: [{{name: s, import-values: {nested}}}]\n");
    test.write("b/Chart.yaml", format!("{head}{dependency}"));
    test.write("b/charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 1.0.0\n");
    for folder in ["a", "b"] {
        let run = test.run(&["save", folder]);
        assert_eq!(run.code, Some(1), "{run}");
        assert!(run.stderr.contains("Chart.yaml as JSON could not be read back"), "{run}");
    }
    assert_eq!(test.ok(&["list", "-q"]), "");
    assert_eq!(test.run(&["verify"]).code, Some(0));
}
