//! Near misses: names that somebody may have meant.

use std::cmp::Ordering;

/// Gives up to three candidates that look like what was wanted, the likeliest first.
///
/// The last part of a name counts most: most names share the parts before it.
pub(crate) fn nearest(wanted: &str, candidates: impl IntoIterator<Item = String>) -> Vec<String> {
    const LEAST: f64 = 0.8;
    let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let score = |candidate: &str| {
        let ends = strsim::jaro_winkler(&last(wanted), &last(candidate));
        (ends, strsim::jaro_winkler(wanted, candidate))
    };
    let scored = candidates.into_iter().map(|candidate| (score(&candidate), candidate));
    let mut near: Vec<_> = scored.filter(|((ends, _), _)| *ends >= LEAST).collect();
    near.sort_by(|(left, _), (right, _)| right.partial_cmp(left).unwrap_or(Ordering::Equal));
    near.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let all = ["library/mysql", "library/mariadb", "team/redis", "library/wordpress"];
        let near = |wanted| nearest(wanted, all.map(str::to_owned));
        assert_eq!(near("library/mysqll")[0], "library/mysql");
        assert_eq!(near("library/redis")[0], "team/redis");
        assert_eq!(near("zzz"), Vec::<String>::new());
    }
}
