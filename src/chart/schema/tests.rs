use super::*;

fn check_at(path: &str, text: &str) -> Result<(), String> {
    let file = File { name: path.to_owned(), data: text.into(), mode: 0o644 };
    check(&[file]).map_err(|error| error.to_string())
}

#[test]
fn finds_schemas_that_are_no_json() {
    let refused = |path: &str| Err(format!("Invalid JSON in {path}"));
    for path in [FILE_NAME, "charts/a/values.schema.json", "charts/a/charts/b/values.schema.json"] {
        assert_eq!(check_at(path, "{"), refused(path));
        assert_eq!(check_at(path, "{} x"), refused(path));
        assert_eq!(check_at(path, ""), refused(path));
        assert_eq!(check_at(path, "\u{feff}{\"a\": [1e999, \"\\ud800\"]}"), Ok(()));
    }
    let deep = "[".repeat(100_000);
    assert_eq!(check_at(FILE_NAME, &deep), refused(FILE_NAME));
}

#[test]
fn refuses_what_lies_deeper_than_go_reads() {
    let nested = |depth| "[".repeat(depth) + "\"[\\\"[\"" + &"]".repeat(depth);
    assert_eq!(check_at(FILE_NAME, &nested(MAX_DEPTH)), Ok(()));
    assert!(check_at(FILE_NAME, &nested(MAX_DEPTH + 1)).is_err());
}

#[test]
fn leaves_alone_what_is_no_schema() {
    for path in
        ["a/values.schema.json", "charts/_a/values.schema.json", "charts/values.schema.json"]
    {
        assert_eq!(check_at(path, "{"), Ok(()));
    }
}

#[cfg(feature = "schema")]
mod rules;
