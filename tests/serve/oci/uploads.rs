//! Sending blobs: in one request, in two, in pieces, by mounting; and what goes wrong with it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use hreg::digest::{Algorithm, Digest, Hasher};
use rustix::process::Signal;

use super::code;
use crate::world::{Serving, World};

const STREAM: &str = "Content-Type: application/octet-stream";

#[track_caller]
fn is_there(server: &Serving, repository: &str, bytes: &[u8]) -> bool {
    server.get(&format!("/v2/{repository}/blobs/{}", Digest::of(bytes))).body == bytes
}

fn with(location: &str, digest: impl std::fmt::Display) -> String {
    format!("{location}?digest={digest}")
}

#[test]
fn a_blob_comes_in_two_requests() {
    let world = World::start();
    for bytes in [&b"text"[..], b"", b"{}"] {
        let location = world.begin("a/b");
        assert!(location.starts_with("/v2/a/b/blobs/uploads/"), "it is relative: {location}");
        let line = format!("PUT {}", with(&location, Digest::of(bytes)));
        let answer = world.ask(&line, &[STREAM], bytes);
        assert_eq!(answer.status, 201);
        let path = format!("/v2/a/b/blobs/{}", Digest::of(bytes));
        assert_eq!(answer.header("location"), path);
        assert_eq!(answer.header("docker-content-digest"), Digest::of(bytes).to_string());
        assert!(is_there(&world, "a/b", bytes));
        assert_eq!(code(&world.get(&location)), "404 BLOB_UPLOAD_UNKNOWN");
    }
}

#[test]
fn a_blob_comes_in_pieces() {
    let world = World::start();
    for last_by_put in [false, true] {
        let location = world.begin("a/b");
        let bytes = format!("piece one, piece two, last {last_by_put}").into_bytes();
        for (first, last) in [(0, 10), (11, 20)] {
            let range = format!("Content-Range: {first}-{last}");
            let piece = &bytes[first..=last];
            let answer = world.ask(&format!("PATCH {location}"), &[&range, STREAM], piece);
            assert_eq!((answer.status, answer.header("location")), (202, &*location));
            assert_eq!(answer.header("range"), format!("0-{last}"));
            let status = world.get(&location);
            assert_eq!((status.status, status.header("range")), (204, &*format!("0-{last}")));
        }
        let range = format!("Content-Range: 21-{}", bytes.len() - 1);
        let line = format!("PUT {}", with(&location, Digest::of(&bytes)));
        let answer = match last_by_put {
            true => world.ask(&line, &[&range, STREAM], &bytes[21..]),
            false => {
                world.ask(&format!("PATCH {location}"), &[&range, STREAM], &bytes[21..]);
                world.ask(&line, &[], b"")
            }
        };
        assert_eq!(answer.status, 201, "{answer:?}");
        assert!(is_there(&world, "a/b", &bytes));
    }
}

#[test]
fn pieces_out_of_order_are_refused_and_the_upload_lives() {
    let world = World::start();
    let location = world.begin("a/b");
    let patch = format!("PATCH {location}");
    let put = format!("PUT {}", with(&location, Digest::of(b"onetwo")));
    let early = world.ask(&patch, &["Content-Range: 3-5", STREAM], b"two");
    assert_eq!(code(&early), "416 BLOB_UPLOAD_INVALID");
    assert_eq!((early.header("range"), early.header("location")), ("0-0", &*location));
    assert_eq!(world.get(&location).header("range"), "0-0");
    assert_eq!(world.ask(&patch, &["Content-Range: 0-2", STREAM], b"one").status, 202);
    for line in [&patch, &put] {
        for range in ["0-2", "4-6"] {
            let answer = world.ask(line, &[&format!("Content-Range: {range}"), STREAM], b"two");
            assert_eq!(code(&answer), "416 BLOB_UPLOAD_INVALID", "{line} {range}");
        }
    }
    let wrong = world.ask(&patch, &["Content-Range: 3-9", STREAM], b"two");
    assert_eq!(code(&wrong), "400 SIZE_INVALID");
    let wrong = world.ask(&patch, &["Content-Range: bytes 3-5/6", STREAM], b"two");
    assert_eq!(code(&wrong), "400 BLOB_UPLOAD_INVALID");
    assert_eq!(world.get(&location).header("range"), "0-2");
    assert_eq!(world.ask(&put, &["Content-Range: 3-5", STREAM], b"two").status, 201);
    assert!(is_there(&world, "a/b", b"onetwo"));
}

/// Sends a request whose body comes in chunks, of a length that is not told before.
fn chunked(server: &Serving, line: &str, chunks: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = "Host: x\r\nConnection: close\r\nTransfer-Encoding: chunked";
    write!(stream, "{line} HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    for chunk in chunks.iter().chain(&[&b""[..]]) {
        write!(stream, "{:x}\r\n", chunk.len()).unwrap();
        stream.write_all(chunk).unwrap();
        stream.write_all(b"\r\n").unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_blob_comes_as_a_stream() {
    let world = World::start();
    let location = world.begin("a/b");
    let large = vec![5; 300_000];
    let answer = chunked(&world, &format!("PATCH {location}"), &[b"begin", &large, b"end"]);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert!(answer.contains("range: 0-300007\r\n"), "{answer}");
    let bytes = [&b"begin"[..], &large, b"end"].concat();
    let line = format!("PUT {}", with(&location, Digest::of(&bytes)));
    assert_eq!(world.ask(&line, &[], b"").status, 201);
    assert!(is_there(&world, "a/b", &bytes));
}

#[test]
fn wrong_bytes_are_refused_and_not_kept() {
    let world = World::start();
    let wrong = Digest::of(b"other");
    let at_once =
        world.ask(&format!("POST /v2/a/b/blobs/uploads/?digest={wrong}"), &[STREAM], b"x");
    assert_eq!(code(&at_once), "400 DIGEST_INVALID");
    let location = world.begin("a/b");
    let in_two = world.ask(&format!("PUT {}", with(&location, wrong)), &[STREAM], b"x");
    assert_eq!(code(&in_two), "400 DIGEST_INVALID");
    let location = world.begin("a/b");
    world.ask(&format!("PATCH {location}"), &[STREAM], b"x");
    let capital = Digest::of(b"x").to_string().to_uppercase().replace("SHA", "sha");
    for digest in
        [&*capital, "sha256:00", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:..%2f..", ""]
    {
        let answer = world.ask(&format!("PUT {}", with(&location, digest)), &[], b"");
        assert_eq!(code(&answer), "400 DIGEST_INVALID", "{digest}");
    }
    assert_eq!(code(&world.ask(&format!("PUT {location}"), &[], b"")), "400 DIGEST_INVALID");
    let in_many = world.ask(&format!("PUT {}", with(&location, wrong)), &[], b"");
    assert_eq!(code(&in_many), "400 DIGEST_INVALID");
    assert_eq!(world.test.tree().keys().filter(|path| path.starts_with("blobs/sha256")).count(), 1);
    assert_eq!(std::fs::read_dir(world.test.store("uploads")).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(world.test.store("tmp")).unwrap().count(), 0);
}

#[test]
fn digests_may_be_of_another_algorithm() {
    let world = World::start();
    let mut hasher = Hasher::new(Algorithm::Sha512);
    hasher.update(b"long");
    let digest = hasher.finish();
    let begun = world.ask("POST /v2/a/b/blobs/uploads/?digest-algorithm=sha512", &[], b"");
    let location = begun.header("location");
    assert_eq!(world.ask(&format!("PATCH {location}"), &[STREAM], b"long").status, 202);
    assert_eq!(world.ask(&format!("PUT {}", with(location, digest)), &[], b"").status, 201);
    assert_eq!(world.get(&format!("/v2/a/b/blobs/{digest}")).body, b"long");
    let unknown = world.ask("POST /v2/a/b/blobs/uploads/?digest-algorithm=md5", &[], b"");
    assert_eq!(code(&unknown), "400 DIGEST_INVALID");
}

#[test]
fn an_upload_can_be_cancelled() {
    let world = World::start();
    let location = world.begin("a/b");
    assert_eq!(world.ask(&format!("DELETE {location}"), &[], b"").status, 204);
    for line in ["GET", "DELETE", "PATCH", "PUT"] {
        let line = format!("{line} {}", with(&location, Digest::of(b"")));
        assert_eq!(code(&world.ask(&line, &[], b"")), "404 BLOB_UPLOAD_UNKNOWN", "{line}");
    }
}

#[test]
fn an_upload_belongs_to_its_repository() {
    let world = World::start();
    let location = world.begin("a/b");
    let elsewhere = location.replace("/a/b/", "/b/b/");
    let made_up = format!("{}/{}", location.rsplit_once('/').unwrap().0, "0".repeat(32));
    for other in [&elsewhere, &made_up, &format!("{location}0"), "/v2/a/b/blobs/uploads/..%2fx"] {
        for method in ["GET", "PATCH", "PUT", "DELETE"] {
            let line = format!("{method} {}", with(other, Digest::of(b"x")));
            let answer = world.ask(&line, &[], b"x");
            assert!(code(&answer).starts_with("404 "), "{line}: {answer:?}");
        }
    }
    assert_eq!(world.get(&location).status, 204);
}

#[test]
fn an_upload_survives_the_server() {
    let world = World::start();
    let location = world.begin("a/b");
    world.ask(&format!("PATCH {location}"), &[STREAM], b"before, ");
    let world = world.restart();
    assert_eq!(world.get(&location).header("range"), "0-7");
    world.ask(&format!("PATCH {location}"), &["Content-Range: 8-12", STREAM], b"after");
    let bytes = b"before, after";
    let line = format!("PUT {}", with(&location, Digest::of(bytes)));
    assert_eq!(world.ask(&line, &[], b"").status, 201);
    assert!(is_there(&world, "a/b", bytes));
}

#[test]
fn an_upload_ends_some_time_after_its_last_piece() {
    let world = World::start();
    let (old, young) = (world.begin("a/b"), world.begin("a/b"));
    let file = |location: &str| {
        let id = location.rsplit_once('/').unwrap().1;
        let mut files = std::fs::read_dir(world.test.store("uploads")).unwrap().map(Result::unwrap);
        let found = files.find(|file| file.file_name().to_str().unwrap().starts_with(id));
        found.map(|file| file.path())
    };
    let days_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 3600);
    let bytes = std::fs::File::options().write(true).open(file(&old).unwrap()).unwrap();
    bytes.set_modified(days_ago).unwrap();
    for method in ["GET", "PATCH", "DELETE"] {
        let answer = world.ask(&format!("{method} {old}"), &[], b"");
        assert_eq!(code(&answer), "404 BLOB_UPLOAD_UNKNOWN", "{method}");
    }
    world.test.ok(&["gc", "--grace", "0"]);
    assert!(file(&old).is_none() && file(&young).is_some());
    assert_eq!(world.get(&young).status, 204);
}

#[test]
fn a_blob_is_mounted_from_where_it_is() {
    let world = World::start();
    let digest = world.put_blob("a/b", b"shared");
    let mount = |from: &str| {
        world.ask(&format!("POST /v2/c/d/blobs/uploads/?mount={digest}{from}"), &[], b"")
    };
    for from in ["&from=other/b", "&from=..%2fb", "&from=A"] {
        let answer = mount(from);
        assert_eq!(answer.status, 202, "{from}");
        assert!(answer.header("location").starts_with("/v2/c/d/blobs/uploads/"), "{from}");
    }
    assert_eq!(world.get(&format!("/v2/c/d/blobs/{digest}")).status, 404);
    let mounted = mount("&from=a/b");
    assert_eq!(mounted.status, 201);
    assert_eq!(mounted.header("location"), format!("/v2/c/d/blobs/{digest}"));
    assert!(is_there(&world, "c/d", b"shared"));
    let never = Digest::of(b"never sent");
    for from in ["", "&from=a/b"] {
        let line = format!("POST /v2/e/f/blobs/uploads/?mount={never}{from}");
        assert_eq!(world.ask(&line, &[], b"").status, 202);
    }
    let anonymous = world.ask(&format!("POST /v2/e/f/blobs/uploads/?mount={digest}"), &[], b"");
    assert_eq!(anonymous.status, 201);
}

#[test]
fn a_running_request_ends_before_the_server_does() {
    let World { test, mut server } = World::start();
    let location = server.begin("a/b");
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let bytes = vec![9; 300_000];
    let line = format!("PUT {} HTTP/1.1", with(&location, Digest::of(&bytes)));
    write!(stream, "{line}\r\nHost: x\r\nContent-Length: {}\r\n\r\n", bytes.len()).unwrap();
    stream.write_all(&bytes[..200_000]).unwrap();
    while server.get(&location).header("range") == "0-0" {}
    let second = server.ask(&format!("PATCH {location}"), &[STREAM], b"");
    assert_eq!(code(&second), "409 BLOB_UPLOAD_INVALID");
    server.signal(Signal::TERM);
    // A connection that was open before may answer once more, or end.
    let stopped = |path| loop {
        if let Some(answer) = server.try_get(path).filter(|answer| answer.status != 200) {
            break answer;
        }
    };
    let ready = stopped("/ready");
    assert_eq!((ready.status, ready.text()), (503, r#"{"ready":false}"#));
    let other = stopped("/v2/");
    assert_eq!((other.status, other.header("retry-after")), (503, "5"));
    stream.write_all(&bytes[200_000..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(server.wait().code(), Some(0));
    let kept = test.store("blobs").join(Digest::of(&bytes).to_string().replace(':', "/"));
    assert!(std::fs::read(kept).unwrap() == bytes);
}

#[test]
fn the_same_blob_may_be_sent_by_many_at_once() {
    let world = World::start();
    let bytes = vec![3; 200_000];
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| world.put_blob("a/b", &bytes));
        }
    });
    assert!(is_there(&world, "a/b", &bytes));
}
