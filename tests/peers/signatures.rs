//! A signed chart keeps its signature, and Helm still verifies it. What hreg signs, Helm and gpg
//! verify, and the other way round.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hreg::chart::provenance::Checksums;
use hreg::chart::signature;
use hreg::digest::Digest;
use tempfile::TempDir;

use crate::folder::Folder;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::peer;
use crate::registry::Registry;
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

#[test]
fn helm_and_gpg_verify_what_hreg_signs() {
    let Some(helm) = Helm::find() else { return };
    for passphrase in ["", "open sesame"] {
        let Some(keys) = Keys::of("rsa2048", passphrase) else { return };
        let archive = keys.sign(&helm, &Folder::listing());
        let theirs = fs::read_to_string(prov(&archive)).unwrap();
        let metadata = theirs.split_once("\n\n").unwrap().1.split_once("\n...\n").unwrap().0;
        // What is escaped, and what is not signed, in the ways that programs may differ in.
        let odd =
            "name: x\nkeywords:\n- one \t\n- -----two  \ndescription: |\n  From me \t\n\n  -\n\n\n";
        for metadata in [metadata, odd] {
            keys.resign(&archive, metadata);
            let said = keys.verify(&helm, &archive);
            assert!(said.success, "{metadata:?}: {}", said.stderr);
            assert!(said.text().contains(SIGNER));
            assert!(keys.gpg_verify(&prov(&archive)).success, "{metadata:?}");
        }
        let changed = fs::read_to_string(prov(&archive)).unwrap().replace("From", "from");
        fs::write(prov(&archive), changed).unwrap();
        assert!(!keys.verify(&helm, &archive).success);
        assert!(!keys.gpg_verify(&prov(&archive)).success);
    }
}

#[test]
fn gpg_verifies_what_hreg_signs_with_other_keys() {
    let Some(helm) = Helm::find() else { return };
    for algorithm in ["ed25519", "nistp256", "rsa3072"] {
        let (Some(rsa), Some(keys)) = (Keys::make(), Keys::of(algorithm, "open sesame")) else {
            return;
        };
        let archive = rsa.sign(&helm, &Folder::listing());
        keys.resign(&archive, "name: x\n");
        let said = keys.gpg_verify(&prov(&archive));
        assert!(said.success, "{algorithm}: {}", said.stderr);
        let provenance = fs::read(prov(&archive)).unwrap();
        let ring = fs::read(keys.ring("public")).unwrap();
        assert_eq!(signature::verify(&provenance, &ring).unwrap().signers, [SIGNER]);
        assert!(signature::verify(&provenance, &fs::read(rsa.ring("public")).unwrap()).is_err());
    }
}

#[test]
fn hreg_verifies_what_helm_signs() {
    let Some(helm) = Helm::find() else { return };
    let Some(keys) = Keys::of("rsa2048", "open sesame") else { return };
    let archive = keys.sign(&helm, &Folder::listing());
    let said = keys.verify(&helm, &archive).text();
    let ring = fs::read(keys.ring("public")).unwrap();
    let signed = signature::verify(&fs::read(prov(&archive)).unwrap(), &ring).unwrap();
    assert_eq!(signed.signers, [SIGNER]);
    assert!(said.contains(&format!("Using Key With Fingerprint: {}\n", signed.fingerprint)));
    let digest = Digest::of(&fs::read(&archive).unwrap());
    Checksums::of_message(&signed.message).unwrap().check("x-1.0.0.tgz", &digest).unwrap();
}

#[test]
fn hreg_verifies_what_gpg_signs() {
    let text = "- x\n--- y\n-\n  \n\ttab\t\ntext \t\nFrom me\n\n\n-----BEGIN PGP SIGNATURE-----\n";
    for algorithm in ["rsa2048", "ed25519", "nistp384", "dsa2048"] {
        let Some(keys) = Keys::of(algorithm, "") else { return };
        let ring = fs::read(keys.ring("public")).unwrap();
        for text in ["", "x", "x\n", "x\n\n", text, &text.replace('\n', "\r\n")] {
            let provenance = keys.gpg_sign(text);
            let signed = signature::verify(&provenance, &ring);
            assert!(signed.is_ok(), "{algorithm}, {text:?}: {signed:?}");
        }
    }
}

#[test]
fn signatures_travel_both_ways_through_a_registry() {
    let Some(helm) = Helm::find() else { return };
    let Some(keys) = Keys::of("rsa2048", "open sesame") else { return };
    let Some(registry) = Registry::start() else { return };
    let target = format!("oci://{}/signed", registry.address());
    let (hreg, folder) = (Hreg::new(), Folder::listing());
    let mut save = hreg.command();
    save.args(["save", "--sign", "--key", SIGNER, "--keyring"]).arg(keys.ring("secret"));
    save.arg("--passphrase-file").arg(keys.passphrase_file()).arg(folder.path());
    let said = Said::of(&mut save);
    assert!(said.success, "{}", said.stderr);
    hreg.run(["push", "library/x:1.0.0", &target]).bytes();
    let out = TempDir::new().unwrap();
    let chart = format!("{target}/x");
    let mut pull = helm.command();
    pull.args(["pull", &chart, "--version=1.0.0", "--verify", "--keyring"])
        .arg(keys.ring("public"));
    let said = Said::of(pull.arg("--destination").arg(out.path()));
    assert!(said.success, "{}", said.stderr);

    let theirs = keys.sign(&helm, &Folder::listing().file("more", "more"));
    let mut push = helm.command();
    push.arg("push").arg(&theirs).arg(format!("oci://{}/theirs", registry.address()));
    assert!(Said::of(&mut push).success);
    let pull = |ring: &Path| {
        let mut command = Hreg::new().command();
        command.args(["pull", "--verify", "--keyring"]).arg(ring);
        Said::of(command.arg(format!("{}/theirs/x:1.0.0", registry.address())))
    };
    assert!(pull(&keys.ring("public")).text().contains(&format!("Signed by: {SIGNER}")));
    let Some(others) = Keys::make() else { return };
    let refused = pull(&others.ring("public"));
    assert!(!refused.success && refused.stderr.contains("unknown entity"), "{refused:?}");
    let alone = TempDir::new().unwrap();
    let plain = helm.package(&Folder::plain().path(), alone.path()).unwrap();
    registry.push(&helm, &plain, "plain").unwrap();
    let mut command = Hreg::new().command();
    command.args(["pull", "--verify", "--keyring"]).arg(keys.ring("public"));
    let refused = Said::of(command.arg(format!("{}/plain/x:1.0.0", registry.address())));
    assert!(!refused.success && refused.stderr.contains("is not signed"), "{refused:?}");
}

fn prov(archive: &Path) -> PathBuf {
    let mut path = archive.as_os_str().to_owned();
    path.push(".prov");
    path.into()
}

/// Is a key that nobody else has; it goes away with its agent.
pub(crate) struct Keys {
    folder: TempDir,
    gpg: PathBuf,
    gpgconf: PathBuf,
    passphrase: &'static str,
}

impl Keys {
    /// Makes a key without a passphrase, or says that what needs it is skipped.
    pub(crate) fn make() -> Option<Keys> {
        Keys::of("rsa2048", "")
    }

    /// Makes a key of an algorithm, with a passphrase unless it is empty.
    fn of(algorithm: &str, passphrase: &'static str) -> Option<Keys> {
        let (gpg, gpgconf) = (peer::find("gpg")?, peer::find("gpgconf")?);
        let keys = Keys { folder: TempDir::new().unwrap(), gpg, gpgconf, passphrase };
        let run = |arguments: &[&str]| Said::of(keys.gpg().args(arguments)).bytes();
        run(&["--quick-generate-key", SIGNER, algorithm, "sign", "never"]);
        // Helm reads the key rings of GnuPG 1.
        fs::write(keys.ring("secret"), run(&["--export-secret-keys"])).unwrap();
        fs::write(keys.ring("public"), run(&["--export"])).unwrap();
        fs::write(keys.passphrase_file(), passphrase).unwrap();
        Some(keys)
    }

    fn gpg(&self) -> Command {
        let mut command = Command::new(&self.gpg);
        command.env("GNUPGHOME", self.folder.path()).args(["--batch", "--pinentry-mode"]);
        command.args(["loopback", "--passphrase", self.passphrase]);
        command
    }

    fn gpg_sign(&self, text: &str) -> Vec<u8> {
        let file = self.folder.path().join("text");
        fs::write(&file, text).unwrap();
        Said::of(self.gpg().args(["--output", "-", "--clear-sign"]).arg(file)).bytes()
    }

    fn gpg_verify(&self, provenance: &Path) -> Said {
        Said::of(self.gpg().arg("--verify").arg(provenance))
    }

    /// Signs an archive anew, by hreg.
    fn resign(&self, archive: &Path, metadata: &str) {
        let ring = fs::read(self.ring("secret")).unwrap();
        let digest = Digest::of(&fs::read(archive).unwrap());
        let passphrase = Some(self.passphrase.as_bytes()).filter(|text| !text.is_empty());
        let signed =
            signature::sign(metadata, "x-1.0.0.tgz", &digest, &ring, Some("hreg"), passphrase);
        fs::write(prov(archive), signed.unwrap()).unwrap();
    }

    fn passphrase_file(&self) -> PathBuf {
        self.folder.path().join("passphrase")
    }

    pub(crate) fn ring(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.gpg"))
    }

    /// Packs and signs a chart with Helm, and gives the archive.
    pub(crate) fn sign(&self, helm: &Helm, folder: &Folder) -> PathBuf {
        let mut command = helm.command();
        command.arg("package").arg(folder.path()).args(["--sign", "--key", "hreg tests"]);
        command.arg("--keyring").arg(self.ring("secret"));
        if !self.passphrase.is_empty() {
            command.arg("--passphrase-file").arg(self.passphrase_file());
        }
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
