//! Tokens: how they are had, what they are good for, and which are not taken.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::auth::{RULES, ask, ask_with, header, start_with};
use crate::oci::code;
use crate::world::World;

/// A key that tests share with the server.
const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

/// Gives settings for users, rules and tokens; `more` is put behind `tokens:`.
pub(crate) fn with_tokens(more: &str) -> String {
    format!("{RULES}  tokens: {{{more}}}\n")
}

/// Gets a token that is good for some scopes, and gives the header with it.
#[track_caller]
pub(crate) fn token(world: &World, user: &str, scopes: &str) -> String {
    let line = format!("GET /v2/token?service=hreg&scope={}", scopes.replace(' ', "+"));
    let answer = ask(world, user, &line, "");
    assert_eq!(answer.status, 200, "{answer:?}");
    bearer(answer.json()["token"].as_str().unwrap())
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// Starts a server whose key the tests know.
fn start() -> World {
    let world = start_with(RULES);
    world.test.write("key", KEY);
    restart(world, &with_tokens("key: key"))
}

/// Starts a server anew with other settings.
fn restart(world: World, settings: &str) -> World {
    let World { test, server } = world;
    drop(server);
    test.write("config.yaml", settings);
    World::with(test, &["-c", "config.yaml"])
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Gives the claims of a token that would be taken.
fn claims(user: &str, name: &str, actions: &[&str]) -> Value {
    let access = json!([{ "type": "repository", "name": name, "actions": actions }]);
    json!({ "iss": "hreg", "aud": "hreg", "sub": user, "exp": now() + 300, "access": access })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn sign(claims: &Value) -> String {
    encode(&Header::default(), claims, &EncodingKey::from_secret(KEY)).unwrap()
}

/// Lists the access that a token has, as scopes.
fn access(token: &str) -> Vec<String> {
    let claims: Value = insecure_decode_claims(token).unwrap();
    let entries = claims["access"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let scope = |entry: &Value| {
        let actions: Vec<String> = entry["actions"].as_array().unwrap().iter().map(text).collect();
        format!("{}:{}:{}", text(&entry["type"]), text(&entry["name"]), actions.join(","))
    };
    entries.map(scope).collect()
}

fn status(world: &World, token: &str, line: &str) -> u16 {
    ask_with(world, &bearer(token), line, "").status
}

const READ: &str = "GET /v2/team/b/manifests/v1";

#[test]
fn a_token_has_of_what_is_asked_for_what_its_user_may_do() {
    let world = start();
    let asked = "scope=repository:team/b:pull,push&scope=repository:team/b:delete+\
                 repository:secret/b:pull&scope=registry:catalog:*&scope=repository:open/*:*";
    for (user, expected) in [
        ("reader", &["repository:team/b:pull", "registry:catalog:*", "repository:open/*:pull"][..]),
        (
            "pusher",
            &["repository:team/b:pull,push", "registry:catalog:*", "repository:open/*:pull"],
        ),
        (
            "master",
            &["repository:team/b:pull,push,delete", "registry:catalog:*", "repository:open/*:pull"],
        ),
        ("", &["registry:catalog:*", "repository:open/*:pull"]),
    ] {
        let answer = ask(&world, user, &format!("GET /v2/token?account=x&{asked}"), "");
        let document = answer.json();
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!((answer.status, &document["expires_in"]), (200, &json!(300)));
        assert_eq!(document["token"], document["access_token"]);
        let issued = document["issued_at"].as_str().unwrap();
        assert!(issued.parse::<jiff::Timestamp>().is_ok(), "{issued}");
        assert_eq!(access(document["token"].as_str().unwrap()), expected, "{user}");
    }
    let refused = world.ask("GET /v2/token", &[&header("reader", "wrong")], b"");
    assert_eq!(code(&refused), "401 UNAUTHORIZED");
}

#[test]
fn a_form_gets_a_token_too() {
    let world = start();
    let post = |header: &str, form: &str| {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let headers = [header, kind];
        let headers = &headers[usize::from(header.is_empty())..];
        world.ask("POST /v2/token", headers, form.as_bytes())
    };
    let ask =
        "service=hreg&client_id=x&scope=repository%3Ateam%2Fb%3Apull%20repository:open/b:pull";
    let granted = |answer: &crate::world::Answer| {
        assert_eq!(answer.status, 200, "{answer:?}");
        access(answer.json()["access_token"].as_str().unwrap())
    };
    let both = ["repository:team/b:pull", "repository:open/b:pull"];
    let form = format!("grant_type=password&username=reader&password=reader&{ask}");
    assert_eq!(granted(&post("", &form)), both);
    assert_eq!(granted(&post(&header("reader", "reader"), ask)), both);
    assert_eq!(granted(&post("", ask)), both[1..]);
    let wrong = post("", &format!("grant_type=password&username=reader&password=sesame&{ask}"));
    assert_eq!(code(&wrong), "401 UNAUTHORIZED");
    assert!(!wrong.text().contains("sesame"));
    for form in ["grant_type=refresh_token&refresh_token=sesame", "grant_type=%ff", "=\u{0}&&%"] {
        let refused = post("", form);
        assert!(matches!(refused.status, 200 | 400), "{form}: {refused:?}");
        assert!(!refused.text().contains("sesame"), "{form}");
    }
    assert_eq!(post("", "grant_type=refresh_token&refresh_token=x").status, 400);
    assert_eq!(post("", &format!("scope={}", "x".repeat(70_000))).status, 413);
    let method = crate::auth::ask(&world, "reader", "PUT /v2/token", "");
    assert_eq!((method.status, method.header("allow")), (405, "GET, POST"));
}

#[test]
fn a_client_is_told_where_to_get_which_token() {
    let world = start();
    let address = world.address().to_owned();
    let asked = |world: &World, line: &str| -> Vec<String> {
        ask(world, "", line, "").headers("www-authenticate").map(str::to_owned).collect()
    };
    let basic = r#"Basic realm="hreg", charset="UTF-8""#;
    let digest = hreg::digest::Digest::of(b"text");
    for (line, scope) in [
        ("GET /v2/", ""),
        ("GET /v2/team/b/manifests/v1", r#",scope="repository:team/b:pull""#),
        ("HEAD /v2/team/b/blobs/x", r#",scope="repository:team/b:pull""#),
        ("POST /v2/team/b/blobs/uploads/", r#",scope="repository:team/b:pull,push""#),
        ("PUT /v2/b/manifests/v1", r#",scope="repository:b:pull,push""#),
        ("DELETE /v2/team/b/manifests/v1", r#",scope="repository:team/b:delete""#),
        (
            &format!("POST /v2/team/b/blobs/uploads/?mount={digest}&from=open/b"),
            r#",scope="repository:team/b:pull,push repository:open/b:pull""#,
        ),
        (
            "POST /v2/team/b/blobs/uploads/?from=%22,x=%22y",
            r#",scope="repository:team/b:pull,push""#,
        ),
    ] {
        let bearer = format!(r#"Bearer realm="http://{address}/v2/token",service="hreg"{scope}"#);
        assert_eq!(asked(&world, line), [bearer, basic.to_owned()], "{line}");
    }
    assert_eq!(asked(&world, "GET /team/index.yaml"), [basic], "others send passwords unasked");
    let odd = world.ask("GET /v2/", &["Host: a,b"], b"");
    assert_eq!(odd.headers("www-authenticate").collect::<Vec<_>>(), [basic], "no such host");
    let realm = "https://front.example/v2/token";
    let world = restart(world, &with_tokens(&format!("service: front, realm: '{realm}'")));
    let bearer = format!(r#"Bearer realm="{realm}",service="front""#);
    assert_eq!(asked(&world, "GET /v2/"), [bearer, basic.to_owned()]);
}

#[test]
fn a_token_is_good_for_nothing_else() {
    let world = start();
    let pull = token(&world, "master", "repository:team/b:pull");
    let get = |line: &str| ask_with(&world, &pull, line, "");
    assert_eq!([get("GET /v2/").status, get(READ).status], [200, 200]);
    for (line, scope) in [
        ("GET /v2/team/c/manifests/v1", "repository:team/c:pull"),
        ("GET /v2/open/b/manifests/v1", "repository:open/b:pull"),
        ("POST /v2/team/b/blobs/uploads/", "repository:team/b:pull,push"),
        ("DELETE /v2/team/b/manifests/v1", "repository:team/b:delete"),
    ] {
        let answer = get(line);
        assert_eq!(code(&answer), "401 UNAUTHORIZED", "{line}");
        let challenge = answer.header("www-authenticate");
        let end = format!(r#",scope="{scope}",error="insufficient_scope""#);
        assert!(challenge.ends_with(&end), "{challenge}");
    }
    for line in ["GET /team/index.yaml", "GET /api/team/charts", "GET /api/v1/spaces/team/charts"] {
        assert_eq!(get(line).status, 401, "{line}");
    }
    assert_eq!(get("GET /api/v1/spaces/team/charts/b/versions").status, 200, "of the same chart");
    assert_eq!(get("GET /api/team/charts/b").status, 404);
    // What the user may not do is not another token's affair.
    assert_eq!(get("GET /v2/secret/b/manifests/v1").status, 403);
    let none = token(&world, "master", "");
    assert_eq!(ask_with(&world, &none, "GET /v2/", "").status, 200);
    assert_eq!(ask_with(&world, &none, READ, "").status, 401);
    assert_eq!(ask_with(&world, &none, "GET /v2/token", "").status, 401, "no token for a token");
}

#[test]
fn lists_have_what_a_token_is_good_for() {
    let world = start();
    let list = |scopes: &str| {
        let header = token(&world, "reader", scopes);
        let answer = ask_with(&world, &header, "GET /v2/_catalog", "");
        (answer.status == 200).then(|| answer.json()["repositories"].clone())
    };
    assert_eq!(list("registry:catalog:*"), Some(json!(["known/b", "open/b", "team/b"])));
    assert_eq!(list("repository:team/b:pull"), Some(json!(["team/b"])));
    assert_eq!(list("repository:open/*:pull"), Some(json!(["open/b"])));
    assert_eq!(list("repository:team/b:push"), None);
    let anybody = token(&world, "", "registry:catalog:*");
    let listed = ask_with(&world, &anybody, "GET /v2/_catalog", "");
    assert_eq!(listed.json()["repositories"], json!(["open/b"]));
    let spaces = ask_with(&world, &anybody, "GET /api/v1/spaces", "");
    assert_eq!(spaces.json()["items"], json!(["open"]), "{spaces:?}");
}

#[test]
fn a_token_ends_with_its_users_rights() {
    let world = start();
    let header = token(&world, "reader", "repository:team/b:pull");
    let get = |world: &World| ask_with(world, &header, READ, "").status;
    assert_eq!(get(&world), 200);
    let rules = with_tokens("key: key").replace("users: [reader, pusher,", "users: [pusher,");
    let world = restart(world, &rules);
    assert_eq!(get(&world), 403, "the rules are asked at each request");
    let world = restart(world, &with_tokens("key: key"));
    assert_eq!(get(&world), 200, "servers with the same key take each other's tokens");
    let users = world.test.read("users");
    let (_, others) = users.split_once('\n').unwrap();
    world.test.write("users", others);
    assert_eq!(get(&world), 401, "there is no such user any more");
    world.test.write("users", &users);
    assert_eq!(get(&world), 200);
    world.test.write("key", b"another key of thirty-two bytes and more");
    assert_eq!(get(&world), 401, "the key is another");
    let world = restart(world, &with_tokens(""));
    let header = token(&world, "reader", "repository:team/b:pull");
    assert_eq!(ask_with(&world, &header, READ, "").status, 200);
    let world = restart(world, &with_tokens(""));
    assert_eq!(ask_with(&world, &header, READ, "").status, 401, "the key has gone with the server");
}

#[test]
fn a_token_that_is_not_as_it_should_be_is_not_taken() {
    let world = start();
    let good = claims("reader", "team/b", &["pull"]);
    assert_eq!(status(&world, &sign(&good), READ), 200);
    let other = EncodingKey::from_secret(b"fedcba9876543210fedcba9876543210");
    let signed = sign(&good);
    let (text, signature) = signed.rsplit_once('.').unwrap();
    let (_, payload) = text.split_once('.').unwrap();
    let header = |json: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json)
    };
    let none = header(r#"{"typ":"JWT","alg":"none"}"#);
    let critical = Header { crit: Some(vec!["exp".to_owned()]), ..Header::default() };
    let critical = encode(&critical, &good, &EncodingKey::from_secret(KEY)).unwrap();
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        sign(&claims)
    };
    let changed = |name: &str, value: Value| sign(&with(good.clone(), name, value));
    for (what, token) in [
        ("expired", changed("exp", json!(now() - 120))),
        ("an end that is no number", changed("exp", json!("never"))),
        ("no end", without("exp")),
        ("not good yet", changed("nbf", json!(now() + 120))),
        ("another issuer", changed("iss", json!("other"))),
        ("no issuer", without("iss")),
        ("another audience", changed("aud", json!(["other"]))),
        ("no audience", without("aud")),
        ("a user who is not there", changed("sub", json!("eve"))),
        ("a user with an odd name", changed("sub", json!("reader\n"))),
        ("access that is no list", changed("access", json!("all"))),
        ("something to be understood", critical),
        ("no signature", format!("{none}.{payload}.")),
        ("an empty signature", format!("{text}.")),
        ("the signature of none", format!("{none}.{payload}.{signature}")),
        ("another key", encode(&Header::default(), &good, &other).unwrap()),
        ("truncated", signed[..signed.len() - 4].to_owned()),
        ("one part", payload.to_owned()),
        ("junk", "%%%".to_owned()),
    ] {
        let answer = ask_with(&world, &bearer(&token), READ, "");
        assert_eq!(code(&answer), "401 UNAUTHORIZED", "{what}");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.ends_with(r#"error="invalid_token""#), "{what}: {challenge}");
        assert!(!answer.text().contains(&token), "{what}");
        assert_eq!(status(&world, &token, "GET /open/index.yaml"), 401, "{what}: by any door");
    }
    let large = with(good.clone(), "more", json!("x".repeat(20_000)));
    assert_eq!(status(&world, &sign(&large), READ), 401, "it is too long to be looked at");
    assert_eq!(status(&world, &"x".repeat(100_000), READ), 401);
    let scopes: Vec<String> = (0..400).map(|n| format!("scope=repository:open/{n}:pull")).collect();
    let asked = ask(&world, "reader", &format!("GET /v2/token?{}", scopes.join("&")), "");
    assert_eq!(code(&asked), "400 UNSUPPORTED", "it would be too long to be taken back");
}

#[test]
fn where_no_tokens_are_given_there_are_none() {
    let world = start_with(RULES);
    assert_eq!(code(&ask(&world, "reader", "GET /v2/token", "")), "404 NAME_INVALID");
    assert_eq!(status(&world, &sign(&claims("reader", "team/b", &["pull"])), READ), 401);
    let test = crate::environment::Environment::new();
    test.write("key", "too short");
    test.write("config.yaml", "auth: {tokens: {}}");
    let refused = test.run(&["serve", "--check", "-c", "config.yaml"]);
    assert!(refused.stderr.contains("no file of passwords is named"), "{refused}");
    test.write("users", crate::auth::hash("ann"));
    test.write("config.yaml", "auth: {htpasswd: users, tokens: {key: key}}");
    let refused = test.run(&["serve", "--check", "-c", "config.yaml"]);
    assert!(
        refused.stderr.contains("cannot use key for tokens: it has fewer than 32"),
        "{refused}"
    );
    assert!(!refused.stderr.contains("too short"), "{refused}");
}

mod issuer;
