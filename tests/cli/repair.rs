//! `hreg verify --repair`: what is damaged is moved aside and said, the rest is as it was.

use insta::assert_snapshot;

use super::environment::{Environment, Run};
use super::verify::{self, Damage, stored};

/// Damages `mychart` in one way and repairs it; a second look must find nothing, and `other` must
/// be untouched.
fn repaired(damage: Damage) -> (Environment, Run) {
    let test = stored();
    let digest = test.digest("other", "digest");
    damage(&test);
    let run = test.run(&["verify", "--repair"]);
    assert_eq!(run.code, Some(1), "{run}");
    let again = test.run(&["verify"]);
    assert_eq!(again.code, Some(0), "{run}\n{again}");
    assert_eq!(test.digest("other", "digest"), digest);
    test.ok(&["export", "other", "-d", "after"]);
    assert_eq!(test.read("after/other/values.yaml"), test.read("other/values.yaml"));
    (test, run)
}

/// Repairs damage that costs the chart, whose parts must be found aside; saving mends it.
fn lost(damage: Damage) -> Run {
    let (test, run) = repaired(damage);
    assert_eq!(test.ok(&["list", "-q"]), "library/other:1.0.0\n");
    assert!(test.store("aside").is_dir());
    test.ok(&["save", "mychart"]);
    test.ok(&["show", "values", "mychart"]);
    assert_eq!(test.run(&["verify"]).code, Some(0));
    run
}

/// Repairs damage that the chart survives.
fn kept(damage: Damage) -> Run {
    let (test, run) = repaired(damage);
    test.ok(&["export", "mychart", "-d", "after"]);
    assert_eq!(test.read("after/mychart/values.yaml"), test.read("mychart/values.yaml"));
    run
}

#[test]
fn a_chart_without_its_blobs_is_moved_aside() {
    assert_snapshot!(lost(verify::flipped_byte), @r"
    blob-damaged: sha256:d0a8fe4…: the bytes of sha256:d0a8fe4… are damaged: they hash to sha256:7a9f5ad… (moved to aside/blobs/sha256/d0a8fe4…)
    blob-missing: library/mychart@sha256:0eae3d4…: it needs the blob sha256:d0a8fe4… (moved to aside/refs/library/mychart/manifests/0eae3d4…)
    name-dangling: library/mychart:1.0.0: sha256:0eae3d4… has no entry here (moved to aside/refs/library/mychart/tags/1.0.0)
    name-dangling: library/mychart version 1.0.0: sha256:0eae3d4… has no entry here (moved to aside/charts/library/mychart/versions/1.0.0)
    --- stderr ---
    Note: read 5 blobs (1.4 KiB), 1 manifest and 2 names: 4 findings
    [exit code 1]
    ");
    lost(verify::truncated_blob);
    assert_snapshot!(lost(verify::missing_blob), @r"
    blob-missing: library/mychart@sha256:0eae3d4…: it needs the blob sha256:d0a8fe4… (moved to aside/refs/library/mychart/manifests/0eae3d4…)
    name-dangling: library/mychart:1.0.0: sha256:0eae3d4… has no entry here (moved to aside/refs/library/mychart/tags/1.0.0)
    name-dangling: library/mychart version 1.0.0: sha256:0eae3d4… has no entry here (moved to aside/charts/library/mychart/versions/1.0.0)
    --- stderr ---
    Note: read 5 blobs (1.4 KiB), 1 manifest and 2 names: 3 findings
    [exit code 1]
    ");
    assert_snapshot!(lost(verify::damaged_manifest), @r"
    blob-damaged: sha256:0eae3d4…: the bytes of sha256:0eae3d4… are damaged: they hash to sha256:44136fa… (moved to aside/blobs/sha256/0eae3d4…)
    blob-missing: library/mychart@sha256:0eae3d4…: the blob sha256:0eae3d4… cannot be used (moved to aside/refs/library/mychart/manifests/0eae3d4…)
    name-dangling: library/mychart:1.0.0: sha256:0eae3d4… has no entry here (moved to aside/refs/library/mychart/tags/1.0.0)
    name-dangling: library/mychart version 1.0.0: sha256:0eae3d4… has no entry here (moved to aside/charts/library/mychart/versions/1.0.0)
    --- stderr ---
    Note: read 5 blobs (1.2 KiB), 1 manifest and 2 names: 4 findings
    [exit code 1]
    ");
}

#[test]
fn links_are_made_anew_from_whole_blobs() {
    assert_snapshot!(kept(verify::broken_link), @r"
    entry-damaged: library/mychart@sha256:0eae3d4…: it lacks a link, or one has no digest in it (the links of its entry were made anew)
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
    kept(verify::absolute_link);
    kept(verify::wrong_entry_link);
    kept(verify::lost_entry_link);
    kept(verify::lost_entry);
}

#[test]
fn bad_names_are_moved_aside() {
    assert_snapshot!(kept(verify::outside_link), @r"
    name-damaged: library/mychart:1.0.0: it points to ../../../../../work/mychart, where no manifest can be (moved to aside/refs/library/mychart/tags/1.0.0)
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 3 names: 1 finding
    [exit code 1]
    ");
    kept(verify::dangling_tag);
    kept(verify::wrong_version);
    kept(verify::misnamed_blob);
}

#[test]
fn a_space_gets_a_new_record() {
    assert_snapshot!(kept(verify::lost_space_record), @r"
    space-damaged: space library: it has charts, but no record (a new record was written, with no policy)
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
    assert_snapshot!(kept(verify::damaged_space_record), @r"
    space-damaged: space library: the record of the space library is damaged: invalid type: integer `1`, expected a boolean at line 1 column 14 (a new record was written, with no policy, the old one is aside/charts/library/space.json)
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 1 finding
    [exit code 1]
    ");
}

#[test]
fn stray_files_are_moved_aside_and_not_deleted() {
    let (test, run) = repaired(verify::stray_files);
    assert_snapshot!(run, @r"
    stray: blobs/sha256/notes.txt: it is no blob (moved to aside/blobs/sha256/notes.txt)
    stray: charts/library/mychart/notes.txt: it is no part of a store (moved to aside/charts/library/mychart/notes.txt)
    stray: notes.txt: it is no part of a store (moved to aside/notes.txt)
    stray: refs/library/mychart/manifests/notes.txt: it is no manifest's entry (moved to aside/refs/library/mychart/manifests/notes.txt)
    stray: refs/library/mychart/tags/notes.txt: it is no name's link (moved to aside/refs/library/mychart/tags/notes.txt)
    --- stderr ---
    Note: read 6 blobs (1.7 KiB), 2 manifests and 4 names: 5 findings
    [exit code 1]
    ");
    let notes = test.store("aside/refs/library/mychart/tags/notes.txt");
    assert_eq!(std::fs::read_to_string(notes).unwrap(), "stray");
    assert_eq!(test.ok(&["list", "-q"]).lines().count(), 2);
}
