//! References: how a person points at a chart.

use std::fmt;

use super::{Error, Repository, Tag, text_like};
use crate::digest::Digest;

/// Points at a chart: `[HOST[:PORT]/]SPACE/CHART[:TAG][@DIGEST]`, `oci://` in front allowed.
///
/// A first part with a `.` or `:`, or equal to `localhost`, is a host; after `oci://` the first
/// part always is. A reference of one part is a chart of the space `library`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The chart, in its space.
    pub repository: Repository,
    /// The tag, or the version as a tag, if one is given.
    pub tag: Option<Tag>,
    /// The digest of the manifest, if one is given; a tag beside it must agree.
    pub digest: Option<Digest>,
}

impl Reference {
    /// Reads a reference.
    pub fn parse(text: &str) -> Result<Reference, Error> {
        let of_whole = |error: Error| Error {
            what: "reference",
            text: text.to_owned(),
            reason: format!("{} {:?}: {}", error.what, error.text, error.reason),
        };
        match text.split_once("://") {
            Some(("oci", rest)) if rest.contains('/') => {}
            Some(("oci", _)) => {
                return Err(Error::new("reference", text, "no chart after the host"));
            }
            Some((scheme, _)) => {
                return Err(Error::new("reference", text, format!("{scheme}:// is not oci://")));
            }
            None => {}
        }
        let (rest, digest) = split_digest(text).map_err(|error| Error::from((text, error)))?;
        let (path, tag) = split_tag(rest);
        let tag = tag.map(Tag::parse).transpose().map_err(of_whole)?;
        let repository = Repository::parse(path).map_err(of_whole)?;
        Ok(Reference { repository, tag, digest })
    }

    /// Points at a tag of a repository.
    pub fn tagged(repository: Repository, tag: Tag) -> Reference {
        Reference { repository, tag: Some(tag), digest: None }
    }

    /// Points at a manifest of a repository.
    pub fn exact(repository: Repository, digest: Digest) -> Reference {
        Reference { repository, tag: None, digest: Some(digest) }
    }
}

fn split_digest(text: &str) -> Result<(&str, Option<Digest>), crate::digest::Error> {
    match text.split_once('@') {
        None => Ok((text, None)),
        Some((before, digest)) => Ok((before, Some(digest.parse()?))),
    }
}

/// Splits off the tag: what follows a colon in the last part.
fn split_tag(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (text, None),
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(formatter, "@{digest}")?;
        }
        Ok(())
    }
}

text_like!(Reference);
