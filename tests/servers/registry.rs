//! A registry in memory that keeps to the rules, but where a test has other ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use hreg::digest::Digest;
use serde_json::{Value, json};

use crate::server::{Reply, Seen, Server};

/// The name and the password that a guarded registry takes.
pub(crate) const USER: (&str, &str) = ("user", "hunter2");

/// What these are in an Authorization header.
pub(crate) const BASIC: &str = "Basic dXNlcjpodW50ZXIy";

/// Is a running registry.
pub(crate) struct Registry {
    server: Server,
    contents: Arc<Mutex<Contents>>,
}

/// Holds bytes by repository, and by digest or tag.
#[derive(Default)]
struct Contents {
    blobs: BTreeMap<(String, String), Vec<u8>>,
    /// With their media types.
    manifests: BTreeMap<(String, String), (String, Vec<u8>)>,
    /// How many names a list has at most; as many as there are if none is given.
    page: Option<usize>,
}

impl Registry {
    /// Starts an empty registry that is open to everybody.
    pub(crate) fn start() -> Registry {
        Registry::with(|_| None)
    }

    /// Starts an empty registry that wants a password.
    pub(crate) fn guarded() -> Registry {
        Registry::with(|seen| match seen.header("authorization") {
            Some(BASIC) => None,
            _ => Some(Reply::new(401).header("WWW-Authenticate", "Basic realm=x")),
        })
    }

    /// Starts an empty registry; `rule` may answer in its place.
    pub(crate) fn with(rule: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) -> Registry {
        let contents = Arc::new(Mutex::new(Contents::default()));
        let shared = contents.clone();
        let server = Server::start(move |seen| {
            rule(seen).unwrap_or_else(|| shared.lock().unwrap().answer(seen))
        });
        Registry { server, contents }
    }

    /// Starts an empty registry that takes what it is sent; `lie` makes other answers of those that
    /// it has for downloads.
    pub(crate) fn lying(lie: impl Fn(&Seen, Reply) -> Reply + Send + Sync + 'static) -> Registry {
        let contents = Arc::new(Mutex::new(Contents::default()));
        let shared = contents.clone();
        let server = Server::start(move |seen| {
            let answer = shared.lock().unwrap().answer(seen);
            if seen.method == "GET" { lie(seen, answer) } else { answer }
        });
        Registry { server, contents }
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Gives the host as the client is to name it.
    pub(crate) fn host(&self) -> String {
        self.server.host()
    }

    /// Gives what a tag or digest leads to.
    pub(crate) fn manifest(&self, repository: &str, name: &str) -> Option<Vec<u8>> {
        let key = (repository.to_owned(), name.to_owned());
        self.contents.lock().unwrap().manifests.get(&key).map(|(_, bytes)| bytes.clone())
    }

    /// Lists all repositories with their tags, as `repository:tag`.
    pub(crate) fn tags(&self) -> Vec<String> {
        let contents = self.contents.lock().unwrap();
        let tags = contents.manifests.keys().filter(|(_, name)| !name.contains(':'));
        tags.map(|(repository, tag)| format!("{repository}:{tag}")).collect()
    }

    /// Keeps a manifest under its digest and a tag; gives the descriptor.
    pub(crate) fn put_manifest(&self, repository: &str, tag: &str, document: &Value) -> Value {
        let kind = document["mediaType"].as_str().unwrap();
        let bytes = document.to_string().into_bytes();
        self.put_bytes(repository, tag, kind, &bytes);
        json!({"mediaType": kind, "digest": Digest::of(&bytes), "size": bytes.len()})
    }

    /// Keeps what may be no manifest as one, under its digest and a tag.
    pub(crate) fn put_bytes(&self, repository: &str, tag: &str, kind: &str, bytes: &[u8]) {
        self.contents.lock().unwrap().keep(repository, tag, kind, bytes);
    }

    /// Forgets a tag, or all manifests of which the name is a digest; what else is there stays.
    pub(crate) fn remove_manifest(&self, repository: &str, name: &str) {
        let key = (repository.to_owned(), name.to_owned());
        self.contents.lock().unwrap().manifests.remove(&key).unwrap();
    }

    /// Forgets all manifests of a repository.
    pub(crate) fn remove_repository(&self, repository: &str) {
        self.contents.lock().unwrap().manifests.retain(|(found, _), _| found != repository);
    }

    /// Gives lists in pages of so many names at most, with relative links.
    pub(crate) fn turn_pages(&self, page: usize) {
        self.contents.lock().unwrap().page = Some(page);
    }

    /// Keeps a blob; gives the descriptor.
    pub(crate) fn put_blob(&self, repository: &str, kind: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes).to_string();
        let key = (repository.to_owned(), digest.clone());
        self.contents.lock().unwrap().blobs.insert(key, bytes.to_vec());
        json!({"mediaType": kind, "digest": digest, "size": bytes.len()})
    }

    /// Forgets all blobs, though not the manifests that list them.
    pub(crate) fn lose_blobs(&self) {
        self.contents.lock().unwrap().blobs.clear();
    }
}

impl Contents {
    fn answer(&mut self, seen: &Seen) -> Reply {
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        let Some(path) = path.strip_prefix("/v2/") else { return Reply::new(404) };
        if let Some((repository, name)) = path.split_once("/manifests/") {
            self.manifest(seen, repository, name)
        } else if let Some((repository, upload)) = path.split_once("/blobs/uploads/") {
            self.upload(seen, repository, upload, query)
        } else if let Some((repository, digest)) = path.split_once("/blobs/") {
            let blob = self.blobs.get(&(repository.to_owned(), digest.to_owned()));
            blob.map_or(Reply::new(404), |bytes| whole(bytes))
        } else if let Some(repository) = path.strip_suffix("/tags/list") {
            self.tags(repository, query)
        } else if path == "_catalog" {
            let names: BTreeSet<&str> =
                self.manifests.keys().map(|(repository, _)| repository.as_str()).collect();
            self.page("/v2/_catalog", "repositories", &names, query)
        } else {
            Reply::ok("{}")
        }
    }

    fn manifest(&mut self, seen: &Seen, repository: &str, name: &str) -> Reply {
        if seen.method == "PUT" {
            let kind = seen.header("content-type").unwrap();
            let digest = self.keep(repository, name, kind, &seen.body);
            return Reply::new(201).header("Docker-Content-Digest", digest);
        }
        let found = self.manifests.get(&(repository.to_owned(), name.to_owned()));
        let Some((kind, bytes)) = found else { return Reply::new(404) };
        let reply = whole(bytes).header("Content-Type", kind);
        reply.header("Docker-Content-Digest", Digest::of(bytes))
    }

    fn keep(&mut self, repository: &str, name: &str, kind: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        for name in [name.to_owned(), digest.to_string()] {
            let key = (repository.to_owned(), name);
            self.manifests.insert(key, (kind.to_owned(), bytes.to_vec()));
        }
        digest
    }

    fn upload(&mut self, seen: &Seen, repository: &str, upload: &str, query: &str) -> Reply {
        let wanted = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next();
            value.map(|value| value.replace("%3A", ":").replace("%2F", "/"))
        };
        if upload.is_empty() {
            if let (Some(digest), Some(from)) = (wanted("mount"), wanted("from"))
                && let Some(bytes) = self.blobs.get(&(from, digest.clone())).cloned()
            {
                self.blobs.insert((repository.to_owned(), digest), bytes);
                return Reply::new(201);
            }
            let place = format!("/v2/{repository}/blobs/uploads/1");
            return Reply::new(202).header("Location", place);
        }
        let digest = Digest::of(&seen.body).to_string();
        if wanted("digest").as_ref() != Some(&digest) {
            return Reply::new(400);
        }
        self.blobs.insert((repository.to_owned(), digest), seen.body.clone());
        Reply::new(201)
    }

    fn tags(&self, repository: &str, query: &str) -> Reply {
        let keys = self.manifests.keys().filter(|(found, _)| found == repository);
        let names = keys.map(|(_, name)| name.as_str());
        let tags: BTreeSet<&str> = names.filter(|name| !name.contains(':')).collect();
        match tags.is_empty() {
            true => Reply::new(404),
            false => self.page(&format!("/v2/{repository}/tags/list"), "tags", &tags, query),
        }
    }

    /// Gives the names behind `last`, as many as are wanted and a page holds.
    fn page(&self, path: &str, key: &str, names: &BTreeSet<&str>, query: &str) -> Reply {
        let Some(most) = self.page else { return Reply::ok(json!({ key: names }).to_string()) };
        let wanted = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.replace("%2F", "/")).next()
        };
        let (count, last) = (wanted("n").map(|count| count.parse().unwrap()), wanted("last"));
        let count = count.map_or(most, |count: usize| count.min(most));
        let is_next = |name: &&&str| last.as_ref().is_none_or(|last| **name > last.as_str());
        let rest: Vec<&&str> = names.iter().filter(is_next).collect();
        let page = &rest[..count.min(rest.len())];
        let reply = Reply::ok(json!({ key: page }).to_string());
        match page.last().filter(|_| page.len() < rest.len()) {
            Some(last) => {
                let next = format!("<{path}?n={count}&last={last}>; rel=\"next\"");
                reply.header("Link", next)
            }
            None => reply,
        }
    }
}

/// Answers with bytes, and their length to those who ask for that alone.
fn whole(bytes: &[u8]) -> Reply {
    Reply::ok(bytes).header("Content-Length", bytes.len())
}
