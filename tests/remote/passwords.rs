//! Passwords: sent when asked for, to whom they are for, and not for ever.

use hreg::error::{Classified as _, Kind};
use hreg::name::Host;
use hreg::remote::Credential;

use crate::client::{BASIC, anonymous, client_with, known, options, repository, says};
use crate::server::{Reply, Server};

fn challenge(text: &'static str) -> Reply {
    Reply::new(401).header("WWW-Authenticate", text).body(r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#)
}

fn guarded() -> Server {
    Server::start(|seen| match seen.header("authorization") {
        Some(BASIC) => Reply::ok(r#"{"tags":["1"]}"#),
        _ => challenge("Basic realm=\"x\""),
    })
}

#[test]
fn a_password_is_sent_once_it_is_asked_for() {
    let (server, tested) = (guarded(), known());
    for _ in 0..3 {
        tested.client.tags(&repository(&server)).unwrap();
    }
    assert_eq!(server.proofs(), ["-", BASIC, BASIC, BASIC]);
}

#[test]
fn nobody_is_sent_a_password_who_does_not_ask() {
    let server = Server::start(|_| Reply::ok("{}"));
    known().client.tags(&repository(&server)).unwrap();
    assert_eq!(server.proofs(), ["-"]);
}

#[test]
fn without_a_password_a_login_is_asked_for() {
    let server = guarded();
    let error = anonymous().client.tags(&repository(&server)).unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthorized);
    assert_eq!(error.hint().unwrap(), format!("log in with `hreg login {}`", server.host()));
    assert!(error.to_string().contains("wants a login: UNAUTHORIZED"), "{error}");
    assert_eq!(server.proofs(), ["-"]);
}

#[test]
fn a_wrong_password_is_tried_once() {
    let server = Server::start(|_| challenge("Basic realm=\"x\""));
    let (tested, host) = (known(), Host::parse(&server.host()).unwrap());
    says(tested.client.check(&host), "does not take the credentials");
    assert_eq!(server.lines(), ["GET /v2/", "GET /v2/"]);
    assert_eq!(server.proofs(), ["-", BASIC]);
}

#[test]
fn a_right_password_passes_the_check() {
    let server = guarded();
    known().client.check(&Host::parse(&server.host()).unwrap()).unwrap();
    assert_eq!(server.lines(), ["GET /v2/", "GET /v2/"]);
}

#[test]
fn what_is_forbidden_is_told_apart() {
    let server = Server::start(|seen| match seen.header("authorization") {
        None => challenge("Basic realm=x"),
        Some(_) => Reply::new(403).body(r#"{"errors":[{"code":"DENIED","message":"read only"}]}"#),
    });
    let error = known().client.tags(&repository(&server)).unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthorized);
    assert!(error.to_string().contains("does not allow it: DENIED: read only"), "{error}");
    assert!(!error.hint().unwrap().contains("login"));
}

#[test]
fn a_challenge_that_nobody_knows_is_no_reason_to_send_a_password() {
    for text in ["Negotiate", "Digest realm=x", "", "Bearer", "Bearer realm=\"", "é"] {
        let server = Server::start(move |_| challenge(text));
        assert!(known().client.tags(&repository(&server)).is_err());
        assert_eq!(server.proofs(), ["-"], "{text}");
    }
}

#[test]
fn a_token_that_was_given_goes_as_it_is() {
    let server = Server::start(|seen| match seen.header("authorization") {
        Some("Bearer given") => Reply::ok("{}"),
        _ => challenge("Bearer realm=\"http://127.0.0.1:1/\""),
    });
    let credential = Credential::Bearer { token: "given".to_owned() };
    let tested = client_with(options(), Some(credential));
    tested.client.tags(&repository(&server)).unwrap();
    assert_eq!(server.proofs(), ["-", "Bearer given"]);
}
