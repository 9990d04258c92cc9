//! What a request is about, in words for errors; made only when one is printed.

use std::fmt;

use super::manifests::ManifestName;
use super::url::Url;
use crate::digest::Digest;
use crate::name::{Host, Repository};

/// Says what a request is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    /// A manifest or index.
    Manifest(&'a Repository, &'a ManifestName),
    /// A blob.
    Blob(&'a Repository, &'a Digest),
    /// The list of tags.
    Tags(&'a Repository),
    /// The list of repositories.
    Catalogue(&'a Host),
    /// The registry itself.
    Registry(&'a Host),
    /// A file of a classic repository.
    File(&'a Url),
    /// A token of the registry, from the address.
    Token(&'a Host, &'a Url),
    /// Something said earlier.
    Said(&'a str),
}

impl fmt::Display for What<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Manifest(repository, name) => {
                write!(formatter, "the manifest {repository}{name}")
            }
            What::Blob(repository, digest) => write!(formatter, "the blob {repository}@{digest}"),
            What::Tags(repository) => write!(formatter, "the tags of {repository}"),
            What::Catalogue(host) => write!(formatter, "the repositories of {host}"),
            What::Registry(host) => write!(formatter, "an answer of the registry {host}"),
            What::File(url) => write!(formatter, "{url}"),
            What::Token(host, url) => write!(formatter, "a token for {host} from {url}"),
            What::Said(text) => formatter.write_str(text),
        }
    }
}
