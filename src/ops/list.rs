//! Listing what is in the store.

use std::collections::BTreeSet;
use std::time::SystemTime;

use serde::Serialize;

use super::Error;
use crate::chart::glob;
use crate::digest::Digest;
use crate::name::{Precedence, Range, Reference, Repository, SpaceName};
use crate::store::{self, Store};

/// Says what to list.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A reference or the beginning of one, cut at a `/` or `:`, with or without its space; or a
    /// pattern with `*`, `?` or `[…]`: for a chart's name, or if it has a `/`, for space and name.
    pub prefix: Option<String>,
    /// The only space to list.
    pub space: Option<SpaceName>,
    /// The only versions to list.
    pub range: Option<Range>,
    /// The most rows to give.
    pub max: Option<usize>,
}

/// Is one name in the store.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The name.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// The chart's name.
    pub name: String,
    /// The chart's version; empty for what is no chart.
    pub version: String,
    /// The digest of the manifest.
    pub digest: Digest,
    /// The size of the archive, in bytes.
    pub size: u64,
    /// Since when the manifest has been there.
    #[serde(serialize_with = "timestamp")]
    pub created: SystemTime,
}

/// Is a listing, and what could not be listed.
#[derive(Debug, Default)]
pub struct Listing {
    /// The rows, sorted by chart and version.
    pub rows: Vec<Row>,
    /// References whose manifest could not be read, and why.
    pub unreadable: Vec<(Reference, store::Error)>,
}

/// Lists names. A space that is asked for must be there.
pub fn list(store: &Store, options: &Options) -> Result<Listing, Error> {
    let filter = Filter::new(options)?;
    let found = store.list(|repository| filter.takes_chart(repository))?;
    let rows = found.rows.into_iter().map(|row| Row {
        name: row.reference.repository.chart.to_string(),
        reference: row.reference,
        version: row.version.map_or(String::new(), |version| version.to_string()),
        digest: row.manifest,
        size: row.size,
        created: row.created,
    });
    let rows = rows.filter(|row| filter.takes(&row.reference));
    let rows = rows.filter(|row| is_in_range(&row.version, options.range.as_ref()));
    let rows: Vec<Row> = rows.take(options.max.unwrap_or(usize::MAX)).collect();
    let unreadable = found.unreadable.into_iter().filter(|(name, _)| filter.takes(name)).collect();
    if let Some(space) = options.space.as_ref().filter(|_| rows.is_empty()) {
        store.space(space)?;
    }
    Ok(Listing { rows, unreadable })
}

/// Gives the spaces, charts and tags that look like a prefix which nothing begins with.
pub fn nearest(store: &Store, prefix: &str) -> Result<Vec<String>, Error> {
    let wanted = bare(prefix.trim_end_matches('/'));
    let of_tag = Options { prefix: Some(chart_of(wanted).to_owned()), ..Options::default() };
    let mut names: BTreeSet<String> = BTreeSet::new();
    if chart_of(wanted) != wanted {
        let rows = list(store, &of_tag)?.rows;
        names.extend(rows.into_iter().map(|row| row.reference.to_string()));
    }
    for space in store.spaces()? {
        let charts = store.charts(&space.name)?;
        names.extend(charts.iter().map(|chart| chart.to_string()));
        names.insert(space.name.to_string());
    }
    // What begins so was left out for another reason, such as its version.
    let short = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    names.retain(|name| !begins(bare(name), wanted) && !begins(&short(name), wanted));
    Ok(store::nearest(wanted, names))
}

/// Leaves the tag away.
fn chart_of(prefix: &str) -> &str {
    match prefix.rsplit_once(':') {
        Some((chart, tag)) if !tag.contains('/') => chart,
        _ => prefix,
    }
}

fn is_in_range(version: &str, range: Option<&Range>) -> bool {
    let contains =
        |range: &Range| Precedence::parse(version).is_ok_and(|version| range.contains(&version));
    range.is_none_or(contains)
}

struct Filter<'a> {
    prefix: Option<&'a str>,
    pattern: Option<glob::Pattern>,
    /// Whether the pattern is for space and name, not for the name alone.
    of_whole: bool,
    space: Option<&'a SpaceName>,
}

impl<'a> Filter<'a> {
    fn new(options: &'a Options) -> Result<Filter<'a>, Error> {
        let text = options.prefix.as_deref().map(|text| text.trim_end_matches('/'));
        let text = text.filter(|text| !text.is_empty());
        let is_pattern =
            text.is_some_and(|text| text.contains(['*', '?', '[']) && !is_address(text));
        let pattern = text.filter(|_| is_pattern).map(|text| {
            glob::Pattern::parse(text).map_err(|source| Error::Pattern {
                pattern: text.to_owned(),
                source: source.into(),
            })
        });
        let of_whole = is_pattern && text.is_some_and(|text| text.contains('/'));
        let prefix = text.filter(|_| !is_pattern).map(bare);
        let space = options.space.as_ref();
        Ok(Filter { prefix, pattern: pattern.transpose()?, of_whole, space })
    }

    fn takes_chart(&self, repository: &Repository) -> bool {
        let name = repository.to_string();
        let continued = |prefix: &str, name: &str| {
            prefix.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'))
        };
        self.space.is_none_or(|space| repository.space == *space)
            && self.pattern.as_ref().is_none_or(|pattern| {
                pattern.matches(if self.of_whole { &name } else { repository.chart.as_str() })
            })
            && self.prefix.is_none_or(|prefix| {
                [bare(&name), repository.chart.as_str()]
                    .iter()
                    .any(|name| begins(name, prefix) || continued(prefix, name))
            })
    }

    fn takes(&self, reference: &Reference) -> bool {
        let Some(prefix) = self.prefix else { return true };
        let whole = reference.to_string();
        let chart = reference.repository.chart.as_str();
        let short = reference.tag.as_ref().map_or(chart.to_owned(), |tag| format!("{chart}:{tag}"));
        begins(bare(&whole), prefix) || begins(&short, prefix)
    }
}

/// Leaves the scheme away, which only some references are printed with.
fn bare(text: &str) -> &str {
    text.strip_prefix("oci://").unwrap_or(text)
}

/// Tells an IPv6 address from a pattern.
fn is_address(text: &str) -> bool {
    text.starts_with('[') && text.contains(':') && text.contains(']') && !text.contains(['*', '?'])
}

/// Tells whether `text` is `prefix`, or goes on after it with a new part.
fn begins(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
}

/// Writes a time as RFC 3339 in UTC, in whole seconds.
pub(super) fn timestamp<S: serde::Serializer>(
    time: &SystemTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let time = jiff::Timestamp::try_from(*time).map_err(serde::ser::Error::custom)?;
    let seconds =
        jiff::Timestamp::from_second(time.as_second()).map_err(serde::ser::Error::custom)?;
    serializer.collect_str(&seconds)
}
