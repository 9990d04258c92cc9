//! Helm against `hreg serve` with users and TLS: whatever it does with a registry and a repository.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::folder::Folder;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::peer;
use crate::registry::another_name;
use crate::run::Said;
use crate::serving::Served;

/// Is a server with a certificate, which knows ann by the password `ann`, and nobody else.
struct Secured {
    served: Served,
    folder: TempDir,
    address: String,
}

impl Secured {
    /// Starts one, or says why not.
    fn start() -> Option<Secured> {
        // Helm 3 speaks to this machine without TLS where it is called 127.0.0.1 or localhost.
        let Some(host) = another_name() else {
            peer::skip("no other name for this machine than localhost in /etc/hosts");
            return None;
        };
        let folder = TempDir::new().unwrap();
        let made = rcgen::generate_simple_self_signed([host.clone()]).unwrap();
        let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(file("server.crt"), made.cert.pem()).unwrap();
        fs::write(file("server.key"), made.signing_key.serialize_pem()).unwrap();
        fs::write(file("users"), format!("ann:{}\n", bcrypt::hash("ann", 4).unwrap())).unwrap();
        let (certificate, key, users) = (file("server.crt"), file("server.key"), file("users"));
        let flags = ["--tls-cert", &certificate, "--tls-key", &key, "--htpasswd", &users];
        let served = Served::with(Hreg::new(), &flags);
        let (_, port) = served.address.rsplit_once(':').unwrap();
        let address = format!("{host}:{port}");
        Some(Secured { served, folder, address })
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs Helm, which is told whom to trust.
    fn run(&self, helm: &Helm, arguments: &[&str]) -> Said {
        let ca = self.file("server.crt");
        helm.run([arguments, &["--ca-file", &ca]].concat())
    }

    /// Pulls with Helm, and compares with an archive.
    #[track_caller]
    fn pulls(&self, helm: &Helm, arguments: &[&str], archive: &Path) {
        let folder = TempDir::new().unwrap();
        let into = ["--destination", folder.path().to_str().unwrap()];
        self.run(helm, &[&["pull"], arguments, &into].concat()).bytes();
        let pulled = folder.path().join(archive.file_name().unwrap());
        assert!(fs::read(pulled).unwrap() == fs::read(archive).unwrap());
    }

    /// Writes a chart that needs x, from a repository.
    fn needy(&self, repository: &str) -> PathBuf {
        let needy = PathBuf::from(self.file("needy"));
        let _ = fs::remove_dir_all(&needy);
        fs::create_dir(&needy).unwrap();
        let head = format!(
            "apiVersion: v2\nname: needy\nversion: 1.0.0\ndependencies:\n\
             - {{name: x, version: ^1.0.0, repository: '{repository}'}}\n"
        );
        fs::write(needy.join("Chart.yaml"), head).unwrap();
        needy
    }
}

#[test]
fn helm_uses_a_registry_over_tls() {
    for helm in Helm::generations() {
        let Some(secured) = Secured::start() else { return };
        let archive = helm.package(&Folder::plain().path(), secured.folder.path()).unwrap();
        let path = archive.to_str().unwrap();
        let address = secured.address.as_str();
        let login = |password: &str| {
            let login = ["registry", "login", address, "-u", "ann", "-p", password];
            secured.run(&helm, &login)
        };
        assert!(!login("wrong").success);
        login("ann").bytes();
        let space = format!("oci://{address}/team");
        assert!(!helm.run(["push", path, &space]).success, "nobody vouches for the certificate");
        secured.run(&helm, &["push", path, &space]).bytes();
        let chart = format!("{space}/x");
        secured.pulls(&helm, &[&chart], &archive);
        secured.pulls(&helm, &[&chart, "--version", "^1.0.0"], &archive);
        let shown = secured.run(&helm, &["show", "chart", &chart, "--version", "~1.0"]);
        assert!(shown.text().contains("name: x"));
        let rendered = secured.run(&helm, &["template", "release", &chart, "--version", "1.0.0"]);
        assert_eq!(rendered.text(), helm.template(&archive).text());
        let needy = secured.needy(&space);
        let update = ["dependency", "update", needy.to_str().unwrap()];
        secured.run(&helm, &update).bytes();
        assert!(needy.join("charts/x-1.0.0.tgz").exists());
        helm.run(["registry", "logout", address]).bytes();
        assert!(!secured.run(&helm, &["pull", &chart]).success);
    }
}

#[test]
fn helm_uses_a_repository_over_tls() {
    for helm in Helm::generations() {
        let Some(secured) = Secured::start() else { return };
        let archive = helm.package(&Folder::plain().path(), secured.folder.path()).unwrap();
        secured.served.hreg.saved(&archive);
        let root = format!("https://{}", secured.address);
        let add = |password: &str| {
            let add = ["repo", "add", "ours", &root, "--username", "ann", "--password", password];
            secured.run(&helm, &add)
        };
        assert!(!add("wrong").success);
        add("ann").bytes();
        assert!(helm.run(["repo", "update"]).text().contains("Successfully got an update"));
        assert!(helm.run(["search", "repo", "ours/x"]).text().contains("1.0.0"));
        secured.pulls(&helm, &["ours/x", "--version", "^1.0.0"], &archive);
        let user = ["x", "--repo", &root, "--username", "ann", "--password", "ann"];
        secured.pulls(&helm, &user, &archive);
        assert!(helm.run(["show", "chart", "ours/x"]).text().contains("name: x"));
        let rendered = helm.run(["template", "release", "ours/x"]).text();
        assert_eq!(rendered, helm.template(&archive).text());
        let needy = secured.needy(&root);
        helm.run(["dependency", "update", needy.to_str().unwrap()]).bytes();
        assert!(needy.join("charts/x-1.0.0.tgz").exists());
        let nobody = ["pull", "x", "--repo", &root];
        assert!(!secured.run(&helm, &nobody).success);
    }
}

#[test]
fn helm_uses_a_repository_as_a_user() {
    for helm in Helm::generations() {
        let folder = TempDir::new().unwrap();
        let users = folder.path().join("users");
        fs::write(&users, format!("ann:{}\n", bcrypt::hash("ann", 4).unwrap())).unwrap();
        let served = Served::with(Hreg::new(), &["--htpasswd", users.to_str().unwrap()]);
        served.hreg.saved(&Folder::plain().path());
        let root = format!("http://{}", served.address);
        let refused = helm.run(["repo", "add", "ours", &root]);
        assert!(!refused.success && refused.stderr.contains("401"), "{refused:?}");
        helm.run(["repo", "add", "ours", &root, "--username", "ann", "--password", "ann"]).bytes();
        assert!(helm.run(["repo", "update"]).text().contains("Successfully got an update"));
        assert!(helm.run(["search", "repo", "ours/x"]).text().contains("1.0.0"));
        let into = ["--destination", folder.path().to_str().unwrap()];
        helm.run([&["pull", "ours/x", "--version", ">=1.0.0"], &into[..]].concat()).bytes();
        assert!(folder.path().join("x-1.0.0.tgz").exists());
        assert!(helm.run(["template", "release", "ours/x"]).success);
    }
}
