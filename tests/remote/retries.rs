//! Trying again: what may help is tried, what cannot is not, and nothing is tried for ever.

use std::time::{Duration, SystemTime};

use hreg::error::{Classified as _, Kind};
use hreg::remote::Error;

use crate::client::{anonymous, client_with, fetch, hasty, options, repository, says, tag};
use crate::server::{Reply, Seen, Server};

/// Asks for tags of a server; gives the requests that it saw, and how often was waited.
fn tags(
    answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
) -> (Result<Vec<String>, Error>, usize, Vec<String>) {
    let (server, tested) = (Server::start(answer), anonymous());
    let tags = tested.client.tags(&repository(&server));
    (tags, server.lines().len(), tested.waits.all())
}

fn fine() -> Reply {
    Reply::ok(r#"{"name":"space/chart","tags":["1.0"]}"#)
}

#[test]
fn passing_errors_pass() {
    for status in [408, 429, 500, 502, 503, 504] {
        let (tags, requests, waits) = tags(move |seen| match seen.nth {
            0 | 1 => Reply::new(status).body("{}"),
            _ => fine(),
        });
        assert_eq!(tags.unwrap(), ["1.0"]);
        assert_eq!((requests, waits.len()), (3, 2));
        assert!(waits[0].contains(&status.to_string()), "{waits:?}");
    }
}

#[test]
fn errors_that_stay_are_told() {
    for (status, expected) in [(503, "answered 503"), (429, "takes no more requests")] {
        let (result, requests, _) = tags(move |_| Reply::new(status));
        says(result, expected);
        assert_eq!(requests, 4);
    }
}

#[test]
fn other_errors_are_told_at_once() {
    for status in [400, 404, 405, 409, 413, 501, 505, 304] {
        let (result, requests, waits) = tags(move |_| Reply::new(status));
        assert!(result.is_err(), "{status}");
        assert_eq!((requests, waits.len()), (1, 0), "{status}");
    }
}

#[test]
fn the_time_that_a_server_asks_for_is_kept() {
    let (tags, _, waits) = tags(|seen| match seen.nth {
        0 => Reply::new(429).header("Retry-After", 1),
        _ => fine(),
    });
    assert_eq!(tags.unwrap(), ["1.0"]);
    // Without the header, the pause would be of milliseconds.
    assert!(waits[0].contains("429 Too Many Requests; next try in 1.0 s"), "{waits:?}");
}

#[test]
fn a_server_that_asks_for_too_much_is_not_waited_for() {
    let then = jiff::Timestamp::try_from(SystemTime::now() + Duration::from_secs(3600)).unwrap();
    let date = then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for asked in ["3600".to_owned(), date] {
        let (result, requests, waits) =
            tags(move |_| Reply::new(429).header("Retry-After", &asked));
        let error = result.unwrap_err();
        assert_eq!((error.kind(), requests, waits.len()), (Kind::Unreachable, 1, 0));
        let Error::TooMany { wait: Some(wait), .. } = error else { panic!("{error}") };
        // The clock goes on between the making of the date and its reading.
        assert!((1..=3600).contains(&wait.as_secs()), "{wait:?}");
    }
}

#[test]
fn broken_connections_are_made_again() {
    let (tags, requests, _) = tags(|seen| match seen.nth {
        0 => Reply::ok("{\"tags\"").cut(1000),
        1 => Reply::new(200).cut(5),
        _ => fine(),
    });
    assert_eq!((tags.unwrap(), requests), (vec!["1.0".to_owned()], 3));
}

#[test]
fn nobody_there_is_told_at_once() {
    let server = Server::start(|_| fine());
    let repository = repository(&server);
    drop(server);
    let tested = anonymous();
    let error = tested.client.tags(&repository).unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.to_string().contains("cannot be reached"), "{error}");
    assert!(tested.waits.all().is_empty());
}

#[test]
fn a_server_that_is_silent_is_given_up() {
    let (server, tested) = (Server::start(|_| Reply::silent()), client_with(hasty(), None));
    says(tested.client.head_manifest(&repository(&server), &tag("1")), "too long to answer");
    assert_eq!(server.lines().len(), 2);
}

#[test]
fn what_is_no_http_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"\x15\x03\x01\x00\x02\x02\x16 this is no HTTP\r\n\r\n");
        }
    });
    let repository = hreg::name::Repository::parse(&format!("{host}/a/b")).unwrap();
    says(anonymous().client.tags(&repository), "does not answer as it should");
    // Speaking TLS to it fails too, and says why.
    let mut options = options();
    options.tls.skip_verify = true;
    says(client_with(options, None).client.tags(&repository), "no TLS with");
}

#[test]
fn tls_with_a_plain_server_says_so() {
    let server = Server::start(|_| fine());
    let mut options = options();
    options.tls.skip_verify = true;
    let tested = client_with(options, None);
    let error = tested.client.tags(&repository(&server)).unwrap_err();
    assert!(error.to_string().contains("no TLS with"), "{error}");
    assert!(tested.waits.all().is_empty());
}

#[test]
fn the_last_error_of_a_blob_is_told() {
    let server = Server::start(|_| Reply::new(500).body("<html>down</html>"));
    let text = fetch(&anonymous(), &server, b"x").unwrap_err();
    assert!(text.ends_with("the server answered 500"), "{text}");
}
