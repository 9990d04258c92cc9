//! Finding the charts of a plan in the store, all in one consistent state.

use std::collections::HashMap;
use std::sync::Arc;

use super::lock::Lock;
use crate::digest::Digest;
use crate::error::{Classified as _, Kind};
use crate::name::{Reference, Repository, Version};
use crate::ops::Error;
use crate::ops::show;
use crate::parallel;
use crate::plan::compose::{Material, Materials};
use crate::plan::{Draft, Mistake, Node, Wanted};
use crate::store::{self, Store};

/// Reads every chart that a plan takes from the store, and lists what cannot be had.
///
/// # Errors
///
/// Says [`store::Error::Moved`] where a name has moved while
/// the charts were read: then they may never have been there together, and have to be read again.
pub(super) fn materials(
    store: &Store,
    draft: &Draft,
    lock: Option<&Lock>,
) -> Result<(Materials, Vec<Mistake>), Error> {
    let (chosen, mistakes) = choose_all(store, draft, lock)?;
    let mut charts: Vec<&Reference> = chosen.iter().map(|(_, reference)| reference).collect();
    charts.sort();
    charts.dedup();
    let loaded = parallel::map(&charts, 1, |reference| {
        Ok::<_, Error>(Arc::new(show::load(store, &by_digest(reference))?))
    });
    let loaded = charts.iter().zip(loaded).map(|(reference, chart)| Ok((*reference, chart?)));
    let loaded: HashMap<_, _> = loaded.collect::<Result<_, Error>>()?;
    check_unmoved(store, &charts)?;
    let materials = chosen.iter().filter_map(|(place, reference)| {
        let chart = loaded.get(reference)?.clone();
        let named = Reference { digest: None, ..reference.clone() };
        Some((place.clone(), Material { reference: named, digest: reference.digest?, chart }))
    });
    Ok((materials.collect(), mistakes))
}

/// Names a manifest alone: which names it has had is known already.
fn by_digest(reference: &Reference) -> Reference {
    Reference { tag: None, ..reference.clone() }
}

/// Refuses to go on where a version no longer is what it was when it was chosen.
fn check_unmoved(store: &Store, charts: &[&Reference]) -> Result<(), Error> {
    for reference in charts {
        let named = Reference { digest: None, ..(*reference).clone() };
        match store.resolve(&named) {
            Ok(found) if Some(found.manifest) == reference.digest => {}
            Ok(_) | Err(store::Error::NotFound { .. }) => {
                return Err(store::Error::Moved { reference: named }.into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Chooses a version for every node that takes a chart from the store: its place, and the version
/// with its digest. Lists the nodes for which there is none.
fn choose_all(store: &Store, draft: &Draft, lock: Option<&Lock>) -> Result<Choices, Error> {
    let mut choosing = Choosing { store, lock, chosen: Vec::new(), mistakes: Vec::new() };
    draft.roots().try_for_each(|node| choosing.visit(node))?;
    let Choosing { chosen, mut mistakes, .. } = choosing;
    let unused = lock.map(|lock| lock.unused(&draft.plan.root)).unwrap_or_default();
    for (place, repository) in unused.into_iter().filter(|(place, _)| !draft.is_wrong_at(place)) {
        let message =
            format!("{repository} is locked here, and the plan no longer takes it; {UNLOCK}");
        mistakes.push(Mistake { place, message, kind: Kind::Invalid });
    }
    Ok((chosen, mistakes))
}

type Choices = (Vec<(String, Reference)>, Vec<Mistake>);

/// What to do about a lock that does not hold.
const UNLOCK: &str = "without --locked it is locked anew";

struct Choosing<'a> {
    store: &'a Store,
    lock: Option<&'a Lock>,
    chosen: Vec<(String, Reference)>,
    mistakes: Vec<Mistake>,
}

impl Choosing<'_> {
    fn visit(&mut self, node: &Node) -> Result<(), Error> {
        if let Some(repository) = node.package.repository() {
            match self.choose(node, &repository)? {
                Ok((version, digest)) => {
                    let tag = Some(version.tag());
                    let reference = Reference { repository, tag, digest: Some(digest) };
                    self.chosen.push((node.place.clone(), reference));
                }
                Err(mistake) => self.mistakes.push(mistake),
            }
        }
        node.children.iter().try_for_each(|(_, child)| self.visit(child))
    }

    /// Chooses the version of one node, or says why there is none.
    fn choose(
        &self,
        node: &Node,
        repository: &Repository,
    ) -> Result<Result<(Version, Digest), Mistake>, Error> {
        let mistake = |field: &str, kind: Kind, message: String| {
            let place = format!("{}.package{field}", node.place);
            Ok(Err(Mistake { place, message, kind }))
        };
        let versions = match self.store.names(repository) {
            Ok(names) => names.versions,
            Err(error @ store::Error::NotFound { .. }) => {
                let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                return mistake(".chart", error.kind(), format!("{error}{hint}"));
            }
            Err(error) => return Err(error.into()),
        };
        let locked = match self.lock.map(|lock| lock.get(&node.place, repository)) {
            None => None,
            Some(Some(pin)) => Some(pin),
            Some(None) => {
                let message = format!("{repository} is not locked: the plan has changed; {UNLOCK}");
                return mistake("", Kind::Invalid, message);
            }
        };
        let wanted = &node.package.version;
        let chosen = match &locked {
            Some((version, _)) if wanted.holds_for(version) => Some(version),
            Some((version, _)) => {
                let message = format!("{version} is locked, which is not in {wanted}; {UNLOCK}");
                return mistake(".version", Kind::Invalid, message);
            }
            None => best(wanted, versions.keys()),
        };
        let found = chosen.and_then(|version| Some((version, *versions.get(version)?)));
        let Some((version, digest)) = found else {
            let message = match &locked {
                Some((version, _)) => {
                    format!("{repository} {version} is locked, and no longer there; {UNLOCK}")
                }
                None => none_of(wanted, repository, versions.keys()),
            };
            return mistake(".version", Kind::NotFound, message);
        };
        let (pinned, advice) = match (node.package.digest, &locked) {
            (None, Some((_, digest))) => (Some(*digest), format!("; {UNLOCK}")),
            (pinned, _) => (pinned, String::new()),
        };
        match pinned.filter(|pinned| *pinned != digest) {
            Some(pinned) => {
                let found = format!("{repository} {version} is {digest} now, not {pinned}");
                mistake("", Kind::Exists, found + &advice)
            }
            None => Ok(Ok((version.clone(), digest))),
        }
    }
}

/// Says that no version will do, and which there are.
fn none_of<'v>(
    wanted: &Wanted,
    repository: &Repository,
    versions: impl DoubleEndedIterator<Item = &'v Version> + ExactSizeIterator,
) -> String {
    let more = if versions.len() > 5 { ", …" } else { "" };
    let there: Vec<&str> = versions.rev().take(5).map(Version::as_str).collect();
    format!("{repository} has no version {wanted}; it has {}{more}", there.join(", "))
}

/// Gives the version of exactly the text that was asked for, else the highest that will do.
fn best<'v>(
    wanted: &Wanted,
    versions: impl DoubleEndedIterator<Item = &'v Version> + Clone,
) -> Option<&'v Version> {
    let is_exact = |version: &&Version| wanted.exact.as_ref() == Some(version);
    versions
        .clone()
        .find(is_exact)
        .or_else(|| versions.rev().find(|version| wanted.holds_for(version)))
}
