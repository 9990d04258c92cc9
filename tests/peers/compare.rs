//! Says where two texts differ.

/// Holds the first difference that a check found.
pub(crate) type Checked = Result<(), String>;

/// Compares two texts byte for byte.
pub(crate) fn same(what: &str, helm: &[u8], hreg: &[u8]) -> Checked {
    if helm == hreg {
        return Ok(());
    }
    let (helm, hreg) = (String::from_utf8_lossy(helm), String::from_utf8_lossy(hreg));
    let lines = helm.lines().zip(hreg.lines()).enumerate();
    let place = match lines.into_iter().find(|(_, (one, other))| one != other) {
        Some((number, (one, other))) => {
            format!("line {}:\n  Helm: {one}\n  hreg: {other}", number + 1)
        }
        None => format!("the lengths: Helm {}, hreg {} bytes", helm.len(), hreg.len()),
    };
    Err(format!("{what} differs in {place}"))
}

/// Compares two values by what they print.
pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(what: &str, helm: &T, hreg: &T) -> Checked {
    if helm == hreg {
        return Ok(());
    }
    Err(format!("{what} differs:\n  Helm: {helm:?}\n  hreg: {hreg:?}"))
}
