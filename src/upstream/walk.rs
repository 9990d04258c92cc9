//! A walk through a registry: every repository, every tag, every manifest that is not known yet.
//!
//! A tag that was there before costs a HEAD, a new one the manifest and, of a chart, its Chart.yaml.
//! What cannot be had is left out, or stays as it was if that may pass; the rest is found all the same.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::with_causes;
use super::known::{Chart, Known, chart_of};
use super::place::Place;
use super::snapshot::{Found, Snapshot, Tags};
use super::{Error, Upstream};
use crate::digest::Digest;
use crate::error::{Classified as _, Kind};
use crate::name::{Repository, Tag};
use crate::oci::{ChartManifest, Descriptor, Document, MAX_DOCUMENT_BYTES, NotChart};
use crate::parallel;
use crate::remote::{self, ManifestName};

/// The most tags that are looked at, of all repositories.
const MOST_TAGS: usize = 200_000;

/// The most blobs and manifests that all manifests may list: about 200 bytes are kept of each.
const MOST_LISTED: usize = 1_000_000;

/// How many manifests are kept at a time.
const GO: usize = 256;

/// From how many bytes on what was fetched for one tag is kept at once, and not with that of others.
const LARGE: usize = 64 << 10;

/// After how many requests in a row that got no answer the registry is away, if there are as many.
const AWAY: usize = 16;

/// After how many failures in a row the other tags of a repository are not asked for.
const HOPELESS: usize = 8;

/// Is a walk that is under way.
pub(super) struct Walk<'a> {
    upstream: &'a Upstream,
    before: &'a Snapshot,
    left_out: BTreeMap<String, String>,
}

/// Counts failures in a row while tags are looked at.
struct Failures {
    /// Those of each repository.
    of_each: Vec<AtomicUsize>,
    /// The requests that got no answer.
    unanswered: AtomicUsize,
    /// How many of these there may not be.
    too_many: usize,
}

/// Is a repository that is to be looked at.
struct Target {
    /// Its path below the place.
    path: String,
    /// Its name here.
    local: Repository,
    /// Its name on the registry.
    remote: Arc<Repository>,
}

impl Target {
    /// Tells whether it has the same name here and there; a path of one part has not.
    fn is_own(&self) -> bool {
        self.path == self.local.to_string()
    }
}

/// Is a repository whose tags are known.
struct Listed {
    target: Target,
    /// The tags that are to be looked at.
    tags: Vec<Tag>,
    /// Those that stay as they were.
    kept: Tags,
}

/// Is a tag that has to be looked at.
struct Asked {
    /// Which repository it is in.
    place: usize,
    remote: Arc<Repository>,
    tag: Tag,
    before: Option<Digest>,
}

/// Is what came of a tag.
struct Answer {
    /// What it stands for; nothing if it has gone.
    found: Option<(Digest, Arc<Known>)>,
    /// What was fetched.
    fetched: Vec<Vec<u8>>,
    /// Why there is nothing, or nothing new.
    failed: Option<String>,
}

impl Answer {
    /// Takes the room that the answer needs; where there is none, it is as if it had not come.
    fn within(self, room: &mut usize) -> Answer {
        let listed = self.found.as_ref().map_or(0, |(_, known)| known.listed());
        match room.checked_sub(listed) {
            Some(left) => {
                *room = left;
                self
            }
            None => {
                let failed = format!("all manifests list more than {MOST_LISTED} blobs");
                Answer { found: None, fetched: Vec::new(), failed: Some(failed) }
            }
        }
    }
}

impl<'a> Walk<'a> {
    pub(super) fn new(upstream: &'a Upstream, before: &'a Snapshot) -> Walk<'a> {
        Walk { upstream, before, left_out: BTreeMap::new() }
    }

    /// Walks.
    ///
    /// # Errors
    ///
    /// Fails if the registry does not list its repositories, or if it is away.
    pub(super) fn run(mut self) -> Result<Snapshot, Error> {
        let paths = self.paths()?;
        let listed = self.list(paths)?;
        let found = self.look(listed)?;
        Ok(Snapshot::of(found, self.left_out, self.before))
    }

    /// Lists the repositories, as paths below the place.
    fn paths(&self) -> Result<Vec<String>, Error> {
        let options = &self.upstream.options;
        let mut paths = options.repositories.clone();
        if paths.is_empty() {
            let host = options.place.host();
            let all = self.upstream.client.catalogue(host);
            let all = all.map_err(|error| Error::of_catalogue(host, error))?;
            let below = all.iter().filter_map(|path| options.place.below(path));
            paths = below.map(str::to_owned).collect();
        }
        paths.sort_unstable();
        paths.dedup();
        Ok(paths)
    }

    /// Names the repositories. Where two have one name here, that counts which has it there too.
    fn targets(&mut self, paths: Vec<String>) -> Vec<Target> {
        let mut targets = Vec::with_capacity(paths.len());
        for path in paths {
            match (Place::local(&path), self.upstream.options.place.remote(&path)) {
                (Some(local), Some(remote)) => {
                    targets.push(Target { path, local, remote: Arc::new(remote) });
                }
                _ => self.leave_out(&path, "its name is none that a chart can have".to_owned()),
            }
        }
        let own = targets.iter().filter(|target| target.is_own());
        let own: HashSet<Repository> = own.map(|target| target.local.clone()).collect();
        targets.retain(|target| {
            let counts = target.is_own() || !own.contains(&target.local);
            if !counts {
                self.leave_out(&target.path, format!("there is {} as well", target.local));
            }
            counts
        });
        targets
    }

    /// Lists the tags of all repositories.
    fn list(&mut self, paths: Vec<String>) -> Result<Vec<Listed>, Error> {
        let targets = self.targets(paths);
        let tags = parallel::each(&targets, self.upstream.options.jobs, |one| self.tags(one));
        let (repositories, is_told) =
            (targets.len(), self.upstream.options.repositories.is_empty());
        let (mut all, mut last) = (Vec::new(), None);
        let (mut failures, mut count) = (0, 0);
        for (target, tags) in targets.into_iter().zip(tags) {
            let (tags, kept) = match tags {
                Ok(tags) => (tags, Tags::new()),
                // Registries list what has been emptied.
                Err(remote::Error::NotFound { .. }) if is_told => (Vec::new(), Tags::new()),
                Err(error) => {
                    let kept = self.kept(&target.local, &error);
                    self.leave_out(&target.path, with_causes(&error));
                    failures += 1;
                    last = Some(error);
                    (Vec::new(), kept)
                }
            };
            let more = tags.len() + kept.len();
            if count + more > MOST_TAGS {
                let reason = format!("there are {count} tags without it, and at most {MOST_TAGS}");
                self.leave_out(&target.path, reason);
                continue;
            }
            count += more;
            all.push(Listed { target, tags, kept });
        }
        match last {
            Some(error) if failures == repositories => Err(error.into()),
            _ => Ok(all),
        }
    }

    /// Lists the tags of a repository; what is none that a reference can name is of no use.
    fn tags(&self, target: &Target) -> Result<Vec<Tag>, remote::Error> {
        let tags = self.upstream.client.tags(&target.remote)?;
        Ok(tags.iter().filter_map(|tag| Tag::parse(tag).ok()).collect())
    }

    /// Gives the tags that a repository had before, where its failure may pass. What they stand for
    /// is not asked, since one who fails to list them would fail as often as there are tags.
    fn kept(&self, local: &Repository, error: &remote::Error) -> Tags {
        let before = self.before.tags_of(local).filter(|_| may_pass(error));
        let kept = before.into_iter().flatten().filter_map(|(tag, digest)| {
            let known = self.before.known.get(digest)?;
            Some((tag.clone(), (*digest, known.clone())))
        });
        kept.collect()
    }

    fn leave_out(&mut self, path: &str, reason: String) {
        self.left_out.entry(path.to_owned()).or_insert(reason);
    }

    /// Looks at all tags.
    fn look(&mut self, listed: Vec<Listed>) -> Result<Vec<Found>, Error> {
        let (mut paths, mut found, mut asked) = (Vec::new(), Vec::new(), Vec::new());
        for Listed { target: Target { path, local, remote }, tags, kept } in listed {
            let before = self.before.tags_of(&local);
            for tag in tags {
                let before = before.and_then(|tags| tags.get(&tag)).copied();
                asked.push(Asked { place: paths.len(), remote: remote.clone(), tag, before });
            }
            paths.push(path);
            found.push(Found { local, remote, tags: kept });
        }
        let failures = Failures {
            of_each: paths.iter().map(|_| AtomicUsize::new(0)).collect(),
            unanswered: AtomicUsize::new(0),
            too_many: AWAY.min(asked.len()),
        };
        for (asked, answer) in self.ask(&asked, &failures)? {
            let odd = answer.found.as_ref().and_then(|(_, known)| known.odd.clone());
            if let Some(reason) = answer.failed.or(odd) {
                self.leave_out(&paths[asked.place], format!("{}: {reason}", asked.tag));
            }
            if let Some(stands_for) = answer.found {
                found[asked.place].tags.insert(asked.tag.clone(), stands_for);
            }
        }
        Ok(found)
    }

    /// Asks what tags stand for, and keeps what is fetched meanwhile.
    fn ask<'t>(
        &self,
        asked: &'t [Asked],
        failures: &Failures,
    ) -> Result<Vec<(&'t Asked, Answer)>, Error> {
        let (mut answers, mut failed) = (Vec::with_capacity(asked.len()), None);
        let mut room = MOST_LISTED;
        let mut take = |more: Vec<Result<Answer, Option<remote::Error>>>| {
            let mut fetched = Vec::new();
            for answer in more {
                match answer {
                    Ok(mut answer) => {
                        fetched.append(&mut answer.fetched);
                        answers.push(answer.within(&mut room));
                    }
                    Err(error) => failed = failed.take().or(error),
                }
            }
            self.upstream.keep(&fetched);
            self.upstream.tidy();
            if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let jobs = self.upstream.options.jobs;
        let work = |asked: &Asked| self.answer(asked, failures);
        let _ = parallel::hand_over(asked, jobs, GO, work, &mut take);
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(asked.iter().zip(answers).collect()),
        }
    }

    /// Looks at a tag.
    ///
    /// # Errors
    ///
    /// Fails if the registry is away; without a reason if that was found out before.
    fn answer(&self, asked: &Asked, failures: &Failures) -> Result<Answer, Option<remote::Error>> {
        let Failures { of_each, unanswered, too_many } = failures;
        let of_this = &of_each[asked.place];
        if unanswered.load(Ordering::Relaxed) >= *too_many {
            return Err(None);
        }
        if of_this.load(Ordering::Relaxed) >= HOPELESS {
            let failed = format!("{HOPELESS} other tags could not be had");
            return Ok(Answer {
                found: self.as_before(asked),
                fetched: Vec::new(),
                failed: Some(failed),
            });
        }
        let mut fetched = Vec::new();
        let error = match self.stands_for(asked, &mut fetched) {
            Ok(found) => {
                if fetched.iter().map(Vec::len).sum::<usize>() > LARGE {
                    self.upstream.keep(&std::mem::take(&mut fetched));
                }
                of_this.store(0, Ordering::Relaxed);
                unanswered.store(0, Ordering::Relaxed);
                return Ok(Answer { found, fetched, failed: None });
            }
            Err(error) => error,
        };
        let is_away =
            matches!(error, remote::Error::Connect { .. } | remote::Error::Timeout { .. });
        if is_away && unanswered.fetch_add(1, Ordering::Relaxed) + 1 >= *too_many {
            return Err(Some(error));
        }
        let found = match may_pass(&error) {
            true => {
                of_this.fetch_add(1, Ordering::Relaxed);
                self.as_before(asked)
            }
            false => None,
        };
        Ok(Answer { found, fetched: Vec::new(), failed: Some(with_causes(&error)) })
    }

    /// Gives what a tag stood for before.
    fn as_before(&self, asked: &Asked) -> Option<(Digest, Arc<Known>)> {
        let digest = asked.before?;
        Some((digest, self.before.known.get(&digest)?.clone()))
    }

    /// Finds what a tag stands for; nothing if it has gone.
    fn stands_for(
        &self,
        asked: &Asked,
        fetched: &mut Vec<Vec<u8>>,
    ) -> Result<Option<(Digest, Arc<Known>)>, remote::Error> {
        let name = ManifestName::Tag(asked.tag.clone());
        let client = &self.upstream.client;
        if asked.before.is_some() {
            let Some(digest) = client.head_manifest(&asked.remote, &name)? else { return Ok(None) };
            if let Some(known) = self.before.known.get(&digest) {
                return Ok(Some((digest, known.clone())));
            }
        }
        let document = match client.manifest(&asked.remote, &name) {
            Ok(document) => document,
            Err(remote::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let digest = document.digest();
        if let Some(known) = self.before.known.get(&digest) {
            return Ok(Some((digest, known.clone())));
        }
        let chart = self.chart(&asked.remote, &document, fetched)?;
        let known = Known::of(&document, chart);
        fetched.push(document.bytes().to_vec());
        Ok(Some((digest, Arc::new(known))))
    }

    /// Finds out which chart a manifest is of, if it is one's.
    fn chart(
        &self,
        remote: &Repository,
        document: &Document,
        fetched: &mut Vec<Vec<u8>>,
    ) -> Result<Chart, remote::Error> {
        let parts = match document.manifest().map(ChartManifest::of) {
            None | Some(Err(NotChart::Config { .. })) => return Ok(Ok(None)),
            Some(Err(error)) => return Ok(Err(error.to_string())),
            Some(Ok(parts)) => parts,
        };
        let meta = match self.upstream.cache.read(&parts.config.digest) {
            Some(meta) => meta,
            None => {
                let meta = self.meta(remote, parts.config)?;
                fetched.push(meta.clone());
                meta
            }
        };
        Ok(chart_of(&parts, &meta).map(Some))
    }

    fn meta(&self, remote: &Repository, config: &Descriptor) -> Result<Vec<u8>, remote::Error> {
        let limit = MAX_DOCUMENT_BYTES as u64;
        if config.size > limit {
            let doing = format!("get Chart.yaml of {remote}");
            return Err(remote::Error::TooLarge { doing, limit });
        }
        self.upstream.fetch_whole(remote, config)
    }
}

/// Tells whether a repository may be there again the next time.
fn may_pass(error: &remote::Error) -> bool {
    error.kind() == Kind::Unreachable
}
