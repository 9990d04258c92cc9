//! `hreg login` and `hreg logout`

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::environment::{Environment, Run};
use crate::registry::{BASIC, Registry, USER};
use crate::server::{Reply, Server};
#[cfg(target_os = "linux")]
use crate::terminal::Terminal;
use crate::world::{fails, is_misused, shown};

/// Runs the program with a password on its standard input.
fn run_with_password(test: &Environment, arguments: &[&str], password: &str) -> Run {
    let mut command = test.command(&[arguments, &["--password-stdin"]].concat());
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(password.as_bytes()).unwrap();
    drop(writer);
    test.finish(
        command.stdin(Stdio::from(reader)).env("HREG_REGISTRY_CONFIG", "keys/registry.json"),
    )
}

fn login(test: &Environment, registry: &Registry, password: &str) -> Run {
    run_with_password(test, &["login", &registry.host(), "--username", USER.0], password)
}

/// Runs the program with the credentials that `login` keeps.
fn run(test: &Environment, arguments: &[&str]) -> Run {
    test.run_with(&[("HREG_REGISTRY_CONFIG", "keys/registry.json")], arguments)
}

#[test]
fn a_password_is_tried_and_kept() {
    let (test, registry) = (Environment::with_chart(), Registry::guarded());
    let destination = format!("oci://{}/charts", registry.host());
    let anonymous = run(&test, &["push", "mychart", &destination]);
    assert_snapshot!(shown(&anonymous, &registry), @r"
    --- stderr ---
    Error: cannot push library/mychart
    Caused by: cannot get the manifest REGISTRY/charts/mychart:1.0.0: REGISTRY wants a login
    Hint: log in with `hreg login REGISTRY`
    [exit code 1]
    ");
    assert_snapshot!(shown(&login(&test, &registry, "wrong"), &registry), @r"
    --- stderr ---
    Error: cannot log in to REGISTRY: it does not take this name and password
    [exit code 1]
    ");
    assert!(!test.path("keys/registry.json").exists());
    assert_snapshot!(shown(&login(&test, &registry, "hunter2\n"), &registry), @r"
    Login Succeeded
    ");
    let kept = fs::metadata(test.path("keys/registry.json")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    assert_eq!(run(&test, &["push", "mychart", &destination]).code, Some(0));
    assert_snapshot!(shown(&run(&test, &["logout", &registry.host()]), &registry), @r"
    Removed the login to REGISTRY
    ");
    assert!(!test.read("keys/registry.json").contains(&registry.host()));
    // It still is for its user alone; by somebody else's doing it is not.
    fs::set_permissions(test.path("keys/registry.json"), fs::Permissions::from_mode(0o644))
        .unwrap();
    let exposed = run(&test, &["push", "mychart", &destination]);
    let warning = "Warning: keys/registry.json may be read by other users; `hreg login` mends that";
    assert!(exposed.stderr.starts_with(warning), "{exposed}");
    assert_snapshot!(shown(&run(&test, &["logout", &registry.host()]), &registry), @r"
    --- stderr ---
    Error: not logged in to REGISTRY
    [exit code 1]
    ");
    fails(&run(&test, &["push", "mychart", &destination]), "wants a login");
}

#[test]
fn a_password_may_be_given_once() {
    let (test, registry) = (Environment::with_chart(), Registry::guarded());
    let destination = format!("oci://{}/charts", registry.host());
    let push = ["push", "mychart", &destination, "--username", USER.0];
    assert_eq!(run_with_password(&test, &push, "hunter2\r\n").code, Some(0));
    assert!(!test.path("keys").exists());
    is_misused(&run(&test, &push), "--username needs --password-stdin or --password");
    let all = [&push[..], &["--password", USER.1]].concat();
    assert_eq!(run(&test, &all).code, Some(0));
}

#[test]
fn a_flag_goes_before_a_variable_that_it_excludes() {
    let (test, registry) = (Environment::new(), Registry::guarded());
    let login = |flags: &[&str]| {
        let mut command = test.command(&[&["login", &registry.host()], flags].concat());
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(USER.1.as_bytes()).unwrap();
        drop(writer);
        test.finish(command.stdin(Stdio::from(reader)).env("HREG_PASSWORD", "wrong"))
    };
    let flags = ["--username", USER.0, "--password-stdin"];
    assert_eq!(login(&flags).code, Some(0));
    is_misused(&login(&[&flags[..], &["--password", "x"]].concat()), "cannot be used with");
    let search = |variable: &str, flag: &str| {
        let before = registry.server().lines().len();
        let run = test.run_with(&[(variable, "http://127.0.0.1:1")], &["search", flag]);
        assert!(registry.server().lines().len() > before, "{run}");
    };
    search("HREG_REPO", &format!("--remote={}/x", registry.host()));
    search("HREG_REMOTE", &format!("--repo=http://{}", registry.host()));
}

#[test]
fn a_password_is_told_to_one_registry_alone() {
    let (test, one, other) = (Environment::new(), Registry::guarded(), Registry::guarded());
    let chart = |registry: &Registry| format!("{}/charts/mychart:1.0.0", registry.host());
    let (one_chart, other_chart) = (chart(&one), chart(&other));
    test.write("list", &other_chart);
    let password = ["--username", USER.0, "--password", USER.1];
    for carry in [
        &["copy", &one_chart, &other_chart][..],
        &["pull", &one_chart, &other_chart],
        &["pull", &one_chart, "-f", "list"],
        &["push", &one_chart, &other_chart, &one_chart],
    ] {
        is_misused(&run(&test, &[carry, &password].concat()), "are for one registry, not for");
    }
    assert!(one.server().lines().is_empty() && other.server().lines().is_empty());
    // What is pushed is in the store, wherever it was from.
    test.chart("mychart", "1.0.0");
    test.ok(&["save", "mychart", &one_chart]);
    let push = ["push", &one_chart, &other_chart];
    assert_eq!(run(&test, &[&push[..], &password].concat()).code, Some(0));
    assert!(one.server().lines().is_empty());
}

#[test]
fn what_is_missing_is_not_guessed() {
    let (test, registry) = (Environment::new(), Registry::guarded());
    let host = registry.host();
    let login_without = run_with_password(&test, &["login", &host], "hunter2");
    is_misused(&login_without, "needs --username");
    fails(&login(&test, &registry, "\n"), "the password is empty");
    is_misused(&run(&test, &["login", &host]), "there is no terminal to ask on");
    let warned = run(&test, &["login", &host, "-u", USER.0, "-p", USER.1]);
    assert_snapshot!(shown(&warned, &registry), @r"
    Login Succeeded
    --- stderr ---
    Warning: --password can be seen by other users; --password-stdin is safer
    ");
}

/// Answers the questions of a login on a terminal; gives the exit code, and all that was shown.
#[cfg(target_os = "linux")]
fn type_login(test: &Environment, registry: &Registry, password: &str) -> (i32, String) {
    let mut command = test.command(&["login", &registry.host()]);
    let mut terminal = Terminal::start(command.env("HREG_REGISTRY_CONFIG", "keys/registry.json"));
    terminal.await_text("Username: ");
    assert!(terminal.echoes());
    terminal.type_text(&format!("{}\n", USER.0));
    terminal.await_text("Password: ");
    terminal.await_silence();
    terminal.type_text(password);
    let (code, shown) = terminal.finish();
    assert!(terminal.echoes(), "the terminal is not as it was: {shown}");
    (code, shown.replace(&registry.host(), "REGISTRY"))
}

#[test]
#[cfg(target_os = "linux")]
fn a_password_that_is_typed_is_not_shown() {
    let (test, registry) = (Environment::with_chart(), Registry::guarded());
    let (code, shown) = type_login(&test, &registry, "wrong\n");
    let refusal = "cannot log in to REGISTRY: it does not take this name and password";
    let asked = "Username: user\nPassword: \n";
    assert_eq!((code, shown), (1, format!("{asked}Error: {refusal}\n")));
    assert!(!test.path("keys/registry.json").exists());
    let (code, shown) = type_login(&test, &registry, &format!("{}\n", USER.1));
    assert_eq!((code, shown), (0, format!("{asked}Login Succeeded\n")));
    let destination = format!("oci://{}/charts", registry.host());
    assert_eq!(run(&test, &["push", "mychart", &destination]).code, Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn a_question_that_is_not_answered_leaves_the_terminal_as_it_was() {
    const CTRL_C: &str = "\u{3}";
    const CTRL_D: &str = "\u{4}";
    let (test, registry) = (Environment::new(), Registry::guarded());
    let (code, shown) = type_login(&test, &registry, &format!("hunt{CTRL_C}"));
    assert_eq!((code, shown.trim_end()), (-2, "Username: user\nPassword:"));
    let (code, shown) = type_login(&test, &registry, CTRL_D);
    let expected = "Username: user\nPassword: \nError: the password is empty\n";
    assert_eq!((code, shown.as_str()), (1, expected));
    assert_eq!(registry.server().lines(), [""; 0]);
}

#[test]
fn a_password_goes_to_nobody_else() {
    let (test, registry) = (Environment::with_chart(), Registry::guarded());
    assert_eq!(login(&test, &registry, USER.1).code, Some(0));
    run(&test, &["push", "mychart", &format!("oci://{}/charts", registry.host())]);
    let thief = Registry::guarded();
    let source = format!("{}/charts/mychart:1.0.0", registry.host());
    let target = format!("{}/charts/mychart", thief.host());
    fails(&run(&test, &["copy", &source, &target]), "wants a login");
    assert_eq!(thief.server().proofs(), ["-"]);
    assert!(registry.server().proofs().contains(&BASIC.to_owned()));

    let thief = Server::start(|_| Reply::new(401).header("WWW-Authenticate", "Basic realm=x"));
    let elsewhere = format!("http://{}/", thief.host());
    let realm = format!("Bearer realm=\"http://{}/\",service=\"x\"", thief.other_name());
    let lures = [
        Registry::with(move |seen| match seen.header("authorization") {
            Some(BASIC) => Some(Reply::new(307).header("Location", &elsewhere)),
            _ => Some(Reply::new(401).header("WWW-Authenticate", "Basic realm=x")),
        }),
        Registry::with(move |_| Some(Reply::new(401).header("WWW-Authenticate", &realm))),
    ];
    for lure in lures {
        let reference = format!("{}/charts/mychart:1.0.0", lure.host());
        let pull = ["pull", reference.as_str(), "-u", USER.0, "-p", USER.1];
        assert_eq!(run(&test, &pull).code, Some(1));
    }
    assert!(!thief.lines().is_empty());
    assert!(thief.proofs().iter().all(|proof| proof == "-"), "{:?}", thief.proofs());
    for seen in thief.seen() {
        assert!(!String::from_utf8_lossy(&seen.body).contains(USER.1));
    }
}
