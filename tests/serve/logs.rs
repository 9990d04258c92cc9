//! Records: one of each request where that is asked for, and of all that fails; and no secret in any.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::environment::Environment;
use crate::world::World;

/// Stands in every place where clients could put a secret, each time with another letter before it.
const SECRET: &str = "geheimnis";

fn with_user() -> Environment {
    let test = Environment::new();
    let hash = bcrypt::hash(format!("p{SECRET}"), 4).unwrap();
    test.write("users", format!("ann:{hash}\n"));
    test
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let pair = format!("{user}:{password}");
    format!("Authorization: Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

fn record(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[test]
fn each_request_has_a_record_and_a_name() {
    let world = World::with(Environment::new(), &["--log-format", "json", "--log-requests"]);
    world.put_artifact("a/b", "v1", "text");
    let answer =
        world.ask("GET /v2/a/b/manifests/v1?ns=docker.io", &["User-Agent: helm/1 (x)"], b"");
    let name = answer.header("x-request-id");
    assert_eq!(name.len(), 16);
    let found = record(&world.line_with(name));
    for (key, expected) in [
        ("level", Value::from("info")),
        ("message", Value::from("request")),
        ("client", Value::from("127.0.0.1")),
        ("method", Value::from("GET")),
        ("path", Value::from("/v2/a/b/manifests/v1")),
        ("protocol", Value::from("HTTP/1.1")),
        ("status", Value::from(200)),
        ("received", Value::from(0)),
        ("sent", Value::from(answer.body.len())),
        ("agent", Value::from("helm/1 (x)")),
        ("user", Value::Null),
    ] {
        assert_eq!(found[key], expected, "{key}: {found}");
    }
    assert!(found["time"].as_str().unwrap().ends_with('Z'), "{found}");
    assert!(found["seconds"].as_f64().unwrap() > 0.0, "{found}");
    let put = record(&world.line_with(r#""method":"PUT""#));
    assert!(put["received"].as_u64().unwrap() > 100, "{put}");
    let other = world.get("/nothing");
    assert_ne!(other.header("x-request-id"), name);
    assert_eq!(record(&world.line_with("/nothing"))["status"], 404);
}

#[test]
fn requests_are_not_logged_unless_that_is_asked_for() {
    let world = World::start();
    let answer = world.ask("GET /v2/", &["X-Request-Id: mine"], b"");
    assert_eq!(answer.header("x-request-id"), "");
    let mut ended = World::with(Environment::new(), &["--log-requests"]);
    ended.ask("GET /v2/", &["X-Request-Id: mine"], b"");
    let line = ended.line_with(" path=/v2/ ");
    assert!(line.contains(" info message=request request="), "{line}");
    assert!(!line.contains("mine"), "clients do not name requests: {line}");
    ended.server.signal(rustix::process::Signal::TERM);
    assert_eq!(ended.server.wait().code(), Some(0));
    assert_eq!(world.lines(), [""; 0]);
}

#[test]
fn the_file_says_what_is_logged() {
    let test = Environment::new();
    test.write("config.yaml", "log:\n  level: warn\n  format: json\n  requests: true\n");
    let arguments = ["-c", "config.yaml", "--log-level", "info"];
    let world = World::with(test, &arguments);
    world.get("/ready");
    assert_eq!(record(&world.line_with("/ready"))["status"], 200);
    let test = Environment::new();
    test.write("config.yaml", "log:\n  requests: 1\n");
    let run = test.run(&["serve", "--check", "-c", "config.yaml"]);
    assert!(run.stderr.contains("line 2: log.requests must be true or false, not 1"), "{run}");
}

#[test]
fn no_secret_is_in_any_record() {
    for format in ["text", "json"] {
        let arguments =
            ["--htpasswd", "users", "--log-requests", "--log-format", format, "--read-only"];
        let world = World::with(with_user(), &arguments);
        let right = basic("ann", &format!("p{SECRET}"));
        let wrong = [basic("ann", &format!("q{SECRET}")), basic(&format!("u{SECRET}"), "x")];
        let odd = [
            format!("Authorization: Bearer b{SECRET}"),
            format!("Authorization: Basic c{SECRET}"),
            format!("Cookie: session=k{SECRET}"),
            format!("X-Auth-Token: t{SECRET}"),
            format!("Proxy-Authorization: Basic x{SECRET}"),
            format!("Referer: http://ann:r{SECRET}@elsewhere/"),
            format!("X-Request-Id: i{SECRET}"),
        ];
        let body = format!("grant_type=password&username=ann&password=f{SECRET}&service=s");
        let form = "Content-Type: application/x-www-form-urlencoded";
        for header in [&right].into_iter().chain(&wrong).chain(&odd) {
            for line in [
                format!("GET /v2/token?account=ann&password=w{SECRET}"),
                format!("GET /v2/a/b/tags/list?n=v{SECRET}"),
                format!("GET /v2/a/b/blobs/uploads/n{SECRET}"),
                format!("GET /index.yaml?token=y{SECRET}"),
                "POST /api/charts".to_owned(),
                "POST /v2/token".to_owned(),
                "POST /token".to_owned(),
            ] {
                let body = if line.starts_with("POST") { body.as_bytes() } else { b"" };
                world.ask(&line, &[header, form], body);
            }
        }
        ask_by_whole_address(&world);
        world.ask("GET /last", &[&right], b"");
        world.line_with("/last");
        let lines = world.lines();
        assert!(lines.len() >= 10 * 7 + 2, "{}", lines.len());
        let told: Vec<_> = lines.iter().filter(|line| line.contains(SECRET)).collect();
        assert!(told.is_empty(), "{told:#?}");
        let encoded = right.rsplit(' ').next().unwrap();
        assert!(!lines.iter().any(|line| line.contains(encoded)));
        assert!(lines.iter().any(|line| line.contains("ann")), "who is known is named");
    }
}

/// Sends a request whose target is a whole address with user and password, as to a proxy.
fn ask_by_whole_address(world: &World) {
    let mut stream = TcpStream::connect(world.address()).unwrap();
    let target = format!("http://ann:a{SECRET}@{}/whole", world.address());
    let head = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    world.line_with("/whole");
}

#[test]
fn no_token_is_in_any_record() {
    let test = with_user();
    test.write("config.yaml", "auth:\n  htpasswd: users\n  tokens: {}\nlog:\n  requests: true\n");
    let world = World::with(test, &["-c", "config.yaml"]);
    let given = world.ask("GET /v2/token", &[&basic("ann", &format!("p{SECRET}"))], b"").json();
    let token = given["token"].as_str().unwrap();
    let (_, signature) = token.rsplit_once('.').unwrap();
    for header in [format!("Bearer {token}"), format!("Bearer {token}x")] {
        world.ask("GET /v2/", &[&format!("Authorization: {header}")], b"");
    }
    world.get(&format!("/last?token={token}"));
    world.line_with("/last");
    let lines = world.lines();
    assert!(lines.iter().any(|line| line.contains("path=/v2/ ") && line.contains("user=ann")));
    assert!(!lines.iter().any(|line| line.contains(signature)), "{lines:#?}");
}

#[test]
fn the_client_is_whom_a_trusted_proxy_speaks_for() {
    for (proxies, expected) in [("127.0.0.1", "192.0.2.7"), ("10.0.0.1", "127.0.0.1")] {
        let test = Environment::new();
        test.write("config.yaml", format!("proxies: {proxies}\nlog:\n  requests: true\n"));
        let world = World::with(test, &["-c", "config.yaml"]);
        world.ask("GET /v2/", &["X-Forwarded-For: 192.0.2.7"], b"");
        let line = world.line_with("path=/v2/ ");
        assert!(line.contains(&format!(" client={expected} ")), "{line}");
    }
}

#[test]
fn what_a_client_sends_cannot_end_a_line_or_begin_a_value() {
    let world = World::with(Environment::new(), &["--log-requests"]);
    let mut stream = TcpStream::connect(world.address()).unwrap();
    let head = b"GET /a\"user=root HTTP/1.1\r\nHost: x\r\nUser-Agent: a\tstatus=200 \x9b[2J\xe2\x80\xae\r\n\
        Connection: close\r\n\r\n";
    stream.write_all(head).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    world.get("/second");
    let line = world.line_with("agent=\"a");
    assert!(line.ends_with(r#"agent="a\u0009status=200 �[2J\u202e""#), "{line}");
    assert!(line.contains(r#" path="/a\"user=root" "#), "{line}");
}

#[test]
fn what_fails_is_told_with_the_name_of_its_request() {
    let test = Environment::new();
    let world = World::with(test, &["--log-requests", "--log-format", "json"]);
    let digest = world.put_artifact("a/b", "v1", "text");
    let blob = world.test.store(&format!("blobs/sha256/{}", &digest.to_string()[7..]));
    let mut permissions = std::fs::metadata(&blob).unwrap().permissions();
    #[allow(clippy::permissions_set_readonly_false, reason = "only this test has the file")]
    permissions.set_readonly(false);
    std::fs::set_permissions(&blob, permissions).unwrap();
    std::fs::write(&blob, "damaged").unwrap();
    let answer = world.get("/v2/a/b/manifests/v1");
    assert_eq!(answer.status, 500);
    let name = answer.header("x-request-id");
    let line = world.line_with("\"level\":\"error\"");
    let found = record(&line);
    assert_eq!(found["request"], name, "{found}");
    assert!(!answer.text().contains(found["message"].as_str().unwrap()), "{found}");
}

#[test]
fn a_wait_for_a_lock_is_told() {
    let world = World::start();
    world.put_artifact("a/b", "v1", "text");
    let lock = std::fs::File::open(world.test.store("locks/store")).unwrap();
    lock.lock().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| world.begin("a/b"));
        let line = world.line_with(" warn ");
        assert!(line.contains("waiting for another process that has locked the store"), "{line}");
        drop(lock);
    });
}
