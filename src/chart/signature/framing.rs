//! Takes clear-signed messages apart, in time that grows with their length alone.
//!
//! RFC 9580, section 7, by its letter: nothing stands around the message, whose only headers say
//! which digests it takes; nobody can be shown other text than was signed.

use pgp::composed::{Deserializable as _, DetachedSignature};
use pgp::packet::Signature;

use super::armor::has_short_headers;

/// Limits how many signatures a message may have.
const MAX_SIGNATURES: usize = 16;

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";

/// Holds the parts of a message.
pub(super) struct Framed {
    /// The text as it was signed: without escapes, lines apart by CR and LF.
    pub(super) text: String,
    /// The signatures, at least one.
    pub(super) signatures: Vec<Signature>,
}

impl Framed {
    /// Takes a file apart, or says why it is no message.
    pub(super) fn read(file: &str) -> Result<Framed, String> {
        let file = file.trim_ascii();
        let mut lines = Lines { rest: file };
        if lines.next().map(trimmed) != Some(BEGIN) {
            return Err(format!("it does not begin with {BEGIN}"));
        }
        headers(&mut lines)?;
        let mut text = Vec::new();
        loop {
            let armored = lines.rest;
            match lines.next() {
                Some(line) if trimmed(line) == SIGNATURE => {
                    let signatures = signatures(armored)?;
                    return Ok(Framed { text: text.join("\r\n"), signatures });
                }
                Some(line) => text.push(unescaped(line)?),
                None => return Err(format!("it has no {SIGNATURE}")),
            }
        }
    }
}

/// Gives the lines of a text, and what is behind them.
struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        let is_last = self.rest.is_empty();
        self.rest = rest;
        (!is_last).then(|| line.strip_suffix('\r').unwrap_or(line))
    }
}

/// Takes away the blanks at the end of a line, which are not signed.
fn trimmed(line: &str) -> &str {
    line.trim_end_matches([' ', '\t'])
}

fn headers(lines: &mut Lines<'_>) -> Result<(), String> {
    match lines.map(trimmed).find(|line| !line.starts_with("Hash:")) {
        Some("") => Ok(()),
        _ => Err("its headers do not end, or are others than Hash".to_owned()),
    }
}

fn unescaped(line: &str) -> Result<&str, String> {
    // Some programs take it for the end of a line, others do not.
    if line.contains('\r') {
        return Err("it has a carriage return inside a line".to_owned());
    }
    match line.strip_prefix("- ") {
        None if line.starts_with("-----") => Err("a line of dashes is not escaped".to_owned()),
        rest => Ok(trimmed(rest.unwrap_or(line))),
    }
}

fn signatures(armored: &str) -> Result<Vec<Signature>, String> {
    if !armored.ends_with(END) || armored.find(END) != Some(armored.len() - END.len()) {
        return Err(format!("it does not end with its only {END}"));
    }
    if !has_short_headers(armored.as_bytes()) {
        return Err("the headers of its signature do not end".to_owned());
    }
    let unreadable = |_| "its signature cannot be read".to_owned();
    let (all, _) = DetachedSignature::from_armor_many(armored.as_bytes()).map_err(unreadable)?;
    let all: Result<Vec<_>, _> = all.take(MAX_SIGNATURES + 1).collect();
    let all = all.map_err(unreadable)?;
    match all.len() {
        0 => Err("it has no signature".to_owned()),
        1..=MAX_SIGNATURES => Ok(all.into_iter().map(|one| one.signature).collect()),
        _ => Err(format!("it has more than {MAX_SIGNATURES} signatures")),
    }
}
