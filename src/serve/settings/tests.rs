use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Access, DriverKind, File, Flags, Settings};

const ORIGINAL: &str = "\
listen: \":8099\"
manager:
  name: \"simple\"
  parameters:
    resourcelocker: memory
    locktimeout: 5000
    storagedriver: filesystem
    rootdirectory: ./data
";

fn parse(text: &str) -> Result<File, String> {
    File::parse(Path::new("config.yaml"), text.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn the_original_file_is_read_with_its_meaning() {
    let settings = Settings::resolve(Flags::default(), Some(parse(ORIGINAL).unwrap()));
    assert_eq!(settings.listen, ":8099");
    assert_eq!(settings.store.driver, DriverKind::Filesystem);
    assert_eq!(settings.store.root, Some(PathBuf::from("./data")));
    assert_eq!(settings.store.lock_timeout, Some(Duration::from_secs(5)));
    let hasty = parse(&ORIGINAL.replace("    locktimeout: 5000\n", "")).unwrap();
    assert_eq!(hasty.lock_timeout, Some(Duration::ZERO));
    let memory = parse(&ORIGINAL.replace("filesystem", "inmemory")).unwrap();
    assert_eq!(memory.driver, DriverKind::Memory);
}

#[test]
fn plans_are_built_by_the_rules_that_the_file_names() {
    let read = |text: &str| parse(text).map(|file| file.semantics);
    let caicloud = Some(crate::plan::Semantics::Caicloud);
    assert_eq!(read("orchestration:\n  semantics: caicloud\n"), Ok(caicloud));
    assert_eq!(read(ORIGINAL), Ok(None));
    let error = read("orchestration:\n  semantics: other\n").unwrap_err();
    assert!(error.contains("line 2: orchestration.semantics must be helm or caicloud"), "{error}");
}

#[test]
fn flags_come_before_the_file() {
    let flags = Flags {
        listen: Some("127.0.0.1:1".to_owned()),
        root: Some(PathBuf::from("elsewhere")),
        lock_timeout: Some(Duration::from_secs(1)),
        ..Flags::default()
    };
    let file = parse(&ORIGINAL.replace("filesystem", "inmemory")).unwrap();
    let settings = Settings::resolve(flags, Some(file));
    assert_eq!(settings.listen, "127.0.0.1:1");
    assert_eq!(settings.store.driver, DriverKind::Filesystem);
    assert_eq!(settings.store.root, Some(PathBuf::from("elsewhere")));
    assert_eq!(settings.store.lock_timeout, Some(Duration::from_secs(1)));
}

#[test]
fn without_a_file_only_this_machine_is_listened_to() {
    for empty in [None, Some(parse("").unwrap()), Some(parse("listen:\n").unwrap())] {
        let settings = Settings::resolve(Flags::default(), empty);
        assert_eq!(settings.listen, "127.0.0.1:8099");
        assert_eq!(settings.store.lock_timeout, None);
    }
}

#[test]
fn what_is_not_known_is_refused_with_its_line() {
    for (text, expected) in [
        ("listen: x\nlisten2: x\n", "line 2: listen2 is no setting that is known"),
        (
            "manager:\n  name: simple\n  parameters:\n    lockTimeout: 1\n",
            "line 4: manager.parameters.lockTimeout is no setting that is known",
        ),
        ("# name\nmanager:\n  name: other\n", "line 3: manager.name must be simple"),
        (
            "manager:\n  parameters:\n    storagedriver: s3\n",
            "line 3: manager.parameters.storagedr",
        ),
        (
            "manager:\n  parameters:\n    locktimeout: -1\n",
            "line 3: manager.parameters.locktimeout",
        ),
        ("manager:\n\n  parameters: [1]\n", "line 3: manager.parameters must be a map"),
        ("listen: [1]\n", "line 1: listen must be text"),
        ("- a\n", "line 1: must be a map"),
        ("{listen: x, oops: 1}\n", "line 1: oops is no setting"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
    assert!(parse("a: [").unwrap_err().starts_with("cannot read the configuration config.yaml"));
}

#[test]
fn an_address_that_others_reach_has_to_be_opened() {
    let check = |address: &str, allow_anonymous| {
        let settings = Settings::resolve(Flags { allow_anonymous, ..Flags::default() }, None);
        settings.check_exposure(&[address.parse().unwrap()]).is_ok()
    };
    for (address, anonymous, expected) in [
        ("127.0.0.1:1", None, true),
        ("[::1]:1", None, true),
        ("0.0.0.0:1", None, false),
        ("[::]:1", None, false),
        ("192.0.2.1:1", None, false),
        ("0.0.0.0:1", Some(Access::Read), true),
        ("0.0.0.0:1", Some(Access::Write), true),
    ] {
        assert_eq!(check(address, anonymous), expected, "{address}");
    }
}

#[test]
fn reading_only_is_more_than_a_right_to_write() {
    let anonymous = |read_only, allow_anonymous| {
        Settings::resolve(Flags { read_only, allow_anonymous, ..Flags::default() }, None)
            .anonymous()
    };
    assert_eq!(anonymous(false, None), Access::Write);
    assert_eq!(anonymous(false, Some(Access::Read)), Access::Read);
    assert_eq!(anonymous(true, Some(Access::Write)), Access::Read);
}
