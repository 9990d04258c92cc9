//! Values with units: spans of time, and numbers of bytes.

use std::time::Duration;

use serde_json::Value;

/// The units of sizes, and how many bytes each stands for.
const SIZES: [(&str, u64); 8] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
];

/// Reads a span of time: `30s`, `1h 30m`, `500ms`, or a number of seconds. Nothing is no span.
pub(super) fn duration(value: &Value) -> Option<Duration> {
    let duration = match value {
        Value::Number(seconds) => Duration::try_from_secs_f64(seconds.as_f64()?).ok()?,
        Value::String(text) => {
            let span: jiff::Span = text.parse().ok()?;
            let span = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?;
            Duration::try_from(span).ok()?
        }
        _ => return None,
    };
    (!duration.is_zero()).then_some(duration)
}

/// Reads a number of bytes as Kubernetes writes it: `16Gi`, `500M`, or a plain number. Nothing is no
/// size.
pub(super) fn size(value: &Value) -> Option<u64> {
    let bytes = match value {
        Value::Number(bytes) => bytes.as_u64()?,
        Value::String(text) => {
            let unit = SIZES.into_iter().find(|(unit, _)| text.ends_with(unit));
            let (unit, factor) = unit.unwrap_or(("", 1));
            let number = text.strip_suffix(unit)?.trim_end();
            // The parser takes a sign too.
            let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
            number.parse::<u64>().ok().filter(|_| is_plain)?.checked_mul(factor)?
        }
        _ => return None,
    };
    (bytes > 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_span_of_time_has_a_unit_or_is_in_seconds() {
        for (value, expected) in [
            (json!(30), Some(30_000)),
            (json!(0.5), Some(500)),
            (json!("30s"), Some(30_000)),
            (json!("500ms"), Some(500)),
            (json!("1h 30m"), Some(5_400_000)),
            (json!(0), None),
            (json!("0s"), None),
            (json!(-1), None),
            (json!("-1s"), None),
            (json!(1e300), None),
            (json!("1 month"), None),
            (json!("soon"), None),
            (json!([]), None),
        ] {
            let expected = expected.map(Duration::from_millis);
            assert_eq!(duration(&value), expected, "{value}");
        }
    }

    #[test]
    fn a_size_has_a_unit_or_is_in_bytes() {
        for (value, expected) in [
            (json!(1), Some(1)),
            (json!("1"), Some(1)),
            (json!("16Gi"), Some(16 << 30)),
            (json!("4 Mi"), Some(4 << 20)),
            (json!("2k"), Some(2000)),
            (json!("3M"), Some(3_000_000)),
            (json!(0), None),
            (json!("0Ki"), None),
            (json!(1.5), None),
            (json!("+1k"), None),
            (json!("Ki"), None),
            (json!("1KiB"), None),
            (json!("99999999Ti"), None),
            (json!(null), None),
        ] {
            assert_eq!(size(&value), expected, "{value}");
        }
    }
}
