use std::error::Error as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::error::{Classified as _, Kind};
use crate::progress::Silent;

const SECRET: &str = "hunter2";

/// Is a home with the three files, and a folder for helpers.
struct Home {
    folder: tempfile::TempDir,
    files: Files,
}

impl Home {
    /// Writes the files that are not empty.
    fn new(own: &str, helm: &str, docker: &str) -> Home {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str, text: &str| {
            let path = folder.path().join(name);
            if !text.is_empty() {
                fs::write(&path, text).unwrap();
            }
            path
        };
        let locations = Locations {
            own: at("own.json", own),
            helm: Some(at("helm.json", helm)),
            docker: Some(at("docker.json", docker)),
            helpers: Some(format!("{}:/usr/bin:/bin", folder.path().display()).into()),
        };
        Home { files: Files::new(locations), folder }
    }

    /// Installs a helper. Another process writes it: were the file open for writing here, a thread
    /// that starts a program at that moment would hand it on, and it could not be run.
    fn with_helper(self, name: &str, script: &str) -> Home {
        use std::io::Write as _;
        let path = self.folder.path().join(keychain::program(name));
        let mut shell = Command::new("sh")
            .args(["-c", "cat > \"$0\" && chmod +x \"$0\""])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let script = format!("#!/bin/sh\n{script}\n");
        shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(shell.wait().unwrap().success());
        self
    }

    fn find(&self, server: &str) -> Result<Option<Credential>, Error> {
        let (host, path) = server.split_once('/').unwrap_or((server, ""));
        self.files.find(&Host::parse(host).unwrap(), path)
    }

    /// Gives the name of the user that is found.
    fn user(&self, server: &str) -> String {
        match self.find(server).unwrap() {
            Some(Credential::Basic { username, .. }) => username,
            other => format!("{other:?}"),
        }
    }

    fn refusal(&self, server: &str) -> Error {
        let error = self.find(server).unwrap_err();
        let mut told = format!("{error:?} {error} {:?}", error.hint());
        let mut source = error.source();
        while let Some(next) = source {
            told += &format!(" {next} {next:?}");
            source = next.source();
        }
        assert!(!told.contains(SECRET), "{told}");
        error
    }

    fn store(&self, host: &str, path: &str, user: &str) {
        let credential = basic(user, SECRET);
        self.files.store(&Host::parse(host).unwrap(), path, &credential, WAIT).unwrap();
    }

    fn own(&self) -> String {
        fs::read_to_string(&self.files.locations.own).unwrap()
    }
}

const WAIT: Wait<'static> = Wait { timeout: Some(Duration::from_secs(60)), progress: &Silent };

fn basic(user: &str, password: &str) -> Credential {
    Credential::Basic { username: user.to_owned(), password: password.to_owned() }
}

fn entries(list: &[(&str, &str)]) -> String {
    let entries = list.iter().map(|(key, user)| format!("{key:?}: {{\"username\": {user:?}}}"));
    format!("{{\"auths\": {{{}}}}}", entries.collect::<Vec<_>>().join(","))
}

#[test]
fn the_longest_path_wins_and_then_the_first_file() {
    let home = Home::new(
        &entries(&[("h.io", "own"), ("h.io/a/b", "own-ab")]),
        &entries(&[("h.io", "helm"), ("h.io/a", "helm-a"), ("g.io", "helm-g")]),
        &entries(&[("h.io/a", "docker-a"), ("h.io/a/b/c", "docker-abc"), ("f.io:80", "docker-f")]),
    );
    for (server, user) in [
        ("h.io", "own"),
        ("h.io/b", "own"),
        ("h.io/a", "helm-a"),
        ("h.io/a/bc", "helm-a"),
        ("h.io/a/b", "own-ab"),
        ("h.io/a/b/c/d", "docker-abc"),
        ("g.io/x", "helm-g"),
        ("f.io:80", "docker-f"),
        ("f.io", "None"),
        ("e.io", "None"),
    ] {
        assert_eq!(home.user(server), user, "{server}");
    }
}

#[test]
fn every_kind_of_entry_is_read() {
    let docker = r#"{"auths": {
        "a.io": {"auth": "dXNlcjpodW50ZXIyOng="}, "b.io": {"auth": "dXNlcjpodW50ZXIyOng"},
        "c.io": {"username": "user", "password": "hunter2"},
        "d.io": {"auth": "dXNlcjo=", "identitytoken": "hunter2"},
        "e.io": {"registrytoken": "hunter2", "identitytoken": ""},
        "f.io": {}, "g.io": null, "h.io": {"email": "x@example.com"},
        "https://index.docker.io/v1/": {"username": "hub"}
        }, "HttpHeaders": {"X": "y"}, "credHelpers": null, "credsStore": ""}"#;
    let home = Home::new("", " \n", docker);
    let token = || SECRET.to_owned();
    for (server, expected) in [
        ("a.io", Some(basic("user", "hunter2:x"))),
        ("b.io", Some(basic("user", "hunter2:x"))),
        ("c.io", Some(basic("user", SECRET))),
        ("d.io", Some(Credential::IdentityToken { token: token() })),
        ("e.io", Some(Credential::Bearer { token: token() })),
        ("f.io", None),
        ("g.io", None),
        ("h.io", None),
        ("docker.io/library/x", Some(basic("hub", ""))),
    ] {
        assert_eq!(home.find(server).unwrap(), expected, "{server}");
    }
}

#[test]
fn a_refusal_names_the_file_and_tells_no_secret() {
    for text in ["{\"auths\": \"hunter2\"}", "{\"auths\": {\"a\": \"hunter2\"}}", "hunter2"] {
        let error = Home::new(text, "", "").refusal("h.io");
        assert!(matches!(&error, Error::Malformed { .. }), "{error}");
        assert!(error.to_string().contains("own.json: it is malformed in line 1"), "{error}");
    }
    // The second is "hunter2" without a colon.
    for auth in ["hunter2:?", "aHVudGVyMg==", "/w=="] {
        let text = format!("{{\"auths\": {{\"h.io\": {{\"auth\": {auth:?}}}}}}}");
        let error = Home::new("", &text, "").refusal("h.io");
        assert!(error.to_string().starts_with("cannot use the entry \"h.io\" in "), "{error}");
        assert!(error.hint().is_some());
    }
    let large = " ".repeat(config::MAX_BYTES as usize + 1);
    assert!(matches!(Home::new("", &large, "").refusal("h.io"), Error::Disk(_)));
}

#[test]
fn helpers_are_asked_as_docker_asks_them() {
    const ECHO: &str = r#"read -r server; echo "{\"Username\":\"$0 $server\",\"Secret\":\"s\"}""#;
    let docker = r#"{"auths": {"h.io/a": {}, "in.io": {"username": "file"}},
        "credHelpers": {"g.io": "own", "f.io/x": "own"}, "credsStore": "all"}"#;
    let script = ECHO.replace("$0", "own");
    let home = Home::new("", "", docker).with_helper("own", &script);
    let home = home.with_helper("all", &ECHO.replace("$0", "all"));
    for (server, user) in [
        ("g.io", "own g.io"),
        ("f.io/x/y", "own f.io/x"),
        ("f.io/z", "all f.io"),
        ("h.io/a/b", "all h.io/a"),
        ("registry-1.docker.io/x", "all https://index.docker.io/v1/"),
        ("in.io", "all in.io"),
    ] {
        assert_eq!(home.user(server), user, "{server}");
    }
}

#[test]
fn a_helper_may_have_a_token_or_nothing() {
    let helpers = "{\"credHelpers\": {\"t.io\": \"token\", \"n.io\": \"none\"}}";
    let none = "echo 'credentials not found in native keychain'; exit 1";
    let token = "echo '{\"ServerURL\":\"\",\"Username\":\"<token>\",\"Secret\":\"hunter2\"}'";
    let docker = entries(&[("n.io", "docker")]);
    let home = Home::new("", helpers, &docker).with_helper("none", none);
    let home = home.with_helper("token", token);
    let token = SECRET.to_owned();
    assert_eq!(home.find("t.io").unwrap(), Some(Credential::IdentityToken { token }));
    assert_eq!(home.user("n.io"), "docker");
}

#[test]
fn a_helper_is_asked_once_for_a_server() {
    let script =
        "echo x >> \"$(dirname \"$0\")/asked\"; echo '{\"Username\":\"u\",\"Secret\":\"\"}'";
    let home = Home::new("", "{\"credsStore\": \"all\"}", "").with_helper("all", script);
    for server in ["h.io/a", "h.io/b", "g.io"] {
        assert_eq!(home.user(server), "u");
    }
    assert_eq!(fs::read_to_string(home.folder.path().join("asked")).unwrap(), "x\nx\n");
}

#[test]
fn a_helper_that_fails_is_named() {
    let cases = [
        ("echo '{\"Secret\":\"hunter2\"}'; exit 3", "it failed: exit status: 3"),
        ("echo \"no\tkeychain\" >&2; exit 1", "it failed: exit status: 1: no\\tkeychain"),
        ("echo '{\"Username\":\"hunter2\"}'", "is not the JSON"),
        ("echo hunter2", "is not the JSON"),
        ("head -c 300000 /dev/zero", "is not the JSON"),
        ("yes hunter2", "is not the JSON"),
    ];
    for (script, expected) in cases {
        let home = Home::new("", "", "{\"credsStore\": \"sad\"}").with_helper("sad", script);
        let error = home.refusal("h.io");
        assert!(error.to_string().contains("docker-credential-sad"), "{error}");
        assert!(error.to_string().contains("docker.json"), "{error}");
        let why = error.source().unwrap().to_string();
        assert!(why.contains(expected), "{script}: {why}");
    }
}

#[test]
fn a_helper_that_is_missing_is_named() {
    for (name, kind) in [("nowhere", Kind::NotFound), ("../evil", Kind::Invalid)] {
        let error = Home::new("", "", &format!("{{\"credsStore\": {name:?}}}")).refusal("h.io");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.hint().unwrap().contains(&format!("install docker-credential-{name}")));
    }
}

#[test]
fn a_helper_that_hangs_is_given_up() {
    let timeout = Duration::from_millis(100);
    // The second leaves a process behind that keeps the pipe open, the third closes it.
    for script in ["exec sleep 1000", "sleep 20 & exit 0", "exec >&- 2>&-; exec sleep 1000"] {
        let home = Home::new("", "", "").with_helper("slow", script);
        let path = home.files.locations.helpers.as_deref();
        let error = keychain::get("slow", "h.io", path, timeout).unwrap_err();
        assert!(matches!(error, KeychainError::TimedOut(_)), "{error}");
    }
}

#[test]
fn what_is_stored_has_the_form_of_helms_file() {
    let home = Home::new("", "", "");
    home.store("localhost:5000", "", "user");
    assert_eq!(
        home.own(),
        "{\n\t\"auths\": {\n\t\t\"localhost:5000\": {\n\t\t\t\"auth\": \"dXNlcjpodW50ZXIy\"\n\t\t}\n\t}\n}"
    );
    assert_eq!(home.find("localhost:5000/x").unwrap(), Some(basic("user", SECRET)));
    for credential in [
        Credential::IdentityToken { token: SECRET.to_owned() },
        Credential::Bearer { token: SECRET.to_owned() },
    ] {
        let host = Host::parse("h.io").unwrap();
        home.files.store(&host, "a", &credential, WAIT).unwrap();
        assert_eq!(home.find("h.io/a/b").unwrap(), Some(credential));
    }
}

#[test]
fn what_is_stored_is_for_its_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("a/b/config.json");
    let files = Files::new(Locations { own: own.clone(), ..Locations::default() });
    let host = Host::parse("h.io").unwrap();
    files.store(&host, "", &basic("user", SECRET), WAIT).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&own), mode(own.parent().unwrap())), (0o600, 0o700));
    assert_eq!(files.exposed(), None);

    fs::set_permissions(&own, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(files.exposed(), Some(own.as_path()));
    assert!(files.find(&host, "").unwrap().is_some());
    files.store(&host, "", &basic("user", SECRET), WAIT).unwrap();
    assert_eq!(files.exposed(), None);
}

#[test]
fn what_is_unknown_stays_and_other_names_of_a_server_go() {
    let own = r#"{"x": [1], "auths": {"https://h.io/v1/": {"auth": "eDp5"},
        "g.io": {"auth": "eDp5", "more": 1}, "h.io/a": {}}, "credsStore": ""}"#;
    let home = Home::new(own, "", "");
    home.store("h.io", "", "new");
    let value: Value = serde_json::from_str(&home.own()).unwrap();
    assert_eq!(
        value,
        serde_json::json!({"x": [1], "credsStore": "", "auths": {"g.io": {"auth": "eDp5", "more": 1},
            "h.io/a": {}, "h.io": {"auth": "bmV3Omh1bnRlcjI="}}})
    );
    assert!(home.own().starts_with("{\n\t\"x\""), "the order stays");
}

#[test]
fn erasing_tells_whether_there_was_something() {
    let home = Home::new("", &entries(&[("h.io", "helm")]), "");
    let erase = |host: &str, path| home.files.erase(&Host::parse(host).unwrap(), path, WAIT);
    assert!(!erase("h.io", "").unwrap());
    home.store("h.io", "", "own");
    home.store("h.io", "a", "own-a");
    assert!(!erase("g.io", "").unwrap());
    assert!(erase("H.io", "").unwrap());
    assert_eq!((home.user("h.io"), home.user("h.io/a")), ("helm".to_owned(), "own-a".to_owned()));
    assert!(!erase("h.io", "").unwrap());
}

#[test]
fn a_malformed_file_is_not_written_over() {
    for text in ["{\"auths\": [\"hunter2\"]}", "{", "[]"] {
        let home = Home::new(text, "", "");
        let host = Host::parse("h.io").unwrap();
        let error = home.files.store(&host, "", &basic("user", SECRET), WAIT).unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid);
        assert_eq!(home.own(), text);
    }
}

#[test]
fn a_link_to_the_file_stays_one() {
    let home = Home::new("", "", "");
    let target = home.folder.path().join("target");
    fs::write(&target, "{}").unwrap();
    std::os::unix::fs::symlink(&target, &home.files.locations.own).unwrap();
    home.store("h.io", "", "user");
    assert!(home.files.locations.own.is_symlink());
    assert!(fs::read_to_string(&target).unwrap().contains("h.io"));
}

#[test]
fn two_logins_at_once_lose_nothing() {
    let home = Home::new("", "", "");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let home = &home;
            scope.spawn(move || {
                for number in 0..10 {
                    home.store(&format!("h{thread}-{number}.io"), "", "user");
                }
            });
        }
    });
    let value: Value = serde_json::from_str(&home.own()).unwrap();
    assert_eq!(value["auths"].as_object().unwrap().len(), 40);
}

proptest::proptest! {
    #[test]
    fn junk_never_panics(own in ".{0,60}", key in ".{0,20}", auth in ".{0,20}") {
        let _ = Home::new(&own, "", "").find("h.io");
        let text = serde_json::json!({"auths": {key: {"auth": auth.clone()}, "h.io": {"auth": auth}}});
        let _ = Home::new(&text.to_string(), "", "").find("h.io/a");
    }
}
