//! Which names a manifest gets, and which it may not have.
//!
//! The rules, apart from any storage: a version is durable and answers as a tag too, so the tag of
//! that name moves with it, and no other manifest may take it.

use super::put::{Change, Overwrite};
use super::{Error, Policy};
use crate::digest::Digest;
use crate::name::{Repository, Tag, Version};
use crate::storage::{Name, Names};

/// Says what names a manifest is to have.
pub(super) struct Wanted<'a> {
    pub repository: &'a Repository,
    pub manifest: Digest,
    /// The version that the chart gives itself; none for what is no chart.
    pub version: Option<&'a Version>,
    pub tag: &'a Tag,
    pub overwrite: Overwrite,
}

/// Says what the names of a manifest become.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Granted {
    pub version: Change,
    pub tag: Change,
}

/// Gives the manifest its names in `names`, and lists in `moved` what is to be written.
pub(super) fn grant(
    wanted: &Wanted<'_>,
    policy: Policy,
    names: &mut Names,
    moved: &mut Vec<Name>,
) -> Result<Granted, Error> {
    check(wanted, policy, names)?;
    let mut version = Change::Same;
    if let Some(number) = wanted.version {
        version =
            Change::of(names.versions.insert(number.clone(), wanted.manifest), wanted.manifest);
        moved.push(Name::Version(number.clone()));
        let own = number.tag();
        if own != *wanted.tag && names.tags.contains_key(&own) {
            names.tags.insert(own.clone(), wanted.manifest);
            moved.push(Name::Tag(own));
        }
    }
    let tag = Change::of(names.tags.insert(wanted.tag.clone(), wanted.manifest), wanted.manifest);
    moved.push(Name::Tag(wanted.tag.clone()));
    Ok(Granted { version, tag })
}

fn check(wanted: &Wanted<'_>, policy: Policy, names: &Names) -> Result<(), Error> {
    let repository = || wanted.repository.clone();
    let replaced = wanted.version.and_then(|version| {
        let digest = *names.versions.get(version)?;
        let counts = digest != wanted.manifest || wanted.overwrite == Overwrite::Never;
        counts.then_some((version, digest))
    });
    if let Some((version, digest)) = replaced {
        let version = version.clone();
        if policy.immutable && digest != wanted.manifest {
            return Err(Error::Immutable { repository: repository(), version });
        }
        if wanted.overwrite != Overwrite::Allow {
            let digest = Box::new(digest);
            return Err(Error::VersionExists { repository: repository(), version, digest });
        }
    }
    if matches!(wanted.overwrite, Overwrite::Never | Overwrite::Keep) {
        let own = wanted.version.map(Version::tag);
        for tag in std::iter::once(wanted.tag).chain(own.as_ref()) {
            if let Some(digest) = names.tags.get(tag).filter(|digest| **digest != wanted.manifest) {
                let (tag, digest) = (tag.clone(), Box::new(*digest));
                return Err(Error::TagExists { repository: repository(), tag, digest });
            }
        }
    }
    let other = Version::of_tag(wanted.tag).filter(|other| Some(other) != wanted.version);
    match other.and_then(|other| names.versions.get_key_value(&other)) {
        Some((version, digest)) if *digest != wanted.manifest => Err(Error::TagIsVersion {
            repository: repository(),
            tag: wanted.tag.clone(),
            version: version.clone(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Classified as _, Kind};

    struct Try {
        names: Names,
        policy: Policy,
        overwrite: Overwrite,
    }

    impl Try {
        fn new(immutable: bool, overwrite: Overwrite) -> Try {
            let policy = Policy { immutable, charts_only: false };
            Try { names: Names::default(), policy, overwrite }
        }

        fn grant(&mut self, body: &str, version: &str, tag: &str) -> Result<Granted, Kind> {
            let wanted = Wanted {
                repository: &"library/x".parse().unwrap(),
                manifest: Digest::of(body.as_bytes()),
                version: Some(&version.parse().unwrap()),
                tag: &tag.parse().unwrap(),
                overwrite: self.overwrite,
            };
            grant(&wanted, self.policy, &mut self.names, &mut Vec::new())
                .map_err(|error| error.kind())
        }

        fn tag(&self, tag: &str) -> Digest {
            self.names.tags[&tag.parse().unwrap()]
        }
    }

    #[test]
    fn a_version_takes_its_own_tag_along() {
        let mut names = Try::new(false, Overwrite::Allow);
        names.grant("a", "1.0.0", "1.0.0").unwrap();
        names.grant("a", "1.0.0", "stable").unwrap();
        let granted = names.grant("b", "1.0.0", "latest").unwrap();
        assert_eq!(granted.version, Change::Replaced(Digest::of(b"a")));
        assert_eq!(granted.tag, Change::New);
        assert_eq!(names.tag("1.0.0"), Digest::of(b"b"));
        assert_eq!(names.tag("stable"), Digest::of(b"a"));
        assert_eq!(names.grant("b", "1.0.0", "latest").unwrap().tag, Change::Same);
    }

    #[test]
    fn no_tag_hides_a_version() {
        let mut names = Try::new(false, Overwrite::Allow);
        names.grant("a", "1.0.0+x", "latest").unwrap();
        assert_eq!(names.grant("b", "2.0.0", "1.0.0_x"), Err(Kind::Exists));
        names.grant("b", "2.0.0", "1.0.0_y").unwrap();
    }

    #[test]
    fn versions_are_kept_where_that_is_asked_for() {
        let mut immutable = Try::new(true, Overwrite::Allow);
        immutable.grant("a", "1.0.0", "latest").unwrap();
        immutable.grant("a", "1.0.0", "1.0.0").unwrap();
        assert_eq!(immutable.grant("b", "1.0.0", "other"), Err(Kind::Denied));
        immutable.grant("c", "2.0.0", "latest").unwrap();
        assert_eq!(immutable.tag("latest"), Digest::of(b"c"));

        let mut careful = Try::new(false, Overwrite::Refuse);
        careful.grant("a", "1.0.0", "1.0.0").unwrap();
        careful.grant("a", "1.0.0", "1.0.0").unwrap();
        assert_eq!(careful.grant("b", "1.0.0", "1.0.0"), Err(Kind::Exists));
        assert_eq!(careful.names.versions.len(), 1);

        let mut strict = Try::new(true, Overwrite::Never);
        strict.grant("a", "1.0.0", "1.0.0").unwrap();
        assert_eq!(strict.grant("a", "1.0.0", "1.0.0"), Err(Kind::Exists));
        assert_eq!(strict.grant("b", "1.0.0", "1.0.0"), Err(Kind::Denied));

        careful.grant("a", "1.0.0", "latest").unwrap();
        careful.grant("c", "2.0.0", "latest").unwrap();

        let mut kept = Try::new(false, Overwrite::Keep);
        kept.grant("a", "1.0.0", "latest").unwrap();
        kept.grant("a", "1.0.0", "latest").unwrap();
        assert_eq!(kept.grant("b", "1.0.0", "other"), Err(Kind::Exists));
        assert_eq!(kept.grant("c", "2.0.0", "latest"), Err(Kind::Exists));
        kept.grant("c", "2.0.0", "2.0.0").unwrap();
    }

    #[test]
    fn no_tag_is_moved_either_where_that_is_asked_for() {
        for overwrite in [Overwrite::Never, Overwrite::Keep] {
            let mut kept = Try::new(false, overwrite);
            kept.grant("a", "1.0.0", "2.0.0").unwrap();
            for tag in ["2.0.0", "latest"] {
                assert_eq!(kept.grant("b", "2.0.0", tag), Err(Kind::Exists), "{tag}");
            }
            assert_eq!(kept.tag("2.0.0"), Digest::of(b"a"));
            kept.overwrite = Overwrite::Allow;
            kept.grant("b", "2.0.0", "latest").unwrap();
            assert_eq!(kept.tag("2.0.0"), Digest::of(b"b"), "its own tag goes with it");
        }
    }
}
