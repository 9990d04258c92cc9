//! A registry as a storage: what lives there, for who reads it as a store.
//!
//! A walk asks the registry for all repositories, tags and manifests, and leaves a snapshot of names; the
//! driver answers from the last one, and asks no more than for bytes. When it is time for a walk is
//! decided by who serves. Nothing is written to the registry.

mod cache;
mod driver;
mod error;
mod fetch;
mod held;
mod known;
mod learned;
mod mirror;
mod place;
mod snapshot;
mod trim;
mod walk;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

pub use error::Error;
pub use place::Place;

use crate::remote::Client;
use crate::storage::Driver;
use cache::Cache;
use fetch::Fetching;
use learned::Learned;
use mirror::Mirrored;
use snapshot::Snapshot;
use walk::Walk;

/// How long no walk is begun after one that failed, at most.
const AGAIN: Duration = Duration::from_secs(5);

/// Says which part of a registry is served, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the charts are.
    pub place: Place,
    /// The repositories, as paths below the place; those that the registry lists if there are none.
    pub repositories: Vec<String>,
    /// How long what a walk found is served without another one.
    pub refresh: Duration,
    /// How many requests are sent at a time.
    pub jobs: usize,
    /// How many bytes are kept of what was fetched.
    pub cache_bytes: u64,
    /// Whether charts that were fetched are kept with their names, and served while the registry is
    /// away.
    pub mirror: bool,
}

/// Is told in plain words what may be wrong. It must not wait.
pub type Warn = dyn Fn(String) + Send + Sync;

/// Is a registry, and what is known of it.
pub struct Upstream {
    client: Client,
    options: Options,
    cache: Cache,
    fetching: Fetching,
    learned: Learned,
    mirrored: Mirrored,
    warn: Box<Warn>,
    /// Is held while walking: each walk begins with what the one before has found.
    walking: Mutex<()>,
    state: RwLock<State>,
}

/// Is what is known at a moment.
#[derive(Clone, Default)]
struct State {
    snapshot: Arc<Snapshot>,
    /// When the walk ended that found it.
    found: Option<Instant>,
    /// Whether it is what an earlier process has kept.
    is_recalled: bool,
    /// When the last walk ended.
    tried: Option<Instant>,
    /// Why the last walk found nothing.
    failure: Option<Arc<str>>,
    walks: u64,
    failures: u64,
}

/// Says how things stand with a registry.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    /// How old what is served is; none if there is nothing.
    pub age: Option<Duration>,
    /// Whether that is what an earlier process has kept: it may be of any age.
    pub is_recalled: bool,
    /// Why the last walk failed, if it did: what is served is older than it should be.
    pub failure: Option<Arc<str>>,
    /// The repositories of which something is left out or older than the rest, and why, sorted.
    pub left_out: Arc<[(String, String)]>,
    /// How many walks there were.
    pub walks: u64,
    /// How many of them failed.
    pub failures: u64,
}

impl Upstream {
    /// Makes a storage out of a registry; nothing is asked for yet. `cache` keeps what was fetched, and
    /// must have nothing else in it.
    ///
    /// # Errors
    ///
    /// Fails if the cache cannot be read, or has charts in it that are not the registry's.
    pub fn new(
        client: Client,
        cache: Box<dyn Driver>,
        options: Options,
        warn: Box<Warn>,
    ) -> Result<Arc<Upstream>, Error> {
        let cache = Cache::open(cache, &options)?;
        let upstream = Upstream {
            client,
            options,
            cache,
            fetching: Fetching::default(),
            learned: Learned::default(),
            mirrored: Mirrored::default(),
            warn,
            walking: Mutex::default(),
            state: RwLock::default(),
        };
        if upstream.options.mirror {
            let snapshot = Arc::new(upstream.load()?);
            *upstream.state.write().unwrap_or_else(PoisonError::into_inner) =
                State { snapshot, ..State::default() };
        }
        Ok(Arc::new(upstream))
    }

    /// Gives the storage, which answers as what the last walk found says.
    pub fn driver(self: &Arc<Upstream>) -> Box<dyn Driver> {
        Box::new(driver::Registry::new(self.clone()))
    }

    /// Gives where the charts are.
    pub fn place(&self) -> &Place {
        &self.options.place
    }

    /// Tells whether it is time for another walk.
    pub fn is_due(&self) -> bool {
        let state = self.state();
        let pause = match state.failure {
            Some(_) => self.options.refresh.min(AGAIN),
            None => self.options.refresh,
        };
        state.tried.is_none_or(|tried| tried.elapsed() >= pause)
    }

    /// Walks through the registry. Where that fails, what was found before is served on.
    ///
    /// # Errors
    ///
    /// Fails if nothing could be learned of the registry: it is away, or refuses to answer.
    pub fn refresh(&self) -> Result<(), Error> {
        let _walking = self.walking.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.snapshot();
        let walked = Walk::new(self, &before).run();
        if let Ok(now) = &walked
            && let Err(error) = self.rename(now)
        {
            (self.warn)(error::with_causes(&error));
        }
        if let Ok(now) = &walked {
            self.warn_of_new(&before, now);
            self.learned.forget();
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.tried = Some(Instant::now());
        state.walks += 1;
        match walked {
            Ok(snapshot) => {
                if state.failure.is_some() {
                    (self.warn)(format!("{} answers again", self.place()));
                }
                state.snapshot = Arc::new(snapshot);
                state.found = state.tried;
                state.failure = None;
                state.is_recalled = false;
                Ok(())
            }
            Err(error) => {
                let text = error::with_causes(&error);
                // What an earlier process has kept is better than nothing.
                if state.found.is_none() && !state.snapshot.shelves.is_empty() {
                    state.found = state.tried;
                    state.is_recalled = true;
                }
                if state.failure.is_none() {
                    let served = match state.found {
                        Some(_) => "what was found before is served",
                        None => "nothing is served until it answers",
                    };
                    (self.warn)(format!("{text}; {served}"));
                }
                state.failure = Some(text.into());
                state.failures += 1;
                Err(error)
            }
        }
    }

    /// Tells how things stand.
    pub fn condition(&self) -> Condition {
        let State { snapshot, found, is_recalled, failure, walks, failures, .. } = self.state();
        let age = found.map(|found| found.elapsed());
        let left_out = snapshot.left_out.clone();
        Condition { age, is_recalled, failure, left_out, walks, failures }
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.state().snapshot
    }

    /// Warns once of what is left out.
    fn warn_of_new(&self, before: &Snapshot, now: &Snapshot) {
        let is_new = |new: &&(String, String)| before.left_out.binary_search(new).is_err();
        for left_out in now.left_out.iter().filter(is_new) {
            let (repository, reason) = left_out;
            (self.warn)(format!("not all of {repository} is served: {reason}"));
        }
    }
}
