//! The annotations that Helm puts on a chart's manifest.

use std::collections::BTreeMap;

const DESCRIPTION: &str = "org.opencontainers.image.description";
/// Names the chart.
pub const TITLE: &str = "org.opencontainers.image.title";
/// Names the chart's version.
pub const VERSION: &str = "org.opencontainers.image.version";
/// Tells when the manifest was made.
pub const CREATED: &str = "org.opencontainers.image.created";
const URL: &str = "org.opencontainers.image.url";
const SOURCE: &str = "org.opencontainers.image.source";
const AUTHORS: &str = "org.opencontainers.image.authors";

/// Says of a chart what its manifest repeats. An empty text means that Chart.yaml is silent.
#[derive(Debug, Clone, Default)]
pub struct MetaFacts<'a> {
    /// The chart's name.
    pub name: &'a str,
    /// Its version, as Chart.yaml writes it.
    pub version: &'a str,
    /// Its description.
    pub description: &'a str,
    /// Its home page.
    pub home: &'a str,
    /// The first of its sources.
    pub source: &'a str,
    /// Its maintainers.
    pub maintainers: Vec<Maintainer<'a>>,
    /// Chart.yaml's own annotations.
    pub annotations: Vec<(&'a str, &'a str)>,
}

/// Names somebody who looks after a chart.
#[derive(Debug, Clone, Copy, Default)]
pub struct Maintainer<'a> {
    /// The name; may be empty.
    pub name: &'a str,
    /// The mail address; may be empty.
    pub email: &'a str,
}

impl MetaFacts<'_> {
    /// Gives the annotations of the chart's manifest.
    ///
    /// They are those of Helm 3.17.3 (`pkg/registry/util.go`), but for the time of creation, which
    /// would give the same chart another digest each time. The chart's own annotations may override
    /// all but title and version, and may set that time.
    pub(super) fn manifest_annotations(&self) -> BTreeMap<&str, String> {
        let mut annotations: BTreeMap<&str, String> = [
            (DESCRIPTION, self.description.to_owned()),
            (TITLE, self.name.to_owned()),
            (VERSION, self.version.to_owned()),
            (URL, self.home.to_owned()),
            (SOURCE, self.source.to_owned()),
            (AUTHORS, self.authors()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .collect();
        for (key, value) in &self.annotations {
            if ![TITLE, VERSION].contains(key) {
                annotations.insert(key, (*value).to_owned());
            }
        }
        annotations
    }

    /// Lists the maintainers as `Name (email), Name`; without a name, ` (email)` begins with a
    /// blank all the same.
    fn authors(&self) -> String {
        let author = |maintainer: &Maintainer<'_>| match maintainer.email {
            "" => maintainer.name.to_owned(),
            email => format!("{} ({email})", maintainer.name),
        };
        self.maintainers.iter().map(author).collect::<Vec<_>>().join(", ")
    }
}
