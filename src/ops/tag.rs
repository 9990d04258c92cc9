//! Giving a stored chart another name.

use serde::Serialize;

use super::Error;
use super::save::replaced;
use super::show::steadily;
use crate::digest::Digest;
use crate::name::{Reference, Tag};
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
    steadily(|| tag_once(store, from, to, overwrite))
}

fn tag_once(
    store: &Store,
    from: &Reference,
    to: &Reference,
    overwrite: Overwrite,
) -> Result<Tagged, Error> {
    let found = store.resolve(from)?;
    let chart = store.facts(&found.manifest)?.chart;
    if let Some(chart) = &chart
        && chart.name != to.repository.chart
    {
        return Err(Error::wrong_chart(to, &chart.name));
    }
    let tag = match (&to.tag, &chart) {
        (Some(tag), _) => tag.clone(),
        (None, Some(chart)) => chart.version.tag(),
        (None, None) => Tag::parse("latest")?,
    };
    if let Some(expected) = to.digest.filter(|expected| *expected != found.manifest) {
        return Err(Error::OtherDigest {
            path: from.to_string().into(),
            expected: Box::new(expected),
            actual: Box::new(found.manifest),
        });
    }
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
