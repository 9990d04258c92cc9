//! A server in front of a registry, by every door. The registry is another server, over a store that the
//! tests change.

mod away;
mod doors;
mod lying;

use hreg::digest::Digest;
use serde_json::Value;

use crate::auth::{hash, header};
use crate::environment::Environment;
use crate::world::{Answer, Serving};

const RULES: &str = "
auth:
  htpasswd: users
  rules:
  - {spaces: '*', users: master, actions: read}
  - {spaces: [library, team], users: [reader], actions: [read]}
";

/// Is a server in front of another one.
struct Adapter {
    test: Environment,
    registry: Serving,
    server: Serving,
}

impl Adapter {
    /// Starts both; a walk is due at every request.
    fn start(test: Environment, arguments: &[&str]) -> Adapter {
        let registry = Serving::start(&test, &[]);
        let refresh = ["--registry-refresh", "1ms"];
        let server = adapt(&test, registry.address(), &[&refresh, arguments].concat());
        Adapter { test, registry, server }
    }

    fn get(&self, target: &str) -> Answer {
        self.server.get(target)
    }

    /// Asks as a user, whose password is the name; nobody has none.
    fn ask(&self, user: &str, target: &str) -> Answer {
        let header = header(user, user);
        let headers = [header.as_str()];
        let headers = if user.is_empty() { &[][..] } else { &headers };
        self.server.ask(&format!("GET {target}"), headers, b"")
    }
}

/// Starts a server in front of an address.
fn adapt(test: &Environment, address: &str, arguments: &[&str]) -> Serving {
    let cache = test.path("cache");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--store", cache.to_str().unwrap()];
    let registry = ["--storage", "registry", "--storage-registry-repo", address];
    Serving::of(test.command(&[&serve, &registry[..], arguments].concat()))
}

fn save(test: &Environment, space: &str, name: &str, version: &str) {
    test.chart(name, version);
    // Each space has a file of its own.
    test.write(&format!("{name}/README.md"), space);
    test.ok(&["save", name, "--space", space]);
}

/// Gives the versions of the index at the root, as each is told apart from those of other spaces.
fn listed(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let index: Value = hreg::chart::yaml::parse(&answer.body).unwrap();
    let charts = index["entries"].as_object().unwrap().values();
    let versions = charts.flat_map(|versions| versions.as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    versions.map(|one| (text(&one["urls"][0]), text(&one["digest"]))).collect()
}

#[test]
fn the_root_lists_all_spaces_and_sends_what_it_lists() {
    let server = Adapter::start(Environment::new(), &[]);
    let test = &server.test;
    assert_eq!(listed(&server.get("/index.yaml")), []);
    save(test, "team/apps", "a", "1.0.0");
    save(test, "team/apps", "a", "1.1.0");
    save(test, "zoo", "b", "1.0.0");
    assert_eq!(listed(&server.get("/library/index.yaml")), []);
    let before = listed(&server.get("/index.yaml"));
    save(test, "library", "a", "1.0.0");
    let after = listed(&server.get("/index.yaml"));
    let urls = |listed: &[(String, String)]| -> Vec<String> {
        listed.iter().map(|(url, _)| url.clone()).collect()
    };
    assert_eq!(urls(&after), ["charts/a-1.1.0.tgz", "charts/a-1.0.0.tgz", "charts/b-1.0.0.tgz"]);
    assert_eq!(urls(&before), urls(&after));
    assert_eq!((&before[0], &before[2]), (&after[0], &after[2]));
    assert_ne!(before[1], after[1], "library counts first");
    for (url, digest) in &after {
        let archive = server.get(&format!("/{url}"));
        assert_eq!((archive.status, &Digest::of(&archive.body).hex()), (200, digest), "{url}");
    }
    // The spaces have what they have.
    let team = listed(&server.get("/team/apps/index.yaml"));
    assert_eq!(team, before[..2]);
    let archive = server.get("/team/apps/charts/a-1.0.0.tgz");
    assert_eq!(Digest::of(&archive.body).hex(), before[1].1);
    assert_eq!(listed(&server.get("/library/index.yaml")), after[1..2]);
    assert_eq!(server.get("/library/charts/b-1.0.0.tgz").status, 404);
    let absent = server.get("/charts/b-2.0.0.tgz");
    assert_eq!((absent.status, absent.text()), (404, "there is no file b-2.0.0.tgz\n"));
}

#[test]
fn a_signature_is_that_of_the_chart_which_is_listed() {
    let test = Environment::new();
    test.chart("a", "1.0.0");
    test.archive("a", "a-1.0.0.tgz");
    let bytes = std::fs::read(test.path("a-1.0.0.tgz")).unwrap();
    test.provenance("a-1.0.0.tgz", &Digest::of(&bytes).to_string());
    test.ok(&["save", "a-1.0.0.tgz", "--space", "team"]);
    let server = Adapter::start(test, &[]);
    let signature = server.get("/charts/a-1.0.0.tgz.prov");
    assert_eq!(signature.text(), server.test.read("a-1.0.0.tgz.prov"));
    // That of another chart would be of no use.
    save(&server.test, "library", "a", "1.0.0");
    assert_eq!(server.get("/charts/a-1.0.0.tgz.prov").status, 404);
    assert_eq!(server.get("/team/charts/a-1.0.0.tgz.prov").status, 200);
}

#[test]
fn what_is_of_all_spaces_is_for_who_may_read_them_all() {
    let test = Environment::new();
    test.write("users", ["master", "reader", "stranger"].map(hash).concat());
    let config = test.write("config.yaml", RULES);
    let server = Adapter::start(test, &["-c", config.to_str().unwrap()]);
    let test = &server.test;
    let paths = ["/index.yaml", "/charts/a-1.0.0.tgz"];
    let statuses = |user: &str| paths.map(|path| server.ask(user, path).status);
    assert_eq!(statuses("reader"), [200, 404]);
    assert_eq!(statuses("stranger"), [403, 403]);
    save(test, "team", "a", "1.0.0");
    assert_eq!(statuses("reader"), [200, 200]);
    save(test, "secret", "b", "1.0.0");
    assert_eq!(statuses("reader"), [403, 403]);
    assert_eq!(server.ask("reader", "/team/index.yaml").status, 200);
    assert_eq!(statuses("master"), [200, 200]);
    assert_eq!(listed(&server.ask("master", "/index.yaml")).len(), 2);
    for path in paths {
        let refused = server.get(path);
        assert_eq!(refused.status, 401, "{path}");
        assert!(refused.header("www-authenticate").starts_with("Basic realm="), "{path}");
    }
}
