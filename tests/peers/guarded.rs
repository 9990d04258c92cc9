//! Real clients against `hreg serve` with users: they log in, and get what their user may have.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::folder::Folder;
use crate::helm::Helm;
use crate::hreg::{Hreg, Saved};
use crate::peer;
use crate::run::Said;
use crate::serving::{Served, run};

const RULES: &str = "
  rules:
  - {spaces: '*', users: ann, actions: [read, push, overwrite, delete]}
  - {spaces: '*', users: bob, actions: read}
  - {spaces: open, users: anonymous, actions: read}
";

/// Is a server that knows ann, who may do everything, and bob, who may read; their passwords are
/// their names. It has a chart, which nobody but they may read.
pub(crate) struct Guarded {
    pub(crate) served: Served,
    pub(crate) saved: Saved,
    folder: TempDir,
}

impl Guarded {
    /// Starts it.
    pub(crate) fn start() -> Guarded {
        Guarded::with("")
    }

    /// Starts it with further settings behind the rules.
    pub(crate) fn with(more: &str) -> Guarded {
        let folder = TempDir::new().unwrap();
        let users =
            ["ann", "bob"].map(|user| format!("{user}:{}\n", bcrypt::hash(user, 4).unwrap()));
        let (file, config) = (folder.path().join("users"), folder.path().join("config.yaml"));
        fs::write(&file, users.concat()).unwrap();
        fs::write(&config, format!("auth:\n  htpasswd: {}{RULES}{more}", file.display())).unwrap();
        let hreg = Hreg::new();
        let saved = hreg.saved(&Folder::listing().path());
        let served = Served::with(hreg, &["-c", config.to_str().unwrap()]);
        Guarded { served, saved, folder }
    }

    /// Gives the chart's name in a space as clients write it.
    fn chart(&self, space: &str) -> String {
        self.served.name(&format!("{space}/{}:{}", self.saved.name(), self.saved.version()))
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

fn said(program: &Path, arguments: &[&str]) -> Said {
    Said::of(Command::new(program).args(arguments))
}

#[test]
fn helm_logs_in_and_pushes_and_pulls() {
    for helm in Helm::generations() {
        let guarded = Guarded::start();
        let archive = helm.package(&Folder::plain().path(), guarded.folder.path()).unwrap();
        let archive = archive.to_str().unwrap().to_owned();
        let space = format!("oci://{}", guarded.served.name("team"));
        let push = || helm.run(["push", "--plain-http", &archive, &space]);
        let refused = push();
        assert!(
            !refused.success
                && refused.stderr.contains("basic")
                && refused.stderr.contains("credential"),
            "{}",
            refused.stderr
        );
        let address = guarded.served.address.as_str();
        let login = |user: &str, password: &str| {
            helm.run_over_http(["registry", "login", address, "-u", user, "-p", password])
        };
        assert!(!login("ann", "wrong").success);
        assert!(login("bob", "bob").success);
        let refused = push();
        assert!(!refused.success && refused.stderr.contains("403"), "{}", refused.stderr);
        let logged = login("ann", "ann");
        assert!(logged.success, "{}", logged.stderr);
        let pushed = push();
        assert!(pushed.success, "{}", pushed.stderr);
        let name = Path::new(&archive).file_stem().unwrap().to_str().unwrap();
        let (chart, _) = name.rsplit_once('-').unwrap();
        let reference = format!("{space}/{chart}");
        let destination = guarded.file("pulled");
        fs::create_dir(&destination).unwrap();
        let pulled = helm.run(["pull", "--plain-http", &reference, "--destination", &destination]);
        assert!(pulled.success, "{}", pulled.stderr);
        let file = PathBuf::from(destination).join(Path::new(&archive).file_name().unwrap());
        assert!(fs::read(file).unwrap() == fs::read(&archive).unwrap());
    }
}

#[test]
fn skopeo_logs_in_and_copies() {
    let Some(skopeo) = peer::find("skopeo") else { return };
    let guarded = Guarded::start();
    let config = guarded.file("auth.json");
    let (from, to) = (guarded.chart("library"), guarded.chart("open"));
    let (from, to) = (format!("docker://{from}"), format!("docker://{to}"));
    let copy = ["copy", "--authfile", &config, "--src-tls-verify=false", "--dest-tls-verify=false"];
    let copy = || said(&skopeo, &[&copy[..], &[&from, &to]].concat());
    let login = |user: &str, password: &str| {
        let verify = "--tls-verify=false";
        let arguments = ["login", verify, "--authfile", &config, "-u", user, "-p", password];
        said(&skopeo, &[&arguments[..], &[guarded.served.address.as_str()]].concat())
    };
    assert!(!copy().success);
    assert!(!login("ann", "wrong").success);
    assert!(login("bob", "bob").success);
    assert!(!copy().success);
    assert!(login("ann", "ann").success);
    let copied = copy();
    assert!(copied.success, "{}", copied.stderr);
    // Nobody may read this space, and everybody that one.
    let list = |place: &str| {
        let place = place.rsplit_once(':').unwrap().0;
        said(&skopeo, &["list-tags", "--tls-verify=false", "--no-creds", place])
    };
    assert!(!list(&from).success);
    let listed = list(&to);
    assert!(listed.success, "{}", listed.stderr);
}

#[test]
fn crane_logs_in_and_copies() {
    let Some(crane) = peer::find("crane") else { return };
    let guarded = Guarded::start();
    let crane = |home: &str, arguments: &[&str]| {
        let home = guarded.file(home);
        Said::of(Command::new(&crane).args(arguments).env("DOCKER_CONFIG", home))
    };
    let (from, to) = (guarded.chart("library"), guarded.chart("open"));
    let login = |home: &str, user: &str| {
        let address = guarded.served.address.as_str();
        assert!(crane(home, &["auth", "login", address, "-u", user, "-p", user]).success);
    };
    login("bob", "bob");
    login("ann", "ann");
    let copy = |home: &str| crane(home, &["copy", "--insecure", &from, &to]);
    assert!(!copy("nobody").success && !copy("bob").success);
    let copied = copy("ann");
    assert!(copied.success, "{}", copied.stderr);
    assert!(!crane("nobody", &["digest", "--insecure", &from]).success);
    let digest = crane("nobody", &["digest", "--insecure", &to]).text();
    assert_eq!(digest.trim(), guarded.saved.digest());
    let catalog = |home: &str| {
        crane(home, &["catalog", "--insecure", &guarded.served.address]).text().lines().count()
    };
    assert_eq!(catalog("bob"), 2);
    assert!(!crane("bob", &["delete", "--insecure", &to]).success);
    assert!(crane("ann", &["delete", "--insecure", &to]).success);
}

#[test]
fn oras_logs_in_and_copies() {
    let Some(oras) = peer::find("oras") else { return };
    let guarded = Guarded::start();
    let config = guarded.file("config.json");
    let (from, to) = (guarded.chart("library"), guarded.chart("open"));
    let login = |user: &str, password: &str| {
        let plain = ["login", "--plain-http", "--registry-config", &config, "-u", user, "-p"];
        said(&oras, &[&plain[..], &[password, &guarded.served.address]].concat())
    };
    let copy = || {
        let plain = ["copy", "--from-plain-http", "--to-plain-http"];
        let configs = ["--from-registry-config", &config, "--to-registry-config", &config];
        said(&oras, &[&plain[..], &configs, &[&from, &to]].concat())
    };
    assert!(!login("ann", "wrong").success);
    assert!(login("bob", "bob").success);
    assert!(!copy().success);
    assert!(login("ann", "ann").success);
    let copied = copy();
    assert!(copied.success, "{}", copied.stderr);
    let none = guarded.file("none.json");
    let nobody = ["manifest", "fetch", "--plain-http", "--registry-config"];
    let nobody = [&nobody[..], &[&none, &to]].concat();
    run(&oras, &nobody);
}
