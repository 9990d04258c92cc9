//! Errors and notes on standard error.

use std::io::Write as _;

use super::output::printable;
use crate::error::Classified as _;
use crate::ops;

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
    match error.downcast_ref::<ops::Error>().and_then(ops::Error::hint) {
        Some(hint) => writeln!(out, "Hint: {}", printable(&hint)),
        None => Ok(()),
    }
}

/// Prints something that does not stop the command.
pub(crate) fn warning(text: &str) {
    let _ = writeln!(anstream::stderr(), "Warning: {}", printable(text));
}

/// Prints something the user will want to know.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "Note: {}", printable(text));
}
