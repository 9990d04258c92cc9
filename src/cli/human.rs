//! Sizes and times as people read them.

use std::io::IsTerminal as _;
use std::sync::LazyLock;
use std::time::SystemTime;

use indicatif::HumanDuration;

/// Writes a size as the first Helm 3 did: `454 B`, `1.3 KiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Writes a time as the time since then on a terminal, and in full for a program.
pub(crate) fn age(time: SystemTime) -> String {
    static ON_TERMINAL: LazyLock<bool> = LazyLock::new(|| std::io::stdout().is_terminal());
    if *ON_TERMINAL {
        return HumanDuration(time.elapsed().unwrap_or_default()).to_string();
    }
    let seconds = jiff::Timestamp::try_from(time).map(|time| time.as_second());
    let whole = seconds.and_then(jiff::Timestamp::from_second);
    whole.map_or_else(|_| "unknown".to_owned(), |time| time.to_string())
}

/// Writes a count with its noun: `1 chart`, `2 charts`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_by_the_first_helm_3() {
        assert_eq!(size(454), "454 B");
        assert_eq!(size(1024), "1.0 KiB");
        assert_eq!(size(1_363_149), "1.3 MiB");
        assert_eq!(size(u64::MAX), "16777216.0 TiB");
    }
}
