//! Errors and notes on standard error.

use std::io::Write as _;
use std::process::ExitCode;

use super::output::printable;
use crate::error::Classified as _;
use crate::{ops, serve};

/// The exit code of wrong usage.
pub(crate) const USAGE: u8 = 2;

/// Prints an error, what caused it, and what to do next.
pub(crate) fn error(error: &anyhow::Error) {
    let mut stderr = anstream::stderr().lock();
    // Where standard error is closed there is nobody left to tell.
    let _ = write_error(&mut stderr, error);
}

fn write_error(out: &mut impl std::io::Write, error: &anyhow::Error) -> std::io::Result<()> {
    writeln!(out, "Error: {}", printable(&error.to_string()))?;
    for cause in error.chain().skip(1) {
        writeln!(out, "Caused by: {}", printable(&cause.to_string()))?;
    }
    let of_serve = || error.downcast_ref::<serve::Error>().and_then(serve::Error::hint);
    match error.downcast_ref::<ops::Error>().and_then(ops::Error::hint).or_else(of_serve) {
        Some(hint) => writeln!(out, "Hint: {}", printable(&hint)),
        None => Ok(()),
    }
}

/// Prints what is wrong with the arguments, or the help that was asked for.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let text = error.render().ansi().to_string();
    // As all errors of this program begin; the text of clap's own begins in lower case.
    let text = text.replacen("error:", "Error:", usize::from(error.use_stderr()));
    let _ = match error.use_stderr() {
        true => write!(anstream::stderr(), "{text}"),
        false => write!(anstream::stdout(), "{text}"),
    };
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}

/// Prints something that does not stop the command.
pub(crate) fn warning(text: &str) {
    let _ = writeln!(anstream::stderr(), "Warning: {}", printable(text));
}

/// Prints something the user will want to know.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "Note: {}", printable(text));
}
