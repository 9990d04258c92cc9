//! Giving a stored chart another name.

use serde::Serialize;

use super::Error;
use super::save::replaced;
use crate::digest::Digest;
use crate::name::{ChartName, Reference};
use crate::store::{Change, Overwrite, Store};

/// Says which name a chart got.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tagged {
    /// The new name.
    pub reference: Reference,
    /// The manifest.
    pub digest: Digest,
    /// The manifest that the tag stood for before, if it was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Digest>,
    /// The manifest that the version stood for before in that space, if it was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Digest>,
}

/// Gives the chart that `from` points at the name `to`, in the same space or another.
pub fn tag(
    store: &Store,
    from: &Reference,
    to: &Reference,
    overwrite: Overwrite,
) -> Result<Tagged, Error> {
    let found = store.resolve(from)?;
    let facts = store.facts(&found.manifest)?;
    let own = match &facts.chart {
        Some((name, version)) => Some((ChartName::parse(name)?, version)),
        None => None,
    };
    if let Some((name, _)) = &own
        && *name != to.repository.chart
    {
        return Err(Error::wrong_chart(to, name));
    }
    let tag = match (&to.tag, &own) {
        (Some(tag), _) => tag.clone(),
        (None, Some((_, version))) => crate::name::Version::parse(version)?.tag(),
        (None, None) => crate::name::Tag::parse("latest")?,
    };
    let placed = store.writer()?.tag(&found, to, &tag, overwrite)?;
    Ok(Tagged {
        reference: Reference::tagged(to.repository.clone(), tag),
        digest: found.manifest,
        moved_from: match placed.tag {
            Change::Replaced(before) => Some(before),
            Change::New | Change::Same => None,
        },
        replaced: replaced(&placed),
    })
}
