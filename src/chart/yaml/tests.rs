use serde_json::{Value, json};

use super::*;

fn read(text: &str) -> Value {
    parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn refusal(bytes: &[u8]) -> String {
    let error = parse(bytes).expect_err("the document should be refused");
    assert!(check(bytes).is_err(), "check takes what parse refuses: {error}");
    error.to_string()
}

/// What Helm 3.17.3 makes of scalars.
#[test]
fn reads_scalars_as_yaml_1_1() {
    for (text, value) in [
        ("y", json!(true)),
        ("Yes", json!(true)),
        ("ON", json!(true)),
        ("n", json!(false)),
        ("off", json!(false)),
        ("yEs", json!("yEs")),
        ("tRue", json!("tRue")),
        ("~", json!(null)),
        ("NULL", json!(null)),
        ("nULL", json!("nULL")),
        ("017", json!(15)),
        ("0o17", json!(15)),
        ("08", json!(8.0)),
        ("0x1F", json!(31)),
        ("0b101", json!(5)),
        ("-0b101", json!(-5)),
        ("0b-101", json!(-5)),
        ("1_000", json!(1000)),
        ("+12", json!(12)),
        (".5_0", json!(0.5)),
        (".5_", json!(".5_")),
        ("1.e2", json!(100.0)),
        ("1e400", json!("1e400")),
        ("0xffffffffffffffffff", json!("0xffffffffffffffffff")),
        ("9007199254740993", json!(9007199254740993i64)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("18446744073709551615", json!(u64::MAX)),
        ("18446744073709551616", json!(18446744073709551616.0)),
        ("12:34:56", json!("12:34:56")),
        ("1:30", json!("1:30")),
        ("2001-12-14", json!("2001-12-14")),
        ("=", json!("=")),
        ("'yes'", json!("yes")),
        ("! yes", json!("yes")),
        ("!custom yes", json!("yes")),
        ("!!str 5", json!("5")),
        ("!!int '5'", json!(5)),
        ("!!float 5", json!(5.0)),
        ("!!binary aGk=", json!("hi")),
        ("!!binary /w==", json!("\u{fffd}")),
    ] {
        assert_eq!(read(&format!("a: {text}")), json!({ "a": value }), "{text}");
    }
    for text in ["!!int x", "!!bool 1", "!!null x", "!!binary aGk", "!!binary a===", "!!float x"] {
        refusal(text.as_bytes());
    }
}

#[test]
fn turns_keys_into_text() {
    let text =
        "yes: 1\n1e3: 1\n012: 1\n1.5: 1\n.inf: 1\n1e10: 1\n2001-01-01: 1\n&x a: 1\n? *x\n: 2\n";
    let value = read(text);
    let keys: Vec<_> = value.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["true", "1000", "10", "1.5", ".inf", "1e+10", "2001-01-01", "a"]);
    assert_eq!(value["a"], 2);
    assert!(refusal(b"~: 1").contains("unsupported map key of type"));
    assert!(refusal(b"18446744073709551615: 1").contains("unsupported map key of type: uint64"));
    assert!(refusal(b"[a]: 1").contains("invalid map key"));
    assert!(refusal(b"? {a: 1}\n: 1").contains("invalid map key"));
    assert!(refusal(b"- &x [1]\n- *x : 1").contains("invalid map key"));
}

#[test]
fn takes_the_last_of_equal_keys() {
    assert_eq!(read("a: {b: 1}\na: {c: 2}"), json!({ "a": { "c": 2 } }));
    let shape = Shape::Any;
    assert!(parse_strict(b"a: 1\na: 2", &shape).unwrap_err().to_string().contains("already set"));
    assert!(parse_strict(b"a: 1\nb: 2", &shape).is_ok());
}

#[test]
fn merges_where_the_key_stands() {
    let anchors = "x: &x {a: 1, b: 2}\nz: &z {a: 3, c: 4}\n";
    let merged = |text: &str| read(&format!("{anchors}w: {text}"))["w"].clone();
    assert_eq!(merged("{<<: *x, a: 9}"), json!({ "a": 9, "b": 2 }));
    assert_eq!(merged("{a: 9, <<: *x}"), json!({ "a": 1, "b": 2 }));
    assert_eq!(merged("{<<: [*x, *z]}"), json!({ "a": 1, "b": 2, "c": 4 }));
    assert_eq!(merged("{<<: [{a: 5}, *z], d: 1}"), json!({ "a": 5, "c": 4, "d": 1 }));
    assert_eq!(merged("{'<<': 1}"), json!({ "<<": 1 }));
    for text in ["1", "~", "[1]", "[[*x]]", "[[{a: 1}]]"] {
        let text = format!("{anchors}w: {{<<: {text}}}");
        assert!(refusal(text.as_bytes()).contains("map merge requires map"), "{text}");
    }
    assert!(refusal(b"x: &x [{a: 1}]\ny: {<<: *x}").contains("map merge requires map"));
}

#[test]
fn reads_the_first_document_only() {
    assert_eq!(read("a: 1\n---\nb: [\n"), json!({ "a": 1 }));
    for text in ["", "\n", "# nothing\n", "---\n", "---\n---\na: 1\n"] {
        assert_eq!(read(text), Value::Null, "{text:?}");
        assert_eq!(check(text.as_bytes()).unwrap(), Root::Null, "{text:?}");
    }
    assert_eq!(read("%YAML 1.1\n---\na"), json!("a"));
    assert!(refusal(b"%YAML 1.2\n---\na").contains("found incompatible YAML document"));
}

#[test]
fn decodes_byte_order_marks() {
    let expected = json!({ "é": "😀" });
    let text = "é: 😀\n";
    let units: Vec<u16> = text.encode_utf16().collect();
    let little = units.iter().flat_map(|unit| unit.to_le_bytes());
    let big = units.iter().flat_map(|unit| unit.to_be_bytes());
    for bytes in [
        [&b"\xef\xbb\xbf"[..], text.as_bytes()].concat(),
        [0xff, 0xfe].into_iter().chain(little).collect(),
        [0xfe, 0xff].into_iter().chain(big).collect(),
    ] {
        assert_eq!(parse(&bytes).unwrap(), expected);
    }
    assert_eq!(refusal(b"a: \xff"), "invalid UTF-8 at byte 3");
    assert_eq!(refusal(b"\xff\xfea\0\x00\xd8"), "invalid UTF-16 at byte 4");
    assert_eq!(refusal(b"\xff\xfea\0b"), "invalid UTF-16 at byte 4");
    assert!(refusal(b"a: b\nc: \x07").starts_with("line 2: control characters are not allowed"));
}

#[test]
fn decodes_files_larger_than_a_buffer() {
    for length in 16_380..16_390 {
        let text = format!("{}é😀", "x".repeat(length));
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(units).collect();
        assert_eq!(read(&text), json!(text));
        assert_eq!(parse(&wide).unwrap(), json!(text));
        let broken = [text.as_bytes(), b"\xff"].concat();
        assert_eq!(refusal(&broken), format!("invalid UTF-8 at byte {}", length + 6));
    }
}

/// A reader that fails.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }
}

#[test]
fn a_reader_that_fails_comes_before_any_fault() {
    for start in ["a: 1\n", "a: [}\n", "\u{7}"] {
        assert!(matches!(check(start.as_bytes().chain(Broken)), Err(Error::Read { .. })));
    }
}

#[test]
fn does_not_repeat_long_texts() {
    let long = "é".repeat(1000);
    let message = refusal(format!("!!int {long}").as_bytes());
    assert!(message.contains("cannot decode !!str `é") && message.len() < 300, "{message}");
}

#[test]
fn refuses_numbers_that_json_cannot_hold() {
    assert!(refusal(b"a: .inf").contains("json: unsupported value: +Inf"));
    assert!(refusal(b"a: [-.inf]").contains("json: unsupported value: -Inf"));
    assert!(refusal(b".nan").contains("json: unsupported value: NaN"));
}

#[test]
fn says_where_the_fault_is() {
    assert!(refusal(b"a: 1\nb: [\n").starts_with("line "));
    assert!(refusal(b"a: 1\nb: .inf\n").starts_with("line 2: "));
    assert!(refusal(b"a: 1\nb: }\n").starts_with("line 2, column 4: "));
}

#[test]
fn makes_text_of_scalars_where_a_field_holds_text() {
    let shape = Shape::Record(&[
        ("text", &Shape::Text),
        ("texts", &Shape::List(&Shape::Text)),
        ("map", &Shape::Map(&Shape::Text)),
    ]);
    let text = "text: 1.10\nTEXTS: [1e3, 1e6, yes, 007, ~, 1.23456789012, .inf, 4e39, 2020-01-02]\n\
                map: {1: 2, a: -.nan, b: 1.0}\nother: 1.10\n";
    let expected = json!({
        "text": "1.1",
        "TEXTS": ["1000", "1e+06", "true", "7", null, "1.2345679", "+Inf", "+Inf", "2020-01-02"],
        "map": { "1": "2", "a": "-.nan", "b": "1" },
        "other": 1.1,
    });
    assert_eq!(parse_shaped(text.as_bytes(), &shape).unwrap(), expected);
    // One alias is text here and a number there.
    let text = "other: &x 1.50\ntext: *x\n";
    assert_eq!(
        parse_shaped(text.as_bytes(), &shape).unwrap(),
        json!({ "other": 1.5, "text": "1.5" })
    );
}

#[test]
fn refuses_alias_bombs() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(",");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    assert!(refusal(bomb.as_bytes()).contains("excessive aliasing"));
    let text = format!("a: &a {}\nb: [{}]", "x".repeat(1 << 20), ["*a"; 17].join(","));
    assert!(refusal(text.as_bytes()).contains("excessive aliasing"));
    let text = format!("a: &a {}\nb: [{}]", "x".repeat(1 << 20), ["*a"; 15].join(","));
    assert!(parse(text.as_bytes()).is_ok());
    assert!(refusal(b"a: &a [*a]").contains("contains itself"));
    assert!(refusal(b"a: *b").contains("line 1"));
}

#[test]
fn refuses_too_many_anchors_and_values() {
    let anchors = |count: usize| {
        let items: Vec<_> = (0..count).map(|number| format!("- &a{number} x\n")).collect();
        items.concat().into_bytes()
    };
    assert!(parse(&anchors(10_000)).is_ok());
    assert!(refusal(&anchors(10_001)).contains("more than 10000 anchors"));
    let list = "- x\n".repeat(20_000);
    assert!(parse(list.as_bytes()).is_ok());
    let error = parse_shaped(list.as_bytes(), &Shape::Any).unwrap_err();
    assert!(error.to_string().contains("more than 20000 values"));
}

/// Test threads have a stack of 2 MiB.
#[test]
fn refuses_deep_nesting_and_recurses_no_deeper() {
    let flow = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let block = |depth: usize| format!("{}x", "- ".repeat(depth));
    let map = |depth: usize| format!("{}x{}", "{a: ".repeat(depth), "}".repeat(depth));
    for text in [flow(256), block(256), map(256)] {
        let value = read(&text);
        let written = emit(&value).unwrap();
        assert_eq!(read(&written), value);
        assert!(crate::go_json::to_vec(&value).len() >= 512);
    }
    for text in [flow(257), block(257), map(257), flow(100_000), block(100_000), map(100_000)] {
        refusal(text.as_bytes());
    }
    let aliased = |inner: usize| format!("a: &a {}\nb: {}", flow(inner), "- ".repeat(5) + "*a");
    let aliased = |inner| aliased(inner).replace("b: -", "b:\n -");
    assert!(parse(aliased(250).as_bytes()).is_ok());
    assert!(refusal(aliased(251).as_bytes()).contains("more than 256 lists and maps"));
}

#[test]
fn checks_what_a_document_is() {
    for (text, root) in [("a: 1", Root::Map), ("[a]", Root::List), ("a", Root::Scalar)] {
        assert_eq!(check(text.as_bytes()).unwrap(), root);
    }
}

#[test]
fn writes_what_helm_reads_back() {
    let words = [
        "yes",
        "No",
        "on",
        "y",
        "n",
        "~",
        "null",
        "",
        "012",
        "0x1F",
        "1_000",
        "1e3",
        ".5_0",
        "<<",
        "=",
        "1:30",
        "2001-12-14",
        " a",
        "a ",
        "\n",
        "\n\ta",
        "a\nb",
        "a: b",
        "- a",
        "#",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "'",
        "\"",
        "%a",
        "---",
        "a\n---\nb",
        "!x",
        "&x",
        "*x",
    ];
    for word in words {
        let value = json!({ "value": word, word: "key", "list": [word, [word], { word: word }] });
        let text = emit(&value).unwrap();
        assert_eq!(read(&text), value, "{text}");
    }
    assert_eq!(
        emit(&json!({ "a": "yes", "b": [1, true] })).unwrap(),
        "a: \"yes\"\nb:\n- 1\n- true\n"
    );
}

/// What Helm 3.17.3 makes of lines, indentation and flow style where later YAML differs.
#[test]
fn reads_lines_as_go_yaml_does() {
    for (text, value) in [
        ("a: \"b\nc\"", json!({"a": "b c"})),
        ("a:\n  b: 'c\n  d'", json!({"a": {"b": "c d"}})),
        ("a: |\n  b\n  c", json!({"a": "b\nc"})),
        ("a: |\n  b\n  c\n", json!({"a": "b\nc\n"})),
        ("a: >2\n\n   b\n  c", json!({"a": "\n b\nc"})),
        ("a: |# c\n b\n", json!({"a": "b\n"})),
        ("a: \"b\"#c", json!({"a": "b"})),
        ("a: {b:, c: [b:]}", json!({"a": {"b:": null, "c": ["b:"]}})),
        ("a: {?b: c}", json!({"a": {"b": "c"}})),
        ("a: [-]", json!({"a": ["-"]})),
        ("a: [\n\tb\n]", json!({"a": ["b"]})),
        ("a:\n|\n b\n", json!({"a": "b\n"})),
        ("a: &x:y 1", json!({"a": ":y 1"})),
        ("{a: b}\nc: d", json!({"a": "b"})),
    ] {
        assert_eq!(read(text), value, "{text:?}");
    }
}

#[test]
fn ends_lines_where_yaml_1_1_does() {
    for (line_break, kept) in
        [("\u{85}", " "), ("\r", " "), ("\r\n", " "), ("\u{2028}", "\u{2028}")]
    {
        let text = format!("a: b #{line_break}c: 'd{line_break}e'{line_break}");
        assert_eq!(read(&text), json!({"a": "b", "c": format!("d{kept}e")}), "{text:?}");
        refusal(format!("a{line_break}b: c").as_bytes());
    }
    assert_eq!(read("a: |\n  b\u{2029}  c\n"), json!({"a": "b\u{2029}c\n"}));
}

#[test]
fn refuses_what_go_yaml_refuses_in_its_words() {
    for (text, cause) in [
        ("\ta: b", "found character that cannot start any token"),
        ("a:\n-\tb", "found character that cannot start any token"),
        ("a: |\n  \tb", "found a tab character where an indentation space is expected"),
        ("a:\n  b: c\n\t\nd: e", "found a tab character that violates indentation"),
        ("a: \"\\/\"", "found unknown escape character"),
        ("a: \"\\ud83d\\ude00\"", "found invalid Unicode character escape code"),
        ("a: &x.y 1", "did not find expected alphabetic or numeric character"),
        ("%FOO bar\n---\na: b", "found unknown directive name"),
        ("a: {b\nc: d}", "did not find expected ',' or '}'"),
        ("a: [b c", "did not find expected ',' or ']'"),
        ("a: b: c", "mapping values are not allowed in this context"),
        ("a: - b", "block sequence entries are not allowed in this context"),
        ("a: b\nc", "could not find expected ':'"),
        ("a: 'b", "found unexpected end of stream"),
        ("a: [", "did not find expected node content"),
        ("a: *b", "unknown anchor 'b' referenced"),
        ("a: !x!y b", "found undefined tag handle"),
    ] {
        assert!(refusal(text.as_bytes()).contains(cause), "{text:?}: {}", refusal(text.as_bytes()));
    }
}

/// A key may be looked for no farther than go-yaml does, or memory and time would have no bound.
#[test]
fn looks_for_a_key_on_one_line_and_in_1024_characters() {
    let long = "k".repeat(1000);
    assert_eq!(read(&format!("{long}: 1")), json!({ long: 1 }));
    let longer = "k".repeat(1100);
    assert!(refusal(format!("{longer}: 1").as_bytes()).contains("mapping values are not allowed"));
}
