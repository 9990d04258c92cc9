//! From Chart.yaml to what the manifest repeats of it.

use crate::chart::metadata::Metadata;
use crate::oci::{Maintainer, MetaFacts};

/// Picks what a chart's manifest says of it.
pub(super) fn facts_of(metadata: &Metadata) -> MetaFacts<'_> {
    MetaFacts {
        name: &metadata.name,
        version: &metadata.version,
        description: &metadata.description,
        home: &metadata.home,
        source: metadata.sources.first().map(String::as_str).unwrap_or_default(),
        maintainers: metadata
            .maintainers
            .iter()
            .map(|maintainer| Maintainer { name: &maintainer.name, email: &maintainer.email })
            .collect(),
        annotations: metadata.annotations.iter().map(|(key, value)| (&**key, &**value)).collect(),
    }
}
