//! `hreg pull --repo`: charts of classic repositories.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use hreg::digest::Digest;
use insta::assert_snapshot;

use crate::environment::{Environment, Run};
use crate::server::{Reply, Server};
use crate::world::fails;

/// Packs a chart.
fn archive(name: &str, version: &str) -> Vec<u8> {
    let test = Environment::new();
    test.chart(name, version);
    test.archive(name, "chart.tgz");
    fs::read(test.path("chart.tgz")).unwrap()
}

/// Serves files below `/charts/`.
fn serve<const N: usize>(files: [(&str, Vec<u8>); N]) -> Server {
    let files: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|(name, bytes)| (format!("/charts/{name}"), bytes)).collect();
    Server::start(move |seen| match files.get(&seen.target) {
        Some(bytes) => Reply::ok(bytes.as_slice()),
        None => Reply::new(404),
    })
}

/// Writes an entry of an index.
fn entry(name: &str, version: &str, urls: &[&str], digest: &str) -> String {
    format!(
        "  {name}:\n  - apiVersion: v2\n    name: {name}\n    version: {version}\n    urls: {urls:?}\n    digest: {digest:?}\n"
    )
}

fn index(entries: &[String]) -> Vec<u8> {
    format!("apiVersion: v1\nentries:\n{}", entries.concat()).into_bytes()
}

fn pull(test: &Environment, server: &Server, arguments: &[&str]) -> Run {
    let url = format!("http://{}/charts", server.host());
    let arguments = [&["pull", "--repo", &url][..], arguments].concat();
    test.run_with(&[("HREG_PAUSE", "1")], &arguments)
}

fn shown(run: &Run, server: &Server) -> String {
    run.to_string().replace(&server.host(), "REPOSITORY")
}

/// Serves one chart under a digest that a test gives.
fn one(digest: &str) -> Server {
    let bytes = archive("web", "1.0.0");
    serve([
        ("index.yaml", index(&[entry("web", "1.0.0", &["web.tgz"], digest)])),
        ("web.tgz", bytes),
    ])
}

#[test]
fn a_range_is_pulled_into_library() {
    let (old, new) = (archive("web", "1.0.0"), archive("web", "1.3.0"));
    let versions = format!(
        "{}  - name: web\n    version: 1.3.0\n    urls: [files/new.tgz]\n    digest: {}\n  - name: web\n    version: 2.0.0\n    urls: [none.tgz]\n",
        entry("web", "1.0.0", &["old.tgz"], &Digest::of(&old).hex()),
        Digest::of(&new).hex(),
    );
    let server =
        serve([("index.yaml", index(&[versions])), ("old.tgz", old), ("files/new.tgz", new)]);
    let test = Environment::new();
    let run = pull(&test, &server, &["web", "--version", "^1.0"]);
    assert_snapshot!(shown(&run, &server), @r"
    1.3.0: Pulling from http://REPOSITORY/charts/files/new.tgz
    bfc4823: Saving meta (84 B)
    c887d02: Saving content (250 B)
    Name:    web
    Version: 1.3.0
    Meta:    sha256:bfc4823…
    Content: sha256:c887d02…
    Digest:  sha256:8323f28…
    Status: Downloaded newer chart for library/web:1.3.0
    ");
    assert_eq!(test.ok(&["list", "-q"]), "library/web:1.3.0\n");
    assert_eq!(server.lines(), ["GET /charts/index.yaml", "GET /charts/files/new.tgz"]);
    let run = pull(&test, &server, &["web", "--version", "^1.0"]);
    assert_snapshot!(shown(&run, &server), @r"
    1.3.0: Pulling from http://REPOSITORY/charts/files/new.tgz
    Name:    web
    Version: 1.3.0
    Meta:    sha256:bfc4823…
    Content: sha256:c887d02…
    Digest:  sha256:8323f28…
    Status: Chart is up to date for library/web:1.3.0
    ");
    assert_eq!(server.lines().len(), 3, "what is there is not fetched");
    let run = pull(&test, &server, &["web", "--version", "<2", "--all-versions", "--to", "team"]);
    assert_snapshot!(shown(&run, &server), @r"
    team/web:1.3.0: downloaded sha256:8323f28…
    team/web:1.0.0: downloaded sha256:07b806c…
    ");
    let run = pull(&test, &server, &["web", "--version", ">3"]);
    assert_snapshot!(shown(&run, &server), @r#"
    --- stderr ---
    Error: no version of web is in the range ">3"
    Hint: there are 2.0.0, 1.3.0, 1.0.0
    [exit code 1]
    "#);
    let run = pull(&test, &server, &["other"]);
    assert_snapshot!(shown(&run, &server), @r"
    --- stderr ---
    Error: the repository http://REPOSITORY/charts/ has no chart other
    Hint: `hreg search --repo http://REPOSITORY/charts/` lists what is there
    [exit code 1]
    ");
}

#[test]
fn json_says_what_was_pulled() {
    let (test, server) = (Environment::new(), one(""));
    let run = pull(&test, &server, &["web", "-o", "json"]);
    assert_snapshot!(shown(&run, &server), @r#"
    [
      {
        "source": "http://REPOSITORY/charts/web.tgz",
        "reference": "library/web:1.0.0",
        "name": "web",
        "version": "1.0.0",
        "digest": "sha256:07b806c…",
        "meta": {
          "digest": "sha256:c595724…",
          "size": 84,
          "new": true
        },
        "content": {
          "digest": "sha256:b14ea9d…",
          "size": 249,
          "new": true
        },
        "status": "downloaded",
        "warnings": [
          "http://REPOSITORY/charts/web.tgz: the index has no digest to hold it against"
        ]
      }
    ]
    --- stderr ---
    Warning: http://REPOSITORY/charts/web.tgz: the index has no digest to hold it against
    "#);
}

#[test]
fn the_digest_of_the_index_counts() {
    let right = Digest::of(&archive("web", "1.0.0")).hex();
    for digest in [right.clone(), format!("sha256:{right}")] {
        let run = pull(&Environment::new(), &one(&digest), &["web"]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    }
    for (digest, saying) in
        [("0".repeat(64), "but the index says"), ("junk".to_owned(), "cannot be used")]
    {
        let test = Environment::new();
        fails(&pull(&test, &one(&digest), &["web"]), saying);
        assert_eq!(test.ok(&["list", "-q"]), "");
    }
}

#[test]
fn a_chart_may_be_anywhere() {
    let bytes = archive("web", "1.0.0");
    let elsewhere = serve([("web.tgz", bytes.clone())]);
    let absolute = format!("http://{}/charts/web.tgz", elsewhere.host());
    let dead = "http://127.0.0.1:1/web.tgz";
    let digest = Digest::of(&bytes).hex();
    for urls in [&[absolute.as_str()][..], &[dead, &absolute], &["gone.tgz", &absolute]] {
        let server = serve([("index.yaml", index(&[entry("web", "1.0.0", urls, &digest)]))]);
        let run = pull(&Environment::new(), &server, &["web", "-u", "user", "-p", "hunter2"]);
        assert_eq!(run.code, Some(0), "{run}");
    }
    assert_eq!(elsewhere.proofs(), ["-"; 3]);
    let server = serve([("index.yaml", index(&[entry("web", "1.0.0", &[dead, dead], "")]))]);
    fails(&pull(&Environment::new(), &server, &["web"]), "cannot be reached");
    let server = serve([("index.yaml", index(&[entry("web", "1.0.0", &[], "")]))]);
    fails(&pull(&Environment::new(), &server, &["web"]), "it has no address");
}

#[test]
fn a_signature_is_fetched_where_it_is_wanted() {
    let test = Environment::new();
    let bytes = archive("web", "1.0.0");
    test.provenance("web-1.0.0.tgz", &Digest::of(&bytes).to_string());
    let signature = fs::read(test.path("web-1.0.0.tgz.prov")).unwrap();
    fs::remove_file(test.path("web-1.0.0.tgz.prov")).unwrap();
    let index = index(&[entry("web", "1.0.0", &["web-1.0.0.tgz"], &Digest::of(&bytes).hex())]);
    let server = serve([
        ("index.yaml", index),
        ("web-1.0.0.tgz", bytes),
        ("web-1.0.0.tgz.prov", signature.clone()),
    ]);
    pull(&test, &server, &["web"]);
    assert!(!server.lines().iter().any(|line| line.contains(".prov")));
    let run = pull(&test, &server, &["web", "--prov", "-d", "out"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(fs::read(test.path("out/web-1.0.0.tgz.prov")).unwrap(), signature);
    // Without one it is a chart all the same.
    assert_eq!(pull(&Environment::new(), &one(""), &["web", "--prov"]).code, Some(0));
}

#[test]
fn what_is_damaged_is_fetched_anew() {
    let server = one(&Digest::of(&archive("web", "1.0.0")).hex());
    for part in ["digest", "meta", "content"] {
        let test = Environment::new();
        pull(&test, &server, &["web"]);
        let blob = test.blob(&test.digest("web", part));
        fs::write(&blob, "damage").unwrap();
        let run = pull(&test, &server, &["web"]);
        assert_eq!(run.code, Some(0), "{run}");
        test.ok(&["verify"]);
    }
}

#[test]
fn a_bad_entry_does_not_hide_the_others() {
    let bad =
        "  bad:\n  - apiVersion: v2\n    name: ../bad\n    version: 1.0.0\n    urls: [x.tgz]\n"
            .to_owned();
    let bytes = archive("web", "1.0.0");
    let good = entry("web", "1.0.0", &["web.tgz"], &Digest::of(&bytes).hex());
    let server = serve([("index.yaml", index(&[bad, good])), ("web.tgz", bytes)]);
    let run = pull(&Environment::new(), &server, &["web"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stderr.starts_with("Warning: ") && run.stderr.contains("bad"), "{run}");
    fails(&pull(&Environment::new(), &server, &["bad"]), "bad");
}

#[test]
fn what_is_no_repository_is_told() {
    let test = Environment::new();
    fails(&pull(&test, &serve([]), &["web"]), "it is not there");
    fails(&pull(&test, &serve([("index.yaml", b"<html>".to_vec())]), &["web"]), "index.yaml");
    fails(&pull(&test, &serve([("index.yaml", b"\xff\xfe\0".to_vec())]), &["web"]), "index.yaml");
    let large = Server::start(|_| Reply::ok(vec![b'#'; 1 << 20]).endless(Duration::ZERO));
    fails(&pull(&test, &large, &["web"]), "larger than 67108864 bytes");
    let missing = serve([("index.yaml", index(&[entry("web", "1.0.0", &["web.tgz"], "")]))]);
    fails(&pull(&test, &missing, &["web"]), "it is not there");
}

#[test]
fn an_archive_that_is_another_chart_is_refused() {
    for (name, version) in [("other", "1.0.0"), ("web", "1.0.1")] {
        let index = index(&[entry("web", "1.0.0", &["web.tgz"], "")]);
        let server = serve([("index.yaml", index), ("web.tgz", archive(name, version))]);
        let test = Environment::new();
        fails(&pull(&test, &server, &["web"]), "but the index says web 1.0.0");
        assert_eq!(test.ok(&["list", "-q"]), "");
    }
    let junk = serve([
        ("index.yaml", index(&[entry("web", "1.0.0", &["web.tgz"], "")])),
        ("web.tgz", b"no archive".to_vec()),
    ]);
    fails(&pull(&Environment::new(), &junk, &["web"]), "web.tgz");
}
