//! Kills the program before each of its steps.

use std::os::unix::process::ExitStatusExt as _;

use crate::sandbox::stderr;
use crate::scenario::{self, Ready};

#[test]
fn a_killed_command_leaves_the_old_or_the_new_state() {
    scenario::each(|ready| {
        let steps = (1..).take_while(|step| killed_at(ready, *step)).count();
        assert!(steps > 2, "nothing was killed");
    });
}

/// Kills a run before a step, and tells whether the run came that far.
fn killed_at(ready: &Ready, step: usize) -> bool {
    let sandbox = ready.sandbox.copy();
    let output = sandbox.fault(&format!("kill:{step}"), &ready.command);
    let killed = output.status.signal() == Some(9);
    let context = format!("killed at step {step}: {}", stderr(&output));
    ready.assert_recovers(&sandbox, &context);
    ready.assert_tidy(&sandbox, &context);
    killed
}
