//! `hreg list`

use insta::assert_snapshot;

use super::environment::Environment;

fn stored() -> Environment {
    let test = Environment::new();
    for (name, version) in [
        ("mysql", "1.10.0"),
        ("mysql", "1.9.0"),
        ("mysql", "1.10.0-rc.1"),
        ("mariadb", "2.0.0"),
        ("redis", "3.0.0"),
    ] {
        test.chart(name, version);
        test.ok(&["save", name]);
    }
    test.ok(&["tag", "redis:3.0.0", "team/apps/redis:latest"]);
    test.ok(&["tag", "mysql:1.9.0", "mysql:latest"]);
    test
}

#[test]
fn rows_are_ordered_by_name_and_then_by_version() {
    let test = stored();
    assert_snapshot!(test.run(&["list"]), @r"
    REF                        NAME     VERSION      DIGEST   SIZE   CREATED
    library/mariadb:2.0.0      mariadb  2.0.0        0803a75  255 B  <time>
    library/mysql:1.9.0        mysql    1.9.0        7e8606c  253 B  <time>
    library/mysql:latest       mysql    1.9.0        7e8606c  253 B  <time>
    library/mysql:1.10.0-rc.1  mysql    1.10.0-rc.1  5c7d2af  256 B  <time>
    library/mysql:1.10.0       mysql    1.10.0       0460de6  253 B  <time>
    library/redis:3.0.0        redis    3.0.0        8bbcc39  250 B  <time>
    team/apps/redis:latest     redis    3.0.0        8bbcc39  250 B  <time>
    ");
    assert_eq!(test.ok(&["ls"]), test.ok(&["list"]));
}

#[test]
fn spaces_are_ordered_part_by_part_and_those_of_hosts_last() {
    let test = Environment::with_chart();
    for space in ["z", "a-b", "a/b", "a", "a.io/b"] {
        test.ok(&["tag", "mychart", &format!("{space}/mychart")]);
    }
    test.ok(&["remove", "mychart:1.0.0"]);
    let spaces = ["a/", "a/b/", "a-b/", "z/", "a.io/b/"];
    let rows = spaces.map(|space| format!("{space}mychart:1.0.0\n")).concat();
    assert_eq!(test.ok(&["list", "-q"]), rows);
}

#[test]
fn a_full_output_is_told() {
    let test = Environment::with_chart();
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    assert_snapshot!(test.finish_into(&mut test.command(&["list"]), full), @r"
    --- stderr ---
    Error: cannot write to standard output
    Caused by: No space left on device (os error 28)
    [exit code 1]
    ");
}

#[test]
fn an_empty_store_has_a_heading_and_no_rows() {
    let test = Environment::new();
    assert_snapshot!(test.run(&["list"]), @"REF  NAME  VERSION  DIGEST  SIZE  CREATED");
    assert_eq!(test.ok(&["list", "-q"]), "");
    assert_eq!(test.ok(&["list", "-o", "json"]), "[]\n");
    assert!(!test.store("").exists(), "reading makes no store");
}

#[test]
fn a_prefix_ends_at_a_part() {
    let test = stored();
    let list = |prefix: &str| test.ok(&["list", "-q", prefix]);
    assert_eq!(list("library").lines().count(), 6);
    assert_eq!(list("library/mysql").lines().count(), 4);
    assert_eq!(list("library/mysql"), list("mysql"));
    assert_eq!(list("mysql:latest"), "library/mysql:latest\n");
    assert_eq!(list("team"), "team/apps/redis:latest\n");
    assert_eq!(list("redis"), "library/redis:3.0.0\nteam/apps/redis:latest\n");
    assert_snapshot!(test.run(&["list", "lib"]), @r#"
    REF  NAME  VERSION  DIGEST  SIZE  CREATED
    --- stderr ---
    Note: nothing in the store matches "lib"; did you mean library?
    "#);
}

#[test]
fn a_pattern_is_for_names_or_with_a_slash_for_spaces_too() {
    let test = stored();
    let list = |pattern: &str| test.ok(&["list", "-q", pattern]);
    assert_eq!(list("m*").lines().count(), 5);
    assert_eq!(list("?edis"), "library/redis:3.0.0\nteam/apps/redis:latest\n");
    assert_eq!(list("library/r*"), "library/redis:3.0.0\n");
    assert_eq!(list("[k-s]edis").lines().count(), 2);
    assert_snapshot!(test.run(&["list", "[a-"]), @r#"
    --- stderr ---
    Error: cannot use the pattern "[a-"
    Caused by: syntax error in pattern: "[a-"
    [exit code 2]
    "#);
}

#[test]
fn options_narrow_the_list() {
    let test = stored();
    assert_eq!(test.ok(&["list", "-q", "--space", "team/apps"]), "team/apps/redis:latest\n");
    assert_eq!(test.ok(&["list", "--quiet", "--max", "1"]), "library/mariadb:2.0.0\n");
    assert_eq!(test.ok(&["list", "--short", "--max", "0"]), "");
    assert_eq!(test.ok(&["list", "--no-headers"]).lines().count(), 7);
    assert_snapshot!(test.run(&["list", "--max", "-1"]), @r"
    --- stderr ---
    Error: unexpected argument '-1' found

      tip: to pass '-1' as a value, use '-- -1'

    Usage: hreg list [OPTIONS] [PREFIX]

    For more information, try '--help'.
    [exit code 2]
    ");
}

#[test]
fn what_nothing_matches_comes_with_what_may_have_been_meant() {
    let test = stored();
    let list = |arguments: &[&str]| test.run(&[&["list", "-q"], arguments].concat());
    assert_snapshot!(list(&["mysqll"]), @r#"
    --- stderr ---
    Note: nothing in the store matches "mysqll"; did you mean library/mysql?
    "#);
    assert_snapshot!(list(&["libary/redis"]), @r#"
    --- stderr ---
    Note: nothing in the store matches "libary/redis"; did you mean library/redis, team/apps/redis?
    "#);
    assert_snapshot!(list(&["mysql:1.9.1"]), @r#"
    --- stderr ---
    Note: nothing in the store matches "mysql:1.9.1"; did you mean library/mysql:1.9.0, library/mysql:1.10.0, library/mysql?
    "#);
    assert_snapshot!(list(&["taem"]), @r#"
    --- stderr ---
    Note: nothing in the store matches "taem"
    "#);
    assert_snapshot!(list(&["zzz"]), @r#"
    --- stderr ---
    Note: nothing in the store matches "zzz"
    "#);
    assert_snapshot!(list(&["mysql", "--version", "^9"]), @r#"
    --- stderr ---
    Note: nothing in the store matches "mysql"
    "#);
    assert_snapshot!(list(&["--space", "team/aps"]), @r"
    --- stderr ---
    Error: space team/aps is not in the store
    Hint: did you mean team/apps?
    [exit code 1]
    ");
    assert_snapshot!(list(&["mysql", "--space", "team/apps"]), @r#"
    --- stderr ---
    Note: nothing in the store matches "mysql"
    "#);
}

#[test]
fn programs_read_json_or_yaml() {
    let test = stored();
    assert_snapshot!(test.run(&["list", "mariadb", "-o", "json"]), @r#"
    [
      {
        "ref": "library/mariadb:2.0.0",
        "name": "mariadb",
        "version": "2.0.0",
        "digest": "sha256:0803a75…",
        "size": 255,
        "created": "<time>"
      }
    ]
    "#);
    assert_snapshot!(test.run(&["list", "mariadb", "-o", "yaml"]), @r#"
    - ref: library/mariadb:2.0.0
      name: mariadb
      version: "2.0.0"
      digest: sha256:0803a75…
      size: 255
      created: "<time>"
    "#);
    assert_snapshot!(test.run(&["list", "redis", "-q", "-o", "json"]), @r#"
    [
      "library/redis:3.0.0",
      "team/apps/redis:latest"
    ]
    "#);
}

#[test]
fn long_cells_stay_whole() {
    let test = Environment::new();
    let name = "a".repeat(180);
    let version = format!("1.0.0-{}", "b".repeat(100));
    test.chart(&name, &version);
    test.ok(&["save", &name]);
    let row = test.ok(&["list", "--no-headers"]);
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells[..3], [&*format!("library/{name}:{version}"), &*name, &*version]);
    assert_eq!(row.lines().count(), 1);
}

#[test]
fn what_cannot_be_read_is_left_out_and_said() {
    let test = stored();
    let manifest = test.blob(&test.digest("mariadb", "digest"));
    std::fs::write(manifest, "damaged").unwrap();
    assert_snapshot!(test.run(&["list", "library/m*", "-q"]), @r"
    library/mysql:1.9.0
    library/mysql:latest
    library/mysql:1.10.0-rc.1
    library/mysql:1.10.0
    --- stderr ---
    Warning: library/mariadb:2.0.0 is left out: the blob sha256:0803a75… cannot be used; see `hreg verify`
    [exit code 1]
    ");
}
