//! Clients that are slow, silent, or too many. What is shown is that the server ends with them: where
//! it did not, a test would wait in vain until its own, much longer patience ends.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::environment::Environment;
use crate::limits::{over, start};
use crate::world::{Serving, World};

/// How long a test waits for what is to come much sooner: less than it takes until a client of HTTP/2 is
/// missed that gives no sign of life.
const PATIENCE: Duration = Duration::from_secs(25);

fn connect(server: &Serving) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends the beginning of something.
fn say(server: &Serving, text: &str) -> TcpStream {
    let mut stream = connect(server);
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

/// Reads until the server has ended the connection; it may do so hard.
#[track_caller]
fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("it goes on: {error}"),
        _ => String::from_utf8_lossy(&all).into_owned(),
    }
}

/// Asks for something on a connection of its own.
fn ask(server: &Serving, target: &str) -> String {
    let head = format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    rest(&mut say(server, &head))
}

/// Asks until there is room for it.
#[track_caller]
fn ask_until_answered(server: &Serving) {
    let end = Instant::now() + PATIENCE;
    while !ask(server, "/v2/").starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < end, "there is never room");
        sleep(Duration::from_millis(50));
    }
}

/// Goes on slowly until the server has had enough.
#[track_caller]
fn trickle(stream: &mut TcpStream) {
    let end = Instant::now() + PATIENCE;
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    while Instant::now() < end {
        match stream.peek(&mut [0]) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            _ => return stream.set_read_timeout(Some(PATIENCE)).unwrap(),
        }
        if stream.write_all(b"x").is_err() {
            return;
        }
    }
    panic!("the server waits for ever");
}

#[test]
fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
    let world = start("limits:\n  headerTimeout: 1s\n");
    rest(&mut connect(&world));
    // It may be the beginning of either version of HTTP.
    rest(&mut say(&world, "P"));
    rest(&mut say(&world, "GET / HTTP/1.1\r\nhost: x\r\n"));
    let mut stream = say(&world, "GET / HTTP/1.1\r\nhost: x\r\nx: ");
    trickle(&mut stream);
    let mut second = say(&world, "GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(second.read(&mut [0; 1000]).unwrap() > 0);
    second.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx: ").unwrap();
    trickle(&mut second);
}

#[test]
fn a_body_that_comes_too_slowly_is_refused_by_every_door() {
    let world = start("limits:\n  bodyTimeout: 1s\n");
    let form = "content-type: multipart/form-data; boundary=b\r\n";
    let part = |name| format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
    let upload = world.begin("a/b");
    for (line, kind, begun) in [
        (&format!("PATCH {upload}")[..], "", String::new()),
        ("PUT /v2/a/b/manifests/v1", "", String::new()),
        ("POST /api/charts", "", String::new()),
        ("POST /api/charts", form, part("chart")),
        ("POST /api/charts", form, "--b\r\n".to_owned()),
        ("POST /api/v1/spaces/library/charts", "", String::new()),
        ("POST /api/v1/spaces/library/charts", form, part("chartfile")),
    ] {
        for is_silent in [true, false] {
            let head =
                format!("{line} HTTP/1.1\r\nhost: x\r\ncontent-length: 999999\r\n{kind}\r\n");
            let mut stream = say(&world, &(head + &begun));
            if !is_silent {
                trickle(&mut stream);
            }
            let answer = rest(&mut stream);
            assert!(answer.starts_with("HTTP/1.1 408"), "{line}: {answer}");
            assert!(answer.to_lowercase().contains("connection: close"), "{line}: {answer}");
        }
    }
}

#[test]
fn a_body_that_comes_fast_enough_may_take_long() {
    let world = start("limits:\n  bodyTimeout: 5s\n  minimumRate: 1\n");
    let line = format!("PATCH {}", world.begin("a/b"));
    let mut stream =
        say(&world, &format!("{line} HTTP/1.1\r\nhost: x\r\ncontent-length: 70\r\n\r\n"));
    for _ in 0..7 {
        sleep(Duration::from_secs(1));
        stream.write_all(b"ten bytes.").unwrap();
    }
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 202");
}

/// Begins to speak HTTP/2 and asks for something; the window says how much of an answer is taken.
fn ask_multiplexed(server: &Serving, path: &str, window: u32) -> TcpStream {
    let mut head = vec![0x82, 0x86, 0x41, 1, b'x', 0x04, u8::try_from(path.len()).unwrap()];
    head.extend(path.as_bytes());
    let mut all = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let setting = [&[0, 4][..], &window.to_be_bytes()].concat();
    let length = u8::try_from(head.len()).unwrap();
    all.extend([&[0, 0, 6, 4, 0, 0, 0, 0, 0][..], &setting].concat());
    all.extend([&[0, 0, length, 1, 5, 0, 0, 0, 1][..], &head].concat());
    let mut stream = connect(server);
    stream.write_all(&all).unwrap();
    stream
}

#[test]
fn an_answer_that_nobody_reads_is_not_kept() {
    let world = World::start();
    let bytes = vec![7; 32 << 20];
    let target = format!("/v2/a/b/blobs/{}", world.put_blob("a/b", &bytes));
    let World { test, server } = world;
    drop(server);
    let world = over(test, "limits:\n  connections: 1\n  sendTimeout: 1s\n");
    let mut plain = say(&world, &format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n"));
    assert_eq!(plain.peek(&mut [0]).unwrap(), 1);
    ask_until_answered(&world);
    let mut cut = Vec::new();
    let _ = plain.read_to_end(&mut cut);
    assert!(cut.len() < bytes.len(), "the answer was not sent whole");
    let multiplexed = ask_multiplexed(&world, &target, 0);
    assert_eq!(multiplexed.peek(&mut [0]).unwrap(), 1);
    ask_until_answered(&world);
}

#[test]
fn a_connection_on_which_nothing_happens_ends() {
    let world = start("limits:\n  idleTimeout: 1s\n");
    let mut plain = say(&world, "GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(rest(&mut plain).starts_with("HTTP/1.1 200"));
    rest(&mut ask_multiplexed(&world, "/health", 65_535));
}

#[test]
fn idle_connections_make_room_for_others() {
    let world = start("limits:\n  connections: 1\n  idleTimeout: 1h\n");
    let mut idle = say(&world, "GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(idle.read(&mut [0; 1000]).unwrap() > 0);
    assert!(ask(&world, "/v2/").starts_with("HTTP/1.1 200"));
    rest(&mut idle);
}

#[test]
fn who_gets_no_connection_is_told_so() {
    let world = start("limits:\n  connections: 1\n");
    let head = "PUT /v2/a/b/manifests/v1 HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n";
    let mut busy = say(&world, &format!("{head}expect: 100-continue\r\n\r\n"));
    assert!(busy.read(&mut [0; 1000]).unwrap() > 0, "its body is waited for");
    let refused = ask(&world, "/v2/");
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("UNAVAILABLE") && refused.contains("retry-after: 5"), "{refused}");
    assert!(ask(&world, "/health").starts_with("HTTP/1.1 200"));
    drop(busy);
    ask_until_answered(&world);
}

#[test]
fn a_client_has_its_share_of_the_connections() {
    for (settings, is_refused) in [("", true), ("proxies: 127.0.0.1\n", false)] {
        let world = start(&format!("limits:\n  connectionsPerClient: 1\n{settings}"));
        let mut first = say(&world, "GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
        assert!(first.read(&mut [0; 1000]).unwrap() > 0);
        let second = ask(&world, "/v2/");
        assert_eq!(second.starts_with("HTTP/1.1 429"), is_refused, "{second}");
        assert_eq!(second.contains("TOOMANYREQUESTS"), is_refused, "{second}");
        let charts = ask(&world, "/index.yaml");
        assert_eq!(charts.contains("too many connections are open from here"), is_refused);
        drop(first);
        ask_until_answered(&world);
    }
}

#[test]
fn what_runs_is_not_waited_for_too_long_when_the_server_stops() {
    let settings = "limits:\n  stopTimeout: 1s\n  bodyTimeout: 15s\n";
    let World { test: _test, mut server } = over(Environment::new(), settings);
    let upload = server.begin("a/b");
    let head = format!("PATCH {upload} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n");
    let mut running = say(&server, &head);
    // A second one, which comes later, has been answered.
    assert_eq!(server.get("/v2/").status, 200);
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!(rest(&mut running), "", "it was not waited for until the body is too late");
}
