use super::*;
use proptest::prelude::*;

/// What Masterminds/semver 3.5.0 says: versions in the first line, then a range a line, with a 1
/// for each version in it.
const MASTERMINDS: &str = include_str!("masterminds.txt");

#[test]
fn agrees_with_masterminds() {
    let (versions, ranges) = MASTERMINDS.split_once('\n').unwrap();
    let versions: Vec<Precedence> =
        versions.split(' ').map(|text| Precedence::parse(text).unwrap()).collect();
    for line in ranges.lines() {
        let (text, expected) = line.split_once('\t').unwrap();
        let actual = match Range::parse(text) {
            Err(_) => "refused".to_owned(),
            Ok(range) => {
                versions.iter().map(|v| if range.contains(v) { '1' } else { '.' }).collect()
            }
        };
        assert_eq!(actual, expected, "{text:?}");
    }
}

#[test]
fn bounds_what_it_reads() {
    assert!(Range::parse(&"1 ".repeat(257)).is_err());
    assert!(Range::parse(&["1"; 33].join("||")).is_err());
    assert!(Range::parse(&["1"; 32].join("||")).is_ok());
}

#[test]
fn any_leaves_pre_releases_out_unless_they_are_asked_for() {
    let prerelease = Precedence::parse("1.0.0-rc.1").unwrap();
    assert!(!Range::any(false).contains(&prerelease));
    assert!(Range::any(true).contains(&prerelease));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "[0-9xv*.,| <>=~^!+a-]{0,30}") {
        let _ = Range::parse(&text);
    }
}
