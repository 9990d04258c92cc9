//! A signed chart keeps its signature, and Helm still verifies it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::folder::Folder;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::peer;
use crate::run::Said;

const SIGNER: &str = "hreg tests <tests@example.com>";

#[test]
fn helm_verifies_a_signed_chart_that_was_saved_and_exported() {
    let Some(helm) = Helm::find() else { return };
    let Some(keys) = Keys::make() else { return };
    let signed = keys.sign(&helm, &Folder::listing());
    let hreg = Hreg::new();
    let saved = hreg.saved(&signed);
    let out = TempDir::new().unwrap();
    let exported = hreg.export_archive(saved.reference(), out.path());
    for (expected, actual) in [(&signed, &exported), (&prov(&signed), &prov(&exported))] {
        assert_eq!(fs::read(expected).unwrap(), fs::read(actual).unwrap(), "{}", actual.display());
    }
    let said = keys.verify(&helm, &exported);
    assert!(said.success, "{}", said.stderr);
    assert!(said.text().contains(SIGNER));
}

#[test]
fn a_signature_for_other_bytes_is_refused_as_helm_refuses_it() {
    let Some(helm) = Helm::find() else { return };
    let Some(keys) = Keys::make() else { return };
    let signed = keys.sign(&helm, &Folder::listing());
    let mut bytes = fs::read(&signed).unwrap();
    bytes.push(0);
    fs::write(&signed, bytes).unwrap();
    let (theirs, ours) = (keys.verify(&helm, &signed), Hreg::new().save(&signed));
    for said in [theirs, ours] {
        assert!(!said.success);
        assert!(said.stderr.contains("sha256 sum does not match for x-1.0.0.tgz"), "{said:?}");
    }
}

fn prov(archive: &Path) -> PathBuf {
    let mut path = archive.as_os_str().to_owned();
    path.push(".prov");
    path.into()
}

/// Is a key that nobody else has; it goes away with its agent.
struct Keys {
    folder: TempDir,
    gpgconf: PathBuf,
}

impl Keys {
    /// Makes a key without a passphrase, or says that what needs it is skipped.
    fn make() -> Option<Keys> {
        let (gpg, gpgconf) = (peer::find("gpg")?, peer::find("gpgconf")?);
        let keys = Keys { folder: TempDir::new().unwrap(), gpgconf };
        let run = |arguments: &[&str]| {
            let mut command = Command::new(&gpg);
            command.env("GNUPGHOME", keys.folder.path()).args(["--batch", "--passphrase", ""]);
            Said::of(command.args(arguments)).bytes()
        };
        run(&["--quick-generate-key", SIGNER, "rsa2048", "sign", "never"]);
        // Helm reads the key rings of GnuPG 1.
        fs::write(keys.ring("secret"), run(&["--export-secret-keys"])).unwrap();
        fs::write(keys.ring("public"), run(&["--export"])).unwrap();
        Some(keys)
    }

    fn ring(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.gpg"))
    }

    /// Packs and signs a chart with Helm, and gives the archive.
    fn sign(&self, helm: &Helm, folder: &Folder) -> PathBuf {
        let mut command = helm.command();
        command.arg("package").arg(folder.path()).args(["--sign", "--key", "hreg tests"]);
        command.arg("--keyring").arg(self.ring("secret"));
        Said::of(command.arg("--destination").arg(self.folder.path())).bytes();
        self.folder.path().join("x-1.0.0.tgz")
    }

    fn verify(&self, helm: &Helm, archive: &Path) -> Said {
        let mut command = helm.command();
        Said::of(command.arg("verify").arg(archive).arg("--keyring").arg(self.ring("public")))
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let mut command = Command::new(&self.gpgconf);
        command.env("GNUPGHOME", self.folder.path()).args(["--kill", "gpg-agent"]);
        // An agent that is left ends when it finds its folder gone.
        let _ = command.status();
    }
}
