use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

fn read<T: Read>(onto: &mut T, value: Value) -> Result<(), Error> {
    onto.read(&value, &Place::root())
}

#[test]
fn reads_onto_what_is_there() {
    let mut text = "old".to_owned();
    read(&mut text, json!(null)).unwrap();
    assert_eq!(text, "old");
    let mut list = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
    read(&mut list, json!([null, "x"])).unwrap();
    assert_eq!(list, ["a", "x"]);
    read(&mut list, json!(null)).unwrap();
    assert!(list.is_empty());
    let mut map = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
    read(&mut map, json!({ "b": "2", "c": null })).unwrap();
    assert_eq!(map.into_values().collect::<Vec<_>>(), ["1", "2", ""]);
    let mut value = Value::Null;
    read(&mut value, json!({ "b": 9007199254740993i64, "a": [1] })).unwrap();
    assert_eq!(crate::go_json::to_vec(&value), br#"{"a":[1],"b":9007199254740992}"#);
}

#[test]
fn says_where_a_type_is_wrong() {
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let error = read(&mut lists, json!({ "a": ["x", {}] })).unwrap_err();
    assert_eq!(error.to_string(), "json: cannot unmarshal object into a[1], which is a string");
    assert!(read(&mut true, json!("true")).is_err());
    assert!(read(&mut String::new(), json!(1)).is_err());
    assert!(read(&mut Vec::<String>::new(), json!("a")).is_err());
    assert!(read(&mut Timestamp::default(), json!(1)).is_err());
}

/// From Go 1.23: `time.Time.UnmarshalJSON`, which is laxer than RFC 3339 here and there.
#[test]
fn reads_times_as_go_does() {
    for text in [
        "2020-01-02T03:04:05Z",
        "2020-01-02T3:04:05Z",
        "2020-01-02T03:04:05.123456789012Z",
        "2020-01-02T03:04:05,1+24:60",
        "2000-02-29T23:59:59-01:00",
        "0000-01-01T00:00:00Z",
    ] {
        assert_eq!(Timestamp::parse(text).map(|time| time.to_string()), Some(text.to_owned()));
    }
    for text in [
        "",
        "2020-01-02",
        "2020-1-02T03:04:05Z",
        "2020-01-02t03:04:05Z",
        "2020-01-02 03:04:05Z",
        "2020-01-02T03:04:05",
        "2020-01-02T03:04:05z",
        "2020-01-02T03:04:05.Z",
        "2020-01-02T03:04:05+0100",
        "2020-01-02T03:04:05+25:00",
        "2020-01-02T24:00:00Z",
        "2020-01-02T23:59:60Z",
        "2021-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2020-04-31T00:00:00Z",
        "2020-00-01T00:00:00Z",
        "2020-13-01T00:00:00Z",
        "2020-01-00T00:00:00Z",
        "é020-01-02T03:04:05Z",
    ] {
        assert_eq!(Timestamp::parse(text), None, "{text}");
    }
}
