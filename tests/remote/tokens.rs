//! Tokens: from whom they may be had, how long they last, and what is done with junk.

use hreg::digest::Digest;
use hreg::error::{Classified as _, Kind};
use hreg::name::{Host, Repository};
use hreg::remote::{Credential, Error};

use crate::client::{
    BASIC, anonymous, client_with, fetch, known, manifest, options, repository, says, send, tag,
};
use crate::server::{Reply, Seen, Server};

/// A registry that wants the token `right`, from a token server.
fn registry(realm: String) -> Server {
    Server::start(move |seen| {
        match seen.header("authorization") {
        Some("Bearer right") => everything(seen),
        _ => Reply::new(401).header(
            "WWW-Authenticate",
            format!("Bearer realm=\"{realm}\",service=\"the registry\",scope=\"repository:space/chart:pull\""),
        ),
    }
    })
}

fn everything(seen: &Seen) -> Reply {
    match (seen.method.as_str(), seen.target.contains("/tags/")) {
        ("GET", true) => Reply::ok(r#"{"tags":["1"]}"#),
        ("GET", false) => Reply::ok("blob"),
        ("HEAD", _) => Reply::new(404),
        ("POST", _) => Reply::new(202).header("Location", "/v2/upload/1"),
        _ => Reply::new(201),
    }
}

fn token_server(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (Server, Server) {
    let tokens = Server::start(answer);
    let registry = registry(format!("http://{}/token?a=b", tokens.host()));
    (tokens, registry)
}

fn right() -> Reply {
    Reply::ok(r#"{"token":"right","expires_in":300}"#)
}

#[test]
fn a_token_is_fetched_and_kept() {
    let (tokens, registry) = token_server(|_| right());
    let tested = anonymous();
    for _ in 0..3 {
        tested.client.tags(&repository(&registry)).unwrap();
    }
    let expected = "GET /token?a=b&service=the%20registry&scope=repository%3Aspace%2Fchart%3Apull";
    assert_eq!(tokens.lines(), [expected]);
    assert_eq!(tokens.proofs(), ["-"]);
    assert_eq!(registry.proofs(), ["-", "Bearer right", "Bearer right", "Bearer right"]);
}

#[test]
fn a_password_is_changed_for_a_token() {
    let (tokens, registry) = token_server(|_| Reply::ok(r#"{"access_token":"right"}"#));
    known().client.tags(&repository(&registry)).unwrap();
    assert_eq!(tokens.proofs(), [BASIC]);
    assert_eq!(registry.proofs(), ["-", "Bearer right"]);
}

#[test]
fn an_identity_token_is_changed_for_a_token() {
    let (tokens, registry) = token_server(|_| right());
    let credential = Credential::IdentityToken { token: "hunter2&x".to_owned() };
    client_with(options(), Some(credential)).client.tags(&repository(&registry)).unwrap();
    let seen = &tokens.seen()[0];
    assert_eq!(seen.line(), "POST /token?a=b");
    assert_eq!(
        String::from_utf8(seen.body.clone()).unwrap(),
        "grant_type=refresh_token&client_id=hreg&service=the%20registry\
         &scope=repository%3Aspace%2Fchart%3Apull&refresh_token=hunter2%26x"
    );
    assert_eq!(registry.proofs(), ["-", "Bearer right"]);
}

#[test]
fn a_stranger_gets_no_password() {
    let tokens = Server::start(|_| right());
    let registry = registry(format!("http://{}/token", tokens.other_name()));
    for credential in [None, Some(crate::client::password()), Some(identity())] {
        let tested = client_with(options(), credential);
        // What everybody may have can still be had.
        tested.client.tags(&repository(&registry)).unwrap();
    }
    assert_eq!(tokens.proofs(), ["-"; 3]);
    assert!(tokens.seen().iter().all(|seen| seen.body.is_empty()));
}

fn identity() -> Credential {
    Credential::IdentityToken { token: "hunter2".to_owned() }
}

#[test]
fn a_stranger_that_wants_a_password_is_named() {
    let tokens = Server::start(|_| Reply::ok(r#"{"token":"anonymous"}"#));
    let registry = registry(format!("http://{}/token", tokens.other_name()));
    let error = known().client.tags(&repository(&registry)).unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthorized);
    assert!(error.to_string().contains(&tokens.other_name()), "{error}");
    assert!(matches!(error, Error::Realm { .. }));
    assert_eq!((tokens.proofs(), registry.proofs().len()), (vec!["-".to_owned()], 2));
}

#[test]
fn a_token_server_must_be_private() {
    let elsewhere = registry("http://tokens.example.com/".to_owned());
    says(known().client.tags(&repository(&elsewhere)), "is not encrypted");
    for realm in ["ftp://127.0.0.1/", "http://user:pw@127.0.0.1/", "http://"] {
        let registry = registry(realm.to_owned());
        says(known().client.tags(&repository(&registry)), "cannot use the address");
        assert_eq!(registry.proofs(), ["-"]);
    }
}

#[test]
fn a_loop_of_challenges_ends() {
    let (tokens, registry) = token_server(|_| Reply::ok(r#"{"token":"wrong"}"#));
    says(anonymous().client.tags(&repository(&registry)), "wants a login");
    says(known().client.tags(&repository(&registry)), "does not take the credentials");
    assert_eq!((tokens.lines().len(), registry.lines().len()), (2, 4));
}

#[test]
fn junk_is_no_token() {
    for junk in ["", "{", "[]", "{}", "null", r#"{"token":""}"#, r#"{"token":7}"#, "<html>"] {
        let (_tokens, registry) = token_server(move |_| Reply::ok(junk));
        let error = anonymous().client.tags(&repository(&registry)).unwrap_err();
        assert!(error.to_string().contains("it gives"), "{error}");
        assert_eq!(registry.proofs(), ["-"]);
    }
    let (_tokens, registry) = token_server(|_| Reply::ok(r#"{"token":"a\r\nX-Evil: 1"}"#));
    says(anonymous().client.tags(&repository(&registry)), "no header can hold");
    let (_tokens, registry) = token_server(|_| Reply::ok(vec![b' '; 300_000]));
    says(anonymous().client.tags(&repository(&registry)), "larger than 262144 bytes");
}

#[test]
fn what_a_token_server_refuses_is_told() {
    let (tokens, registry) =
        token_server(|_| Reply::new(401).body(r#"{"details":"incorrect username or password"}"#));
    let error = known().client.check(&Host::parse(&registry.host()).unwrap()).unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthorized);
    assert!(error.to_string().contains("incorrect username or password"), "{error}");
    assert_eq!(tokens.proofs(), [BASIC]);
}

#[test]
fn a_token_server_that_redirects_is_not_followed() {
    let thief = Server::start(|_| right());
    let place = format!("http://{}/", thief.host());
    let (tokens, registry) = token_server(move |_| Reply::new(307).header("Location", &place));
    says(known().client.tags(&repository(&registry)), "the server answered 307");
    assert_eq!(tokens.proofs(), [BASIC]);
    assert!(thief.lines().is_empty());
}

#[test]
fn a_token_server_may_have_a_bad_moment() {
    let (tokens, registry) = token_server(|seen| match seen.nth {
        0 => Reply::new(503),
        _ => right(),
    });
    known().client.tags(&repository(&registry)).unwrap();
    assert_eq!(tokens.lines().len(), 2);
}

#[test]
fn a_token_ends() {
    let (tokens, registry) = token_server(|_| Reply::ok(r#"{"token":"right","expires_in":0}"#));
    let tested = anonymous();
    for _ in 0..3 {
        tested.client.tags(&repository(&registry)).unwrap();
    }
    assert_eq!(tokens.lines().len(), 3);
    // Only the first request was without a token.
    assert_eq!(registry.lines().len(), 4);
}

#[test]
fn a_token_that_is_refused_later_is_changed() {
    let tokens = Server::start(|seen| Reply::ok(format!(r#"{{"token":"t{}"}}"#, seen.nth)));
    let realm = format!("http://{}/", tokens.host());
    let registry = Server::start(move |seen| match (seen.header("authorization"), seen.nth) {
        (Some("Bearer t0"), 1) | (Some("Bearer t1"), _) => everything(seen),
        _ => Reply::new(401).header("WWW-Authenticate", format!("Bearer realm=\"{realm}\"")),
    });
    let tested = anonymous();
    tested.client.tags(&repository(&registry)).unwrap();
    tested.client.tags(&repository(&registry)).unwrap();
    assert_eq!(registry.proofs(), ["-", "Bearer t0", "Bearer t0", "Bearer t1"]);
}

#[test]
fn each_repository_has_its_token() {
    let (tokens, registry) = token_server(|_| right());
    let tested = known();
    tested.client.tags(&repository(&registry)).unwrap();
    let other = Repository::parse(&format!("{}/other", registry.host())).unwrap();
    tested.client.tags(&other).unwrap();
    assert!(tokens.lines()[1].ends_with("scope=repository%3Aother%3Apull"), "{:?}", tokens.lines());
    // What the registry wants is known from the first request.
    assert_eq!(registry.proofs(), ["-", "Bearer right", "Bearer right"]);
}

#[test]
fn a_push_asks_for_the_right_to_push() {
    let (tokens, registry) = token_server(|_| right());
    let tested = known();
    send(&tested, &registry, b"blob").unwrap();
    tested.client.put_manifest(&repository(&registry), &tag("1"), &manifest().0).unwrap();
    assert_eq!(tokens.lines().len(), 1);
    assert!(tokens.lines()[0].ends_with("scope=repository%3Aspace%2Fchart%3Apull%2Cpush"));
}

#[test]
fn a_mount_asks_for_both_repositories() {
    let (tokens, registry) = token_server(|_| right());
    let from = Repository::parse(&format!("{}/other", registry.host())).unwrap();
    let source: hreg::remote::Source<'_> = &|| Ok(Box::new(&b"blob"[..]));
    let tested = known();
    tested
        .client
        .upload(&repository(&registry), &Digest::of(b"blob"), 4, source, Some(&from))
        .unwrap();
    let asked = "scope=repository%3Aspace%2Fchart%3Apull%2Cpush&scope=repository%3Aother%3Apull";
    assert!(tokens.lines().iter().any(|line| line.ends_with(asked)), "{:?}", tokens.lines());
}

#[test]
fn threads_fetch_one_token() {
    let (tokens, registry) = token_server(|_| right());
    let tested = known();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(fetch(&tested, &registry, b"blob").unwrap(), b"blob"));
        }
    });
    assert_eq!(tokens.lines().len(), 1);
}
