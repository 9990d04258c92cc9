//! What has to be true of armored data before the OpenPGP library may read it.

/// Limits the headers of armored data, such as `Version` and `Comment`, in bytes.
const MAX_HEADER_BYTES: usize = 4096;

/// Tells whether the headers end soon: the time to read them grows with the square of their length.
pub(super) fn has_short_headers(armored: &[u8]) -> bool {
    let start = &armored[..armored.len().min(MAX_HEADER_BYTES)];
    let is_empty = |line: &[u8]| line.trim_ascii().is_empty();
    start.len() == armored.len() || start.split(|byte| *byte == b'\n').any(is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_end_with_an_empty_line() {
        let rest = "x\n".repeat(MAX_HEADER_BYTES);
        for (start, expected) in [("a\n\n", true), ("a: b\n \r\n", true), ("a: b\n", false)] {
            assert_eq!(has_short_headers(format!("{start}{rest}").as_bytes()), expected, "{start}");
        }
        assert!(has_short_headers(b"a: b\n"));
    }
}
