//! Lists in pages: read to their end, which has to come.

use hreg::error::{Classified as _, Kind};
use hreg::name::Host;
use hreg::remote::Error;

use crate::client::{anonymous, client_with, known, options, repository, says};
use crate::server::{Reply, Seen, Server};

fn tags(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Result<Vec<String>, Error> {
    anonymous().client.tags(&repository(&Server::start(answer)))
}

fn page(names: &[&str]) -> Reply {
    Reply::ok(serde_json::json!({ "name": "space/chart", "tags": names }).to_string())
}

fn next(target: &str) -> String {
    format!("<{target}>; rel=\"next\"")
}

#[test]
fn pages_are_turned_by_links() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/v2/space/chart/tags/list?n=1000" => {
            page(&["a", "b"]).header("Link", next("/v2/space/chart/tags/list?n=1000&last=b"))
        }
        "/v2/space/chart/tags/list?n=1000&last=b" => {
            page(&["c"]).header("Link", next("list?last=c"))
        }
        "/v2/space/chart/tags/list?last=c" => page(&["d"]),
        other => panic!("{other}"),
    });
    assert_eq!(anonymous().client.tags(&repository(&server)).unwrap(), ["a", "b", "c", "d"]);
}

#[test]
fn a_whole_link_to_the_same_server_is_followed() {
    let server = Server::start(|seen| match seen.nth {
        0 if !seen.target.contains("last") => {
            let host = seen.header("host").unwrap();
            page(&["a"]).header("Link", next(&format!("http://{host}/v2/x/tags/list?last=a")))
        }
        _ => page(&["b"]),
    });
    assert_eq!(anonymous().client.tags(&repository(&server)).unwrap(), ["a", "b"]);
}

#[test]
fn a_full_page_without_a_link_has_a_successor() {
    let server = Server::start(|seen| match seen.target.split_once("last=") {
        None => page(&["a", "b"]),
        Some((_, "b")) => page(&["c"]),
        Some((_, other)) => panic!("{other}"),
    });
    let mut options = options();
    options.page_size = 2;
    let tested = client_with(options.clone(), None);
    assert_eq!(tested.client.tags(&repository(&server)).unwrap(), ["a", "b", "c"]);
    // A registry that cannot turn pages gives the same one for ever.
    let server = Server::start(|_| page(&["a", "b"]));
    let tested = client_with(options, None);
    assert_eq!(tested.client.tags(&repository(&server)).unwrap(), ["a", "b"]);
    assert_eq!(server.lines().len(), 2);
}

#[test]
fn pages_that_go_round_are_an_error() {
    says(tags(|seen| page(&["a"]).header("Link", next(&seen.target))), "round in circles");
    let two = |seen: &Seen| match seen.target.contains("last=b") {
        true => page(&["b"]).header("Link", next("list?last=a")),
        false => page(&["a"]).header("Link", next("list?last=b")),
    };
    says(tags(two), "round in circles");
    let empty =
        |seen: &Seen| page(&[]).header("Link", next(&format!("list?last={}", seen.target.len())));
    says(tags(empty), "round in circles");
}

#[test]
fn pages_without_end_are_an_error() {
    let many = |seen: &Seen| {
        let number: usize =
            seen.target.rsplit_once("last=").map_or(0, |(_, last)| last.parse().unwrap());
        let names: Vec<String> = (0..10_000).map(|one| format!("{number}-{one}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        page(&names).header("Link", next(&format!("list?last={}", number + 1)))
    };
    says(tags(many), "more than 100000 names");
}

#[test]
fn a_page_elsewhere_is_not_asked_for() {
    let thief = Server::start(|_| page(&["x"]));
    let place = format!("http://{}/v2/", thief.host());
    let server = Server::start(move |seen| match seen.header("authorization") {
        None => Reply::new(401).header("WWW-Authenticate", "Basic realm=x"),
        _ => page(&["a"]).header("Link", next(&place)),
    });
    says(known().client.tags(&repository(&server)), "its next page is elsewhere");
    assert!(thief.lines().is_empty());
}

#[test]
fn no_tags_are_no_error() {
    for body in [r#"{"tags":null}"#, r#"{"tags":[]}"#, "{}"] {
        assert!(tags(move |_| Reply::ok(body)).unwrap().is_empty());
    }
    assert_eq!(tags(|_| Reply::new(404)).unwrap_err().kind(), Kind::NotFound);
}

#[test]
fn junk_is_no_list() {
    for junk in ["", "[", "<html>", r#"{"tags":"a"}"#, r#"{"tags":[1]}"#, "7"] {
        says(tags(move |_| Reply::ok(junk)), "its list cannot be read");
    }
    let many = format!("{{\"tags\":[{}\"a\"]}}", "\"a\",".repeat(200_000));
    says(tags(move |_| Reply::ok(many.clone())), "at most 100000 names");
    let long = format!("{{\"tags\":[\"{}\"]}}", "a".repeat(256));
    says(tags(move |_| Reply::ok(long.clone())), "of at most 255 bytes");
    let endless = |_: &Seen| Reply::ok(vec![b' '; 1 << 20]).endless(std::time::Duration::ZERO);
    says(tags(endless), "larger than 33554432 bytes");
}

#[test]
fn a_catalogue_is_read() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/v2/_catalog?n=1000" => Reply::ok(r#"{"repositories":["a/b"]}"#)
            .header("Link", next("/v2/_catalog?last=a%2Fb&n=1000")),
        "/v2/_catalog?last=a%2Fb&n=1000" => Reply::ok(r#"{"repositories":["c"]}"#),
        other => panic!("{other}"),
    });
    let host = Host::parse(&server.host()).unwrap();
    assert_eq!(anonymous().client.catalogue(&host).unwrap(), ["a/b", "c"]);
}
