//! Where a dependency is looked for: what its `repository` means.

/// Tells where a dependency is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// In `charts/` already; nobody fetches it.
    Charts,
    /// In a folder, whose path may be relative to the chart's.
    Folder(&'a str),
    /// In a registry, under this path: a host, and the space on it.
    Registry(&'a str),
    /// In the classic repository that goes by this name among Helm's.
    Alias(&'a str),
    /// In the classic repository at this address.
    Address(&'a str),
    /// Nowhere: it is none of these.
    Unknown,
}

impl Source<'_> {
    /// Reads the `repository` of a dependency.
    pub fn of(repository: &str) -> Source<'_> {
        if repository.is_empty() {
            return Source::Charts;
        }
        if let Some(alias) = repository.strip_prefix('@') {
            return Source::Alias(alias);
        }
        if let Some(alias) = repository.strip_prefix("alias:") {
            return Source::Alias(alias);
        }
        match repository.split_once("://") {
            Some(("file", path)) => Source::Folder(path),
            Some(("oci", path)) => Source::Registry(path.trim_end_matches('/')),
            Some(("http" | "https", _)) => Source::Address(repository),
            _ => Source::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_it_is() {
        for (repository, source) in [
            ("", Source::Charts),
            ("file://../other", Source::Folder("../other")),
            ("file:///srv/other", Source::Folder("/srv/other")),
            ("oci://localhost:5000/charts/", Source::Registry("localhost:5000/charts")),
            ("@stable", Source::Alias("stable")),
            ("alias:stable", Source::Alias("stable")),
            ("https://a/b", Source::Address("https://a/b")),
            ("http://a", Source::Address("http://a")),
            ("stable", Source::Unknown),
            ("s3://bucket", Source::Unknown),
        ] {
            assert_eq!(Source::of(repository), source, "{repository}");
        }
    }
}
