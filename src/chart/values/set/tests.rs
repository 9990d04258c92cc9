//! Every expectation here was observed on Helm 3.17.3, with a template of `{{ toJson .Values }}`.

use super::*;
use proptest::prelude::*;

/// Sets `text` over nothing; gives the values, or the error's words.
fn outcome(text: &str, typing: Typing) -> String {
    let mut values = Map::new();
    match set(text, typing, &mut values) {
        Ok(()) => {
            let mut values = Value::Object(values);
            values.sort_all_objects();
            values.to_string()
        }
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn check(typing: Typing, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(outcome(text, typing), *expected, "{text}");
    }
}

#[test]
fn reads_names_and_escapes() {
    check(
        Typing::Infer,
        &[
            ("", "{}"),
            ("a.b=c", r#"{"a":{"b":"c"}}"#),
            ("a=1,b=2", r#"{"a":1,"b":2}"#),
            ("a=1,a=2", r#"{"a":2}"#),
            (r"a\.b=1", r#"{"a.b":1}"#),
            (r"a\,b=1", r#"{"a,b":1}"#),
            (r"a\=b=1", r#"{"a=b":1}"#),
            (" a= 1 ", r#"{" a":" 1 "}"#),
            (r"a=x\,y", r#"{"a":"x,y"}"#),
            (r"a=x\y", r#"{"a":"xy"}"#),
            (r"a=\", r#"{"a":""}"#),
            ("a=b=c", r#"{"a":"b=c"}"#),
            ("a=", r#"{"a":""}"#),
            ("a=,b=1", r#"{"a":"","b":1}"#),
            ("a=1,", r#"{"a":1}"#),
            ("a=[1]", r#"{"a":"[1]"}"#),
            ("a=x{1}", r#"{"a":"x{1}"}"#),
            // A name without letters is ignored.
            ("=1", "{}"),
            (".a=1", "{}"),
            ("[0]=1", "{}"),
            ("a.", "{}"),
            ("a.b=1,a.", r#"{"a":{"b":1}}"#),
            ("a.b=1,a.=2", r#"{"a":{"b":1}}"#),
        ],
    );
}

#[test]
fn gives_values_the_type_they_look_like() {
    check(
        Typing::Infer,
        &[
            ("a=True,b=FALSE,c=Null", r#"{"a":true,"b":false,"c":null}"#),
            ("a=0,b=00,c=007,d=-05,e=+5,f=-0", r#"{"a":0,"b":"00","c":"007","d":-5,"e":5,"f":0}"#),
            ("a=1.5,b=1e3,c=0x1F", r#"{"a":"1.5","b":"1e3","c":"0x1F"}"#),
            ("a=9223372036854775807", r#"{"a":9223372036854775807}"#),
            ("a=9223372036854775808", r#"{"a":"9223372036854775808"}"#),
            (r#"a="1""#, r#"{"a":"\"1\""}"#),
        ],
    );
    check(
        Typing::Text,
        &[
            (
                "a=1,b=true,c=null,d={1,null},e=",
                r#"{"a":"1","b":"true","c":"null","d":["1","null"],"e":""}"#,
            ),
            ("a[0]=1", r#"{"a":["1"]}"#),
        ],
    );
}

#[test]
fn reads_lists_in_braces() {
    check(
        Typing::Infer,
        &[
            ("a={1,b,true,null}", r#"{"a":[1,"b",true,null]}"#),
            ("a={}", r#"{"a":[""]}"#),
            ("a={,}", r#"{"a":["",""]}"#),
            ("a={ x , y }", r#"{"a":[" x "," y "]}"#),
            (r"a={x\}\,y}", r#"{"a":["x},y"]}"#),
            ("a={1},b={2}", r#"{"a":[1],"b":[2]}"#),
            ("a={1}b=2", r#"{"a":[1],"b":2}"#),
            ("a[0]={1,2},a[1]=x", r#"{"a":[[1,2],"x"]}"#),
            ("a={1", "list must terminate with '}'"),
            ("a={1}x,b=2", r#"key "x" has no value (cannot end with ,)"#),
            ("a={{x}}", r#"key "}" has no value"#),
            ("a={x},,b=1", r#"key "" has no value (cannot end with ,)"#),
        ],
    );
}

#[test]
fn reads_indexes() {
    check(
        Typing::Infer,
        &[
            ("a[0]=1", r#"{"a":[1]}"#),
            ("a[2]=1", r#"{"a":[null,null,1]}"#),
            ("a[+1]=1", r#"{"a":[null,1]}"#),
            ("a[0].b=1,a[0].c=2", r#"{"a":[{"b":1,"c":2}]}"#),
            ("a[0]=1,a[1].b=2,a[1].c=3", r#"{"a":[1,{"b":2,"c":3}]}"#),
            ("a[1]=1,a[0].b=2", r#"{"a":[{"b":2},1]}"#),
            ("a[0][1]=2", r#"{"a":[[null,2]]}"#),
            ("a[0].b[0].c=1", r#"{"a":[{"b":[{"c":1}]}]}"#),
            ("a[0]=", r#"{"a":[""]}"#),
            ("a[0].b[0]=", r#"{"a":[{"b":[""]}]}"#),
            // What ends too early leaves an empty list, and so does a last empty text in a new map.
            ("a[0]", r#"{"a":[]}"#),
            ("a[0][1]", r#"{"a":[]}"#),
            ("a[0].b=", r#"{"a":[]}"#),
            ("a[0].b.c=", r#"{"a":[]}"#),
            ("a.b[0].c=", r#"{"a":{"b":[]}}"#),
            ("a[0].c=1,a[0].b=", r#"{"a":[{"b":"","c":1}]}"#),
            ("a[0]=x,a[0].b=", r#"{"a":[{"b":""}]}"#),
            ("a[0].=1", r#"{"a":[{}]}"#),
            ("a[0]..b=1", r#"{"a":[{}]}"#),
        ],
    );
}

#[test]
fn refuses_what_helm_refuses() {
    check(
        Typing::Infer,
        &[
            ("a", r#"key "a" has no value"#),
            (r"a\", r#"key "a" has no value"#),
            (r"a={x}\,y", r#"key ",y" has no value"#),
            (",a=1", r#"key "" has no value (cannot end with ,)"#),
            ("a,b=1", r#"key "a" has no value (cannot end with ,)"#),
            ("a=1,,b=2", r#"key "" has no value (cannot end with ,)"#),
            ("a.=1", r#"key map "a" has no value"#),
            ("a.b.=1", r#"key map "b" has no value"#),
            ("a..b=1", r#"key map "a" has no value"#),
            ("a[0", "error parsing index: it must terminate with ']'"),
            ("a[x]=1", r#"error parsing index: "x""#),
            ("a[]=1", r#"error parsing index: """#),
            ("a[99999999999999999999]=1", r#"error parsing index: "99999999999999999999""#),
            ("a[-1]=1", "negative -1 index not allowed"),
            ("a[65537]=1", "index of 65537 is greater than maximum supported index of 65536"),
            ("a[0]x=1", r#"unexpected data at end of array index: "x""#),
            ("a=1,a.b=2", "unable to parse key: a is a number, not a map"),
            ("a=null,a.b=2", "unable to parse key: a is a null, not a map"),
            ("a={1},a.b=2", "unable to parse key: a is a list, not a map"),
            ("a=null,a[0]=2", "unable to parse key: a is a null, not a list"),
            ("a.b=1,a[0]=2", "unable to parse key: a is a map, not a list"),
            ("a[0]=1,a[0][0]=2", "unable to parse key: [0] is a number, not a list"),
        ],
    );
    assert!(outcome("a[65536]=1", Typing::Infer).ends_with("null,1]}"));
}

#[test]
fn limits_how_deep_a_name_leads() {
    let dots = |count: usize| format!("{}=1", vec!["a"; count + 1].join("."));
    assert!(outcome(&dots(30), Typing::Infer).starts_with('{'));
    assert_eq!(
        outcome(&dots(31), Typing::Infer),
        "value name nested level is greater than maximum supported nested level of 30"
    );
    let lists = |count: usize| format!("a{}=1", "[0]".repeat(count));
    assert!(outcome(&lists(100), Typing::Infer).starts_with('{'));
    let maps_in_lists = format!("a{}=1", "[0].a".repeat(51));
    for text in [lists(101), lists(100_000), maps_in_lists] {
        assert_eq!(
            outcome(&text, Typing::Infer),
            "a value name leads through more than 100 maps and lists"
        );
    }
}

#[test]
fn limits_how_many_places_indexes_add() {
    let text: String = (0..17).map(|name| format!("a{name}[65535]=1,")).collect();
    assert_eq!(
        outcome(&text, Typing::Infer),
        "the indexes would add more than 1048576 list places"
    );
    let text: String = (0..17).map(|_| "a[65535]=1,").collect();
    assert!(outcome(&text, Typing::Infer).starts_with('{'));
}

#[test]
fn reads_json_values() {
    check(
        Typing::Json,
        &[
            (r#"a=[1,{"x":null}],b={"c":2.5}"#, r#"{"a":[1,{"x":null}],"b":{"c":2.5}}"#),
            ("a=", r#"{"a":null}"#),
            ("a= ,b=1", r#"{"a":null,"b":1}"#),
            ("a=1 , b=2", r#"{" b":2,"a":1}"#),
            (r#"a[1]="x""#, r#"{"a":[null,"x"]}"#),
            (r#"a="x" y=2"#, r#"{"a":"x","y":2}"#),
            ("a.b=null", r#"{"a":{"b":null}}"#),
            ("a[0].b=", r#"{"a":[{"b":null}]}"#),
            ("a=x", "the value is not JSON"),
            ("a={", "the value is not JSON"),
            ("a", r#"key "a" has no value"#),
        ],
    );
}

#[test]
fn sets_over_what_is_there() {
    let Value::Object(mut values) =
        serde_json::json!({"a": {"b": 1, "c": [1, 2]}, "keep": "x", "n": null})
    else {
        unreachable!()
    };
    set("a.c[1]=9,a.d=null,n=1", Typing::Infer, &mut values).unwrap();
    assert_eq!(
        Value::Object(values),
        serde_json::json!({"a": {"b": 1, "c": [1, 9], "d": null}, "keep": "x", "n": 1})
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in r#"([ab.=,\[\]{}\\0-9"é -]|\[0\]|\.a|a=){0,40}"#, json: bool) {
        let typing = if json { Typing::Json } else { Typing::Infer };
        let _ = set(&text, typing, &mut Map::new());
    }

    #[test]
    fn an_escaped_text_is_kept_as_it_is(key in r"\PC{1,10}", value in r"\PC{0,10}") {
        let escape = |text: &str| -> String {
            text.chars().flat_map(|character| ['\\', character]).collect()
        };
        let mut values = Map::new();
        set(&format!("{}={}", escape(&key), escape(&value)), Typing::Text, &mut values).unwrap();
        prop_assert_eq!(values.get(&key), Some(&Value::String(value)));
    }
}
