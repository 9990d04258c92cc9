//! How much memory the program takes to save an archive: under 16 MiB, whatever is in it.
//!
//! The system counts the largest resident set of any child so far. A build for tests is larger than
//! a release build, so what is judged is how much more an archive takes than the smallest chart.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic anywhere")]

mod archive;

use std::process::{Command, Stdio};

use archive::{Archive, MAX_FILE, Text};
use nix::sys::resource::{UsageWho, getrusage};

/// The goal, in KiB.
const LIMIT: i64 = 16 << 10;

/// What a release build takes for the smallest chart, in KiB.
const PROGRAM: i64 = 5700;

/// Saves an archive and gives the most memory of any save so far, in KiB.
fn save(archive: &Archive) -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tgz");
    archive.write_to(&path);
    let mut command = Command::new(env!("CARGO_BIN_EXE_hreg"));
    command.arg("--store").arg(folder.path().join("store")).arg("save").arg(path);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success());
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss()
}

/// There is one test, since the count is that of all children of the process.
#[test]
fn saving_an_archive_stays_under_16_mib() {
    let least = save(&Archive::default());
    assert!(least > 1 << 10, "the system counts nothing");
    for (name, archive) in cases() {
        let share = save(&archive) - least;
        assert!(share + PROGRAM < LIMIT, "{name}: {share} KiB more than for the smallest chart");
    }
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
