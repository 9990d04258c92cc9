//! Some things only one module does: write files, speak to the world outside, name a crate.

use crate::source::{Source, Violation};
use crate::{hold, lines};

/// What changes a file system, as the last two names of a path.
const WRITES: [(&str, &str); 20] = [
    ("fs", "copy"),
    ("fs", "create_dir"),
    ("fs", "create_dir_all"),
    ("fs", "hard_link"),
    ("fs", "remove_dir"),
    ("fs", "remove_dir_all"),
    ("fs", "remove_file"),
    ("fs", "rename"),
    ("fs", "set_permissions"),
    ("fs", "soft_link"),
    ("fs", "symlink"),
    ("fs", "write"),
    ("fs", "DirBuilder"),
    ("fs", "OpenOptions"),
    ("File", "create"),
    ("File", "create_new"),
    ("File", "options"),
    ("OpenOptions", "new"),
    ("DirBuilder", "new"),
    ("unix", "net"),
];

/// What of `std::fs` any module may name: to read a file that it was given, and to look at one.
const READS: [&str; 4] = ["File", "FileType", "Metadata", "metadata"];

/// The crates that one module alone names, and that module.
const OWNED: [(&str, &str); 29] = [
    ("anstream", "src/cli/"),
    ("anyhow", "src/cli/"),
    ("clap", "src/cli/"),
    ("clap_complete", "src/cli/"),
    ("clap_mangen", "src/cli/"),
    ("comfy_table", "src/cli/"),
    ("directories", "src/cli/"),
    ("indicatif", "src/cli/"),
    ("signal_hook", "src/cli/"),
    ("rustix", "src/disk/"),
    ("tempfile", "src/disk/"),
    ("sha2", "src/digest/"),
    ("flate2", "src/chart/"),
    ("tar", "src/chart/"),
    ("serde_saphyr", "src/chart/yaml/"),
    ("strsim", "src/store/"),
    ("bcrypt", "src/serve/auth/"),
    ("jsonwebtoken", "src/serve/auth/token/"),
    ("fluent_uri", "src/remote/"),
    ("percent_encoding", "src/remote/"),
    ("tokio_rustls", "src/serve/"),
    ("ureq", "src/remote/"),
    ("pgp", "src/chart/signature/"),
    ("jsonschema", "src/chart/schema/"),
    ("regex", "src/chart/schema/"),
    ("axum", "src/serve/"),
    ("hyper", "src/serve/"),
    ("hyper_util", "src/serve/"),
    ("tokio", "src/serve/"),
];

fn is_in(source: &Source, folder: &str) -> bool {
    source.path.starts_with(folder)
}

/// Tells whether a word continues a path.
fn is_inner(source: &Source, place: usize) -> bool {
    place > 0 && source.words[place - 1].text == "::"
}

/// Tells whether a word is the name of a method: `stdout` of a command that is started is its own.
fn is_method(source: &Source, place: usize) -> bool {
    place > 0 && source.words[place - 1].text == "."
}

/// Only `disk` changes files, folders and links.
fn writing(source: &Source) -> Vec<Violation> {
    if is_in(source, "src/disk/") {
        return Vec::new();
    }
    let writes = |place: &usize| {
        let (first, last) = (&source.words[*place], source.words.get(place + 2));
        let Some(last) = last.filter(|_| source.is_at(*place + 1, &["::"])) else { return false };
        WRITES.contains(&(first.text.as_str(), last.text.as_str()))
    };
    violations(source, writes, "only disk changes files")
}

/// Besides `disk`, only `chart/folder` walks folders; others get by with a file they were given.
fn walking(source: &Source) -> Vec<Violation> {
    if is_in(source, "src/disk/") || is_in(source, "src/chart/folder") {
        return Vec::new();
    }
    let named = |place: &usize| {
        let is_std = source.is_at(*place, &["std", "::", "fs"]);
        let next = source.words.get(place + 4).map_or("", |word| word.text.as_str());
        is_std && !(source.is_at(*place + 3, &["::"]) && READS.contains(&next))
    };
    violations(source, named, "only disk and chart/folder use std::fs as a whole")
}

/// Below `cli` nothing prints, reads the environment or ends the process.
fn speaking(source: &Source) -> Vec<Violation> {
    const MACROS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
    const STREAMS: [&str; 3] = ["stdin", "stdout", "stderr"];
    if is_in(source, "src/cli/") {
        return Vec::new();
    }
    let speaks = |place: &usize| {
        let word = source.words[*place].text.as_str();
        let follows = |mark: &str| source.is_at(*place + 1, &[mark]);
        // The failure that a test asked for ends the process: that is its purpose.
        let ends = |how: &str| {
            source.is_at(*place, &["process", "::", how]) && source.path != "src/disk/fault.rs"
        };
        (MACROS.contains(&word) && follows("!"))
            || (STREAMS.contains(&word) && follows("(") && !is_method(source, *place))
            || source.is_at(*place, &["std", "::", "env"])
            || (source.is_at(*place, &["env", "::"]) && !is_inner(source, *place))
            || ends("exit")
            || ends("abort")
    };
    violations(source, speaks, "only cli prints, reads the environment or ends the process")
}

/// A crate that one module hides from the others is named nowhere else.
fn crates(source: &Source) -> Vec<Violation> {
    let named = |place: &usize| {
        let owned = OWNED.iter().find(|(name, _)| source.is_at(*place, &[name, "::"]));
        !is_inner(source, *place) && owned.is_some_and(|(_, owner)| !is_in(source, owner))
    };
    violations(source, named, "this crate belongs to another module (see OWNED)")
}

fn violations(source: &Source, is_one: impl Fn(&usize) -> bool, reason: &str) -> Vec<Violation> {
    let places = (0..source.words.len()).filter(is_one);
    places.map(|place| source.violation(source.words[place].line, reason)).collect()
}

#[test]
fn only_disk_changes_files() {
    hold(writing);
    hold(walking);
}

#[test]
fn only_cli_speaks_to_the_world_outside() {
    hold(speaking);
}

#[test]
fn crates_stay_behind_their_module() {
    hold(crates);
}

#[test]
fn a_write_elsewhere_is_found() {
    let text =
        "use std::fs::File;\nfn f() { std::fs::write(a, b); File::create(c);\nFile::open(d) }";
    assert_eq!(lines(writing, "src/ops/export.rs", text), [2, 2]);
    assert!(lines(writing, "src/disk/file.rs", text).is_empty());
    assert_eq!(lines(walking, "src/ops/export.rs", text), [2]);
    assert_eq!(lines(walking, "src/chart/load.rs", "use std::fs;"), [1]);
    assert!(lines(walking, "src/chart/folder/walk.rs", "use std::fs;").is_empty());
}

#[test]
fn speaking_below_cli_is_found() {
    for text in [
        "fn f() { println!(\"x\") }",
        "let x = std::env::var(name);",
        "use std::env;",
        "io::stdout().lock()",
        "std::process::exit(1)",
        "process::abort()",
    ] {
        assert_eq!(lines(speaking, "src/ops/list.rs", text), [1], "{text}");
        assert!(lines(speaking, "src/cli/mod.rs", text).is_empty());
    }
    assert!(lines(speaking, "src/disk/fault.rs", "std::process::abort()").is_empty());
    let child = "command.stdin(Stdio::piped()).stdout(Stdio::null())";
    assert!(lines(speaking, "src/remote/a.rs", child).is_empty());
    assert!(lines(speaking, "src/disk/file.rs", "std::process::id(); print(x)").is_empty());
}

#[test]
fn a_crate_in_the_wrong_module_is_found() {
    assert_eq!(lines(crates, "src/ops/list.rs", "use serde_saphyr::to_string;"), [1]);
    assert_eq!(lines(crates, "src/chart/lock.rs", "fn f(x: serde_saphyr::Error) {}"), [1]);
    assert!(lines(crates, "src/chart/yaml/mod.rs", "use serde_saphyr::Error;").is_empty());
    assert!(lines(crates, "src/chart/a.rs", "use self::archive::tar::x;").is_empty());
}
