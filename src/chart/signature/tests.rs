//! The keys and signatures were made by tests/data/signatures/make.sh, with GnuPG and Helm.

use std::fs;
use std::path::Path;

use super::*;
use crate::chart::provenance::Checksums;
use crate::error::{Classified as _, Kind};

const SUM: &str = "sha256:1297783f14ad2f7c34453809600283153b41786372379fdaad928f6cca466fdb";
const PASSPHRASE: &[u8] = b"open sesame";

fn data(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/signatures");
    fs::read(folder.join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(data(name)).unwrap()
}

/// Is when the tests take place.
fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn verified(provenance: &[u8], keyring: &str) -> Result<Signed, Error> {
    verifying::verify(provenance, &data(keyring), now())
}

fn refusal(provenance: &str, keyring: &str) -> String {
    verified(provenance.as_bytes(), keyring).unwrap_err().to_string()
}

fn signed(keyring: &str, name: Option<&str>, passphrase: Option<&[u8]>) -> Result<String, Error> {
    let metadata = "name: demo\nkeywords:\n- one  \n\n- two\n";
    let message = signing::message(metadata, "demo-0.1.0.tgz", &SUM.parse().unwrap())?;
    let signed = signing::sign(&message, &data(keyring), name, passphrase, now())?;
    Ok(String::from_utf8(signed).unwrap())
}

#[test]
fn verifies_what_helm_signed() {
    let signed = verifying::verify(&data("helm.prov"), &data("rsa.gpg"), Timestamp::MAX).unwrap();
    assert_eq!(signed.signers, ["Rsa Signer <rsa@example.com>"]);
    assert_eq!(signed.fingerprint.len(), 40);
    assert_eq!(signed.expired, None);
    assert!(signed.message.contains("description: dash -  -----BEGIN\nkeywords:\n- one\n"));
    let checksums = Checksums::of_message(&signed.message).unwrap();
    assert!(checksums.of("demo-0.1.0.tgz").unwrap().starts_with("sha256:"));
}

#[test]
fn verifies_what_gpg_signed_with_a_subkey() {
    let signed = verified(&data("gpg.prov"), "locked.gpg").unwrap();
    assert_eq!(signed.signers, ["Locked Signer <locked@example.com>"]);
    assert!(signed.time.to_string().starts_with("2024-02-01T00:00:"), "{}", signed.time);
    assert!(signed.message.contains("\n  -----x\n- keywords\n"), "{}", signed.message);
    assert_eq!(Checksums::of_message(&signed.message).unwrap().of("demo-0.1.0.tgz"), Some(SUM));
}

#[test]
fn every_kind_of_keyring_is_read() {
    let (rsa, locked, both) = (data("rsa.gpg"), data("locked.gpg"), data("both.asc"));
    let twice = [b"written by hand\n", both.as_slice(), &both].concat();
    let windows = text("both.asc").replace('\n', "\r\n").into_bytes();
    let secret = data("locked.secret.gpg");
    for keyring in [[rsa, locked].concat(), both, twice, windows, secret] {
        verifying::verify(&data("gpg.prov"), &keyring, now()).unwrap();
    }
}

#[test]
fn line_ends_and_blanks_behind_lines_do_not_count() {
    let windows = text("gpg.prov").replace('\n', "\r\n");
    let blanks = text("gpg.prov").replace("name: demo", "name: demo \t");
    for provenance in [windows, blanks] {
        let signed = verified(provenance.as_bytes(), "locked.gpg").unwrap();
        assert_eq!(signed.message, verified(&data("gpg.prov"), "locked.gpg").unwrap().message);
    }
}

#[test]
fn a_change_of_the_text_is_found() {
    for (from, to) in [
        ("name: demo", "name: d3mo"),
        ("name: demo", "name:  demo"),
        ("name: demo\n", ""),
        ("- - keywords", "keywords"),
        ("\n\n...", "\n..."),
        ("fdb\n--", "fdb\n\n--"),
        ("sha256:1297", "sha256:1298"),
    ] {
        let changed = text("gpg.prov").replacen(from, to, 1);
        assert_ne!(changed, text("gpg.prov"), "{from}");
        let refused = refusal(&changed, "locked.gpg");
        assert!(refused.contains("the text is not what was signed"), "{from}: {refused}");
    }
}

#[test]
fn another_key_proves_nothing() {
    let error = verified(&data("gpg.prov"), "rsa.gpg").unwrap_err();
    assert!(error.to_string().starts_with("signature made by unknown entity"), "{error}");
    let told = error.to_string();
    let issuer = told.rsplit(' ').next().unwrap();
    assert!(issuer.len() == 16 && issuer.bytes().all(|byte| byte.is_ascii_hexdigit()), "{error}");
    assert_eq!(error.kind(), Kind::Denied);
    // The number of the key alone is no proof either.
    let (gpg, helm) = (text("gpg.prov"), text("helm.prov"));
    let split = |text: &str| text.find("-----BEGIN PGP SIGNATURE").unwrap();
    let mixed = format!("{}{}", &gpg[..split(&gpg)], &helm[split(&helm)..]);
    assert!(refusal(&mixed, "rsa.gpg").contains("the text is not what was signed"));
}

#[test]
fn one_known_signer_of_two_is_enough() {
    for (keyring, signer) in [("rsa.gpg", "Rsa Signer"), ("other.gpg", "Other")] {
        let signed = verified(&data("two.prov"), keyring).unwrap();
        assert!(signed.signers[0].starts_with(signer));
    }
    assert!(refusal(&text("two.prov"), "locked.gpg").contains(" or "));
}

#[test]
fn a_key_counts_while_it_is_valid() {
    let signed = verified(&data("old.prov"), "old.gpg").unwrap();
    assert!(signed.expired.unwrap().to_string().starts_with("2020-12-31T00:00:"));
    let then = "2020-07-01T00:00:00Z".parse().unwrap();
    let before = verifying::verify(&data("old.prov"), &data("old.gpg"), then).unwrap();
    assert_eq!(before.expired, None);
    let refused = refusal(&text("old.prov"), "older.gpg");
    assert!(refused.ends_with("does not count: the key had expired by then"), "{refused}");
    let refused = refusal(&text("revoked.prov"), "revoked.gpg");
    assert!(refused.ends_with("does not count: the key was revoked"), "{refused}");
}

#[test]
fn a_signature_counts_while_it_is_valid() {
    assert!(refusal(&text("short-lived.prov"), "rsa.gpg").ends_with("it has expired"));
    let then = "2024-02-02T00:00:00Z".parse().unwrap();
    verifying::verify(&data("short-lived.prov"), &data("rsa.gpg"), then).unwrap();
    assert!(refusal(&text("weak.prov"), "rsa.gpg").contains("its digest can be forged"));
}

#[test]
fn what_is_no_message_is_refused() {
    let gpg = text("gpg.prov");
    let signature_begins = gpg.find("-----BEGIN PGP SIGNATURE").unwrap();
    for provenance in [
        "",
        "name: demo",
        &gpg[..signature_begins],
        &gpg[..signature_begins + 60],
        &gpg[signature_begins..],
        &format!("files: {{}}\n{gpg}"),
        &format!("{gpg}files: {{}}\n"),
        &gpg.replace("Hash: SHA256", "Comment: x"),
        &gpg.replace("name: demo", "name:\r demo"),
        &gpg.replace("name: demo", "-----name: demo"),
        &gpg.replace("\niIkE", "\niIk*"),
    ] {
        let read = verified(provenance.as_bytes(), "locked.gpg");
        assert!(read.is_err(), "{provenance}");
        let refused = read.unwrap_err().to_string();
        assert!(refused.starts_with("signature block not found"), "{provenance}: {refused}");
    }
    let large = " ".repeat(crate::chart::provenance::MAX_BYTES + 1);
    assert!(refusal(&large, "rsa.gpg").contains("the provenance file is larger than"));
    let latin = gpg.replace("demo", "d\u{e9}mo").into_bytes();
    assert!(verified(&latin[..latin.len() - 90], "locked.gpg").is_err());
}

#[test]
fn a_hostile_message_is_done_with_soon() {
    let (begin, end) = ("-----BEGIN PGP SIGNED MESSAGE-----\n", "-----BEGIN PGP SIGNATURE-----\n");
    let size = crate::chart::provenance::MAX_BYTES - 200;
    for filler in ["\n", "Hash: x\n", "- \n", "a: b\n", "AAAA\n", "=AAAA\n", "iA==\n", end] {
        let fill = filler.repeat(size / filler.len());
        for provenance in [
            format!("{begin}{fill}\n{end}\n-----END PGP SIGNATURE-----"),
            format!("{begin}\n{fill}{end}\n-----END PGP SIGNATURE-----"),
            format!("{begin}\n{end}{fill}-----END PGP SIGNATURE-----"),
            format!("{begin}\n{end}\n{fill}-----END PGP SIGNATURE-----"),
        ] {
            assert!(refusal(&provenance, "rsa.gpg").starts_with("signature block not found"));
        }
    }
}

#[test]
fn a_keyring_has_a_limit_and_a_format() {
    let verify = |keyring: &[u8]| verifying::verify(&data("gpg.prov"), keyring, now()).unwrap_err();
    let large = data("locked.gpg").into_iter().cycle().take(10_000_000).collect::<Vec<u8>>();
    assert!(matches!(verify(&large), Error::TooLarge { .. }));
    assert!(matches!(signing::sign("", &large, None, None, now()), Err(Error::TooLarge { .. })));
    let keybox = verify(b"\x00\x00\x00\x20\x01\x01\x00\x02KBXf\x00\x00\x00\x00");
    assert!(matches!(keybox, Error::Keybox));
    assert!(keybox.hint().unwrap().contains("gpg --export"));
    for junk in [b"".as_slice(), b"junk", &[0xff; 50], &data("gpg.prov")] {
        assert!(matches!(verify(junk), Error::NoKeys), "{junk:?}");
    }
}

#[test]
fn what_is_signed_can_be_verified() {
    for (keyring, public, passphrase) in [
        ("rsa.secret.gpg", "rsa.gpg", None),
        ("rsa.secret.gpg", "rsa.gpg", Some(b"not needed".as_slice())),
        ("locked.secret.gpg", "locked.gpg", Some(PASSPHRASE)),
        ("subkey.secret.gpg", "locked.gpg", Some(PASSPHRASE)),
    ] {
        let provenance = signed(keyring, None, passphrase).unwrap();
        let signed = verified(provenance.as_bytes(), public).unwrap();
        assert_eq!(signed.time, now());
        let checksums = Checksums::of_message(&signed.message).unwrap();
        assert_eq!(checksums.of("demo-0.1.0.tgz"), Some(SUM));
        assert_eq!(checksums, Checksums::parse(provenance.as_bytes()).unwrap());
    }
}

#[test]
fn the_message_is_helms() {
    let provenance = signed("rsa.secret.gpg", None, None).unwrap();
    let (message, _) = provenance.split_once("-----BEGIN PGP SIGNATURE-----\n\n").unwrap();
    let expected = format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nname: demo\nkeywords:\n- - one\n\n\
         - - two\n\n...\nfiles:\n  demo-0.1.0.tgz: {SUM}\n"
    );
    assert_eq!(message, expected);
    let digest = SUM.parse().unwrap();
    let odd = signing::message("name: x", "yes: # 'x'.tgz", &digest).unwrap();
    assert_eq!(Checksums::of_message(&odd).unwrap().of("yes: # 'x'.tgz"), Some(SUM));
    let cut = signing::message("name: x\n...\nfiles: {}\n", "x.tgz", &digest);
    assert!(matches!(cut, Err(Error::Metadata)));
}

#[test]
fn the_key_to_sign_with_is_found_by_its_name() {
    let both = [data("rsa.secret.gpg"), data("locked.secret.gpg")].concat();
    let by = |name| signing::sign("x", &both, name, Some(PASSPHRASE), now());
    let fingerprint = verified(&by(Some("rsa@")).unwrap(), "rsa.gpg").unwrap().fingerprint;
    let short = format!("0x{}", fingerprint[24..].to_ascii_lowercase());
    for name in ["Rsa Signer <rsa@example.com>", "rsa@", &short, &fingerprint] {
        let provenance = by(Some(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(verified(&provenance, "rsa.gpg").unwrap().signers.len(), 1, "{name}");
    }
    for name in [None, Some("Signer")] {
        let error = by(name).unwrap_err();
        assert!(matches!(&error, Error::Ambiguous { names, .. } if names.len() == 2), "{error}");
    }
    let error = by(Some("nobody")).unwrap_err();
    assert!(error.to_string().contains("\"Rsa Signer <rsa@example.com>\", \"Locked"), "{error}");
    assert_eq!(error.kind(), Kind::NotFound);
    let public = signed("rsa.gpg", Some("rsa@"), None).unwrap_err();
    assert!(public.hint().unwrap().contains("--export-secret-keys"), "{public}");
    assert!(matches!(signing::sign("x", b"", None, None, now()), Err(Error::NoKeys)));
}

#[test]
fn a_locked_key_needs_its_passphrase() {
    let error = signed("locked.secret.gpg", None, None).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    let error = signed("locked.secret.gpg", None, Some(b"open, sesame")).unwrap_err();
    assert!(matches!(error, Error::WrongPassphrase { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("sesame"));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn a_changed_byte_never_panics(at in 0..400_usize, byte: u8) {
        let mut provenance = data("gpg.prov");
        provenance[at] = byte;
        let _ = verified(&provenance, "locked.gpg");
        for name in ["locked.gpg", "locked.secret.gpg"] {
            let mut keyring = data(name);
            keyring[at] = byte;
            let _ = verifying::verify(&data("gpg.prov"), &keyring, now());
            let _ = signing::sign("x", &keyring, None, None, now());
        }
    }

    #[test]
    fn junk_never_panics(junk: Vec<u8>, text in ".{0,200}") {
        let _ = verifying::verify(&data("gpg.prov"), &junk, now());
        let _ = signing::sign("x", &junk, None, None, now());
        let body = "-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n-----BEGIN PGP SIGNATURE-----\n\n";
        for provenance in [text.clone(), format!("{body}{text}")] {
            let _ = verified(provenance.as_bytes(), "rsa.gpg");
        }
    }
}
