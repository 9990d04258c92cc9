//! Commands as clap sees them: what one takes is listed only where it is asked for, since listing all
//! of that takes longer than what most commands have to do.

use clap::Command;
use clap::builder::Resettable;

/// Lists what a command takes, and those below it that are wanted, and changes each of them.
pub(super) fn described(
    mut command: Command,
    is_wanted: &impl Fn(&Command) -> bool,
    change: &impl Fn(Command) -> Command,
) -> Command {
    let about = Resettable::from(command.get_about().cloned());
    let long_about = Resettable::from(command.get_long_about().cloned());
    // Lists what it takes, which nothing else does for a single command.
    command.render_usage();
    // That brings what its arguments say of themselves, as a type.
    let command = change(command.about(about).long_about(long_about));
    command.mut_subcommands(|command| match is_wanted(&command) {
        true => described(command, is_wanted, change),
        false => command,
    })
}

/// Lists what all commands take.
pub(super) fn wholly_described(command: Command) -> Command {
    described(command, &|_| true, &|command| command)
}
