//! Takes the power away from a server after each of its steps, while a chart is pushed to it.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;

use hreg::digest::Digest;
use hreg::name::{Reference, Repository};
use hreg::progress::Silent;
use hreg::storage::Filesystem;
use hreg::store::Store;
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use crate::power::{assert_whole, hash, is_idle};
use crate::sandbox::Sandbox;
use crate::shadow::{Shadow, restore};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Is what the server has acknowledged.
enum Promise {
    Blob(Digest),
    Tag(&'static str, Digest),
}

/// Makes a chart, and gives what a client pushes of it.
fn parts() -> [Vec<u8>; 3] {
    let chart = Sandbox::new();
    chart.chart("web", "web", "1.0.0", "one");
    chart.must(&["save", "web"]);
    let part = |name| fs::read(chart.path(&format!("store/refs/library/web/tags/1.0.0/{name}")));
    ["meta", "content", "manifest"].map(|name| part(name).unwrap())
}

#[test]
fn what_is_acknowledged_to_a_client_survives_a_loss_of_power() {
    let [meta, content, manifest] = parts();
    let mut cuts = PowerCuts::new();
    for blob in [&meta, &content] {
        cuts.server.push_blob("team/web", blob);
        cuts.go_on(Promise::Blob(Digest::of(blob)));
    }
    cuts.server.push_manifest("team/web", "1.0.0", &manifest);
    cuts.go_on(Promise::Tag("team/web:1.0.0", Digest::of(&manifest)));
    // To a repository that is there, with blobs that are there.
    cuts.server.push_blob("team/web", &meta);
    cuts.go_on(Promise::Blob(Digest::of(&meta)));
    cuts.server.push_manifest("team/web", "latest", &manifest);
    cuts.go_on(Promise::Tag("team/web:latest", Digest::of(&manifest)));
}

/// A server that comes after one that was killed finds folders which nobody has made durable.
#[test]
fn what_is_acknowledged_after_a_kill_survives_a_loss_of_power() {
    let [meta, content, manifest] = parts();
    for step in 1.. {
        let mut cuts = PowerCuts::new();
        [&meta, &content].iter().for_each(|blob| cuts.server.push_blob("team/web", blob));
        cuts.go_on_by(&format!(",kill:{step}"));
        let path = "/v2/team/web/manifests/1.0.0";
        let is_killed = cuts.server.try_ask("PUT", path, &manifest).is_err();
        cuts.go_on_by("");
        cuts.server.push_manifest("team/web", "1.0.0", &manifest);
        cuts.replay();
        cuts.promises.push(Promise::Tag("team/web:1.0.0", Digest::of(&manifest)));
        cuts.assert_kept(&format!("killed at step {step}, then done"));
        if !is_killed {
            assert!(step > 20, "there are more steps than {step}");
            return;
        }
    }
}

/// Is a server whose steps are done again in a file system that loses its power.
struct PowerCuts {
    sandbox: Sandbox,
    server: Server,
    shadow: Shadow,
    steps: usize,
    promises: Vec<Promise>,
    seen: HashSet<u64>,
}

impl PowerCuts {
    fn new() -> PowerCuts {
        let sandbox = Sandbox::new();
        let shadow = Shadow::of(&sandbox.path(""));
        let server = Server::start(&sandbox, "");
        let (promises, seen) = (Vec::new(), HashSet::new());
        PowerCuts { sandbox, server, shadow, steps: 0, promises, seen }
    }

    /// Takes the power away after each step that was done since the last time: what was promised
    /// before is there. After the last step what is promised now is there too.
    fn go_on(&mut self, promise: Promise) {
        let trace = fs::read_to_string(self.sandbox.path("trace")).unwrap();
        for step in trace.lines().skip(self.steps) {
            self.shadow.step(step);
            self.steps += 1;
            self.assert_kept(&format!("power lost after step {}, {step}", self.steps));
        }
        self.promises.push(promise);
        self.seen.clear();
        self.assert_kept(&format!("power lost once {} were acknowledged", self.promises.len()));
    }

    /// Does what was done since the last time, and loses nothing meanwhile.
    fn replay(&mut self) {
        let trace = fs::read_to_string(self.sandbox.path("trace")).unwrap();
        trace.lines().skip(self.steps).for_each(|step| self.shadow.step(step));
        self.steps = trace.lines().count();
    }

    /// Goes on with another server.
    fn go_on_by(&mut self, fault: &str) {
        self.replay();
        self.server = Server::start(&self.sandbox, fault);
        self.steps = 0;
    }

    fn assert_kept(&mut self, context: &str) {
        for kept in self.shadow.outcomes() {
            let mut found = self.shadow.found(kept);
            found.retain(|path, _| path.starts_with("store") && !is_idle(path));
            if self.seen.insert(hash(&found)) {
                let sandbox = Sandbox::new();
                restore(&found, &sandbox.path(""));
                let context = format!("{context}: {kept:?}");
                assert_whole(&sandbox.store(), &context);
                self.promises.iter().for_each(|promise| promise.assert_kept(&sandbox, &context));
            }
        }
    }
}

impl Promise {
    fn assert_kept(&self, sandbox: &Sandbox, context: &str) {
        let driver = Filesystem::open(&sandbox.store()).unwrap();
        let store = Store::new(Box::new(driver), None, Arc::new(Silent));
        match self {
            Promise::Blob(digest) => {
                let repository = Repository::parse("team/web").unwrap();
                let voucher = store.voucher(&repository, digest).unwrap();
                assert!(voucher.is_some(), "{context}: {digest} is not there");
            }
            Promise::Tag(reference, digest) => {
                let found = store.resolve(&Reference::parse(reference).unwrap());
                assert_eq!(found.map(|found| found.manifest).ok(), Some(*digest), "{context}");
            }
        }
    }
}

/// Is a running server that writes down its steps; it ends with this.
struct Server {
    process: Child,
    address: String,
    agent: Agent,
}

impl Server {
    fn start(sandbox: &Sandbox, fault: &str) -> Server {
        let mut command = sandbox.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("HREG_FAULT", format!("trace:trace{fault}")).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let first = lines.next().expect("the server says where it is").unwrap();
        let (_, address) = first.split_once("://").unwrap_or_else(|| panic!("{first}"));
        let address = address.to_owned();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Server { process, address, agent: Agent::new_with_defaults() }
    }

    fn push_blob(&self, repository: &str, bytes: &[u8]) {
        let begun = self.ask("POST", &format!("/v2/{repository}/blobs/uploads/"), &[]);
        let location = begun.headers()["location"].to_str().unwrap();
        let path = location.split_once(&self.address).map_or(location, |(_, path)| path);
        let separator = if path.contains('?') { '&' } else { '?' };
        self.ask("PUT", &format!("{path}{separator}digest={}", Digest::of(bytes)), bytes);
    }

    fn push_manifest(&self, repository: &str, tag: &str, bytes: &[u8]) {
        self.ask("PUT", &format!("/v2/{repository}/manifests/{tag}"), bytes);
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Response<Body> {
        let answer = self.try_ask(method, path, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_ask(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Result<Response<Body>, ureq::Error> {
        let request = Request::builder().method(method).header("content-type", MANIFEST);
        let request = request.uri(format!("http://{}{path}", self.address)).body(body).unwrap();
        self.agent.run(request)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
