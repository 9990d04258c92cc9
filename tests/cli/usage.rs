//! Help, aliases, completion, and where options and variables are taken.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use insta::assert_snapshot;

use super::environment::Environment;

#[test]
fn the_help_names_all_commands() {
    let test = Environment::new();
    assert_snapshot!(test.run(&["--help"]), @r#"
    Keeps Helm charts in a local, content-addressed store

    Usage: hreg [OPTIONS] <COMMAND>

    Commands:
      save         Save chart folders or archives to the store
      list         List what is in the store [alias: ls]
      show         Show what is in a stored chart
      export       Write a stored chart to a folder, or as the archive it was
      tag          Give a stored chart another name
      orchestrate  Build a chart out of stored ones by a plan
      push         Push charts to a registry
      pull         Pull charts from a registry or a chart repository into the store
      copy         Copy a chart from one registry to another
      search       Search for charts in the store, a registry or a chart repository
      dependency   List, update and build what a chart folder depends on [alias: dep]
      login        Log in to a registry
      logout       Log out from a registry
      remove       Remove tags, versions or whole charts [alias: rm]
      space        Create, list, show and remove spaces
      chart        List, show and remove charts
      version      List, show, change and remove versions
      serve        Serve the store over HTTP
      verify       Read the whole store back and report all damage
      gc           Remove what no tag and no version leads to
      completion   Print a completion script for a shell
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Options of every command:
          --store <DIR>          The folder of the store [default: hreg in the platform's data folder]
                                 [env: HREG_STORE]
          --lock-timeout <TIME>  How long to wait for a lock, such as 30s or 5m [default: as long as it
                                 takes] [env: HREG_LOCK_TIMEOUT]

    A reference is [HOST[:PORT]/]SPACE/CHART[:TAG][@DIGEST]; without a space it is a chart of the space
    "library".
    Exit codes: 0 done, 1 failed, 2 wrong usage.
    "#);
    assert_eq!(test.ok(&["help"]), test.ok(&["--help"]));
    let alone = test.finish(test.command(&[]).env_remove("HREG_STORE"));
    assert_eq!((alone.code, alone.stdout.as_str()), (Some(2), ""));
    assert!(alone.stderr.contains("Commands:"));
}

#[test]
fn each_command_has_its_help() {
    let test = Environment::new();
    assert_snapshot!(test.run(&["help", "save"]), @r"
    Save chart folders or archives to the store

    An archive is kept byte for byte, and so is the signature file (.prov) beside it. A folder is
    packed, the same folder to the same bytes on any machine and day.

    Usage: hreg save [OPTIONS] <PATH|REF>...

    Arguments:
      <PATH|REF>...
              Chart folders or .tgz archives; the last may be the reference to save one chart under,
              unless there is a file or folder of that name [default: library/NAME:VERSION]

    Options:
          --space <SPACE>
              The space to save under the charts' own names and versions
              
              [env: HREG_SPACE]

          --no-overwrite
              Refuse to replace a version that is there with other content
              
              [env: HREG_NO_OVERWRITE]

          --sign
              Sign the charts, in place of the signature files beside archives
              
              [env: HREG_SIGN]

          --key <NAME>
              The name of the key to sign with, or a part of it [default: the keyring's only key]
              
              [env: HREG_KEY]

          --keyring <FILE>
              The keyring of secret keys [default: GnuPG's old one, ~/.gnupg/secring.gpg]
              
              [env: HREG_SECRET_KEYRING]

          --passphrase-file <FILE>
              The file with the passphrase of the key; - is standard input
              
              [env: HREG_PASSPHRASE_FILE]

      -o, --output <FORMAT>
              How to print the result

              Possible values:
              - table: For people
              - json:  For programs
              - yaml:  For people and programs
              
              [env: HREG_OUTPUT]
              [default: table]

      -h, --help
              Print help (see a summary with '-h')

    Options of every command:
          --store <DIR>
              The folder of the store [default: hreg in the platform's data folder]
              
              [env: HREG_STORE]

          --lock-timeout <TIME>
              How long to wait for a lock, such as 30s or 5m [default: as long as it takes]
              
              [env: HREG_LOCK_TIMEOUT]
    ");
    assert_snapshot!(test.run(&["list", "-h"]), @r"
    List what is in the store

    Usage: hreg list [OPTIONS] [PREFIX]

    Arguments:
      [PREFIX]  A space, a chart, or the beginning of references up to a / or :, such as library,
                library/mychart or mychart; or a pattern such as 'my*' for names of charts, or 'team/*'
                for charts in their space

    Options:
          --space <SPACE>    List one space only, which must be there [env: HREG_SPACE]
          --version <RANGE>  List versions in a range only, such as '^1.2' or '>=1.0 <2.0'
          --max <N>          Print at most this many rows [env: HREG_MAX]
      -q, --short            Print references only [env: HREG_SHORT] [alias: --quiet]
          --no-headers       Leave the heading out [env: HREG_NO_HEADERS]
      -o, --output <FORMAT>  How to print the result [env: HREG_OUTPUT] [default: table] [possible
                             values: table, json, yaml]
      -h, --help             Print help (see more with '--help')

    Options of every command:
          --store <DIR>          The folder of the store [default: hreg in the platform's data folder]
                                 [env: HREG_STORE]
          --lock-timeout <TIME>  How long to wait for a lock, such as 30s or 5m [default: as long as it
                                 takes] [env: HREG_LOCK_TIMEOUT]
    ");
    assert_snapshot!(test.run(&["help", "space", "create"]), @r"
    Create a space

    Usage: hreg space create [OPTIONS] <SPACE>

    Arguments:
      <SPACE>
              The space, such as library or team/apps

    Options:
          --immutable
              Refuse to overwrite its versions; tags still move

          --charts-only
              Refuse what is no chart

      -o, --output <FORMAT>
              How to print the result

              Possible values:
              - table: For people
              - json:  For programs
              - yaml:  For people and programs
              
              [env: HREG_OUTPUT]
              [default: table]

      -h, --help
              Print help (see a summary with '-h')

    Options of every command:
          --store <DIR>
              The folder of the store [default: hreg in the platform's data folder]
              
              [env: HREG_STORE]

          --lock-timeout <TIME>
              How long to wait for a lock, such as 30s or 5m [default: as long as it takes]
              
              [env: HREG_LOCK_TIMEOUT]
    ");
    assert_snapshot!(test.run(&["version", "values", "-h"]), @r"
    Show the values with those of the subcharts folded in, or change values.yaml under the same version

    Usage: hreg version values [OPTIONS] <REF>

    Arguments:
      <REF>  The version

    Options:
          --set <KEY=VALUE>  Set a value, as `helm install --set` does
      -f, --values <FILE>    Lay the values of a YAML file over those that are there; - is standard
                             input
          --computed         Show the values as templates see them: subcharts under their aliases, those
                             left out that a condition or tag switches off, import-values taken over
                             [env: HREG_COMPUTED]
          --replace          Begin with no values instead of those that are there
      -o, --output <FORMAT>  How to print the result [env: HREG_OUTPUT] [default: table] [possible
                             values: table, json, yaml]
      -h, --help             Print help (see more with '--help')

    Options of every command:
          --store <DIR>          The folder of the store [default: hreg in the platform's data folder]
                                 [env: HREG_STORE]
          --lock-timeout <TIME>  How long to wait for a lock, such as 30s or 5m [default: as long as it
                                 takes] [env: HREG_LOCK_TIMEOUT]
    ");
    assert_eq!(test.run(&["version"]).code, Some(2));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let test = Environment::new();
    assert_snapshot!(test.run(&["lst"]), @r"
    --- stderr ---
    Error: unrecognized subcommand 'lst'

      tip: some similar subcommands exist: 'ls', 'list'

    Usage: hreg [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit code 2]
    ");
    assert_snapshot!(test.run(&["list", "-o", "jsn"]), @r"
    --- stderr ---
    Error: invalid value 'jsn' for '--output <FORMAT>'
      [possible values: table, json, yaml]

      tip: a similar value exists: 'json'

    For more information, try '--help'.
    [exit code 2]
    ");
    assert_snapshot!(test.run(&["save"]), @r"
    --- stderr ---
    Error: the following required arguments were not provided:
      <PATH|REF>...

    Usage: hreg save <PATH|REF>...

    For more information, try '--help'.
    [exit code 2]
    ");
    assert_snapshot!(test.run(&["gc", "--grace", "soon"]), @r"
    --- stderr ---
    Error: invalid value 'soon' for '--grace <TIME>': expected a time such as 30s, 5m, 1h or 7d

    For more information, try '--help'.
    [exit code 2]
    ");
    assert_snapshot!(test.run(&["completion", "tcsh"]), @r"
    --- stderr ---
    Error: invalid value 'tcsh' for '<SHELL>'
      [possible values: bash, zsh, fish, powershell]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.
    [exit code 2]
    ");
}

#[test]
fn the_version_is_printed() {
    let version = format!("hreg {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(Environment::new().ok(&["--version"]), version);
}

#[test]
fn the_store_is_named_before_or_after_the_command_or_by_a_variable() {
    let test = Environment::with_chart();
    let store = test.store("").to_str().unwrap().to_owned();
    let elsewhere = [("HREG_STORE", "elsewhere")];
    let row = "library/mychart:1.0.0\n";
    assert_eq!(test.run_with(&elsewhere, &["--store", &store, "list", "-q"]).stdout, row);
    assert_eq!(test.run_with(&elsewhere, &["list", "-q", "--store", &store]).stdout, row);
    assert_eq!(test.run_with(&elsewhere, &["list", "-q"]).stdout, "");
    test.finish(test.command(&["save", "mychart"]).env_remove("HREG_STORE"));
    let home = test.work().join("../home");
    assert!(
        walkdir::WalkDir::new(home)
            .into_iter()
            .any(|found| { found.unwrap().file_name() == "hreg-store.json" })
    );
}

#[test]
fn the_store_may_be_relative_and_have_spaces_in_its_name() {
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    let store = ["--store", "my store/ünïcode"];
    test.ok(&[&store[..], &["save", "mychart"]].concat());
    test.ok(&[&store[..], &["verify"]].concat());
    std::fs::rename(test.path("my store"), test.path("moved")).unwrap();
    test.ok(&["--store", "moved/ünïcode", "export", "mychart", "-d", "out"]);
    assert_eq!(test.run(&["--store", "moved/ünïcode", "verify"]).code, Some(0));
}

#[test]
fn variables_stand_for_options() {
    let test = Environment::with_chart();
    let run = |variable, value, command: &[&str]| test.run_with(&[(variable, value)], command);
    assert!(run("HREG_OUTPUT", "json", &["list"]).stdout.starts_with("[\n"));
    assert!(run("HREG_OUTPUT", "json", &["list", "-o", "table"]).stdout.starts_with("REF"));
    for yes in ["1", "true", "yes"] {
        assert!(run("HREG_NO_HEADERS", yes, &["list"]).stdout.starts_with("library/"));
    }
    for no in ["0", "false", "no", ""] {
        assert!(run("HREG_NO_HEADERS", no, &["list"]).stdout.starts_with("REF"));
    }
    assert_eq!(run("HREG_SHORT", "1", &["list"]).stdout, "library/mychart:1.0.0\n");
    assert_eq!(run("HREG_SPACE", "other", &["save", "mychart"]).code, Some(0));
    assert_eq!(run("HREG_SPACE", "other", &["list", "-q"]).stdout, "other/mychart:1.0.0\n");
    assert_eq!(run("HREG_MAX", "1", &["list", "-q"]).stdout.lines().count(), 1);
    run("HREG_DESTINATION", "out", &["export", "mychart"]);
    assert!(test.path("out/mychart/Chart.yaml").exists());
}

#[test]
fn completion_scripts_complete_what_is_stored() {
    let test = Environment::with_chart();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(test.ok(&["completion", shell]).contains("HREG_COMPLETE"), "{shell}");
    }
}

#[test]
fn variables_that_are_set_to_nothing_are_not_set() {
    let test = Environment::with_chart();
    let names = ["OUTPUT", "MAX", "SPACE", "SHORT", "NO_HEADERS", "LOCK_TIMEOUT", "GRACE", "DEVEL"];
    let names = names.map(|name| format!("HREG_{name}"));
    let empty: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let empty = [&empty[..], &[("HREG_DESTINATION", ""), ("SOURCE_DATE_EPOCH", "")]].concat();
    let commands: [&[&str]; 6] = [
        &["list"],
        &["list", "--max", "1", "--space", "library", "--lock-timeout", "1s"],
        &["gc", "--dry-run"],
        &["gc", "--dry-run", "--grace", "7d"],
        &["show", "chart", "mychart"],
        &["save", "mychart"],
    ];
    for command in commands {
        assert_eq!(test.run_with(&empty, command).to_string(), test.run(command).to_string());
    }
}

#[test]
fn references_are_completed_part_by_part() {
    let test = Environment::with_chart();
    test.ok(&["tag", "mychart", "mychart:latest"]);
    test.ok(&["tag", "mychart", "team/apps/mychart:1.0.0"]);
    let complete = |command: &str, word: &str| {
        let bash = [("HREG_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", "3"), ("_CLAP_IFS", " ")];
        let words: Vec<&str> = ["--", "hreg"].into_iter().chain(command.split(' ')).collect();
        let run = test.run_with(&bash, &[&words[..], &[word]].concat());
        assert_eq!((run.code, &*run.stderr), (Some(0), ""));
        run.stdout.trim_end().to_owned()
    };
    let show = |word| complete("show all", word);
    assert_eq!(show("my"), "mychart");
    assert_eq!(show("mychart"), "mychart mychart:1.0.0 mychart:latest");
    assert_eq!(show("mychart:"), "mychart:1.0.0 mychart:latest");
    assert_eq!(show("mychart:l"), "mychart:latest");
    assert_eq!(show("lib"), "library/mychart");
    assert_eq!(show("library/mychart:1"), "library/mychart:1.0.0");
    assert_eq!(show("te"), "team/apps/mychart");
    assert_eq!(show("nothing"), "");
    let digest = test.digest("mychart", "digest");
    assert_eq!(show("mychart@"), format!("mychart@{digest}"));
    assert_eq!(show("mychart:latest@"), format!("mychart:latest@{digest}"));
    assert_eq!(complete("chart show", "my"), "mychart");
    assert_eq!(complete("chart show", "mychart:"), "");
    assert_eq!(complete("space show", "t"), "team/apps");
}

#[test]
fn nobody_reading_any_more_is_no_error() {
    let test = Environment::new();
    let paths: Vec<String> = (0..400).map(|number| format!("chart-{number:04}")).collect();
    for path in &paths {
        test.write(
            &format!("{path}/Chart.yaml"),
            format!("apiVersion: v2\nname: {path}\nversion: 1.0.0-{}\n", "x".repeat(90)),
        );
    }
    test.ok(&[&["save"], &paths.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
    let mut child =
        test.command(&["list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    // The list is larger than the pipe, so that the program is still writing when it is closed.
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(first.starts_with("REF"));
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
}
