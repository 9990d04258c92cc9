//! Which part of a blob a client wants (RFC 9110, section 14).

/// Says which bytes are to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// All.
    Whole,
    /// Those from the first to the last, both counted from 0 and sent.
    Part { first: u64, last: u64 },
    /// None: there are no such bytes.
    Unsatisfiable,
}

impl Range {
    /// Reads the header of a request for something of `size` bytes.
    ///
    /// More than one range, and other units than bytes, may be ignored, and are. One that ends before
    /// it begins is refused, though RFC 9110 would have it ignored: the conformance tests want that.
    pub(super) fn parse(text: Option<&str>, size: u64) -> Range {
        let Some(range) = text.and_then(|text| text.strip_prefix("bytes=")) else {
            return Range::Whole;
        };
        let Some((first, last)) = range.trim().split_once('-') else { return Range::Whole };
        let number = |text: &str| text.parse::<u64>().ok();
        let (first, last) = match (first, last) {
            ("", count) => match number(count) {
                Some(0) => return Range::Unsatisfiable,
                Some(count) => (size.saturating_sub(count), u64::MAX),
                None => return Range::Whole,
            },
            (first, "") => match number(first) {
                Some(first) => (first, u64::MAX),
                None => return Range::Whole,
            },
            (first, last) => match (number(first), number(last)) {
                (Some(first), Some(last)) => (first, last),
                _ => return Range::Whole,
            },
        };
        match first < size && first <= last {
            true => Range::Part { first, last: last.min(size - 1) },
            false => Range::Unsatisfiable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn one_range_of_bytes_is_read() {
        let part = |first, last| Range::Part { first, last };
        for (text, expected) in [
            ("bytes=0-0", part(0, 0)),
            ("bytes=5-9", part(5, 9)),
            ("bytes=5-", part(5, 9)),
            ("bytes=5-100", part(5, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-100", part(0, 9)),
            ("bytes=10-", Range::Unsatisfiable),
            ("bytes=5-0", Range::Unsatisfiable),
            ("bytes=-0", Range::Unsatisfiable),
            ("bytes=0-1,3-4", Range::Whole),
            ("bytes=a-b", Range::Whole),
            ("bytes=--1", Range::Whole),
            ("bytes=99999999999999999999-", Range::Whole),
            ("lines=0-1", Range::Whole),
            ("", Range::Whole),
        ] {
            assert_eq!(Range::parse(Some(text), 10), expected, "{text}");
        }
        assert_eq!(Range::parse(None, 10), Range::Whole);
        assert_eq!(Range::parse(Some("bytes=0-"), 0), Range::Unsatisfiable);
    }
}
