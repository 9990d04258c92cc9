use serde_json::{Value, json};

use super::*;

mod random;

/// Rewrites a text in place, and fails where that cannot be done.
fn in_place(text: &str, target: &Value) -> String {
    let value = read(text.as_bytes(), &Shape::Any).unwrap();
    let changed = change(text, &value, target).unwrap();
    let changed =
        changed.unwrap_or_else(|| panic!("cannot be changed in place:\n{text}\n{target}"));
    let read =
        read(changed.as_bytes(), &Shape::Any).unwrap_or_else(|error| panic!("{error}:\n{changed}"));
    assert_eq!(read, *target, "\n{text}\n---\n{changed}");
    let Value::Object(map) = target else { panic!("the target is a map") };
    assert_eq!(rewrite(text.as_bytes(), &Shape::Any, map).unwrap(), changed.as_bytes());
    changed
}

#[test]
fn changes_scalars_and_nothing_else() {
    let text = "\
# Defaults.

image:   # where from
    tag: v1     # the version
    pull:   'Always'
id: 9007199254740993123
ratio: 1.50
";
    let target = json!({
        "image": {"tag": "yes", "pull": "Always"},
        "id": 9007199254740993123u64,
        "ratio": 1.5,
    });
    insta::assert_snapshot!(in_place(text, &target), @r#"
    # Defaults.

    image:   # where from
        tag: "yes"     # the version
        pull:   'Always'
    id: 9007199254740993123
    ratio: 1.50
    "#);
}

#[test]
fn adds_keys_behind_the_last_of_their_map() {
    let text = "\
a:
    b: 1 # one
    # c: 2

list:
- x: 1
flow: {a: 1} # short
# the end
";
    let target = json!({
        "a": {"b": 1, "new": {"deep": [1, "two"]}},
        "list": [{"x": 1, "y": 2}, "more"],
        "flow": {"a": 1, "b": ["yes", "a, b"], "c d": null},
        "top": {"m": {"n": []}},
    });
    insta::assert_snapshot!(in_place(text, &target), @r#"
    a:
        b: 1 # one
        new:
            deep:
            - 1
            - two
        # c: 2

    list:
    - x: 1
      "y": 2
    - more
    flow: {a: 1, b: ["yes", "a, b"], "c d": null} # short
    # the end
    top:
        m:
            "n": []
    "#);
}

#[test]
fn removes_entries_with_their_comments() {
    let text = "\
# The file.

# a is this
#   and that
a:
  # of a1
  a1: |
    # no comment
  # of a2
  a2: 2 # two
  # of a3
  a3: 3
  # of nothing

# of b
b:
  b1: |
    text

  # of nothing in b

kept: |+
  text

gone: 1

  # of nothing in what is gone

list:
  - x: 1
    # of z
    z: 2
  # of two
  - two
flow: [1, {a: 1, b: 2}, 3]
";
    let target = json!({
        "a": {"a1": "# no comment\n", "a3": 3},
        "kept": "text\n\n",
        "list": [{"z": 2}],
        "flow": [{"b": 2}],
    });
    insta::assert_snapshot!(in_place(text, &target), @r#"
    # The file.

    # a is this
    #   and that
    a:
      # of a1
      a1: |
        # no comment
      # of a3
      a3: 3
      # of nothing


    kept: |+
      text

    list:
      - # of z
        z: 2
    flow: [{b: 2}]
    "#);
}

#[test]
fn turns_a_node_into_another_kind() {
    let text = "\
none: # nothing yet
empty: {} # still empty
null: ~
block: | # script
  one
  two
map: # of this
  a: 1 # gone
after: 1
list:
- # an item
- a # item
- [1]
";
    let target = json!({
        "none": {"a": 1},
        "empty": {"b": {"c": 1}},
        "null": [1],
        "block": "three\nfour",
        "map": "text",
        "after": {},
        "list": [{"a": 1, "b": 2}, [1], {"c": 3}],
    });
    let text = text.replace("null: ~", "\"null\": ~");
    insta::assert_snapshot!(in_place(&text, &target), @r#"
    none: # nothing yet
      a: 1
    empty: # still empty
      b:
        c: 1
    "null":
    - 1
    block: "three\nfour" # script
    map: text # of this
    after: {}
    list:
    - # an item
      a: 1
      b: 2
    - # item
      - 1
    - c: 3
    "#);
}

#[test]
fn items_are_found_again() {
    let text = "l:\n  - a # A\n  - b # B\n  - c # C\nm: []\n";
    for list in [json!(["0", "a", "b", "c"]), json!(["a", "c"]), json!(["a", "b", "x", "y", "c"])] {
        let changed = in_place(text, &json!({"l": list, "m": []}));
        assert!(changed.contains("- a # A\n") && changed.contains("- c # C\n"), "{changed}");
    }
    assert_eq!(in_place("l: [a, b]\n", &json!({"l": ["c", "a", "b"]})), "l: [c, a, b]\n");
}

#[test]
fn what_aliases_stand_for_stays() {
    let text = "\
base: &base # shared
  size: 1
  color: &color red
same: *base
text: *color # the color
merged:
  <<: *base
  own: 1
";
    let base = json!({"size": 1, "color": "red"});
    let merged = json!({"size": 1, "color": "red", "own": 2, "more": true});
    let target = json!({"base": base, "same": base, "text": "red", "merged": merged});
    insta::assert_snapshot!(in_place(text, &target), @r#"
    base: &base # shared
      size: 1
      color: &color red
    same: *base
    text: *color # the color
    merged:
      <<: *base
      own: 2
      more: true
    "#);
    let new = json!({"size": 2, "color": "red"});
    let target = json!({"base": new, "same": base, "text": "red", "merged": merged});
    insta::assert_snapshot!(in_place(text, &target), @r#"
    base: &base # shared
      size: 2
      color: &color red
    same:
      size: 1
      color: red
    text: *color # the color
    merged:
      size: 1
      color: red
      own: 2
      more: true
    "#);
    let target = json!({"base": new, "same": new, "text": "blue", "merged": merged});
    assert!(in_place(text, &target).contains("same: *base\ntext: blue # the color\n"));
    let target = json!({"same": new, "text": "red"});
    insta::assert_snapshot!(in_place(text, &target), @r#"
    same:
      size: 2
      color: red
    text: red # the color
    "#);
}

#[test]
fn block_scalars_keep_their_last_lines() {
    for (scalar, value) in [
        ("|\n  x\n\n", "x\n"),
        ("|-\n  x\n\n", "x"),
        ("|+\n  x\n\n", "x\n\n"),
        (">2\n    x\n  y\n", "  x\ny\n"),
        ("|1-\n  x\n y", " x\ny"),
        ("|+\n  x", "x"),
        (">\n  x\n  y", "x y"),
        ("|\n  x", "x"),
        ("'x\n\n  y'", "x\ny"),
        ("x\n  y", "x y"),
    ] {
        let text = format!("b: {scalar}");
        let changed = in_place(&text, &json!({"b": value, "c": 1, "d": [1]}));
        assert!(changed.contains(scalar.lines().nth(1).unwrap()), "{changed}");
        in_place(&text, &json!({"b": 1, "c": value}));
        in_place(&text, &json!({"c": value}));
        let text = format!("a:\n- {scalar}\n");
        let value = &read(text.as_bytes(), &Shape::Any).unwrap()["a"][0];
        in_place(&text, &json!({"a": [value, 1]}));
        in_place(&text, &json!({"a": [{"x": {"y": 1}}]}));
    }
}

#[test]
fn empty_documents_are_filled() {
    for text in
        ["", "# only\n", "# only", "---\n", "--- # c", "~\n", "{}", "--- {}\n", "# c\n{}\n# d\n"]
    {
        let changed = in_place(text, &json!({"a": {"b": 1}}));
        for comment in ["# only", "# c", "# d"] {
            assert_eq!(changed.contains(comment), text.contains(comment), "{changed}");
        }
    }
    assert_eq!(in_place("# c\na: 1\n", &json!({})), "# c\n{}\n");
    assert_eq!(in_place("# c\n", &json!({})), "# c\n{}\n");
}

#[test]
fn odd_files_are_changed_in_place() {
    for (text, target, result) in [
        ("a: 1\r\nb: 2\r\n", json!({"a": {"x": 1}, "b": 2}), "a:\r\n  x: 1\r\nb: 2\r\n"),
        ("a: 1", json!({"a": 1, "b": 2}), "a: 1\nb: 2"),
        ("a:\n  b: >+\n    x", json!({"a": {"b": "x", "c": 1}}), "a:\n  b: >-\n    x\n  c: 1"),
        ("a: 1\n...\nrest", json!({"a": 1, "b": 2}), "a: 1\nb: 2\n...\nrest"),
        ("---\na: 1\n---\nb: 1\n", json!({"a": 2}), "---\na: 2\n---\nb: 1\n"),
        ("? a # k\n: 1\nb: 1\n", json!({"a": 2, "b": {"c": 1}}), "? a # k\n: 2\nb:\n  c: 1\n"),
        ("a: !!str 5 # c\n", json!({"a": 6}), "a: 6 # c\n"),
        ("a: &x 5\nb: *x\n", json!({"a": [1], "b": 5}), "a: &x\n- 1\nb: 5\n"),
        ("a: 1\na: 2\n", json!({"a": 3}), "a: 1\na: 3\n"),
        ("a: 1\nb: 1\na: 2\n", json!({"b": 2}), "b: 2\n"),
        ("a:\t1\t# c\n", json!({"a": 2}), "a:\t2\t# c\n"),
        ("  a: 1\n", json!({"a": 1, "b": [2]}), "  a: 1\n  b:\n  - 2\n"),
        ("{a: 1,\n b: 2,\n}\n", json!({"a": 1, "b": 2, "c": "x"}), "{a: 1,\n b: 2, c: x,\n}\n"),
        ("a: [b: 1, c]\n", json!({"a": [{"b": 2}, "c"]}), "a: [b: 2, c]\n"),
        ("a: [b: 1, c]\n", json!({"a": [{"d": 2}, "c"]}), "a: [{d: 2}, c]\n"),
        ("a:\n- - 1\n  - 2\n", json!({"a": [[2, 3]]}), "a:\n- - 2\n  - 3\n"),
        ("a:\n- b:\n  - 1\n", json!({"a": [{"b": [0, 1]}]}), "a:\n- b:\n  - 0\n  - 1\n"),
        ("yes: 1\n0x10: 2\n", json!({"true": 2, "16": {}}), "yes: 2\n0x10: {}\n"),
        ("é: 1 # ü\nb: 1 # ß\n", json!({"é": "ä", "b": 2}), "é: ä # ü\nb: 2 # ß\n"),
    ] {
        assert_eq!(in_place(text, &target), result, "{text}");
    }
}

#[test]
fn encodings_are_kept_where_they_can_be() {
    let target = json!({"a": 2});
    let target = target.as_object().unwrap();
    let changed = rewrite(b"\xef\xbb\xbfa: 1 # c\n", &Shape::Any, target).unwrap();
    assert_eq!(changed, b"\xef\xbb\xbfa: 2 # c\n");
    let utf16: Vec<u8> = "\u{feff}a: 1 # c\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(rewrite(&utf16, &Shape::Any, target).unwrap(), b"a: 2 # c\n");
    let same = json!({"a": 1});
    assert_eq!(rewrite(&utf16, &Shape::Any, same.as_object().unwrap()).unwrap(), utf16);
}

#[test]
fn text_stays_text_where_a_shape_says_so() {
    let shape = Shape::Record(&[("version", &Shape::Text)]);
    let target = json!({"version": "1.10", "name": "b"});
    let change = |text: &[u8]| {
        String::from_utf8(rewrite(text, &shape, target.as_object().unwrap()).unwrap()).unwrap()
    };
    assert_eq!(change(b"version: 1.0 # c\nname: a\n"), "version: \"1.10\" # c\nname: b\n");
    assert_eq!(change(b"version: '1.10'\nname: a\n"), "version: '1.10'\nname: b\n");
    let number = json!({"version": 1});
    assert!(rewrite(b"", &shape, number.as_object().unwrap()).is_err());
}

#[test]
fn what_cannot_be_changed_in_place_is_written_anew() {
    let target = json!({"b": 1});
    let target = target.as_object().unwrap();
    let changed = rewrite(b"# head\n\n- 1\n# tail\n", &Shape::Any, target).unwrap();
    assert!(String::from_utf8(changed).unwrap().starts_with("# head\n\nb: 1\n"));
    let text = "# head\na: &a {x: 1}\nb: {<<: *a, z: 1}\nc: 1 # c\n";
    let changed = in_place(text, &json!({"a": {"x": 2}, "b": {"x": 1, "z": 2}, "c": 1}));
    assert_eq!(changed, "# head\na: &a {x: 2}\nb:\n  x: 1\n  z: 2\nc: 1 # c\n");
    assert!(rewrite(b"a: [", &Shape::Any, target).is_err());
}

#[test]
fn depth_is_limited() {
    let mut deep = json!(1);
    for _ in 0..300 {
        deep = json!({ "a": deep });
    }
    assert!(rewrite(b"a: 1\n", &Shape::Any, deep.as_object().unwrap()).is_err());
    let nested = |value: &str| format!("a: {}{value}{}\n", "[".repeat(254), "]".repeat(254));
    let target = super::super::parse(nested("2").as_bytes()).unwrap();
    assert_eq!(in_place(&nested("1"), &target), nested("2"));
}
