use serde_json::json;

use super::*;

fn written(value: Value) -> String {
    let Value::Object(map) = value else { panic!("{value} is no map") };
    emit_as_helm(&map)
}

/// What Helm 3.17.3 makes of texts.
#[test]
fn texts_are_as_plain_as_yaml_1_1_lets_them_be() {
    for (text, expected) in [
        ("0.1.5", "0.1.5"),
        ("1.10", r#""1.10""#),
        ("", r#""""#),
        ("y", r#""y""#),
        ("yEs", "yEs"),
        ("null", r#""null""#),
        ("~", r#""~""#),
        ("=", "="),
        ("<<", "<<"),
        ("012", r#""012""#),
        ("0o8", "0o8"),
        ("0b-101", r#""0b-101""#),
        ("1_000", r#""1_000""#),
        (".5", r#"".5""#),
        ("1e400", "1e400"),
        ("1:30", r#""1:30""#),
        ("+1_0:5:05.5_", r#""+1_0:5:05.5_""#),
        ("1:60", "1:60"),
        ("1:", "'1:'"),
        ("-1:5", r#""-1:5""#),
        (" a", "' a'"),
        ("a ", "'a '"),
        ("- a", "'- a'"),
        ("-a", "-a"),
        ("?", "'?'"),
        ("a: b", "'a: b'"),
        ("a:b", "a:b"),
        ("a #b", "'a #b'"),
        ("a#b", "a#b"),
        ("it's", "it's"),
        ("'it's", "'''it''s'"),
        ("...", "'...'"),
        ("a, b", "a, b"),
        ("[a", "'[a'"),
        (">=1.20", "'>=1.20'"),
        ("a\tb", r#""a\tb""#),
        ("é", "é"),
        ("😀", r#""\U0001F600""#),
        ("\u{0}\u{7}\u{1b}\u{a0}\u{feff}\"\\", "\"\\0\\a\\e\u{a0}\\uFEFF\\\"\\\\\""),
        ("\u{feff}a", r#""\uFEFF\x61""#),
        ("a\nb", "|-\n  a\n  b"),
        ("a\n", "|\n  a"),
        ("a\n\n", "|+\n  a\n"),
        ("\n", "|2+\n"),
        (" a\nb", "|2-\n   a\n  b"),
        ("a \nb", r#""a \nb""#),
        ("a\nb ", r#""a\nb ""#),
        ("a\rb", r#""a\rb""#),
        ("a\u{2028}b", "'a\u{2028}  b'"),
        ("a\u{2028} b", r#""a\L b""#),
    ] {
        assert_eq!(written(json!({ "k": text })), format!("k: {expected}\n"), "{text:?}");
    }
}

#[test]
fn dates_are_quoted_and_what_only_looks_so_is_not() {
    for date in [
        "2020-01-02",
        "2020-1-2",
        "0000-02-29",
        "2001-12-14T21:59:43Z",
        "2001-12-14t1:2:3.10-05:00",
        "2001-12-14T1:2:3,5+24:60",
        "2001-12-14   21:59:43.123456789012",
    ] {
        assert_eq!(written(json!({ "k": date })), format!("k: \"{date}\"\n"));
    }
    for text in [
        "2020-01",
        "2020-13-01",
        "2020-02-30",
        "1900-02-29",
        "20200-01-02",
        "2020-01-02T",
        "2001-12-14T21:59:43",
        "2001-12-14 21:59:43Z",
        "2001-12-14 24:00:00",
        "2001-12-14T21:59:43z",
        "2001-12-14T21:59:43+5:00",
        "2001-12-14T21:59:43+25:00",
        "2001-12-14 21:59:43.",
        "2001-12-14é",
    ] {
        assert_eq!(written(json!({ "k": text })), format!("k: {text}\n"));
    }
}

#[test]
fn lines_are_folded_behind_the_eightieth_column() {
    let words = "012345678 ".repeat(8) + "end  of it";
    let folded = "012345678 ".repeat(7) + "012345678";
    assert_eq!(written(json!({ "k": words })), format!("k: {folded}\n  end  of it\n"));
    let wide = "x".repeat(90);
    // Behind `k: ` the seventy-seventh character is in the eightieth column.
    let short = "x".repeat(75);
    for text in [format!("{short} a"), format!("{short}x a"), format!("{short}xxa")] {
        assert_eq!(written(json!({ "k": text })), format!("k: {text}\n"));
    }
    for (text, expected) in [
        (format!("{short}xx a b"), format!("{short}xx a\n  b")),
        (format!("{wide}  a b"), format!("{wide}  a\n  b")),
        (format!("# {wide} a "), format!("'# {wide}\n  a '")),
        (format!("\t{wide} a  b"), format!("\"\\t{wide}\n  a  b\"")),
        (format!("\t{wide}  b"), format!("\"\\t{wide}\n  \\ b\"")),
        (format!("{wide} a\n"), format!("|\n  {wide} a")),
    ] {
        assert_eq!(written(json!({ "k": text })), format!("k: {expected}\n"));
    }
}

#[test]
fn lists_stand_below_their_key_and_maps_are_indented() {
    let long = "x".repeat(129);
    let value = json!({
        "list": ["a", ["b", ["c"], []], { "d": { "e": 1 }, "f": [true, null] }, {}],
        "empty": [],
        "map": { "none": {}, "long": { long.as_str(): ["y"], "two\nlines": { "z": "" } } },
    });
    let list =
        "list:\n- a\n- - b\n  - - c\n  - []\n- d:\n    e: 1\n  f:\n  - true\n  - null\n- {}\n";
    let keys =
        format!("    ? |-\n      two\n      lines\n    : z: \"\"\n    ? {long}\n    : - \"y\"\n");
    assert_eq!(written(value), format!("empty: []\n{list}map:\n  long:\n{keys}  none: {{}}\n"));
}

#[test]
fn numbers_are_whole_where_they_can_be() {
    for (number, expected) in [
        (json!(-1), "-1"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(5.0), "5"),
        (json!(-0.0), "0"),
        (json!(1e18), "1000000000000000000"),
        (json!(1.9e19), "1.9e+19"),
        (json!(1e21), "1e+21"),
        (json!(1.5), "1.5"),
        (json!(123456.5), "123456.5"),
        (json!(1234567.5), "1.2345675e+06"),
        (json!(0.0001), "0.0001"),
        (json!(0.00001), "1e-05"),
    ] {
        assert_eq!(written(json!({ "k": number })), format!("k: {expected}\n"));
    }
}

#[test]
fn keys_are_sorted_by_letters_and_by_the_size_of_numbers() {
    let keys = ["1.9", "1.10", "B", "a", "a-b", "a.b/c", "a9", "a10", "a100", "ab", "b"];
    let map = keys.iter().rev().map(|key| ((*key).to_owned(), Value::Null)).collect();
    let sorted: Vec<&str> = order::sorted(&map).into_iter().map(|(key, _)| key).collect();
    assert_eq!(sorted, keys);
}

#[test]
fn keys_in_a_circle_do_no_harm() {
    let key = |number| format!("a{number}{}", if number % 3 == 0 { "b" } else { "" });
    let map: Map<String, Value> = (0..2000).map(|number| (key(number), Value::Null)).collect();
    assert_eq!(order::sorted(&map).len(), 2000);
}

#[test]
fn helm_reads_the_same_value_back() {
    let value = json!({
        "a": ["yes", "1.0", "# no", "x\n y\n", "\u{1}", "2020-01-02", " ", "'", "\\"],
        "b": { "y": "n", "": "~", "c: d": "é 😀" },
        "c": "word ".repeat(60),
    });
    let text = written(value.clone());
    assert_eq!(crate::chart::yaml::parse(text.as_bytes()).unwrap(), value);
}
