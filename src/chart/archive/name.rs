//! The rules for a file's path in an archive, in the order in which Helm applies them.

use super::Error;

/// Drops the root folder of a stored name and cleans the rest.
///
/// A name with a backslash anywhere is split at backslashes alone, as Windows writes it.
pub(in crate::chart) fn clean(stored: &[u8]) -> Result<String, Error> {
    let stored = std::str::from_utf8(stored).map_err(|_| {
        refuse("chart contains a file whose name is not UTF-8", &String::from_utf8_lossy(stored))
    })?;
    let delimiter = if stored.contains('\\') { '\\' } else { '/' };
    let (root, rest) = stored.split_once(delimiter).unwrap_or((stored, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err(refuse("chart illegally contains absolute paths", stored));
    }
    let path = shorten(&rest);
    let cause = if path.is_empty() {
        "chart illegally contains content outside the base directory"
    } else if path.starts_with("..") {
        "chart illegally references parent directory"
    } else if starts_with_drive(&path) {
        "chart contains illegally named files"
    } else if root == "Chart.yaml" {
        "chart yaml not in base directory"
    } else {
        return Ok(path);
    };
    Err(refuse(cause, stored))
}

fn refuse(cause: &'static str, name: &str) -> Error {
    Error::Name { cause, name: name.to_owned() }
}

/// Does what Go's `path.Clean` does to a relative path, but for an empty result (Go's ".").
fn shorten(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

fn starts_with_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic())
}
