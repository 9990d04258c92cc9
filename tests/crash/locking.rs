//! Who waits for whom, and what is said of it.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::sandbox::{Sandbox, stderr};

fn stored() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.chart("web", "web", "1.0.0", "one");
    sandbox.must(&["save", "web"]);
    sandbox
}

fn open(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

#[test]
fn a_lock_that_is_not_had_in_time_is_named() {
    let sandbox = stored();
    for (lock, command, what) in [
        ("store", &["save", "web"][..], "the store"),
        ("charts/library/web/lock", &["remove", "web:1.0.0"], "the chart library/web"),
        ("store", &["gc"], "the store"),
    ] {
        let path = sandbox.path(&format!("store/locks/{lock}"));
        let held = open(&path);
        held.lock().unwrap();
        let output = sandbox.command(command).env("HREG_LOCK_TIMEOUT", "0.2").output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("Error: {what}")), "{said}");
        assert!(said.contains("is locked by another process"), "{said}");
        assert!(said.contains(path.to_str().unwrap()), "{said}");
    }
}

#[test]
fn a_long_wait_says_what_for() {
    let sandbox = stored();
    let held = open(&sandbox.path("store/locks/store"));
    held.lock().unwrap();
    let mut waiting = spawn(&sandbox, &["save", "web"]);
    let said = read_line(&mut waiting);
    assert!(said.contains("waiting for another process that has locked the store"), "{said}");
    drop(held);
    assert!(waiting.wait().unwrap().success());
}

#[test]
fn readers_take_no_lock() {
    let sandbox = stored();
    let store = open(&sandbox.path("store/locks/store"));
    let chart = open(&sandbox.path("store/locks/charts/library/web/lock"));
    store.lock().unwrap();
    chart.lock().unwrap();
    for command in [
        &["list"][..],
        &["show", "all", "web"],
        &["export", "web", "-d", "out"],
        &["version", "list", "library/web"],
        &["verify"],
        &["gc", "--dry-run"],
    ] {
        let output = sandbox.command(command).env("HREG_LOCK_TIMEOUT", "0").output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", stderr(&output));
    }
}

/// While there is always somebody who holds the lock together with others, who wants it alone
/// must get it nevertheless.
#[test]
fn collecting_does_not_starve_among_writers() {
    let sandbox = stored();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in 0..8 {
            let (sandbox, done) = (&sandbox, &done);
            scope.spawn(move || {
                // Several at once, so that the lock is held for most of the time.
                let names = ["a", "b", "c", "d", "e", "f"].map(|name| format!("{name}-{writer}"));
                names.iter().for_each(|name| sandbox.chart(name, name, "1.0.0", name));
                let mut save = vec!["save"];
                save.extend(names.iter().map(String::as_str));
                while !done.load(Ordering::Relaxed) {
                    sandbox.must(&save);
                }
            });
        }
        // Far more than one writer needs, and far less than forever.
        let collected = ["one", "two", "three"]
            .map(|_| sandbox.command(&["gc"]).env("HREG_LOCK_TIMEOUT", "20").output().unwrap());
        done.store(true, Ordering::Relaxed);
        for output in collected {
            assert!(output.status.success(), "{}", stderr(&output));
        }
    });
}

fn spawn(sandbox: &Sandbox, command: &[&str]) -> Child {
    sandbox.command(command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Reads what a process says first.
fn read_line(child: &mut Child) -> String {
    use std::io::{BufRead as _, BufReader};
    let mut line = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    line
}
