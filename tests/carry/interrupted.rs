//! Ctrl-C in the middle of a pull.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use walkdir::WalkDir;

use crate::environment::Environment;
use crate::registry::Registry;
use crate::server::Reply;
use crate::world::fill;

/// Lists all files and links below the test's folder that have a temporary name.
fn temporary(test: &Environment) -> Vec<String> {
    let all = WalkDir::new(test.path("..")).into_iter().map(Result::unwrap);
    let names = all.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".hreg-")).collect()
}

#[test]
fn a_download_that_is_interrupted_leaves_nothing() {
    for signal in [Signal::INT, Signal::TERM] {
        let registry = Registry::lying(|seen, honest| match seen.target.contains("/blobs/") {
            true => Reply::ok(&honest.bytes()[..50]).endless(Duration::from_secs(3600)),
            false => honest,
        });
        fill(&registry, &["mychart 1.0.0"]);
        let test = Environment::new();
        let reference = format!("{}/charts/mychart:1.0.0", registry.host());
        let mut command = test.command(&["pull", &reference, "-d", "out"]);
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        while temporary(&test).is_empty() {
            assert!(child.try_wait().unwrap().is_none(), "nothing was begun");
            std::thread::sleep(Duration::from_millis(5));
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(signal.as_raw()));
        assert_eq!(temporary(&test), [""; 0]);
        assert!(!test.path("out").exists());
        assert_eq!(test.ok(&["list", "-q"]), "");
        test.ok(&["verify"]);
        assert_eq!(test.json(&["gc", "--grace", "0"])["leftoverBytes"], 0);
    }
}

#[test]
#[cfg(debug_assertions)]
fn what_is_written_is_whole_or_not_there_at_any_step() {
    let registry = Registry::start();
    fill(&registry, &["mychart 1.0.0"]);
    let reference = format!("{}/charts/mychart:1.0.0", registry.host());
    for how in ["-d", "--untar"] {
        let mut steps = 0;
        loop {
            steps += 1;
            let test = Environment::new();
            let fault = format!("int:{steps}");
            let mut command = test.command(&["pull", &reference, "--destination", "out"]);
            if how == "--untar" {
                command.arg(how);
            }
            let status = command.env("HREG_FAULT", fault).stdout(Stdio::null()).status().unwrap();
            assert_eq!(temporary(&test), [""; 0], "{how}, step {steps}");
            let out = std::fs::read_dir(test.path("out")).into_iter().flatten();
            let written: Vec<_> = out.map(|entry| entry.unwrap().file_name()).collect();
            if written == ["mychart"] {
                assert_eq!(test.read("out/mychart/values.yaml"), "# How many\nreplicas: 1\n");
            } else if !written.is_empty() {
                assert_eq!(written, ["mychart-1.0.0.tgz"]);
                test.ok(&["save", "out/mychart-1.0.0.tgz"]);
            }
            test.ok(&["verify"]);
            if status.success() {
                break;
            }
            assert_eq!(status.signal(), Some(2));
        }
        assert!(steps > 20, "only {steps} steps");
    }
}
