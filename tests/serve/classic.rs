//! The classic chart repository.

use std::io::Read as _;

use hreg::digest::Digest;
use serde_json::Value;

use crate::environment::Environment;
use crate::world::{Answer, World};

fn index(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    hreg::chart::yaml::parse(&answer.body).unwrap()
}

fn save(test: &Environment, name: &str, version: &str) {
    test.chart(name, version);
    test.ok(&["save", name]);
}

#[test]
fn an_index_lists_what_a_space_has() {
    let world = World::start();
    let empty = index(&world.get("/index.yaml"));
    assert_eq!(empty["entries"], serde_json::json!({}));
    assert_eq!(world.get("/team/apps/index.yaml").status, 404);
    save(&world.test, "a", "1.9.0");
    save(&world.test, "a", "1.10.0");
    world.test.ok(&["tag", "a:1.10.0", "team/apps/a"]);
    let library = index(&world.get("/index.yaml"));
    assert_eq!(library, index(&world.get("/library/index.yaml")));
    let entries = library["entries"]["a"].as_array().unwrap();
    assert_eq!(entries[0]["version"], "1.10.0");
    assert_eq!(entries[1]["version"], "1.9.0");
    assert_eq!(entries[0]["urls"][0], "charts/a-1.10.0.tgz");
    assert_eq!(entries[0]["description"], "A chart for tests");
    assert_eq!(
        library["generated"],
        entries[0]["created"].clone().max_text(&entries[1]["created"])
    );
    let team = index(&world.get("/team/apps/index.yaml"));
    assert_eq!(team["entries"]["a"].as_array().unwrap().len(), 1);
    for (path, digest) in [
        ("/charts/a-1.10.0.tgz", &entries[0]["digest"]),
        ("/library/charts/a-1.9.0.tgz", &entries[1]["digest"]),
        ("/team/apps/charts/a-1.10.0.tgz", &entries[0]["digest"]),
    ] {
        let archive = world.get(path);
        assert_eq!((archive.status, archive.header("content-type")), (200, "application/gzip"));
        assert_eq!(Digest::of(&archive.body).hex(), digest.as_str().unwrap(), "{path}");
    }
}

/// Compares times as text, as they are all written alike.
trait MaxText {
    fn max_text(self, other: &Value) -> Value;
}

impl MaxText for Value {
    fn max_text(self, other: &Value) -> Value {
        if self.as_str() < other.as_str() { other.clone() } else { self }
    }
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let world = World::start();
    save(&world.test, "a", "1.0.0");
    let first = world.get("/index.yaml");
    let tag = first.header("etag").to_owned();
    let ask = |line: &str| world.ask(line, &[&format!("If-None-Match: {tag}")], b"");
    let known = ask("GET /index.yaml");
    assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, &*tag));
    let again = world.restart();
    let second = again.get("/index.yaml");
    assert_eq!((second.body == first.body, second.header("etag")), (true, &*tag));
    let head = again.ask("HEAD /index.yaml", &[], b"");
    assert_eq!((head.status, head.header("etag")), (200, &*tag));
    assert_eq!(head.header("content-length"), first.body.len().to_string());
    save(&again.test, "a", "1.0.1");
    let changed = again.ask("GET /index.yaml", &[&format!("If-None-Match: {tag}")], b"");
    assert_eq!(changed.status, 200);
    assert_eq!(index(&changed)["entries"]["a"].as_array().unwrap().len(), 2);
}

#[test]
fn an_index_is_compressed_for_who_takes_it() {
    let world = World::start();
    for number in 0..20 {
        save(&world.test, &format!("a{}", number % 3), &format!("1.{number}.0"));
    }
    let plain = world.ask("GET /index.yaml", &["Accept-Encoding: identity"], b"");
    let packed = raw_gzip(&world);
    assert!(packed.len() < plain.body.len() / 2);
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&*packed).read_to_end(&mut text).unwrap();
    assert!(text == plain.body);
    let tag = plain.header("etag").replace('"', "");
    for known in [format!("\"{tag}\""), format!("\"{tag}-gzip\"")] {
        let header = format!("If-None-Match: {known}");
        let answer = world.ask("GET /index.yaml", &["Accept-Encoding: gzip", &header], b"");
        assert_eq!(answer.status, 304);
    }
}

/// Asks for the compressed index by hand: the client of these tests would unpack it.
fn raw_gzip(world: &World) -> Vec<u8> {
    use std::io::Write as _;
    let mut stream = std::net::TcpStream::connect(world.address()).unwrap();
    let head = "GET /index.yaml HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    assert!(head.contains("content-encoding: gzip"), "{head}");
    assert!(head.contains("vary: accept-encoding"), "{head}");
    answer.split_off(end + 4)
}

#[test]
fn a_signature_lies_beside_its_archive() {
    let world = World::start();
    let test = &world.test;
    test.chart("mychart", "1.0.0+x");
    test.archive("mychart", "mychart-1.0.0+x.tgz");
    let bytes = std::fs::read(test.path("mychart-1.0.0+x.tgz")).unwrap();
    test.provenance("mychart-1.0.0+x.tgz", &Digest::of(&bytes).to_string());
    test.ok(&["save", "mychart-1.0.0+x.tgz"]);
    for path in ["/charts/mychart-1.0.0+x.tgz", "/charts/mychart-1.0.0%2Bx.tgz"] {
        assert!(world.get(path).body == bytes, "{path}");
        let prov = world.get(&format!("{path}.prov"));
        assert_eq!(prov.text(), test.read("mychart-1.0.0+x.tgz.prov"));
    }
    save(test, "a", "1.0.0");
    assert_eq!(world.get("/charts/a-1.0.0.tgz.prov").status, 404);
}

#[test]
fn archives_are_sent_in_part_and_by_condition() {
    let world = World::start();
    save(&world.test, "a", "1.0.0");
    let path = "/charts/a-1.0.0.tgz";
    let whole = world.get(path);
    let head = world.ask(&format!("HEAD {path}"), &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), whole.body.len().to_string());
    let tag = whole.header("etag");
    assert_eq!(tag, format!("\"{}\"", world.test.digest("a", "content")));
    let known = world.ask(&format!("GET {path}"), &[&format!("If-None-Match: {tag}")], b"");
    assert_eq!(known.status, 304);
    let part = world.ask(&format!("GET {path}"), &["Range: bytes=2-5"], b"");
    assert_eq!((part.status, &*part.body), (206, &whole.body[2..6]));
    let none = world.ask(&format!("GET {path}"), &["Range: bytes=999999-"], b"");
    assert_eq!(none.status, 416);
}

#[test]
fn what_is_not_there_is_404_and_nothing_can_be_written() {
    let world = World::start();
    save(&world.test, "a", "1.0.0");
    for path in [
        "/charts/a-2.0.0.tgz",
        "/charts/a.tgz",
        "/charts/a-1.0.0.zip",
        "/charts/..%2fa-1.0.0.tgz",
        "/..%2f/charts/a-1.0.0.tgz",
        "/%00/index.yaml",
        "/%ff/index.yaml",
        "/no such space/index.yaml".split(' ').next().unwrap(),
        "//index.yaml",
        "/index.yaml/",
        "/team/charts/a-1.0.0.tgz",
    ] {
        let answer = world.get(path);
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
    }
    for line in ["POST /index.yaml", "DELETE /charts/a-1.0.0.tgz", "PUT /team/index.yaml"] {
        let refused = world.ask(line, &[], b"");
        assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"), "{line}");
    }
}

#[test]
fn a_damaged_chart_is_left_out() {
    let world = World::start();
    save(&world.test, "a", "1.0.0");
    save(&world.test, "b", "1.0.0");
    let meta = world.test.digest("a", "meta");
    std::fs::write(world.test.blob(&meta), "{}").unwrap();
    let listed = index(&world.get("/index.yaml"));
    assert!(listed["entries"]["a"].is_null());
    assert_eq!(listed["entries"]["b"][0]["version"], "1.0.0");
}

#[test]
fn another_process_is_seen_at_once() {
    let world = World::start();
    for number in 0..20 {
        let version = format!("1.{number}.0");
        save(&world.test, "a", &version);
        let listed = index(&world.get("/index.yaml"));
        assert_eq!(listed["entries"]["a"][0]["version"], version);
    }
    world.test.ok(&["version", "remove", "a:1.19.0"]);
    assert_eq!(index(&world.get("/index.yaml"))["entries"]["a"][0]["version"], "1.18.0");
    world.test.ok(&["remove", "--all", "a"]);
    assert_eq!(index(&world.get("/index.yaml"))["entries"], serde_json::json!({}));
}
