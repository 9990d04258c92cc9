//! Choosing a version out of a range.

use super::Error;
use crate::name::{Range, Reference};
use crate::store::Store;

/// Gives the reference of the highest version in a range; without a range, of what the reference
/// means by itself. With `prereleases` and no range, pre-releases are versions like any other.
pub fn select(
    store: &Store,
    reference: &Reference,
    range: Option<&Range>,
    prereleases: bool,
) -> Result<Reference, Error> {
    let range = match range {
        Some(range) => range.clone(),
        None if prereleases && reference.tag.is_none() && reference.digest.is_none() => {
            Range::any(true)
        }
        None => return Ok(reference.clone()),
    };
    if reference.tag.is_some() || reference.digest.is_some() {
        return Err(Error::TwoVersions { reference: reference.clone(), range });
    }
    let version = store.highest_version(&reference.repository, &range)?;
    Ok(Reference::tagged(reference.repository.clone(), version.tag()))
}
