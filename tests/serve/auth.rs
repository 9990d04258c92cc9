//! Who may do what: every route and method of the OCI API, for every right.

use hreg::digest::Digest;

use crate::environment::Environment;
use crate::oci::{MANIFEST, artifact, code};
use crate::tokens::{token, with_tokens};
use crate::world::{Answer, World};

/// Users with one right each in the space `team`, the password being the name. Hashed
/// with the least cost there is, as no test is about that.
pub(crate) const USERS: [&str; 6] = ["reader", "pusher", "writer", "deleter", "master", "stranger"];

pub(crate) const RULES: &str = "
auth:
  htpasswd: users
  rules:
  - {spaces: team, users: [reader, pusher, writer, deleter, master], actions: read}
  - {spaces: [team, team/*], users: [pusher, writer, master], actions: push}
  - {spaces: team, users: [writer, master], actions: overwrite}
  - {spaces: te*m, users: [deleter, master], actions: delete}
  - {spaces: open, users: anonymous, actions: [read]}
  - {spaces: known, users: '*', actions: [read, push]}
";

pub(crate) fn hash(user: &str) -> String {
    format!("{user}:{}\n", bcrypt::hash(user, 4).unwrap())
}

fn with_users(test: &Environment) {
    test.write("users", USERS.map(hash).concat());
}

pub(crate) fn header(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let pair = format!("{user}:{password}");
    format!("Authorization: Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// Sends a request as a user, whose password is the name; nobody has none.
pub(crate) fn ask(world: &World, user: &str, line: &str, body: &str) -> Answer {
    let header = if user.is_empty() { String::new() } else { header(user, user) };
    ask_with(world, &header, line, body)
}

/// Sends a request with a header, if there is one.
pub(crate) fn ask_with(world: &World, header: &str, line: &str, body: &str) -> Answer {
    let headers = [header, &format!("Content-Type: {MANIFEST}")];
    world.ask(line, &headers[usize::from(header.is_empty())..], body.as_bytes())
}

/// Starts a server that knows the users, over a store with an artifact in three spaces.
fn start() -> World {
    start_with(RULES)
}

/// Starts the same with other settings.
pub(crate) fn start_with(settings: &str) -> World {
    let world = World::start();
    for space in ["team", "open", "known", "secret"] {
        world.put_artifact(&format!("{space}/b"), "v1", "text");
    }
    let World { test, server } = world;
    drop(server);
    with_users(&test);
    test.write("config.yaml", settings);
    World::with(test, &["-c", "config.yaml"])
}

/// Says who is let through, of all [`USERS`]; the others must be told 403, and nobody 401. By a token
/// that is good for all that its user may do, it must be the same as by the password.
#[track_caller]
fn allowed(world: &World, line: &str, body: &str) -> Vec<&'static str> {
    let scopes = ["team", "secret", "absent"]
        .map(|space| format!("repository:{space}/b:* repository:{space}/*:*"))
        .join(" ");
    let token = |user: &str| token(world, user, &scopes);
    for header in ["", &token("")] {
        let refused = ask_with(world, header, line, body);
        assert_eq!(refused.status, 401, "{line}");
        let mut challenges = refused.headers("www-authenticate");
        assert!(challenges.any(|challenge| challenge.starts_with("Basic realm=")), "{line}");
    }
    let allowed = |header: &dyn Fn(&str) -> String| -> Vec<&str> {
        let is_allowed = |user: &&str| {
            let answer = ask_with(world, &header(user), line, body);
            assert_ne!(answer.status, 401, "{user}: {line}");
            assert_eq!(answer.header("www-authenticate"), "", "{user}: {line}");
            answer.status != 403
        };
        USERS.into_iter().filter(is_allowed).collect()
    };
    let by_password = allowed(&|user| header(user, user));
    assert_eq!(allowed(&token), by_password, "{line}");
    by_password
}

#[test]
fn every_route_asks_for_its_right() {
    let world = start_with(&with_tokens(""));
    let readers = ["reader", "pusher", "writer", "deleter", "master"];
    let (pushers, deleters) = (["pusher", "writer", "master"], ["deleter", "master"]);
    let digest = Digest::of(b"text");
    let upload = "0123456789abcdef0123456789abcdef";
    let table: [(&str, &[&str]); 20] = [
        ("GET tags/list", &readers),
        ("GET manifests/v1", &readers),
        ("HEAD manifests/v1", &readers),
        ("GET manifests/none", &readers),
        ("GET blobs/DIGEST", &readers),
        ("HEAD blobs/DIGEST", &readers),
        ("GET referrers/DIGEST", &readers),
        ("POST blobs/uploads/", &pushers),
        ("POST blobs/uploads/?digest=DIGEST", &pushers),
        ("POST blobs/uploads/?mount=DIGEST&from=secret/b", &pushers),
        ("GET blobs/uploads/UPLOAD", &pushers),
        ("PATCH blobs/uploads/UPLOAD", &pushers),
        ("PUT blobs/uploads/UPLOAD?digest=DIGEST", &pushers),
        ("DELETE blobs/uploads/UPLOAD", &pushers),
        ("PUT manifests/v1", &pushers),
        ("PUT manifests/DIGEST", &pushers),
        ("DELETE manifests/none", &deleters),
        ("DELETE manifests/DIGEST", &deleters),
        ("DELETE blobs/DIGEST", &deleters),
        ("DELETE manifests/v1", &deleters),
    ];
    for (route, expected) in table {
        let route = route.replace("DIGEST", &digest.to_string()).replace("UPLOAD", upload);
        let (method, rest) = route.split_once(' ').unwrap();
        // Nothing that is sent here is taken: only whether it is looked at counts.
        let body = if method == "POST" { "" } else { "no manifest" };
        let body = if matches!(method, "GET" | "HEAD" | "DELETE") { "" } else { body };
        assert_eq!(
            allowed(&world, &format!("{method} /v2/team/b/{rest}"), body),
            expected,
            "{route}"
        );
        // Whether there is such a space makes no difference to who may not read it.
        for space in ["secret", "absent"] {
            let line = format!("{method} /v2/{space}/b/{rest}");
            assert_eq!(allowed(&world, &line, body), [""; 0], "{line}");
        }
    }
}

#[test]
fn every_door_asks_for_the_same_rights() {
    let world = start_with(&with_tokens(""));
    let readers = ["reader", "pusher", "writer", "deleter", "master"];
    let (pushers, deleters) = (["pusher", "writer", "master"], ["deleter", "master"]);
    let writers = ["writer", "master"];
    let spaces = "/api/v1/spaces";
    let table: [(&str, String, &[&str]); 22] = [
        ("GET", "/SPACE/index.yaml".into(), &readers),
        ("HEAD", "/SPACE/index.yaml".into(), &readers),
        ("GET", "/SPACE/charts/b-1.0.0.tgz".into(), &readers),
        ("GET", "/api/SPACE/charts".into(), &readers),
        ("GET", "/api/SPACE/charts/b".into(), &readers),
        ("GET", "/api/SPACE/charts/b/1.0.0/values".into(), &readers),
        ("POST", "/api/SPACE/charts".into(), &pushers),
        ("POST", "/api/SPACE/charts?force".into(), &writers),
        ("POST", "/api/SPACE/prov".into(), &pushers),
        ("DELETE", "/api/SPACE/charts/b/1.0.0".into(), &deleters),
        ("GET", format!("{spaces}/SPACE/charts"), &readers),
        ("GET", format!("{spaces}/SPACE/metadata"), &readers),
        ("GET", format!("{spaces}/SPACE/charts/b/versions"), &readers),
        ("GET", format!("{spaces}/SPACE/charts/b/versions/1.0.0"), &readers),
        ("POST", format!("{spaces}?space=SPACE"), &pushers),
        ("POST", format!("{spaces}/SPACE/charts"), &pushers),
        ("PUT", format!("{spaces}/SPACE/charts/b/versions/1.0.0"), &writers),
        ("PUT", format!("{spaces}/SPACE/charts/b/versions/1.0.0/manifests/values"), &writers),
        ("PUT", format!("{spaces}/SPACE/charts/b/versions/1.0.0/manifests/metadata"), &writers),
        ("DELETE", format!("{spaces}/SPACE/charts/b/versions/1.0.0"), &deleters),
        ("DELETE", format!("{spaces}/SPACE/charts/b"), &deleters),
        ("DELETE", format!("{spaces}/SPACE"), &deleters),
    ];
    for (method, path, expected) in table {
        let line = |space: &str| format!("{method} {}", path.replace("SPACE", space));
        assert_eq!(allowed(&world, &line("team"), ""), expected, "{path}");
        for space in ["secret", "absent"] {
            assert_eq!(allowed(&world, &line(space), ""), [""; 0], "{path}");
        }
    }
}

#[test]
fn spaces_that_one_may_not_read_are_not_listed_nor_built_from() {
    let world = start();
    let spaces = |user: &str| ask(&world, user, "GET /api/v1/spaces", "").text().to_owned();
    let listed = |user: &str| {
        let text = spaces(user);
        ["team", "open", "known", "secret"].into_iter().filter(|space| text.contains(space)).count()
    };
    assert_eq!((listed("reader"), listed("stranger"), listed("")), (3, 2, 1));
    let secret = r#"{"package":
        {"independent": true, "space": "secret", "chart": "b", "version": "1.0.0"}}"#;
    let save = r#"{"chart": "x", "version": "1.0.0"}"#;
    let line = "POST /api/v1/spaces/team/charts";
    let headers = [header("pusher", "pusher"), "Content-Type: application/json".to_owned()];
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    // What has mistakes does not tell of such a space either.
    for configs in [secret.to_owned(), format!("{{\"a.b\": {secret}}}")] {
        let plan = format!("{{\"save\": {save}, \"configs\": {configs}}}");
        assert_eq!(world.ask(line, &headers, plan.as_bytes()).status, 403, "{plan}");
    }
}

#[test]
fn all_methods_that_a_route_answers_are_in_the_table() {
    let world = start();
    for (route, methods) in [
        ("tags/list", "GET"),
        ("manifests/v1", "GET, HEAD, PUT, DELETE"),
        ("blobs/x", "GET, HEAD, DELETE"),
        ("blobs/uploads/", "POST"),
        ("blobs/uploads/x", "GET, PATCH, PUT, DELETE"),
        ("referrers/x", "GET"),
    ] {
        let answer = ask(&world, "master", &format!("OPTIONS /v2/team/b/{route}"), "");
        assert_eq!((answer.status, answer.header("allow")), (405, methods), "{route}");
    }
}

#[test]
fn rules_say_which_spaces_they_are_for() {
    let world = start();
    let get = |user: &str, space: &str| {
        ask(&world, user, &format!("GET /v2/{space}/b/manifests/v1"), "").status
    };
    assert_eq!([get("", "open"), get("stranger", "open"), get("master", "open")], [200; 3]);
    assert_eq!([get("", "known"), get("stranger", "known"), get("", "secret")], [401, 200, 401]);
    let begin = |user: &str, space: &str| {
        ask(&world, user, &format!("POST /v2/{space}/b/blobs/uploads/"), "").status
    };
    assert_eq!([begin("pusher", "team/sub"), begin("pusher", "teams")], [202, 403]);
    assert_eq!([begin("stranger", "known"), begin("", "open")], [202, 401]);
}

#[test]
fn the_catalog_has_what_one_may_read() {
    let world = start();
    let list =
        |user: &str| ask(&world, user, "GET /v2/_catalog", "").json()["repositories"].clone();
    assert_eq!(list(""), serde_json::json!(["open/b"]));
    assert_eq!(list("stranger"), serde_json::json!(["known/b", "open/b"]));
    assert_eq!(list("reader"), serde_json::json!(["known/b", "open/b", "team/b"]));
}

#[test]
fn a_catalog_of_which_nobody_may_read_anything_asks_for_a_password() {
    let test = Environment::new();
    with_users(&test);
    let world = World::with(test, &["--htpasswd", "users"]);
    assert_eq!(code(&ask(&world, "", "GET /v2/_catalog", "")), "401 UNAUTHORIZED");
    assert_eq!(ask(&world, "stranger", "GET /v2/_catalog", "").status, 200);
    assert_eq!(ask(&world, "stranger", "POST /v2/a/b/blobs/uploads/", "").status, 202);
}

#[test]
fn who_may_not_overwrite_may_send_the_same_again() {
    let world = start();
    let put = |user: &str, tag: &str, text: &str| {
        world.server.ask(
            &format!("POST /v2/team/b/blobs/uploads/?digest={}", Digest::of(text.as_bytes())),
            &[&header("master", "master")],
            text.as_bytes(),
        );
        let manifest = artifact(text).to_string();
        ask(&world, user, &format!("PUT /v2/team/b/manifests/{tag}"), &manifest).status
    };
    assert_eq!(put("pusher", "v1", "text"), 201, "the same");
    assert_eq!(put("pusher", "v1", "other"), 403, "something else");
    assert_eq!(put("pusher", "v2", "other"), 201, "a new tag");
    let digest = Digest::of(artifact("text").to_string().as_bytes());
    assert_eq!(put("pusher", &format!("{digest}?tag=v2"), "text"), 403, "by a parameter");
    assert_eq!(put("writer", "v1", "other"), 201);
}

#[test]
fn a_mount_from_where_one_may_not_read_is_none() {
    let world = start();
    let digest = Digest::of(b"text");
    let mount = |user: &str, from: &str| {
        let line = format!("POST /v2/known/c/blobs/uploads/?mount={digest}{from}");
        ask(&world, user, &line, "").status
    };
    assert_eq!(mount("master", "&from=secret/b"), 202);
    assert_eq!(mount("master", "&from=absent/b"), 202);
    assert_eq!(mount("stranger", "&from=team/b"), 202);
    assert_eq!(mount("master", "&from=team/b"), 201);
}

#[test]
fn an_upload_belongs_to_its_user() {
    let world = start();
    let begun = ask(&world, "pusher", "POST /v2/team/b/blobs/uploads/", "");
    let place = begun.header("location").to_owned();
    assert_eq!(ask(&world, "master", &format!("GET {place}"), "").status, 404);
    assert_eq!(ask(&world, "master", &format!("PATCH {place}"), "x").status, 404);
    assert_eq!(ask(&world, "pusher", &format!("GET {place}"), "").status, 204);
}

#[test]
fn a_wrong_password_is_told_even_where_anybody_may_read() {
    let world = start();
    let line = "GET /v2/open/b/manifests/v1";
    let get = |header: &str| world.ask(line, &[header], b"");
    assert_eq!(get(&header("reader", "reader")).status, 200);
    // Some clients send this if they were given no name and no password.
    assert_eq!(get(&header("", "")).status, 200);
    let wrong = [header("reader", "Reader"), header("eve", "eve"), header("reader", "")];
    let messages = wrong.map(|header| {
        let answer = get(&header);
        assert_eq!(code(&answer), "401 UNAUTHORIZED");
        assert!(!answer.header("www-authenticate").is_empty());
        answer.text().to_owned()
    });
    assert!(messages.iter().all(|message| *message == messages[0]), "{messages:?}");
    assert_eq!(get("Authorization: Bearer abc").status, 401);
}

#[test]
fn clients_learn_that_there_are_passwords() {
    let world = start();
    let answer = world.get("/v2/");
    assert_eq!(code(&answer), "401 UNAUTHORIZED");
    assert_eq!(answer.header("www-authenticate"), r#"Basic realm="hreg", charset="UTF-8""#);
    assert_eq!(ask(&world, "stranger", "GET /v2/", "").status, 200);
    assert_eq!(world.get("/health").status, 200);
    assert_eq!(world.get("/ready").status, 200);
}

#[test]
fn the_file_of_users_is_read_again_when_it_changes() {
    let world = start();
    let line = "GET /v2/team/b/manifests/v1";
    let get = |user: &str| ask(&world, user, line, "").status;
    assert_eq!(get("reader"), 200);
    let without = USERS.into_iter().filter(|user| *user != "reader").map(hash).collect::<String>();
    world.test.write("users", format!("{without}{}", hash("new")));
    assert_eq!([get("reader"), get("new"), get("master")], [401, 403, 200]);
    world.test.write("users", "oops");
    assert_eq!([get("reader"), get("new"), get("master")], [401, 403, 200], "what it said before");
}

#[test]
fn where_nobody_is_asked_passwords_are_of_no_account() {
    let world = World::start();
    assert_eq!(ask(&world, "ann", "GET /v2/", "").status, 200);
    assert_eq!(ask(&world, "ann", "POST /v2/a/b/blobs/uploads/", "").status, 202);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_served() {
    let test = Environment::new();
    test.write("users", format!("{}bob:plain\n", hash("ann")));
    test.write("config.yaml", "auth:\n  rules:\n  - {spaces: a, users: ann, actions: read}\n");
    for (arguments, expected) in [
        (["--htpasswd", "users"], "cannot use the passwords of users: line 2: only bcrypt is read"),
        (["--htpasswd", "missing"], "cannot read missing"),
        (["-c", "config.yaml"], "the rule for the user ann needs a file of passwords"),
    ] {
        for check in [&["serve", "--check"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            let run = test.run(&[check, &arguments].concat());
            assert_eq!(run.code, Some(1), "{run}");
            assert!(run.stderr.contains(expected), "{run}");
            assert!(!run.stderr.contains("plain"), "{run}");
        }
    }
    test.write("users", hash("ann"));
    test.ok(&["serve", "--check", "--listen", "0.0.0.0:1", "--htpasswd", "users"]);
}
