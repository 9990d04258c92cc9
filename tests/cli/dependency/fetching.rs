//! Dependencies from registries and classic repositories, and such as lie.

use std::fs;

use insta::assert_snapshot;

use super::{dependency, parent, read, refused, refused_with, save, write_parent};
use crate::environment::{Environment, Run};
use crate::server::Server;

/// Serves a classic repository with one chart, and gives its address.
fn repository(
    test: &Environment,
    server: &Server,
    name: &str,
    version: &str,
    digest: &str,
) -> String {
    test.chart_in(&format!("served/{name}"), name, version);
    let archive = format!("served/{name}-{version}.tgz");
    test.archive(&format!("served/{name}"), &archive);
    let bytes = fs::read(test.path(&archive)).unwrap();
    let digest = match digest {
        "right" => hreg::digest::Digest::of(&bytes).hex(),
        other => other.to_owned(),
    };
    let index = format!(
        "apiVersion: v1\nentries:\n  {name}:\n  - apiVersion: v2\n    name: {name}\n    \
         version: \"{version}\"\n    digest: \"{digest}\"\n    urls: [{name}.tgz]\n"
    );
    server.put("/index.yaml", "text/yaml", index);
    server.put(&format!("/{name}.tgz"), "application/gzip", bytes);
    format!("http://{}", server.address())
}

#[test]
fn fetches_from_a_repository_what_the_store_does_not_have() {
    let server = Server::start();
    let test = Environment::new();
    let address = repository(&test, &server, "web", "1.1.0", "right");
    write_parent(&test, &dependency("web", "^1", "alias:mine"));
    let names = format!("repositories:\n- name: mine\n  url: {address}\n");
    test.write("repositories.yaml", names);
    let update = ["dep", "up", "parent", "--repository-config", "repositories.yaml"];
    let settled = |run: Run| run.to_string().replace(server.address(), "SERVER");
    assert_snapshot!(settled(test.run(&update)), @r"
    web 1.1.0: from http://SERVER
    Wrote parent/Chart.lock
    ");
    assert_eq!(server.asked(), ["GET /index.yaml", "GET /web.tgz"]);
    assert_eq!(read(&test, "web-1.1.0.tgz"), fs::read(test.path("served/web-1.1.0.tgz")).unwrap());
    assert!(test.read("parent/Chart.lock").contains(&address));
    test.ok(&["show", "chart", "web:1.1.0"]);

    // The store answers until somebody asks to look further.
    repository(&test, &server, "web", "1.2.0", "right");
    test.ok(&update);
    assert!(server.asked().is_empty());
    let refresh = [&update[..], &["--refresh"]].concat();
    assert_snapshot!(settled(test.run(&refresh)), @r"
    web 1.2.0: from http://SERVER
    Removed parent/charts/web-1.1.0.tgz
    Wrote parent/Chart.lock
    ");
    let offline = [&refresh[..], &["--offline"]].concat();
    server.asked();
    test.ok(&offline);
    assert!(server.asked().is_empty());
}

#[test]
fn a_repository_that_lies_changes_nothing() {
    let server = Server::start();
    let test = Environment::new();
    let address = repository(&test, &server, "web", "1.1.0", &"0".repeat(64));
    let settled = |run: Run| run.to_string().replace(server.address(), "SERVER");
    write_parent(&test, &dependency("web", "^1", &address));
    assert_snapshot!(settled(refused(&test, &["dep", "up", "parent"])), @r"
    --- stderr ---
    Error: cannot pull web 1.1.0
    Caused by: http://SERVER/web.tgz has the digest sha256:4e05b69…, but the index says sha256:0000000…
    [exit code 1]
    ");
    let archive = repository(&test, &server, "db", "1.1.0", "right");
    server.put("/index.yaml", "text/yaml", format!(
        "apiVersion: v1\nentries:\n  web:\n  - {{apiVersion: v2, name: web, version: '1.1.0', urls: [{archive}/db.tgz]}}\n"
    ));
    assert_snapshot!(settled(refused(&test, &["dep", "up", "parent"])), @r"
    --- stderr ---
    Error: cannot pull web 1.1.0
    Caused by: http://SERVER/db.tgz is the chart db 1.1.0 by its Chart.yaml, but the index says web 1.1.0
    [exit code 1]
    ");
    assert_eq!(test.ok(&["list", "-q"]), "");
}

#[test]
fn a_space_is_not_overwritten_by_a_repository() {
    let server = Server::start();
    let test = Environment::new();
    let address = repository(&test, &server, "web", "1.1.0", "right");
    write_parent(&test, &dependency("web", "^1", &address));
    test.chart("web", "1.1.0");
    test.write("web/values.yaml", "mine: true\n");
    test.ok(&["save", "web"]);
    let run = refused(&test, &["dep", "up", "parent", "--refresh"]);
    assert_snapshot!(run.to_string().replace(server.address(), "SERVER"), @r"
    --- stderr ---
    Error: the store has another chart as library/web 1.1.0 than the repository has
    Hint: leave --refresh away to use library/web:1.1.0, or name another space by --space
    [exit code 1]
    ");
    test.ok(&["dep", "up", "parent", "--refresh", "--space", "mirror"]);
}

#[test]
fn a_chart_that_calls_itself_otherwise_is_refused() {
    let server = Server::start();
    let test = parent(&dependency("web", "1.0.0", &format!("oci://{}/charts", server.address())));
    save(&test, "other", "1.0.0", "other");
    let manifest = test.ok(&["show", "manifest", "other"]);
    server.put(
        "/v2/charts/web/manifests/1.0.0",
        "application/vnd.oci.image.manifest.v1+json",
        manifest,
    );
    for part in ["meta", "content"] {
        let digest = test.digest("other", part);
        let bytes = fs::read(test.blob(&digest)).unwrap();
        server.put(&format!("/v2/charts/web/blobs/{digest}"), "application/octet-stream", bytes);
    }
    let run = refused(&test, &["dep", "up", "parent"]);
    assert_snapshot!(run.to_string().replace(server.address(), "SERVER"), @r"
    --- stderr ---
    Error: cannot pull SERVER/charts/web:1.0.0
    Caused by: SERVER/charts/web:1.0.0 is the chart other 1.0.0 by its Chart.yaml, but its reference says web
    [exit code 1]
    ");
}

#[test]
fn a_password_goes_to_one_host_only() {
    let test = parent(
        &(dependency("a", "^1", "http://127.0.0.1:1")
            + &dependency("b", "1", "oci://127.0.0.1:2/x")),
    );
    let up = ["dep", "up", "parent", "--username", "me", "--password", "x"];
    let run = refused_with(2, &test, &up);
    assert_snapshot!(run, @r"
    --- stderr ---
    Error: a name and a password are for one registry, not for 127.0.0.1:1 and 127.0.0.1:2; use `hreg login`
    [exit code 2]
    ");
}
