use super::*;
use proptest::prelude::*;

fn printed(text: &str) -> String {
    Reference::parse(text).map_or_else(|error| error.to_string(), |found| found.to_string())
}

#[test]
fn reads_references_of_every_shape() {
    let hex = "0".repeat(64);
    for (text, space, chart, tag) in [
        ("mychart", "library", "mychart", None),
        ("mychart:1.5.0", "library", "mychart", Some("1.5.0")),
        ("library/mychart:1.0.0+a", "library", "mychart", Some("1.0.0_a")),
        ("team/apps/shop:latest", "team/apps", "shop", Some("latest")),
        ("localhost:5000/mychart", "localhost:5000", "mychart", None),
        ("localhost:5000/myrepo/mychart:2.7.0", "localhost:5000/myrepo", "mychart", Some("2.7.0")),
        ("oci://registry/stable/x:1", "oci://registry/stable", "x", Some("1")),
        ("oci://registry/x", "oci://registry", "x", None),
        ("oci://example.com/stable/x", "example.com/stable", "x", None),
        ("Example.COM/a/b", "example.com/a", "b", None),
        ("[::1]:5000/a/b:c", "[::1]:5000/a", "b", Some("c")),
    ] {
        let reference = Reference::parse(text).unwrap();
        assert_eq!(reference.repository.space.to_string(), space, "{text}");
        assert_eq!(reference.repository.chart.as_str(), chart, "{text}");
        assert_eq!(reference.tag.as_ref().map(Tag::as_str), tag, "{text}");
        let exact = format!("{text}@sha256:{hex}");
        assert!(Reference::parse(&exact).unwrap().digest.is_some(), "{exact}");
    }
}

#[test]
fn refuses_references_that_would_leave_the_store() {
    for text in [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "../../etc/passwd",
        "localhost:5000/../../x",
        "a/..",
        "a/.:1",
        "a/b:../../..",
        "a/b:",
        "a/b:x/y/",
        "a/b@",
        "a/b@sha256:123",
        "a:bad:ref",
        "a/b c:1",
        "https://example.com/a/b",
        "oci://example.com",
        "oci://",
        "example.com:99999/a/b",
        "a\\b/c",
        "a/b\u{0}",
    ] {
        assert!(Reference::parse(text).is_err(), "{text:?} was read as {}", printed(text));
    }
}

#[test]
fn says_which_part_of_a_reference_is_wrong() {
    assert_eq!(
        printed("library/mychart:-x"),
        "invalid reference \"library/mychart:-x\": tag \"-x\": it must be 1 to 128 letters, digits, \
         '.', '_' and '-', not beginning with '.' or '-'"
    );
}

#[test]
fn orders_versions_by_precedence_then_text() {
    let sorted = [
        "0.9",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1",
        "1.0",
        "1.0.0",
        "1.0.0+a",
        "1.0.0+b",
        "v1.0.0",
        "1.2",
        "01.10.0",
        "2",
    ];
    let mut versions: Vec<Version> = sorted.iter().rev().map(|v| v.parse().unwrap()).collect();
    versions.sort();
    assert_eq!(versions.iter().map(Version::as_str).collect::<Vec<_>>(), sorted);
}

#[test]
fn reads_versions_as_loosely_as_helm() {
    for text in ["1", "1.2", "v1.2.3", "01.2.3", "1-rc.1", "1.2.3--", "18446744073709551615.0.0"] {
        assert!(Version::parse(text).is_ok(), "{text}");
    }
    for text in [
        "",
        "v",
        "1.2.3.4",
        "1.2.3-01",
        " 1.2.3 ",
        "1.2.3+a_b",
        "1.2.3-",
        "1.2.3+",
        "a",
        "1..2",
        "18446744073709551616.0.0",
        "1.2.3-a..b",
        "V1.2.3",
        "1.2.3-\u{e9}",
        "\u{661}.0.0",
    ] {
        assert!(Version::parse(text).is_err(), "{text}");
    }
}

#[test]
fn versions_and_their_tags_find_each_other() {
    let version = Version::parse("1.0.0-rc.1+build.7").unwrap();
    assert_eq!(version.tag().as_str(), "1.0.0-rc.1_build.7");
    assert_eq!(Version::of_tag(&version.tag()), Some(version));
    assert_eq!(Version::of_tag(&Tag::parse("latest").unwrap()), None);
}

proptest! {
    #[test]
    fn every_reference_prints_as_itself(text in "(oci://)?[a-c0._:/@+%-]{1,20}") {
        if let Ok(reference) = Reference::parse(&text) {
            prop_assert_eq!(Reference::parse(&reference.to_string()).unwrap(), reference);
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,60}") {
        let _ = Reference::parse(&text);
        let _ = Version::parse(&text);
        let _ = Host::parse(&text);
    }
}
