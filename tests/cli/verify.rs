//! `hreg verify`: one test for each kind of damage, done to the folder by hand.
//!
//! What `--repair` does about it is in `repair`, over the same kinds.

use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use super::environment::Environment;

/// Damages the store of a test that holds `mychart` 1.0.0 and `other` 1.0.0.
pub(crate) type Damage = fn(&Environment);

/// Makes a store with two charts, of which the first is to be damaged.
pub(crate) fn stored() -> Environment {
    let test = Environment::with_chart();
    test.chart("other", "1.0.0");
    test.ok(&["save", "other"]);
    test
}

fn content(test: &Environment) -> std::path::PathBuf {
    test.blob(&test.digest("mychart:1.0.0", "content"))
}

fn entry(test: &Environment) -> std::path::PathBuf {
    let digest = test.digest("mychart:1.0.0", "digest");
    test.store("refs/library/mychart/manifests").join(digest.trim_start_matches("sha256:"))
}

fn relink(link: &std::path::Path, target: impl AsRef<std::path::Path>) {
    fs::remove_file(link).unwrap();
    symlink(target, link).unwrap();
}

pub(crate) fn flipped_byte(test: &Environment) {
    let blob = content(test);
    let mut bytes = fs::read(&blob).unwrap();
    bytes[20] ^= 1;
    fs::write(blob, bytes).unwrap();
}

pub(crate) fn truncated_blob(test: &Environment) {
    let blob = content(test);
    let bytes = fs::read(&blob).unwrap();
    fs::write(blob, &bytes[..bytes.len() / 2]).unwrap();
}

pub(crate) fn missing_blob(test: &Environment) {
    fs::remove_file(content(test)).unwrap();
}

pub(crate) fn misnamed_blob(test: &Environment) {
    let name = "0".repeat(64);
    fs::copy(content(test), test.store("blobs/sha256").join(name)).unwrap();
}

pub(crate) fn damaged_manifest(test: &Environment) {
    fs::write(test.blob(&test.digest("mychart:1.0.0", "digest")), "{}").unwrap();
}

pub(crate) fn broken_link(test: &Environment) {
    relink(&entry(test).join("content"), "../nowhere");
}

pub(crate) fn absolute_link(test: &Environment) {
    relink(&entry(test).join("content"), content(test));
}

pub(crate) fn outside_link(test: &Environment) {
    relink(&test.store("refs/library/mychart/tags/1.0.0"), "../../../../../work/mychart");
}

pub(crate) fn wrong_entry_link(test: &Environment) {
    let (entry, meta) = (entry(test), fs::read_link(entry(test).join("meta")).unwrap());
    relink(&entry.join("content"), meta);
}

pub(crate) fn lost_entry_link(test: &Environment) {
    fs::remove_file(entry(test).join("meta")).unwrap();
}

pub(crate) fn lost_entry(test: &Environment) {
    fs::remove_dir_all(entry(test)).unwrap();
}

pub(crate) fn dangling_tag(test: &Environment) {
    let target = format!("../manifests/{}", "0".repeat(64));
    symlink(target, test.store("refs/library/mychart/tags/stale")).unwrap();
}

pub(crate) fn wrong_version(test: &Environment) {
    let versions = test.store("charts/library/mychart/versions");
    let target = fs::read_link(versions.join("1.0.0")).unwrap();
    symlink(target, versions.join("2.0.0")).unwrap();
}

pub(crate) fn lost_space_record(test: &Environment) {
    fs::remove_file(test.store("charts/library/space.json")).unwrap();
}

pub(crate) fn damaged_space_record(test: &Environment) {
    fs::write(test.store("charts/library/space.json"), "{\"immutable\":1}").unwrap();
}

pub(crate) fn stray_files(test: &Environment) {
    for place in [
        "notes.txt",
        "blobs/sha256/notes.txt",
        "charts/library/mychart/notes.txt",
        "refs/library/mychart/tags/notes.txt",
        "refs/library/mychart/manifests/notes.txt",
    ] {
        fs::write(test.store(place), "stray").unwrap();
    }
}

/// Damages the store in one way and verifies it; nothing may be changed by that.
fn verified(damage: Damage) -> super::environment::Run {
    let test = stored();
    damage(&test);
    let before = test.tree();
    let run = test.run(&["verify"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert_eq!(test.tree(), before);
    run
}

#[test]
fn a_whole_store_is_well() {
    let test = stored();
    assert_snapshot!(test.run(&["verify"]), @r"
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: all is well
    ");
    assert_snapshot!(test.run(&["verify", "--repair"]), @r"
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: all is well
    ");
    assert_snapshot!(Environment::new().run(&["verify"]), @r"
    --- stderr ---
    Note: read 0 blobs (0 B), 0 manifests and 0 names: all is well
    ");
}

#[test]
fn blobs_are_held_against_their_names() {
    assert_snapshot!(verified(flipped_byte), @r"
    blob-damaged: sha256:d0a8fe4…: the bytes of sha256:d0a8fe4… are damaged: they hash to sha256:7a9f5ad…
    blob-missing: library/mychart@sha256:0eae3d4…: it needs the blob sha256:d0a8fe4…
    --- stderr ---
    Note: read 5 blobs (1.4 KiB), 2 manifests and 4 names: 2 findings
    [exit code 1]
    ");
    assert_snapshot!(verified(truncated_blob), @r"
    blob-damaged: sha256:d0a8fe4…: the bytes of sha256:d0a8fe4… are damaged: they hash to sha256:31a9090…
    blob-missing: library/mychart@sha256:0eae3d4…: it needs the blob sha256:d0a8fe4…
    --- stderr ---
    Note: read 5 blobs (1.4 KiB), 2 manifests and 4 names: 2 findings
    [exit code 1]
    ");
    assert_snapshot!(verified(misnamed_blob), @r"
    blob-damaged: sha256:0000000…: the bytes of sha256:0000000… are damaged: they hash to sha256:d0a8fe4…
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
    assert_snapshot!(verified(missing_blob), @r"
    blob-missing: library/mychart@sha256:0eae3d4…: it needs the blob sha256:d0a8fe4…
    --- stderr ---
    Note: read 5 blobs (1.4 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
    assert_snapshot!(verified(damaged_manifest), @r"
    blob-damaged: sha256:0eae3d4…: the bytes of sha256:0eae3d4… are damaged: they hash to sha256:44136fa…
    blob-missing: library/mychart@sha256:0eae3d4…: the blob sha256:0eae3d4… cannot be used
    --- stderr ---
    Note: read 5 blobs (1.2 KiB), 2 manifests and 4 names: 2 findings
    [exit code 1]
    ");
}

#[test]
fn links_of_entries_are_held_against_manifests() {
    assert_snapshot!(verified(broken_link), @r"
    entry-damaged: library/mychart@sha256:0eae3d4…: it lacks a link, or one has no digest in it
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
    assert_snapshot!(verified(absolute_link), @r"
    entry-damaged: library/mychart@sha256:0eae3d4…: its links do not point where they should
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
    assert_snapshot!(verified(wrong_entry_link), @r"
    entry-damaged: library/mychart@sha256:0eae3d4…: its links are not what its manifest says
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
    assert_snapshot!(verified(lost_entry_link), @r"
    entry-damaged: library/mychart@sha256:0eae3d4…: it lacks a link, or one has no digest in it
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
}

#[test]
fn names_must_lead_to_their_manifests() {
    assert_snapshot!(verified(outside_link), @r"
    name-damaged: library/mychart:1.0.0: it points to ../../../../../work/mychart, where no manifest can be
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 3 names: 1 finding
    [exit code 1]
    ");
    assert_snapshot!(verified(lost_entry), @r"
    name-dangling: library/mychart:1.0.0: sha256:0eae3d4… has no entry here
    name-dangling: library/mychart version 1.0.0: sha256:0eae3d4… has no entry here
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 1 manifest and 4 names: 2 findings
    [exit code 1]
    ");
    assert_snapshot!(verified(dangling_tag), @r"
    name-dangling: library/mychart:stale: sha256:0000000… has no entry here
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 5 names: 1 finding
    [exit code 1]
    ");
    assert_snapshot!(verified(wrong_version), @r"
    name-wrong: library/mychart version 2.0.0: sha256:0eae3d4… is version 1.0.0
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 5 names: 1 finding
    [exit code 1]
    ");
}

#[test]
fn spaces_need_their_records() {
    assert_snapshot!(verified(lost_space_record), @r"
    space-damaged: space library: it has charts, but no record
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
    assert_snapshot!(verified(damaged_space_record), @r"
    space-damaged: space library: the record of the space library is damaged: invalid type: integer `1`, expected a boolean at line 1 column 14
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
}

#[test]
fn what_is_not_of_the_store_is_found() {
    assert_snapshot!(verified(stray_files), @r"
    stray: blobs/sha256/notes.txt: it is no blob
    stray: charts/library/mychart/notes.txt: it is no part of a store
    stray: notes.txt: it is no part of a store
    stray: refs/library/mychart/manifests/notes.txt: it is no manifest's entry
    stray: refs/library/mychart/tags/notes.txt: it is no name's link
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 5 findings
    [exit code 1]
    ");
}

#[test]
fn findings_are_given_as_json() {
    let test = stored();
    missing_blob(&test);
    assert_snapshot!(test.run(&["verify", "-o", "json"]), @r#"
    {
      "blobs": 5,
      "bytes": 1449,
      "manifests": 2,
      "names": 4,
      "findings": [
        {
          "problem": "blob-missing",
          "subject": "library/mychart@sha256:0eae3d4…",
          "detail": "it needs the blob sha256:d0a8fe4…"
        }
      ]
    }
    --- stderr ---
    Note: read 5 blobs (1.4 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    "#);
}

#[test]
fn left_overs_of_writers_are_no_damage() {
    let test = stored();
    fs::write(test.store("tmp/1-2-3"), "half").unwrap();
    assert_eq!(test.run(&["verify"]).code, Some(0));
    assert_snapshot!(test.run(&["gc"]), @"Removed 0 manifests and 0 blobs, 4 B in all");
    assert!(!test.store("tmp/1-2-3").exists());
}
