//! Numbers, as they come out of JSON, through Go's reading of it, into YAML.

use serde_json::Number;

/// Writes a number: whole ones in full where they fit into 64 bits, others as `%g` does.
pub(super) fn format(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => format_float(float),
        _ => number.to_string(),
    }
}

fn format_float(float: f64) -> String {
    // JSON has no mark for a float, so that a whole one is read back as an integer.
    if float.fract() == 0.0
        && let Ok(whole) = float.to_string().parse::<i128>()
        && (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&whole)
    {
        return whole.to_string();
    }
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').expect("'{:e}' writes an exponent");
    match exponent.parse::<i32>().expect("the exponent of a float is a small number") {
        -4..6 => float.to_string(),
        exponent => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
    }
}
