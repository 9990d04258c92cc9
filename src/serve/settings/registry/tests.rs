use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{RegistryFlags, RegistryPlace, RepositoryPath, cache_bytes};
use crate::remote::{Scheme, Tls};
use crate::serve::auth::{Action, Rule};
use crate::serve::settings::{Access, DriverKind, File, Flags, Settings};

const WHOLE: &str = "\
manager:
  parameters:
    storagedriver: registry
    rootdirectory: ./cache
registry:
  repo: http://registry.example:5000/team
  repositories: [web, tools/db]
  refresh: 2m
  jobs: 4
  secret: ./secret
  ca: ./ca
  certificate: ./certificate
  key: ./key
  mirror: true
  cacheSize: 500Mi
";

fn parse(text: &str) -> Result<File, String> {
    File::parse(Path::new("config.yaml"), text.as_bytes()).map_err(|error| error.to_string())
}

fn place(text: &str) -> Option<RegistryPlace> {
    Some(text.parse().unwrap())
}

/// Gives flags by which a registry is served.
fn flags(text: &str) -> Flags {
    let registry = RegistryFlags { place: place(text), ..RegistryFlags::default() };
    Flags { storage: Some(DriverKind::Registry), registry, ..Flags::default() }
}

#[test]
fn a_registry_is_served_as_the_file_says() {
    let settings = Settings::resolve(Flags::default(), Some(parse(WHOLE).unwrap())).unwrap();
    assert_eq!(settings.store.driver, DriverKind::Registry);
    assert_eq!(settings.store.root, Some(PathBuf::from("./cache")));
    assert!(settings.read_only);
    let registry = settings.registry.unwrap();
    assert_eq!(registry.scheme, Some(Scheme::Http));
    assert_eq!(registry.secret, Some(PathBuf::from("./secret")));
    let tls = Tls {
        ca: Some(PathBuf::from("./ca")),
        certificate: Some(PathBuf::from("./certificate")),
        key: Some(PathBuf::from("./key")),
        skip_verify: false,
    };
    assert_eq!(registry.tls, tls);
    let served = registry.served;
    assert_eq!(served.place.to_string(), "registry.example:5000/team");
    assert_eq!(served.repositories, ["web", "tools/db"]);
    assert_eq!((served.refresh, served.jobs), (Duration::from_secs(120), 4));
    assert_eq!((served.cache_bytes, served.mirror), (500 << 20, true));
}

#[test]
fn what_nothing_says_of_a_registry_is_as_documented() {
    let settings = Settings::resolve(flags("registry.example"), None).unwrap();
    assert_eq!(settings.store.root, None);
    let registry = settings.registry.unwrap();
    assert_eq!((registry.scheme, registry.secret, registry.tls), (None, None, Tls::default()));
    let served = registry.served;
    assert_eq!(served.repositories, [""; 0]);
    assert_eq!((served.refresh, served.jobs), (Duration::from_secs(30), 16));
    assert_eq!((served.cache_bytes, served.mirror), (1 << 30, false));
}

#[test]
fn flags_come_before_the_section() {
    let file = || Some(parse(WHOLE).unwrap());
    let mut said = flags("https://other.example");
    said.storage = None;
    said.registry.repositories = vec!["db".parse().unwrap()];
    said.root = Some(PathBuf::from("elsewhere"));
    let settings = Settings::resolve(said, file()).unwrap();
    assert_eq!(settings.store.driver, DriverKind::Registry);
    assert_eq!(settings.store.root, Some(PathBuf::from("elsewhere")));
    let registry = settings.registry.unwrap();
    assert_eq!(registry.scheme, Some(Scheme::Https));
    assert_eq!(registry.served.place.to_string(), "other.example");
    assert_eq!(registry.served.repositories, ["db"]);
    assert_eq!(registry.served.jobs, 4);
    let memory = Flags { storage: Some(DriverKind::Memory), ..Flags::default() };
    let settings = Settings::resolve(memory, file()).unwrap();
    assert_eq!(settings.store.driver, DriverKind::Memory);
    assert!(settings.registry.is_none() && !settings.read_only);
}

#[test]
fn the_scheme_of_a_place_is_for_that_place() {
    let scheme = |flag: Option<Scheme>, own: &str, key: Option<Scheme>, of_file: &str| {
        let said = |scheme, text: &str| RegistryFlags {
            place: Some(text).filter(|text| !text.is_empty()).and_then(place),
            scheme,
            ..RegistryFlags::default()
        };
        said(flag, own).over(said(key, of_file)).unwrap().scheme
    };
    let (http, https) = (Some(Scheme::Http), Some(Scheme::Https));
    assert_eq!(scheme(None, "http://a", None, ""), http);
    assert_eq!(scheme(https, "http://a", None, ""), https);
    assert_eq!(scheme(None, "", None, "http://a"), http);
    assert_eq!(scheme(None, "", https, "http://a"), https);
    assert_eq!(scheme(None, "b", None, "http://a"), None);
    assert_eq!(scheme(None, "b", https, "http://a"), https);
    assert_eq!(scheme(None, "HTTP://b", https, "a"), http);
}

#[test]
fn a_registry_is_read_by_all_unless_something_is_said() {
    let settings = |flags: Flags| Settings::resolve(flags, None).unwrap();
    let address = ["0.0.0.0:1".parse().unwrap()];
    let open = settings(flags("a"));
    assert_eq!(open.rules(), [Rule::everywhere(Rule::ANONYMOUS, &[Action::Read])]);
    assert!(open.check_exposure(&address).is_ok());
    assert!(open.lends_credentials());
    let allowed = Flags { allow_anonymous: Some(Access::Read), ..flags("a") };
    assert!(!settings(allowed).lends_credentials());
    let asking = settings(Flags { htpasswd: Some(PathBuf::from("users")), ..flags("a") });
    assert_eq!(asking.rules(), [Rule::everywhere(Rule::KNOWN, &Action::ALL)]);
    assert!(!asking.lends_credentials());
    assert!(!settings(Flags::default()).lends_credentials());
}

#[test]
fn what_is_said_of_a_registry_needs_one() {
    let error = |flags, file: Option<&str>| {
        let file = file.map(|text| parse(text).unwrap());
        let error = Settings::resolve(flags, file).unwrap_err();
        (error.is_usage(), error.to_string())
    };
    let registry = Flags { storage: Some(DriverKind::Registry), ..Flags::default() };
    let (is_usage, text) = error(registry, None);
    assert!(is_usage && text.contains("nothing says which"), "{text}");
    let (is_usage, text) = error(Flags { storage: None, ..flags("a") }, None);
    assert!(is_usage && text.starts_with("--storage-registry-repo is about a registry"), "{text}");
    let (is_usage, text) = error(Flags::default(), Some("listen: x\nregistry:\n  repo: a\n"));
    assert!(!is_usage && text.contains("line 2: registry needs manager.param"), "{text}");
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line() {
    for (line, expected) in [
        ("repo: a b", "registry.repo \"a b\" is no place on a registry"),
        ("repo: ftp://a", "registry.repo must be http or https, not \"ftp\""),
        ("scheme: ftp", "registry.scheme must be http or https, not \"ftp\""),
        ("repositories: [a, A:1]", "registry.repositories names no repository"),
        ("repositories: a.example:1/b/c", "registry.repositories must not name a host"),
        ("refresh: 0", "registry.refresh must be a time such as 30s, not 0"),
        ("jobs: 65", "registry.jobs must be a number from 1 to 64, not 65"),
        ("cacheSize: 15Mi", "registry.cacheSize must be at least 16Mi"),
        ("cacheSize: much", "registry.cacheSize must be a number of bytes"),
        ("mirror: maybe", "registry.mirror must be true or false"),
        ("insecure: true", "registry.insecure is no setting that is known"),
    ] {
        let error = parse(&format!("registry:\n  secret: x\n  {line}\n")).unwrap_err();
        assert!(error.contains(&format!("line 3: {expected}")), "{line}: {error}");
    }
}

#[test]
fn a_place_may_have_a_scheme_and_a_path() {
    for (text, scheme, expected) in [
        ("localhost:5000", None, "localhost:5000"),
        ("http://a.example/", Some(Scheme::Http), "a.example"),
        ("HTTPS://a.example/b/c", Some(Scheme::Https), "a.example/b/c"),
    ] {
        let RegistryPlace { scheme: found, place } = text.parse().unwrap();
        assert_eq!((found, place.to_string()), (scheme, expected.to_owned()));
    }
    for text in ["", "http://", "oci://a", "a/../b", "http://u:p@a", "a?b"] {
        assert!(text.parse::<RegistryPlace>().is_err(), "{text}");
    }
    for text in ["", "/", "a//b", "a:1", "a@sha256:00"] {
        assert!(text.parse::<RepositoryPath>().is_err(), "{text}");
    }
}

#[test]
fn a_cache_has_room_for_charts() {
    assert_eq!(cache_bytes("16Mi"), Ok(16 << 20));
    assert_eq!(cache_bytes("2000000000"), Ok(2_000_000_000));
    for text in ["16383Ki", "0", "", "1GB", "-1"] {
        assert!(cache_bytes(text).is_err(), "{text}");
    }
}

#[test]
fn the_page_shows_a_file_that_can_be_used() {
    let page = include_str!("../../../../docs/adapter.md");
    let text = page.split_once("```yaml\n").unwrap().1.split_once("```").unwrap().0;
    let file = parse(text).unwrap();
    let flags = &file.registry;
    assert_eq!(flags.first(), Some("--storage-registry-repo"));
    assert!(flags.mirror.is_some() && flags.cache_bytes.is_some() && flags.tls.key.is_some());
    let settings = Settings::resolve(Flags::default(), Some(file)).unwrap();
    assert_eq!(settings.registry.unwrap().served.refresh, Duration::from_secs(30));
}
