//! Interrupts the program before each of its steps, as Ctrl-C does.

use std::os::unix::process::ExitStatusExt as _;

use walkdir::WalkDir;

use crate::sandbox::{Sandbox, stderr};
use crate::scenario::{self, Ready};

#[test]
fn an_interrupted_command_leaves_nothing_half_made() {
    scenario::each(|ready| {
        let steps = (1..).take_while(|step| interrupted_at(ready, *step)).count();
        assert!(steps > 2, "nothing was interrupted");
    });
}

/// Interrupts a run before a step, and tells whether the run came that far.
fn interrupted_at(ready: &Ready, step: usize) -> bool {
    let sandbox = ready.sandbox.copy();
    let output = sandbox.fault(&format!("int:{step}"), &ready.command);
    let context = format!("interrupted at step {step}: {}", stderr(&output));
    assert_eq!(temporary(&sandbox), [""; 0], "{context}");
    if !ready.scenario.damaged {
        sandbox.assert_whole(&context);
    }
    output.status.signal() == Some(2)
}

/// Lists all that has a temporary name.
fn temporary(sandbox: &Sandbox) -> Vec<String> {
    let all = WalkDir::new(sandbox.path("")).into_iter();
    let names = all.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".hreg-")).collect()
}
