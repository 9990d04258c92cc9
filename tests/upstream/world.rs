//! A registry that can be told to fail, the adapter in front of it, and the store over that.

use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hreg::digest::Digest;
use hreg::name::{Host, Repository, Tag, Version};
use hreg::progress::Silent;
use hreg::remote::{self, Client, Credential, Lookup, Policy, credentials};
use hreg::storage::{Driver, Memory};
use hreg::store::Store;
use hreg::upstream::{Error, Options, Place, Upstream};

use crate::registry::Registry;
use crate::server::{Reply, Seen};

type Rule = dyn Fn(&Seen) -> Option<Reply> + Send;

/// Is a registry that answers rightly but where it was told otherwise.
pub(crate) struct Scripted {
    registry: Registry,
    rules: Arc<Mutex<Vec<Box<Rule>>>>,
}

impl Scripted {
    pub(crate) fn start() -> Scripted {
        let rules = Arc::<Mutex<Vec<Box<Rule>>>>::default();
        let shared = rules.clone();
        let registry =
            Registry::with(move |seen| shared.lock().unwrap().iter().find_map(|rule| rule(seen)));
        Scripted { registry, rules }
    }

    pub(crate) fn rule(&self, rule: impl Fn(&Seen) -> Option<Reply> + Send + 'static) {
        self.rules.lock().unwrap().push(Box::new(rule));
    }

    /// Answers every request with this status whose target holds a text.
    pub(crate) fn fails(&self, text: &str, status: u16) {
        let text = text.to_owned();
        self.rule(move |seen| seen.target.contains(&text).then(|| Reply::new(status)));
    }

    /// Answers every download of a blob with other bytes.
    pub(crate) fn gives(&self, blob: &Digest, bytes: &[u8]) {
        let (name, bytes) = (format!("/blobs/{blob}"), bytes.to_vec());
        let is_it = move |seen: &Seen| seen.method == "GET" && seen.target.ends_with(&name);
        self.rule(move |seen| is_it(seen).then(|| Reply::ok(bytes.clone()).chunked()));
    }

    /// Takes back all that was said otherwise.
    pub(crate) fn recovers(&self) {
        self.rules.lock().unwrap().clear();
    }

    /// Lists what is asked for while something is done, sorted.
    pub(crate) fn asked(&self, work: impl FnOnce()) -> Vec<String> {
        let before = self.registry.server().seen().len();
        work();
        let mut lines = self.registry.server().lines().split_off(before);
        lines.sort();
        lines
    }
}

impl Deref for Scripted {
    type Target = Registry;

    fn deref(&self) -> &Registry {
        &self.registry
    }
}

/// Counts the lines that hold all of these texts.
pub(crate) fn count(lines: &[String], texts: &[&str]) -> usize {
    lines.iter().filter(|line| texts.iter().all(|text| line.contains(text))).count()
}

/// Knows nobody.
struct Nobody;

impl Lookup for Nobody {
    fn find(&self, _: &Host, _: &str) -> Result<Option<Credential>, credentials::Error> {
        Ok(None)
    }
}

/// Makes a client that makes no test wait.
pub(crate) fn client(policy: Policy) -> Client {
    let options = remote::Options { policy, ..remote::Options::default() };
    Client::new(options, Box::new(Nobody), Arc::new(Silent)).unwrap()
}

/// Tries twice, at once.
pub(crate) fn quick() -> Policy {
    let (first_pause, longest_pause) = (Duration::from_millis(1), Duration::from_millis(2));
    Policy { retries: 1, first_pause, longest_pause, ..Policy::default() }
}

/// Gives the options for all of a registry, which keep everything.
pub(crate) fn options(host: &str) -> Options {
    Options {
        place: Place::parse(host).unwrap(),
        repositories: Vec::new(),
        refresh: Duration::from_secs(3600),
        jobs: 4,
        cache_bytes: 64 << 20,
        mirror: false,
    }
}

/// Is an adapter, the store over it, and what it warned of.
pub(crate) struct Adapter {
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) store: Store,
    warnings: Arc<Mutex<Vec<String>>>,
}

impl Adapter {
    pub(crate) fn new(host: &str) -> Adapter {
        Adapter::with(options(host), Box::new(Memory::new()))
    }

    pub(crate) fn with(options: Options, cache: Box<dyn Driver>) -> Adapter {
        Adapter::over(client(quick()), options, cache)
    }

    pub(crate) fn over(client: Client, options: Options, cache: Box<dyn Driver>) -> Adapter {
        let warnings = Arc::<Mutex<Vec<String>>>::default();
        let shared = warnings.clone();
        let warn = Box::new(move |text| shared.lock().unwrap().push(text));
        let upstream = Upstream::new(client, cache, options, warn).unwrap();
        let store = Store::new(upstream.driver(), None, Arc::new(Silent));
        Adapter { upstream, store, warnings }
    }

    pub(crate) fn refresh(&self) {
        self.upstream.refresh().unwrap();
    }

    pub(crate) fn refresh_fails(&self) -> Error {
        self.upstream.refresh().unwrap_err()
    }

    pub(crate) fn driver(&self) -> Box<dyn Driver> {
        self.upstream.driver()
    }

    /// Lists all versions, as `space/chart version`.
    pub(crate) fn versions(&self) -> Vec<String> {
        let mut all = Vec::new();
        for space in self.store.spaces().unwrap() {
            for chart in self.store.charts(&space.name).unwrap() {
                let versions = self.store.versions(&chart).unwrap();
                all.extend(versions.keys().map(|version| format!("{chart} {version}")));
            }
        }
        all
    }

    /// Lists all rows, as `space/chart:tag version`; nothing may be unreadable.
    pub(crate) fn rows(&self) -> Vec<String> {
        let listing = self.store.list(|_| true).unwrap();
        assert!(listing.unreadable.is_empty(), "{:?}", listing.unreadable);
        let version = |version: &Option<Version>| version.as_ref().map(Version::to_string);
        let rows = listing.rows.iter();
        rows.map(|row| format!("{} {}", row.reference, version(&row.version).unwrap_or_default()))
            .collect()
    }

    /// Finds a version by its exact text.
    pub(crate) fn version(&self, chart: &str, version: &str) -> Option<Digest> {
        let version = Version::parse(version).unwrap();
        self.store.look_up_version(&repository(chart), &version).unwrap()
    }

    pub(crate) fn tagged(&self, chart: &str, name: &str) -> Option<Digest> {
        self.store.look_up(&repository(chart), &tag(name)).unwrap()
    }

    /// Reads a blob, and proves it.
    pub(crate) fn read(&self, digest: &Digest) -> Result<Vec<u8>, hreg::store::Error> {
        self.store.read_blob(digest, u64::MAX)
    }

    /// Lists what is left out: repositories, each with the reason.
    pub(crate) fn left_out(&self) -> Vec<(String, String)> {
        self.upstream.condition().left_out.to_vec()
    }

    /// Takes the warnings since the last call, sorted.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = std::mem::take(&mut *self.warnings.lock().unwrap());
        warnings.sort();
        warnings
    }
}

/// Starts a registry and an adapter for all of it, which has not walked yet.
pub(crate) fn world() -> (Scripted, Adapter) {
    let registry = Scripted::start();
    let adapter = Adapter::new(&registry.host());
    (registry, adapter)
}

pub(crate) fn repository(text: &str) -> Repository {
    Repository::parse(text).unwrap()
}

pub(crate) fn tag(text: &str) -> Tag {
    Tag::parse(text).unwrap()
}
