//! Reading blobs: whole, in part, and only where they belong.

use std::os::unix::fs::PermissionsExt;

use hreg::digest::Digest;

use super::code;
use crate::world::World;

#[test]
fn the_base_says_what_it_is() {
    let world = World::start();
    for line in ["GET /v2/", "HEAD /v2/", "GET /v2"] {
        let base = world.ask(line, &[], b"");
        assert_eq!(base.status, 200);
        assert_eq!(base.header("docker-distribution-api-version"), "registry/2.0");
    }
    let refused = world.ask("PUT /v2/", &[], b"");
    assert_eq!(code(&refused), "405 UNSUPPORTED");
    assert_eq!(refused.header("allow"), "GET, HEAD");
}

#[test]
fn a_blob_is_read_whole_and_in_part() {
    let world = World::start();
    let bytes: Vec<u8> = (0..2048).map(|number| (number % 251) as u8).collect();
    let digest = world.put_blob("a/b", &bytes);
    let path = format!("/v2/a/b/blobs/{digest}");
    for method in ["GET", "HEAD"] {
        let whole = world.ask(&format!("{method} {path}"), &[], b"");
        assert_eq!((whole.status, whole.header("content-length")), (200, "2048"));
        assert_eq!(whole.header("docker-content-digest"), digest.to_string());
        assert_eq!(whole.header("accept-ranges"), "bytes");
        assert_eq!(whole.body, if method == "GET" { &bytes[..] } else { b"" });
    }
    for (range, expected, says) in [
        ("500-1499", &bytes[500..1500], "bytes 500-1499/2048"),
        ("500-", &bytes[500..], "bytes 500-2047/2048"),
        ("-500", &bytes[1548..], "bytes 1548-2047/2048"),
        ("2000-5000", &bytes[2000..], "bytes 2000-2047/2048"),
    ] {
        let part = world.ask(&format!("GET {path}"), &[&format!("Range: bytes={range}")], b"");
        assert_eq!((part.status, part.header("content-range")), (206, says), "{range}");
        assert_eq!(part.header("content-length"), expected.len().to_string());
        assert_eq!(part.body, expected);
    }
    for range in ["500-0", "5000-10000"] {
        let none = world.ask(&format!("GET {path}"), &[&format!("Range: bytes={range}")], b"");
        assert_eq!((none.status, none.header("content-range")), (416, "bytes */2048"));
    }
    let tag = format!("\"{digest}\"");
    let known = world.ask(&format!("GET {path}"), &[&format!("If-None-Match: {tag}")], b"");
    assert_eq!((known.status, known.body.len()), (304, 0));
    let other = ["Range: bytes=0-0", "If-Range: \"sha256:other\""];
    assert_eq!(world.ask(&format!("GET {path}"), &other, b"").status, 200);
}

#[test]
fn a_large_blob_comes_in_pieces() {
    let world = World::start();
    let bytes: Vec<u8> = (0..5_000_000_u32).map(|number| (number % 253) as u8).collect();
    let digest = world.put_blob("a/b", &bytes);
    let path = format!("/v2/a/b/blobs/{digest}");
    let whole = world.get(&path);
    assert_eq!(whole.header("content-length"), "5000000");
    assert!(whole.body == bytes);
    let part = world.ask(&format!("GET {path}"), &["Range: bytes=100000-4900000"], b"");
    assert!(part.body == bytes[100_000..=4_900_000]);
}

#[test]
fn a_damaged_blob_never_arrives_whole() {
    let world = World::start();
    for size in [100, 3_000_000] {
        let digest = world.put_blob("a/b", &vec![7; size]);
        let place = world.test.store("blobs").join(digest.to_string().replace(':', "/"));
        let mut bytes = std::fs::read(&place).unwrap();
        *bytes.last_mut().unwrap() = 8;
        std::fs::set_permissions(&place, PermissionsExt::from_mode(0o644)).unwrap();
        std::fs::write(&place, bytes).unwrap();
        let path = format!("/v2/a/b/blobs/{digest}");
        assert!(world.try_get(&path).is_none_or(|answer| answer.status == 500), "{size}");
    }
}

#[test]
fn a_blob_is_only_where_it_was_sent() {
    let world = World::start();
    let digest = world.put_blob("a/b", b"secret");
    for place in ["a/c", "b", "other/b", "a/b/c"] {
        let there = world.get(&format!("/v2/{place}/blobs/{digest}"));
        let never = world.get(&format!("/v2/{place}/blobs/{}", Digest::of(b"never")));
        assert_eq!(code(&there), "404 BLOB_UNKNOWN", "{place}");
        assert_eq!(code(&never), "404 BLOB_UNKNOWN");
        assert_eq!(world.ask(&format!("HEAD /v2/{place}/blobs/{digest}"), &[], b"").status, 404);
    }
    assert_eq!(code(&world.get("/v2/a/b/blobs/sha256:short")), "400 DIGEST_INVALID");
}

#[test]
fn what_the_command_line_saves_is_there_at_once() {
    let world = World::start();
    world.test.chart("mychart", "1.0.0");
    world.test.ok(&["save", "mychart"]);
    let content = world.test.digest("mychart:1.0.0", "content");
    for name in ["library/mychart", "mychart"] {
        let path = format!("/v2/{name}/blobs/{content}");
        for _ in 0..2 {
            assert_eq!(Digest::of(&world.get(&path).body).to_string(), content);
        }
    }
    world.test.ok(&["remove", "--all", "mychart"]);
    let gone = world.get(&format!("/v2/mychart/blobs/{content}"));
    assert_eq!(code(&gone), "404 BLOB_UNKNOWN");
}
