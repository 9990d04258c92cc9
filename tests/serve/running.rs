//! Starting and stopping, and what a server refuses to be started with.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use insta::assert_snapshot;
use rustix::process::Signal;

use crate::environment::Environment;
use crate::oci::code;
use crate::world::{Serving, World};

#[test]
fn it_says_that_it_is_well() {
    let world = World::start();
    assert_eq!(world.get("/health").text(), r#"{"healthy":true}"#);
    assert_eq!(world.get("/ready").text(), r#"{"ready":true}"#);
    assert_eq!(world.ask("HEAD /ready", &[], b"").status, 200);
    assert_eq!(world.get("/nothing").status, 404);
    assert_eq!(world.ask("POST /ready", &[], b"").status, 405);
    let again = world.restart();
    assert_eq!(again.get("/ready").json()["ready"], true);
}

#[test]
fn it_speaks_the_second_version_of_http() {
    let world = World::start();
    let mut stream = TcpStream::connect(world.address()).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(frame[3], 4, "a server of HTTP/2 begins with its settings");
}

#[test]
fn it_ends_when_it_is_told_to() {
    for signal in [Signal::TERM, Signal::INT] {
        let test = Environment::new();
        let mut server = Serving::start(&test, &[]);
        let idle = TcpStream::connect(server.address()).unwrap();
        server.get("/ready");
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(0), "{signal:?}");
        drop(idle);
    }
}

#[test]
fn settings_are_checked_before_anything_is_served() {
    let test = Environment::new();
    let check = |arguments: &[&str]| test.run(&[&["serve", "--check"], arguments].concat());
    assert_snapshot!(check(&[]), @r"
    --- stderr ---
    Note: the settings are well formed, and the store $TEST/store can be opened
    ");
    assert_snapshot!(check(&["--listen", "0.0.0.0:1"]), @r"
    --- stderr ---
    Error: cannot listen on 0.0.0.0:1: others can reach it, and nobody is asked for a password
    Hint: use an address of this machine alone, such as 127.0.0.1:8099; or name a file of users with --htpasswd, or say --allow-anonymous read or --allow-anonymous write
    [exit code 1]
    ");
    assert_snapshot!(check(&["--listen", "0.0.0.0:1", "--allow-anonymous", "read"]), @r"
    --- stderr ---
    Note: the settings are well formed, and the store $TEST/store can be opened
    ");
    assert_snapshot!(check(&["--listen", "nowhere"]), @r"
    --- stderr ---
    Error: cannot listen on nowhere
    Caused by: invalid socket address
    [exit code 1]
    ");
    test.write("config.yaml", "listen: \":8099\"\nmanager:\n  names: simple\n");
    assert_snapshot!(check(&["-c", "config.yaml"]), @r"
    --- stderr ---
    Error: cannot use the configuration config.yaml: line 3: manager.names is no setting that is known
    [exit code 1]
    ");
    assert_snapshot!(check(&["-c", "missing.yaml"]), @r"
    --- stderr ---
    Error: cannot read missing.yaml
    Caused by: No such file or directory (os error 2)
    [exit code 1]
    ");
    test.write("config.yaml", "manager:\n  parameters:\n    storagedriver: inmemory\n");
    let mut command = test.command(&["serve", "--check", "--config", "config.yaml"]);
    assert_snapshot!(test.finish(command.env_remove("HREG_STORE")), @r"
    --- stderr ---
    Note: the settings are well formed, and an empty store in memory can be opened
    ");
}

#[test]
fn an_address_that_is_taken_is_not_taken_again() {
    let world = World::start();
    let again = world.test.run(&["serve", "--listen", world.address()]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("cannot listen on 127.0.0.1:"), "{again}");
    assert!(again.stderr.contains("another program listens there"), "{again}");
}

#[test]
fn a_store_in_memory_ends_with_the_server() {
    let test = Environment::new();
    test.write("config.yaml", "manager:\n  parameters:\n    storagedriver: inmemory\n");
    let start = || {
        let mut command = test.command(&["serve", "--listen", "127.0.0.1:0", "-c", "config.yaml"]);
        command.env_remove("HREG_STORE");
        Serving::of(command)
    };
    let server = start();
    let digest = server.put_artifact("a/b", "v1", "text");
    let got = server.get("/v2/a/b/manifests/v1");
    assert_eq!(got.header("docker-content-digest"), digest.to_string());
    assert_eq!(server.get("/v2/_catalog").json()["repositories"][0], "a/b");
    drop(server);
    assert_eq!(start().get("/v2/a/b/manifests/v1").status, 404);
    assert!(!test.store("").exists());
}

#[test]
fn a_locked_store_is_read_and_not_written() {
    let world = World::with(Environment::new(), &["--lock-timeout", "0"]);
    world.put_artifact("a/b", "v1", "text");
    let lock = std::fs::File::open(world.test.store("locks/store")).unwrap();
    lock.lock().unwrap();
    assert_eq!(world.get("/v2/a/b/manifests/v1").status, 200);
    let refused = world.ask("POST /v2/a/b/blobs/uploads/", &[], b"");
    assert_eq!(code(&refused), "503 UNAVAILABLE");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(world.ask("DELETE /v2/a/b/manifests/v1", &[], b"").status, 503);
    drop(lock);
    world.begin("a/b");
}
