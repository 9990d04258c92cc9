//! What is told of a chart that is in the store now, as the first Helm 3 told it.

use crate::cli::human;
use crate::ops::Kept;

/// Writes which blobs are new, what the chart calls itself, and its digests.
pub(super) fn summary(chart: &Kept) -> String {
    let parts = [
        ("meta", Some(chart.meta)),
        ("content", Some(chart.content)),
        ("provenance", chart.provenance),
    ];
    let mut text = String::new();
    for (part, blob) in parts {
        if let Some(blob) = blob.filter(|blob| blob.new) {
            let size = human::size(blob.size);
            text += &format!("{}: Saving {part} ({size})\n", blob.digest.short());
        }
    }
    text += &format!("Name:    {}\n", chart.name);
    text += &format!("Version: {}\n", chart.version);
    text += &format!("Meta:    {}\n", chart.meta.digest);
    text += &format!("Content: {}\n", chart.content.digest);
    text + &format!("Digest:  {}\n", chart.digest)
}

/// Gives the tag of a chart's reference.
pub(super) fn tag(chart: &Kept) -> String {
    chart.reference.tag.as_ref().map(ToString::to_string).unwrap_or_default()
}
