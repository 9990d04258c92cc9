//! How much memory the program takes: under 16 MiB to save an archive, whatever is in it, and under
//! 32 MiB to carry the largest one to a registry or from it.
//!
//! The system counts the largest resident set of any child so far. A build for tests is larger than
//! a release build, so what is judged is how much more an archive takes than the smallest chart.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic anywhere")]

mod archive;
mod registry;

use std::path::Path;
use std::process::{Command, Stdio};

use archive::{Archive, MAX_FILE, Text};
use nix::sys::resource::{UsageWho, getrusage};

/// The goal for saving, in KiB.
const LIMIT: i64 = 16 << 10;

/// The goal for carrying, in KiB.
const CARRY_LIMIT: i64 = 32 << 10;

/// What a release build takes for the smallest chart, in KiB.
const PROGRAM: i64 = 5700;

/// Runs the program and gives the most memory of any run so far, in KiB.
fn run(store: &Path, arguments: &[&str]) -> i64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hreg"));
    command.arg("--store").arg(store).args(arguments).env("HOME", store);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{arguments:?}");
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss()
}

/// Saves an archive and gives the most memory of any run so far, in KiB.
fn save(archive: &Archive) -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tgz");
    archive.write_to(&path);
    run(&folder.path().join("store"), &["save", path.to_str().unwrap()])
}

/// There is one test, since the count is that of all children of the process: those that may take
/// less come first.
#[test]
fn memory_is_bounded_whatever_the_archive() {
    let least = save(&Archive::default());
    assert!(least > 1 << 10, "the system counts nothing");
    for (name, archive) in cases() {
        let share = save(&archive) - least;
        assert!(share + PROGRAM < LIMIT, "{name}: {share} KiB more than for the smallest chart");
    }
    let share = carry() - least;
    assert!(share + PROGRAM < CARRY_LIMIT, "carried: {share} KiB more than for the smallest chart");
}

/// Pushes and pulls an archive of 95 MiB, and gives the most memory of any run so far, in KiB.
fn carry() -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |name: &str| folder.path().join(name);
    let (path, kept) = (in_folder("a.tgz"), in_folder("kept"));
    let noise = noise();
    let file = |number| (format!("files/{number}"), Text::new(b"", &noise, b"", MAX_FILE));
    Archive::of((0..19).map(file)).write_to(&path);
    assert!(path.metadata().unwrap().len() > 95 << 20);
    std::fs::create_dir(&kept).unwrap();
    let host = registry::start(&kept);
    let (target, source) = (format!("oci://{host}/charts"), format!("{host}/charts/a:1.0.0"));
    run(&in_folder("from-a-file"), &["push", path.to_str().unwrap(), &target]);
    run(&in_folder("to"), &["pull", &source]);
    // From the store, where the registry has it not.
    std::fs::remove_dir_all(&kept).unwrap();
    std::fs::create_dir(&kept).unwrap();
    run(&in_folder("to"), &["push", &source])
}

/// Gives bytes of a linear congruential generator. Repeated, they come again only after 64 KiB: that
/// is nothing that the compressor sees.
fn noise() -> Vec<u8> {
    let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let states = std::iter::successors(Some(1u32), next);
    states.map(|state| (state >> 24) as u8).take(64 << 10).collect()
}

/// Lists archives by what is in them.
fn cases() -> Vec<(&'static str, Archive)> {
    let mut cases: Vec<_> = values().map(|(name, text)| (name, with_values(text))).into();
    let inner = with_values(Text::new(b"a: |\n", b"  text\n", b"", MAX_FILE));
    cases.push(("values of a subchart", archive("charts/a.tgz", inner.into_text())));
    let templates = (0..19).map(|number| {
        (format!("templates/{number}.yaml"), Text::new(b"", b"text\n", b"", MAX_FILE))
    });
    cases.push(("templates", Archive::of(templates)));
    let chart = |text| Archive::of([("Chart.yaml".to_owned(), text)]);
    let start = [archive::HEAD, b"description: \""].concat();
    let text = Text::new(&start, b"\\L", b"\"\n", 1 << 20);
    cases.push(("a description", chart(text)));
    let start = [archive::HEAD, b"sources: ["].concat();
    cases.push(("sources", chart(Text::new(&start, b"a,", b"]\n", 39_000))));
    let lock = || ("Chart.lock".to_owned(), Text::new(b"dependencies: [", b"{},", b"]\n", 59_000));
    cases.push(("locks", Archive::of((0..8).map(|_| lock()))));
    cases
}

/// Gives values files with one scalar as large as a file can be.
fn values() -> [(&'static str, Text); 7] {
    let text = |start: &[u8], unit: &[u8], end: &[u8]| Text::new(start, unit, end, MAX_FILE);
    [
        ("a block", text(b"a: |\n", b"  text\n", b"")),
        ("a plain scalar", text(b"a: ", b"x", b"\n")),
        ("a number", text(b"a: 1", b"_1", b"\n")),
        ("escapes that are shorter than what they mean", text(b"a: \"", b"\\L", b"\"\n")),
        ("binary", text(b"a: !!binary \"", b"/w//", b"\"\n")),
        ("a key with an anchor", text(b"? &a \"", b"\\L", b"\"\n: *a\n")),
        ("UTF-16", text(b"\xff\xfea\0:\0 \0", b"\x2d\x4e", b"\n\0")),
    ]
}

fn with_values(text: Text) -> Archive {
    archive("values.yaml", text)
}

fn archive(path: &str, text: Text) -> Archive {
    Archive::of([(path.to_owned(), text)])
}
