//! The charts that a chart needs: where they are looked for, which version is taken, and whether
//! what is in `charts/` will do.
//!
//! The rules are those of Helm 3.17.3 (`internal/resolver/resolver.go`, `pkg/downloader/manager.go`
//! and `pkg/action/dependency.go`). Everything here is decided from what others have read: fetching
//! charts and writing `charts/` is left to `ops`.

mod digest;
mod repositories;
mod source;
mod status;

pub use digest::{helm2_digest, lock_digest};
pub use repositories::Repositories;
pub use source::Source;
pub use status::{Identity, Present, Status, status};

use super::metadata::Dependency;
use crate::name::{Range, Version};

/// Names the archive of a chart in `charts/`, as Helm does.
pub fn archive_name(name: &str, version: &str) -> String {
    format!("{name}-{version}.tgz")
}

/// Gives a dependency as a lock holds it: name, version and repository.
pub fn locked(name: &str, version: &str, repository: &str) -> Dependency {
    Dependency {
        name: name.to_owned(),
        version: version.to_owned(),
        repository: repository.to_owned(),
        ..Dependency::default()
    }
}

/// Chooses a version: the one with exactly the text that was asked for, else the highest in the
/// range.
///
/// A range that is one version holds for all builds of it (`1.0.0+a` and `1.0.0+b`), so the text
/// decides first.
pub fn choose<T>(
    wanted: &str,
    range: &Range,
    versions: impl IntoIterator<Item = (Version, T)>,
) -> Option<(Version, T)> {
    let versions = versions.into_iter().filter(|(version, _)| range.contains(version.precedence()));
    versions.max_by(|(one, _), (other, _)| {
        let rank = |version: &Version| version.as_str() == wanted;
        rank(one).cmp(&rank(other)).then_with(|| one.cmp(other))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(wanted: &str, versions: &[&str]) -> Option<String> {
        let range = Range::parse(wanted).unwrap();
        let versions = versions.iter().map(|text| (Version::parse(text).unwrap(), ()));
        choose(wanted, &range, versions).map(|(version, ())| version.to_string())
    }

    #[test]
    fn takes_the_highest_version_in_the_range() {
        let versions = ["1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1", "v1.2.0"];
        assert_eq!(chosen("^1", &versions).as_deref(), Some("1.10.0"));
        assert_eq!(chosen(">=1.0.0-0", &versions).as_deref(), Some("2.0.0-rc.1"));
        assert_eq!(chosen("1.2", &versions).as_deref(), Some("v1.2.0"));
        assert_eq!(chosen("^3", &versions), None);
    }

    #[test]
    fn the_text_decides_between_builds() {
        let builds = ["1.0.0+a", "1.0.0", "1.0.0+b"];
        assert_eq!(chosen("1.0.0+a", &builds).as_deref(), Some("1.0.0+a"));
        assert_eq!(chosen("1.0.0", &builds).as_deref(), Some("1.0.0"));
        assert_eq!(chosen("^1.0.0", &builds).as_deref(), Some("1.0.0+b"));
    }
}
