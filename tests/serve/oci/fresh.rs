//! What the server remembers: another process's change shows at the next request, whether it comes long
//! after what was read or right behind it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use hreg::digest::Digest;
use serde_json::{Value, json};

use super::{MANIFEST, artifact, descriptor};
use crate::world::World;

/// Waits until what was changed is long enough ago to be remembered: a second, the step of the coarsest
/// clocks of file systems, and a bit.
fn settle() {
    sleep(Duration::from_millis(1300));
}

impl World {
    fn tags(&self, repository: &str) -> Value {
        self.get(&format!("/v2/{repository}/tags/list")).json()["tags"].clone()
    }

    fn status(&self, path: &str) -> u16 {
        // The second answer may come out of memory.
        let first = self.get(path).status;
        assert_eq!(self.get(path).status, first, "{path}");
        first
    }

    /// Saves a chart by the command, and gives the paths of its manifest and its archive.
    fn saved(&self, version: &str) -> [String; 2] {
        self.test.chart("mychart", version);
        self.test.ok(&["save", "mychart"]);
        let reference = format!("mychart:{version}");
        let [manifest, content] =
            ["manifest", "content"].map(|part| self.test.digest(&reference, part));
        [format!("/v2/mychart/manifests/{manifest}"), format!("/v2/mychart/blobs/{content}")]
    }
}

#[test]
fn a_tag_that_was_moved_leads_elsewhere() {
    let world = World::start();
    let [one, two] = ["one", "two"].map(|tag| world.put_artifact("team/x", tag, tag));
    let path = "/v2/team/x/manifests/stable";
    for _ in 0..3 {
        for (tag, digest) in [("one", one), ("two", two)] {
            world.test.ok(&["tag", &format!("team/x:{tag}"), "team/x:stable"]);
            assert_eq!(world.status(path), 200);
            assert_eq!(world.get(path).header("docker-content-digest"), digest.to_string());
        }
    }
    world.test.ok(&["remove", "team/x:stable"]);
    assert_eq!(world.status(path), 404);
}

#[test]
fn a_list_of_tags_is_as_the_store_is() {
    let world = World::start();
    world.put_artifact("team/x", "a", "text");
    for wait in [true, false, true, false] {
        if wait {
            settle();
        }
        assert_eq!(world.tags("team/x"), json!(["a"]));
        assert_eq!(world.tags("team/x"), json!(["a"]));
        world.test.ok(&["tag", "team/x:a", "team/x:b"]);
        assert_eq!(world.tags("team/x"), json!(["a", "b"]));
        if wait {
            settle();
        }
        assert_eq!(world.tags("team/x"), json!(["a", "b"]));
        assert_eq!(world.get("/v2/team/x/tags/list?last=a").json()["tags"], json!(["b"]));
        world.test.ok(&["remove", "team/x:b"]);
    }
    world.test.ok(&["remove", "--all", "team/x"]);
    assert_eq!(world.status("/v2/team/x/tags/list"), 404);
}

#[test]
fn what_was_removed_is_not_sent_out_of_memory() {
    let world = World::start();
    let kept = world.saved("1.0.0");
    for wait in [true, false] {
        let paths = world.saved("2.0.0");
        if wait {
            settle();
        }
        for path in paths.iter().chain(&kept) {
            assert_eq!(world.status(path), 200, "{path}");
        }
        world.test.ok(&["remove", "mychart:2.0.0"]);
        world.test.ok(&["gc", "--grace", "0"]);
        for path in &paths {
            assert_eq!(world.status(path), 404, "{path}");
        }
        for path in &kept {
            assert_eq!(world.status(path), 200, "{path}");
        }
    }
}

#[test]
fn a_blob_is_known_by_the_manifests_that_are_there() {
    let world = World::start();
    let other = world.put_blob("other/x", b"shared");
    world.put_artifact("team/x", "a", "text");
    let path = format!("/v2/team/x/blobs/{other}");
    settle();
    assert_eq!(world.status(&path), 404, "it is in another repository");
    world.put_artifact("other/x", "b", "shared");
    world.test.ok(&["tag", "other/x:b", "team/x:b"]);
    assert_eq!(world.status(&path), 200);
    world.test.ok(&["remove", "team/x:b"]);
    world.test.ok(&["gc", "--grace", "0"]);
    assert_eq!(world.status(&path), 404);
}

#[test]
fn a_referrer_that_was_removed_is_not_listed() {
    let world = World::start();
    let subject = world.put_artifact("team/x", "a", "text");
    let mut manifest = artifact("text");
    let bytes = artifact("text").to_string();
    manifest["subject"] = descriptor(MANIFEST, bytes.as_bytes());
    let bytes = manifest.to_string();
    let digest = Digest::of(bytes.as_bytes());
    let list = || {
        let listed = world.get(&format!("/v2/team/x/referrers/{subject}")).json();
        listed["manifests"].as_array().unwrap().len()
    };
    for wait in [true, false] {
        assert_eq!(list(), 0);
        let place = format!("team/x/manifests/{digest}");
        assert_eq!(world.put_manifest(&place, MANIFEST, bytes.as_bytes()).status, 201);
        if wait {
            settle();
        }
        assert_eq!((list(), list()), (1, 1));
        world.test.ok(&["remove", &format!("team/x@{digest}")]);
    }
    assert_eq!(list(), 0);
}

#[test]
fn a_large_blob_that_was_proved_and_then_damaged_never_arrives_whole() {
    let world = World::start();
    let mut bytes = vec![7; 3_000_000];
    let digest = world.put_blob("a/b", &bytes);
    let path = format!("/v2/a/b/blobs/{digest}");
    settle();
    for _ in 0..3 {
        assert!(world.get(&path).body == bytes);
    }
    let place = world.test.blob(&digest.to_string());
    *bytes.last_mut().unwrap() = 8;
    std::fs::write(&place, bytes).unwrap();
    assert!(world.try_get(&path).is_none());
}

/// Takes one answer off the front of what came on a connection: its status, and its body.
fn take_answer(bytes: &mut &[u8]) -> (u16, Vec<u8>) {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let head = std::str::from_utf8(&bytes[..end]).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let (body, rest) = bytes[end..].split_at(length.parse().unwrap());
    *bytes = rest;
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_vec())
}

#[test]
fn a_blob_that_was_proved_is_sent_whole_and_in_part_between_other_answers() {
    let world = World::start();
    let content: Vec<u8> = (0..5_000_000_u32).map(|number| (number % 251) as u8).collect();
    let digest = world.put_blob("a/b", &content);
    world.put_artifact("a/b", "tag", "text");
    settle();
    let path = format!("/v2/a/b/blobs/{digest}");
    assert!(world.get(&path).body == content);
    let mut stream = TcpStream::connect(world.address()).unwrap();
    let mut requests = String::new();
    for (path, more) in [
        (path.as_str(), ""),
        ("/v2/a/b/manifests/tag", ""),
        (&path, "Range: bytes=1-3000000\r\n"),
        ("/v2/a/b/manifests/tag", ""),
        (&path, "Connection: close\r\n"),
    ] {
        requests += &format!("GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n");
    }
    stream.write_all(requests.as_bytes()).unwrap();
    let mut came = Vec::new();
    stream.read_to_end(&mut came).unwrap();
    let rest = &mut came.as_slice();
    assert!(take_answer(rest) == (200, content.clone()));
    let manifest = take_answer(rest);
    assert_eq!(
        (manifest.0, Digest::of(&manifest.1)),
        (200, Digest::of(artifact("text").to_string().as_bytes()))
    );
    assert!(take_answer(rest) == (206, content[1..=3_000_000].to_vec()));
    assert_eq!(take_answer(rest), manifest);
    assert!(take_answer(rest) == (200, content));
    assert!(rest.is_empty());
}
