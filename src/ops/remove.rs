//! Removing names.

use serde::Serialize;

use super::Error;
use crate::name::{Reference, Version};
use crate::store::{self, Store};

/// Says what was removed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// What was to be removed.
    pub reference: Reference,
    /// The names that went, and those that stay.
    #[serde(flatten)]
    pub names: store::Removed,
}

/// Removes a tag, a version that no tag names, or a manifest; the whole chart where `all` is given.
pub fn remove(store: &Store, reference: &Reference, all: bool) -> Result<Removed, Error> {
    check(reference, all)?;
    let names = match all {
        true => store.remove_chart(&reference.repository)?,
        false => store.remove(reference)?,
    };
    Ok(Removed { reference: reference.clone(), names })
}

/// Refuses to remove all of a chart by a reference that names one version of it.
pub fn check(reference: &Reference, all: bool) -> Result<(), Error> {
    if all && (reference.tag.is_some() || reference.digest.is_some()) {
        return Err(Error::AllOfOne { reference: reference.clone() });
    }
    Ok(())
}

/// Removes a version with all its tags; the reference gives the version as a tag.
pub fn remove_version(store: &Store, reference: &Reference) -> Result<Removed, Error> {
    let version = reference.tag.as_ref().and_then(Version::of_tag);
    let names = match version {
        Some(version) if reference.digest.is_none() => {
            store.remove_version(&reference.repository, &version)?
        }
        _ => store.remove_version_of(reference)?,
    };
    Ok(Removed { reference: reference.clone(), names })
}
