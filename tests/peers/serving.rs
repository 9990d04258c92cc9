//! Real clients against `hreg serve`: Helm, skopeo, crane and oras.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::charts;
use crate::folder::Folder;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::peer;
use crate::run::Said;

/// Is a running `hreg serve`; it ends when this is dropped.
pub(crate) struct Served {
    pub(crate) hreg: Hreg,
    process: Child,
    pub(crate) address: String,
}

impl Served {
    /// Starts it over an empty store.
    pub(crate) fn start() -> Served {
        Served::with(Hreg::new(), &[])
    }

    /// Starts it with further arguments.
    pub(crate) fn with(hreg: Hreg, arguments: &[&str]) -> Served {
        let mut command = hreg.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            said += &line;
            Some(line.split_once("://127.0.0.1:")?.1.to_owned())
        });
        let port = address.unwrap_or_else(|| panic!("it did not start: {said}"));
        let address = format!("127.0.0.1:{port}");
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Served { hreg, process, address }
    }

    /// Ends it, and gives what it ran on.
    pub(crate) fn stop(mut self) -> Hreg {
        self.end();
        std::mem::replace(&mut self.hreg, Hreg::new())
    }

    fn end(&mut self) {
        // Nothing is lost where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Gives a name on the server as clients write it.
    pub(crate) fn name(&self, rest: &str) -> String {
        format!("{}/{rest}", self.address)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs a client, which must succeed, and gives what it printed.
#[track_caller]
pub(crate) fn run(program: &Path, arguments: &[&str]) -> String {
    let said = Said::of(Command::new(program).args(arguments));
    assert!(said.success, "{arguments:?}: {}", said.stderr);
    String::from_utf8(said.stdout).unwrap()
}

#[test]
fn helm_pushes_and_pulls_real_charts_byte_for_byte() {
    for helm in Helm::generations() {
        let Some(archives) = charts::real() else { return };
        let served = Served::start();
        let space = format!("oci://{}", served.name("team/charts"));
        charts::each(&archives, |archive| {
            let said = helm.run_over_http(["push", archive.to_str().unwrap(), &space]);
            match said.success {
                true => Ok(()),
                false => Err(said.stderr),
            }
        });
        let folder = TempDir::new().unwrap();
        for archive in &archives {
            let saved = Hreg::new().saved(archive);
            let (name, version) = (saved.name(), saved.version());
            let reference = format!("{space}/{name}");
            let destination = folder.path().to_str().unwrap();
            let pulled = ["pull", &reference, "--version", version, "--destination", destination];
            assert!(helm.run_over_http(pulled).success, "{reference} {version}");
            let file = folder.path().join(format!("{name}-{version}.tgz"));
            assert!(fs::read(file).unwrap() == fs::read(archive).unwrap(), "{reference} {version}");
            let shown = helm.run_over_http(["show", "chart", &reference, "--version", version]);
            assert!(shown.success, "{}", shown.stderr);
            let tag = version.replace('+', "_");
            let local = format!("team/charts/{name}:{tag}");
            let exported = served.hreg.export_archive(&local, &folder.path().join("exported"));
            assert!(fs::read(exported).unwrap() == fs::read(archive).unwrap(), "{local}");
        }
        served.hreg.run(["verify"]).bytes();
    }
}

#[test]
fn helm_uses_what_hreg_saves() {
    for helm in Helm::generations() {
        let served = Served::start();
        let folder = TempDir::new().unwrap();
        let archive = helm.package(&Folder::listing().path(), folder.path()).unwrap();
        let saved = served.hreg.saved(&archive);
        let (name, version) = (saved.name(), saved.version());
        let space = format!("oci://{}", served.name("library"));
        let reference = format!("{space}/{name}");
        let rendered =
            helm.run_over_http(["template", "release", &reference, "--version", version]);
        assert!(rendered.success, "{}", rendered.stderr);
        let major = version.split('.').next().unwrap();
        let range = format!("^{major}");
        let range = helm.run(["show", "chart", "--plain-http", &reference, "--version", &range]);
        assert!(range.success, "a range needs the list of tags: {}", range.stderr);

        let needy = folder.path().join("needy");
        fs::create_dir_all(&needy).unwrap();
        let metadata = format!(
            "apiVersion: v2\nname: needy\nversion: 1.0.0\ndependencies:\n- name: {name}\n  \
         version: {version}\n  repository: {space}\n"
        );
        fs::write(needy.join("Chart.yaml"), metadata).unwrap();
        let updated = helm.run_over_http(["dependency", "update", needy.to_str().unwrap()]);
        assert!(updated.success, "{}", updated.stderr);
        let fetched = needy.join("charts").join(archive.file_name().unwrap());
        assert!(fs::read(fetched).unwrap() == fs::read(&archive).unwrap());
    }
}

#[test]
fn helm_is_told_why_a_version_is_not_replaced() {
    for helm in Helm::generations() {
        let served = Served::start();
        served.hreg.run(["space", "create", "frozen", "--immutable"]).bytes();
        let folder = TempDir::new().unwrap();
        let push = |values: &str| {
            let chart = folder.path().join("once");
            fs::create_dir_all(&chart).unwrap();
            fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: once\nversion: 1.0.0\n")
                .unwrap();
            fs::write(chart.join("values.yaml"), values).unwrap();
            let archive = helm.package(&chart, folder.path()).unwrap();
            let space = format!("oci://{}", served.name("frozen"));
            helm.run_over_http(["push", archive.to_str().unwrap(), &space])
        };
        assert!(push("a: 1\n").success);
        let refused = push("a: 2\n");
        assert!(!refused.success);
        // Helm 3 tells the status of a refusal, and not its reason.
        let told = if helm.is_three() { "409 Conflict" } else { "frozen is immutable" };
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
}

#[test]
fn skopeo_copies_lists_and_deletes() {
    let Some(skopeo) = peer::find("skopeo") else { return };
    let served = Served::start();
    let saved = served.hreg.saved(&Folder::listing().path());
    let (name, version) = (saved.name(), saved.version());
    let from = format!("docker://{}", served.name(&format!("library/{name}:{version}")));
    let to = format!("docker://{}", served.name(&format!("skopeo/{name}:{version}")));
    let plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    run(&skopeo, &[&["copy"], &plain[..], &[&from, &to]].concat());
    let copied = served.hreg.run(["version", "show", "-o", "json", &format!("skopeo/{name}")]);
    assert!(String::from_utf8(copied.bytes()).unwrap().contains(saved.digest()));
    let list = to.rsplit_once(':').unwrap().0;
    assert!(run(&skopeo, &["list-tags", "--tls-verify=false", list]).contains(version));
    run(&skopeo, &["delete", "--tls-verify=false", &to]);
    let gone = Said::of(Command::new(&skopeo).args(["list-tags", "--tls-verify=false", list]));
    assert!(!gone.success);
    served.hreg.run(["verify"]).bytes();
}

#[test]
fn crane_copies_mounts_and_lists() {
    let Some(crane) = peer::find("crane") else { return };
    let served = Served::start();
    let saved = served.hreg.saved(&Folder::listing().path());
    let (name, version) = (saved.name(), saved.version());
    let from = served.name(&format!("library/{name}:{version}"));
    let to = served.name(&format!("crane/{name}:{version}"));
    run(&crane, &["copy", "--insecure", &from, &to]);
    assert_eq!(run(&crane, &["digest", "--insecure", &to]).trim(), saved.digest());
    assert_eq!(run(&crane, &["ls", "--insecure", to.rsplit_once(':').unwrap().0]).trim(), version);
    let catalog = run(&crane, &["catalog", "--insecure", &served.address]);
    assert_eq!(catalog, format!("crane/{name}\nlibrary/{name}\n"));
    let manifest = run(&crane, &["manifest", "--insecure", &to]);
    assert_eq!(hreg::digest::Digest::of(manifest.as_bytes()).to_string(), saved.digest());
    run(&crane, &["tag", "--insecure", &to, "stable"]);
    assert!(run(&crane, &["ls", "--insecure", to.rsplit_once(':').unwrap().0]).contains("stable"));
    let exact = format!("{}@{}", to.rsplit_once(':').unwrap().0, saved.digest());
    run(&crane, &["delete", "--insecure", &exact]);
    assert_eq!(
        run(&crane, &["catalog", "--insecure", &served.address]),
        format!("library/{name}\n")
    );
}

#[test]
fn oras_attaches_and_finds_what_is_attached() {
    let Some(oras) = peer::find("oras") else { return };
    let served = Served::start();
    let saved = served.hreg.saved(&Folder::listing().path());
    let place = served.name(&format!("library/{}:{}", saved.name(), saved.version()));
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("bill.txt"), "what is inside\n").unwrap();
    let said = Said::of(Command::new(&oras).current_dir(folder.path()).args([
        "attach",
        "--plain-http",
        "--artifact-type",
        "example/bill",
        &place,
        "bill.txt:text/plain",
    ]));
    assert!(said.success, "{}", said.stderr);
    let found = run(&oras, &["discover", "--plain-http", "--format", "json", &place]);
    assert!(found.contains("example/bill"), "{found}");
    let copy = served.name(&format!("copied/{}", saved.name()));
    let copy = format!("{copy}:{}", saved.version());
    let plain = ["--from-plain-http", "--to-plain-http"];
    run(&oras, &[&["copy", "--recursive"], &plain[..], &[&place, &copy]].concat());
    let found = run(&oras, &["discover", "--plain-http", "--format", "json", &copy]);
    assert!(found.contains("example/bill"), "{found}");
    served.hreg.run(["gc", "--grace", "0"]).bytes();
    let found = run(&oras, &["discover", "--plain-http", "--format", "json", &copy]);
    assert!(found.contains("example/bill"), "what refers to a chart lives as long as it: {found}");
    served.hreg.run(["verify"]).bytes();
}
