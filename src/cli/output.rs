//! Results on standard output.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Context as _;
use serde::Serialize;

use super::arguments::Format;
use crate::chart::yaml;

/// Prints a result as JSON or YAML; a table is the caller's to make.
pub(crate) fn print<T: Serialize + ?Sized>(
    format: Format,
    value: &T,
    table: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    match format {
        Format::Table => text(&table()),
        Format::Json => text(&(serde_json::to_string_pretty(value)? + "\n")),
        Format::Yaml => text(&yaml::emit(value)?),
    }
}

/// Prints text that may hold anything; a terminal is not sent control characters.
pub(crate) fn text(text: &str) -> anyhow::Result<()> {
    match io::stdout().is_terminal() {
        true => write(printable(text).as_bytes()),
        false => write(text.as_bytes()),
    }
}

/// Prints bytes that may be anything.
pub(crate) fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    match io::stdout().is_terminal() {
        true => text(&String::from_utf8_lossy(bytes)),
        false => write(bytes),
    }
}

/// Writes to standard output. That nobody reads it any more is no failure, and does not keep the
/// command from telling on standard error, and by its exit code, how it went.
fn write(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}

/// Writes control characters as escapes, except for line ends and tabs.
pub(crate) fn printable(text: &str) -> String {
    let hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(hidden) {
        return text.to_owned();
    }
    let escape = |c: char| match hidden(c) {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(escape).collect()
}

/// Writes control characters, line ends and tabs as escapes, so that a cell stays a cell.
pub(crate) fn cell(text: &str) -> String {
    let is_plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if text.bytes().all(is_plain) || !text.contains(char::is_control) {
        return text.to_owned();
    }
    printable(text).replace('\n', "\\n").replace('\t', "\\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_control_characters() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n\tc"), "a\\u{1b}[2Jb\\r\n\tc");
        assert_eq!(cell("a\nb\tc"), "a\\nb\\tc");
    }
}
