//! Real clients against `hreg serve` that gives tokens: they log in, and push and pull by tokens that
//! they get for it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::folder::Folder;
use crate::guarded::Guarded;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::peer;
use crate::run::Said;

/// Stands between clients and a server, and remembers what clients say.
struct Between {
    guarded: Guarded,
    address: String,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Between {
    fn start() -> Between {
        let guarded = Guarded::with("  tokens: {}\n");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (said, server) = (Arc::new(Mutex::default()), guarded.served.address.clone());
        let heard = said.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&server).unwrap();
                let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let heard: Arc<Mutex<Vec<u8>>> = heard.clone();
                std::thread::spawn(move || carry(client, server, Some(&heard)));
                std::thread::spawn(move || carry(from, to, None));
            }
        });
        Between { guarded, address, said }
    }

    /// Gives a chart's name on the server.
    fn chart(&self, space: &str) -> String {
        let saved = &self.guarded.saved;
        format!("{}/{space}/{}:{}", self.address, saved.name(), saved.version())
    }

    /// Tells whether a client has sent a token since this was last asked.
    fn has_heard_a_token(&self) -> bool {
        let said = std::mem::take(&mut *self.said.lock().unwrap());
        let said = String::from_utf8_lossy(&said).to_ascii_lowercase();
        said.contains("\r\nauthorization: bearer ")
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, heard: Option<&Mutex<Vec<u8>>>) {
    let mut piece = [0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        heard.into_iter().for_each(|heard| heard.lock().unwrap().extend(&piece[..length]));
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    // Whoever has gone has heard all that there was.
    let _ = to.shutdown(Shutdown::Write);
}

/// Pushes and pulls with one generation of Helm.
fn helm_pushes_and_pulls(helm: &Helm, archive: &Path) {
    let between = Between::start();
    let address = between.address.as_str();
    let space = format!("oci://{address}/team");
    let archive = archive.to_str().unwrap();
    let push = || helm.run(["push", "--plain-http", archive, &space]);
    let login = |user: &str, password: &str| {
        helm.run_over_http(["registry", "login", address, "-u", user, "-p", password])
    };
    assert!(!push().success, "nobody may push");
    assert!(!login("ann", "wrong").success);
    assert!(login("bob", "bob").success);
    let refused = push();
    assert!(!refused.success && refused.stderr.contains("403"), "{}", refused.stderr);
    let logged = login("ann", "ann");
    assert!(logged.success, "{}", logged.stderr);
    between.has_heard_a_token();
    let pushed = push();
    assert!(pushed.success, "{}", pushed.stderr);
    assert!(between.has_heard_a_token());
    let file = Path::new(archive);
    let (chart, _) = file.file_stem().unwrap().to_str().unwrap().rsplit_once('-').unwrap();
    let destination = between.guarded.file("pulled");
    fs::create_dir(&destination).unwrap();
    let reference = format!("{space}/{chart}");
    let pulled = helm.run(["pull", "--plain-http", &reference, "--destination", &destination]);
    assert!(pulled.success, "{}", pulled.stderr);
    assert!(between.has_heard_a_token());
    let pulled = Path::new(&destination).join(file.file_name().unwrap());
    assert!(fs::read(pulled).unwrap() == fs::read(archive).unwrap());
}

#[test]
fn helm_pushes_and_pulls_by_tokens() {
    for helm in Helm::generations() {
        let folder = tempfile::tempdir().unwrap();
        let archive = helm.package(&Folder::plain().path(), folder.path()).unwrap();
        helm_pushes_and_pulls(&helm, &archive);
    }
}

#[test]
fn skopeo_copies_by_tokens() {
    let Some(skopeo) = peer::find("skopeo") else { return };
    let between = Between::start();
    let config = between.guarded.file("auth.json");
    let (from, to) = (between.chart("library"), between.chart("open"));
    let (from, to) = (format!("docker://{from}"), format!("docker://{to}"));
    let run = |arguments: &[&str]| Said::of(Command::new(&skopeo).args(arguments));
    let plain = ["--src-tls-verify=false", "--dest-tls-verify=false", "--authfile", &config];
    let copy = || run(&[&["copy"], &plain[..], &[&from, &to]].concat());
    let login = |user: &str, password: &str| {
        let login =
            ["login", "--tls-verify=false", "--authfile", &config, "-u", user, "-p", password];
        run(&[&login[..], &[between.address.as_str()]].concat())
    };
    assert!(!copy().success && !login("ann", "wrong").success);
    assert!(login("bob", "bob").success && !copy().success);
    assert!(login("ann", "ann").success);
    between.has_heard_a_token();
    let copied = copy();
    assert!(copied.success, "{}", copied.stderr);
    assert!(between.has_heard_a_token());
    let list = |place: &str, options: &[&str]| {
        let list = [&["list-tags", "--tls-verify=false"], options].concat();
        run(&[&list[..], &[place.rsplit_once(':').unwrap().0]].concat()).success
    };
    assert!(!list(&from, &["--no-creds"]) && list(&to, &["--no-creds"]));
    let deleted = run(&["delete", "--tls-verify=false", "--authfile", &config, &to]);
    assert!(deleted.success, "{}", deleted.stderr);
}

#[test]
fn crane_copies_lists_and_deletes_by_tokens() {
    let Some(crane) = peer::find("crane") else { return };
    let between = Between::start();
    let address = between.address.as_str();
    let run = |home: &str, arguments: &[&str]| {
        let home = between.guarded.file(home);
        Said::of(Command::new(&crane).args(arguments).env("DOCKER_CONFIG", home))
    };
    let (from, to) = (between.chart("library"), between.chart("open"));
    for user in ["ann", "bob"] {
        assert!(run(user, &["auth", "login", address, "-u", user, "-p", user]).success);
    }
    let copy = |home: &str| run(home, &["copy", "--insecure", &from, &to]);
    assert!(!copy("nobody").success && !copy("bob").success);
    between.has_heard_a_token();
    let copied = copy("ann");
    assert!(copied.success, "{}", copied.stderr);
    assert!(between.has_heard_a_token());
    let digest = run("nobody", &["digest", "--insecure", &to]).text();
    assert_eq!(digest.trim(), between.guarded.saved.digest());
    let catalog =
        |home: &str| run(home, &["catalog", "--insecure", address]).text().lines().count();
    assert_eq!((catalog("bob"), catalog("nobody")), (2, 1));
    assert!(!run("bob", &["delete", "--insecure", &to]).success);
    let deleted = run("ann", &["delete", "--insecure", &to]);
    assert!(deleted.success, "{}", deleted.stderr);
}

#[test]
fn oras_copies_by_tokens() {
    let Some(oras) = peer::find("oras") else { return };
    let between = Between::start();
    let config = between.guarded.file("config.json");
    let (from, to) = (between.chart("library"), between.chart("open"));
    let run = |arguments: &[&str]| Said::of(Command::new(&oras).args(arguments));
    let login = |user: &str, password: &str| {
        let plain = ["login", "--plain-http", "--registry-config", &config, "-u", user, "-p"];
        run(&[&plain[..], &[password, &between.address]].concat())
    };
    let copy = || {
        let plain = ["copy", "--from-plain-http", "--to-plain-http"];
        let configs = ["--from-registry-config", &config, "--to-registry-config", &config];
        run(&[&plain[..], &configs, &[&from, &to]].concat())
    };
    assert!(!login("ann", "wrong").success);
    assert!(login("bob", "bob").success && !copy().success);
    assert!(login("ann", "ann").success);
    between.has_heard_a_token();
    let copied = copy();
    assert!(copied.success, "{}", copied.stderr);
    assert!(between.has_heard_a_token());
    let none = between.guarded.file("none.json");
    let fetched = run(&["manifest", "fetch", "--plain-http", "--registry-config", &none, &to]);
    assert!(fetched.success, "{}", fetched.stderr);
}

#[test]
fn hreg_pushes_and_pulls_by_tokens() {
    let (between, hreg) = (Between::start(), Hreg::new());
    let address = between.address.as_str();
    let saved = hreg.saved(&Folder::plain().path());
    let target = format!("oci://{address}/team");
    let push = || hreg.run(["push", saved.reference(), &target]);
    let login = |user: &str, password: &str| {
        hreg.run_with_input(["login", address, "-u", user, "--password-stdin"], password)
    };
    assert!(!push().success && !login("ann", "wrong").success);
    assert!(login("bob", "bob").success && !push().success);
    assert!(login("ann", "ann").success);
    between.has_heard_a_token();
    let pushed = push();
    assert!(pushed.success, "{}", pushed.stderr);
    assert!(between.has_heard_a_token());
    let pulled = hreg.run(["pull", &format!("{target}/{}:{}", saved.name(), saved.version())]);
    assert!(pulled.success, "{}", pulled.stderr);
    assert!(between.has_heard_a_token());
}
