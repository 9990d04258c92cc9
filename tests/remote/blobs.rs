//! Blobs: what breaks is resumed, what is wrong is refused.

use std::time::Duration;

use crate::client::{anonymous, client_with, fetch, hasty};
use crate::server::{Reply, Seen, Server};

/// Large enough to come in several reads.
fn bytes() -> Vec<u8> {
    (0..500_000_u32).flat_map(|number| number.to_le_bytes()).collect()
}

/// Finds where the range that is asked for begins.
fn start(seen: &Seen) -> usize {
    let range = seen.header("range").map(|range| range.trim_start_matches("bytes="));
    range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap())
}

fn partial(all: &[u8], start: usize) -> Reply {
    let range = format!("bytes {start}-{}/{}", all.len() - 1, all.len());
    Reply::new(206).body(&all[start..]).header("Content-Range", range)
}

fn refuse(expected: &str, answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) {
    let server = Server::start(answer);
    let text = fetch(&anonymous(), &server, &bytes()).unwrap_err();
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_blob_is_fetched() {
    for chunked in [false, true] {
        let server = Server::start(move |_| match chunked {
            true => Reply::ok(bytes()).chunked(),
            false => Reply::ok(bytes()),
        });
        let tested = anonymous();
        assert!(fetch(&tested, &server, &bytes()).unwrap() == bytes());
        assert!(tested.waits.all().is_empty());
        assert_eq!(server.lines().len(), 1);
    }
}

#[test]
fn an_empty_blob_is_fetched() {
    let server = Server::start(|_| Reply::ok(""));
    assert_eq!(fetch(&anonymous(), &server, b"").unwrap(), b"");
}

#[test]
fn wrong_bytes_are_refused() {
    refuse("hash to", |_| Reply::ok(vec![0; bytes().len()]));
}

#[test]
fn a_wrong_length_is_refused_before_the_bytes() {
    refuse("expected 2000000 bytes, found 1999999", |_| Reply::ok(&bytes()[1..]));
    refuse("expected 2000000 bytes, found 9999999", |_| Reply::ok(bytes()).cut(9_999_999));
}

#[test]
fn bytes_without_end_are_refused_at_their_size() {
    refuse("expected 2000000 bytes, found 2000001", |_| {
        Reply::ok(vec![7; 100_000]).endless(Duration::ZERO)
    });
}

#[test]
fn a_short_body_is_tried_again_and_then_refused() {
    let server = Server::start(|_| Reply::ok("short").chunked());
    let tested = anonymous();
    let text = fetch(&tested, &server, &bytes()).unwrap_err();
    assert!(text.contains("broke"), "{text}");
    assert_eq!(tested.waits.all().len(), 3);
}

#[test]
fn a_broken_blob_goes_on_by_range() {
    let server = Server::start(|seen| match start(seen) {
        0 => Reply::ok(&bytes()[..700_000]).cut(bytes().len()),
        700_000 => partial(&bytes(), 700_000),
        other => panic!("asked for {other}"),
    });
    let tested = anonymous();
    assert!(fetch(&tested, &server, &bytes()).unwrap() == bytes());
    assert_eq!(tested.waits.all().len(), 1);
    assert!(tested.waits.all()[0].contains("the connection broke"), "{:?}", tested.waits.all());
}

#[test]
fn a_server_that_knows_no_ranges_is_heard_from_the_start() {
    let server = Server::start(|seen| match seen.nth {
        0 => Reply::ok(&bytes()[..700_000]).cut(bytes().len()),
        _ => Reply::ok(bytes()),
    });
    assert!(fetch(&anonymous(), &server, &bytes()).unwrap() == bytes());
    assert_eq!(server.lines().len(), 2);
}

#[test]
fn another_range_than_asked_for_is_refused() {
    refuse("another range", |seen| match seen.nth {
        0 => Reply::ok(&bytes()[..700_000]).cut(bytes().len()),
        _ => partial(&bytes(), 600_000),
    });
}

#[test]
fn tries_that_bring_much_are_not_counted() {
    // Each try brings 100,000 bytes, so that it takes 20 of them; three would be too few.
    let server = Server::start(|seen| {
        let (all, start) = (bytes(), start(seen));
        let part = all[start..].len().min(100_000);
        let reply = if start == 0 { Reply::new(200) } else { partial(&all, start) };
        reply.body(&all[start..start + part]).cut(all.len() - start)
    });
    assert!(fetch(&anonymous(), &server, &bytes()).unwrap() == bytes());
    assert_eq!(server.lines().len(), 20);
}

#[test]
fn a_drip_is_given_up() {
    let server = Server::start(|_| Reply::ok("x").endless(Duration::from_millis(5)));
    let text = fetch(&client_with(hasty(), None), &server, &bytes()).unwrap_err();
    assert!(text.contains("takes too long"), "{text}");
    assert_eq!(server.lines().len(), 2);
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    let server = Server::start(|_| Reply::silent());
    let text = fetch(&client_with(hasty(), None), &server, &bytes()).unwrap_err();
    assert!(text.contains("takes too long to answer"), "{text}");
    let server = Server::start(|_| Reply::ok("x").endless(Duration::from_secs(3600)));
    let text = fetch(&client_with(hasty(), None), &server, &bytes()).unwrap_err();
    assert!(text.contains("takes too long"), "{text}");
}

#[test]
fn a_blob_whose_end_is_not_told_is_whole() {
    let server = Server::start(|_| Reply::ok(bytes()).unended());
    assert!(fetch(&anonymous(), &server, &bytes()).unwrap() == bytes());
    assert_eq!(server.lines().len(), 1);
}

#[test]
fn a_reader_can_be_handed_to_another_thread() {
    fn is_send<T: Send + 'static>() {}
    is_send::<hreg::remote::BlobReader>();
    is_send::<hreg::remote::Download>();
}
