//! Spaces: where charts live.

use std::fmt;

use super::{Error, Host, text_like};

/// Names a space: `library`, `team/apps`, or a path on a host such as `localhost:5000/myrepo`.
///
/// A space without a host has at least one part; one with a host may have none. No space lies
/// inside another: `team/apps` is independent of `team`. A host that does not look like one is
/// printed after `oci://`, so that every name reads back as itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpaceName {
    host: Option<Host>,
    parts: Vec<String>,
}

impl SpaceName {
    /// Names the space of a reference that gives none.
    pub const DEFAULT: &str = "library";
    const SCHEME: &str = "oci://";
    const MAX_PARTS: usize = 16;
    const MAX_PART_BYTES: usize = 200;

    /// Checks a space's name; `oci://` in front makes the first part a host whatever it looks like.
    pub fn parse(text: &str) -> Result<SpaceName, Error> {
        let (hosted, path) = match text.strip_prefix(Self::SCHEME) {
            Some(path) => (true, path),
            None => (false, text),
        };
        let mut parts = path.split('/');
        let first = parts.next().unwrap_or_default();
        if !hosted && !Host::is_host(first) {
            return SpaceName::new(None, path.split('/'));
        }
        SpaceName::new(Some(Host::parse(first)?), parts)
    }

    /// Builds a space from a host and the parts after it.
    pub fn new<'a>(
        host: Option<Host>,
        parts: impl IntoIterator<Item = &'a str>,
    ) -> Result<SpaceName, Error> {
        let parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
        let space = SpaceName { host, parts };
        let fail = |reason: &str| Err(Error::new("space name", &space.to_string(), reason));
        if space.host.is_none() && space.parts.first().is_none_or(|part| Host::is_host(part)) {
            return fail("it must begin with a part that is no host");
        }
        if space.parts.len() > Self::MAX_PARTS {
            return fail("it has more than 16 parts");
        }
        if !space.parts.iter().all(|part| is_part(part)) {
            return fail(
                "its parts are letters, digits, '.', '_' and '-', and begin with a letter or digit",
            );
        }
        Ok(space)
    }

    /// Gives the space of a reference that names none: `library`.
    pub fn library() -> SpaceName {
        SpaceName { host: None, parts: vec![Self::DEFAULT.to_owned()] }
    }

    /// Gives the registry that the space is a path on, if it is one.
    pub fn host(&self) -> Option<&Host> {
        self.host.as_ref()
    }

    /// Gives the parts after the host.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }
}

fn is_part(part: &str) -> bool {
    part.len() <= SpaceName::MAX_PART_BYTES
        && part.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

impl fmt::Display for SpaceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.as_ref().is_some_and(|host| !Host::is_host(host.as_str())) {
            formatter.write_str(SpaceName::SCHEME)?;
        }
        let host = self.host.iter().map(Host::as_str);
        let mut separator = "";
        for part in host.chain(self.parts.iter().map(String::as_str)) {
            write!(formatter, "{separator}{part}")?;
            separator = "/";
        }
        Ok(())
    }
}

text_like!(SpaceName);
