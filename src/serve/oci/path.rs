//! What a path below `/v2/` names, by the rules of the specification.

use crate::name::Repository;

use super::refusal::{Code, Refusal};

/// The most bytes of a repository's name: clients put a host before it, and have 255 for both.
const MAX_NAME_BYTES: usize = 255;

/// Is a repository as a client names it. A name of one part is a chart of the space `library`, and
/// answers name it as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) repository: Repository,
}

impl Name {
    /// Reads a name: parts of small letters and digits, with single dots, one or two underscores, or
    /// dashes between them.
    pub(super) fn parse(text: &str) -> Result<Name, Refusal> {
        let refuse = |reason: &str| {
            let message = format!("{text:?} is no name of a repository: {reason}");
            Refusal::bad(Code::NameInvalid, message)
        };
        if text.len() > MAX_NAME_BYTES {
            return Err(refuse("it is longer than 255 bytes"));
        }
        if !text.split('/').all(is_part) {
            return Err(refuse(
                "its parts are small letters and digits, with '.', '_' and '-' between",
            ));
        }
        match Repository::parse(text) {
            Ok(repository) => Ok(Name { text: text.to_owned(), repository }),
            Err(error) => Err(refuse(&error.reason)),
        }
    }

    /// Gives the name that clients use for a repository, if there is one.
    pub(super) fn of(repository: &Repository) -> Option<String> {
        let text = repository.to_string();
        Name::parse(&text).is_ok_and(|name| name.repository == *repository).then_some(text)
    }
}

fn is_part(part: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut separators = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let ends = part.bytes().next().is_some_and(is_word) && part.bytes().last().is_some_and(is_word);
    let is_separator =
        |text: &str| matches!(text, "" | "." | "_" | "__") || text.bytes().all(|byte| byte == b'-');
    ends && separators.all(is_separator)
}

/// Says what a request is about. What names a digest, a tag or an upload is checked where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resource {
    Base,
    Catalog,
    Token,
    Tags(Name),
    Manifest(Name, String),
    Blob(Name, String),
    Uploads(Name),
    Upload(Name, String),
    Referrers(Name, String),
}

impl Resource {
    /// Reads a path from its end: the name before it may have any number of parts.
    pub(super) fn parse(path: &str) -> Result<Resource, Refusal> {
        if path == "_catalog" {
            return Ok(Resource::Catalog);
        }
        if path == "token" {
            return Ok(Resource::Token);
        }
        let unknown = || Refusal::not_found(Code::NameInvalid, format!("there is no {path:?}"));
        let (rest, last) = path.rsplit_once('/').ok_or_else(unknown)?;
        let (name, kind) = rest.rsplit_once('/').ok_or_else(unknown)?;
        let last = last.to_owned();
        match (kind, last.as_str()) {
            ("tags", "list") => Ok(Resource::Tags(Name::parse(name)?)),
            ("blobs", "uploads") => Ok(Resource::Uploads(Name::parse(name)?)),
            ("uploads", id) if name.ends_with("/blobs") => {
                let name = Name::parse(name.strip_suffix("/blobs").unwrap_or(name))?;
                match id {
                    "" => Ok(Resource::Uploads(name)),
                    _ => Ok(Resource::Upload(name, last)),
                }
            }
            ("manifests", _) => Ok(Resource::Manifest(Name::parse(name)?, last)),
            ("blobs", _) => Ok(Resource::Blob(Name::parse(name)?, last)),
            ("referrers", _) => Ok(Resource::Referrers(Name::parse(name)?, last)),
            _ => Err(unknown()),
        }
    }

    /// Lists the methods that a resource answers.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Resource::Base => "GET, HEAD",
            Resource::Token => "GET, POST",
            Resource::Catalog | Resource::Tags(_) | Resource::Referrers(..) => "GET",
            Resource::Manifest(..) => "GET, HEAD, PUT, DELETE",
            Resource::Blob(..) => "GET, HEAD, DELETE",
            Resource::Uploads(_) => "POST",
            Resource::Upload(..) => "GET, PATCH, PUT, DELETE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str) -> Option<Resource> {
        Resource::parse(path).ok()
    }

    #[test]
    fn a_name_is_what_the_specification_says() {
        for name in ["a", "a/b", "a1/b2/c3", "a.b/c_d/e__f/g-h/i--j", "library/my.chart"] {
            assert_eq!(Name::parse(name).map(|name| name.text).ok().as_deref(), Some(name));
        }
        let long = "a".repeat(256);
        for name in [
            "", "/", "a/", "/a", "a//b", "A", "a/B", ".a", "a.", "a..b", "a___b", "a_-b", "-a",
            "a-", "a b", "..", "a/../b", "a\\b", "a\0", "ä", "a:b", "a@b", "a%2e", &long,
        ] {
            assert!(Name::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn one_part_is_a_chart_of_the_library() {
        let name = Name::parse("mychart").unwrap();
        assert_eq!(name.repository.to_string(), "library/mychart");
        assert_eq!(Name::of(&name.repository).as_deref(), Some("library/mychart"));
        assert_eq!(Name::of(&"localhost:5000/a/b".parse().unwrap()), None);
        assert_eq!(Name::of(&"library/MyChart".parse().unwrap()), None);
    }

    #[test]
    fn a_path_is_read_from_its_end() {
        let name = |text| Name::parse(text).unwrap();
        for (path, expected) in [
            ("a/b/tags/list", Resource::Tags(name("a/b"))),
            ("tags/list/tags/list", Resource::Tags(name("tags/list"))),
            ("a/manifests/x", Resource::Manifest(name("a"), "x".to_owned())),
            ("a/blobs/x", Resource::Blob(name("a"), "x".to_owned())),
            ("a/blobs/uploads", Resource::Uploads(name("a"))),
            ("a/blobs/uploads/", Resource::Uploads(name("a"))),
            ("a/blobs/uploads/x", Resource::Upload(name("a"), "x".to_owned())),
            ("a/referrers/x", Resource::Referrers(name("a"), "x".to_owned())),
            ("_catalog", Resource::Catalog),
            ("token", Resource::Token),
            ("token/manifests/x", Resource::Manifest(name("token"), "x".to_owned())),
        ] {
            assert_eq!(parse(path), Some(expected), "{path}");
        }
        for path in
            ["", "a", "a/b", "tags/list", "manifests/x", "a/uploads/x", "a/b/c", "A/tags/list"]
        {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
