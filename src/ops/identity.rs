//! What a chart calls itself: in Chart.yaml, in its config, in its manifest, and where it goes.

use super::{Error, transfer};
use crate::chart::metadata::Metadata;
use crate::name::{ChartName, Reference, Version};
use crate::oci::{Document, annotations};

/// Gives name and version, if they are well formed.
pub(super) fn of(metadata: &Metadata) -> Result<(ChartName, Version), Error> {
    Ok((ChartName::parse(&metadata.name)?, Version::parse(&metadata.version)?))
}

/// Refuses a chart that calls itself otherwise in its Chart.yaml than in its config, its manifest
/// or the reference that it was asked for by.
pub(super) fn check(
    reference: &Reference,
    metadata: &Metadata,
    document: &Document,
    config: &[u8],
) -> Result<(), Error> {
    check_reference(reference, metadata)?;
    let refuse = |place, says| disagrees(reference, metadata, place, says);
    let config = Metadata::from_json(config).map_err(|error| Error::Load {
        path: reference.to_string().into(),
        source: error.into(),
    })?;
    if (&config.name, &config.version) != (&metadata.name, &metadata.version) {
        return Err(refuse("config", format!("{} {}", config.name, config.version)));
    }
    for (key, own) in
        [(annotations::TITLE, &metadata.name), (annotations::VERSION, &metadata.version)]
    {
        if let Some(says) = document.annotations().get(key).filter(|says| *says != own) {
            return Err(refuse("manifest", says.clone()));
        }
    }
    Ok(())
}

/// Refuses a chart that calls itself otherwise in its Chart.yaml than the reference it was asked for
/// by.
pub(super) fn check_reference(reference: &Reference, metadata: &Metadata) -> Result<(), Error> {
    let chart = reference.repository.chart.as_str();
    if chart != metadata.name {
        return Err(disagrees(reference, metadata, "reference", chart.to_owned()));
    }
    let own = metadata.version.replace('+', "_");
    match &reference.tag {
        Some(tag) if tag.is_version() && tag.as_str() != own => {
            Err(disagrees(reference, metadata, "reference", tag.to_string()))
        }
        _ => Ok(()),
    }
}

fn disagrees(
    reference: &Reference,
    metadata: &Metadata,
    place: &'static str,
    says: String,
) -> Error {
    let chart = format!("{} {}", metadata.name, metadata.version);
    transfer::Error::Disagrees { reference: reference.clone(), chart, place, says }.into()
}
