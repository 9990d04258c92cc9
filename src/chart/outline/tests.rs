use super::*;
use crate::chart::load::tests::pack;

#[test]
fn counts_files_and_bytes() {
    let outline = Outline::of_archive(&*pack(&[
        ("Chart.yaml", b"name: a\nversion: 1.0.0\ndependencies: [{name: b}, {name: c}]"),
        ("values.yaml", b"a: 1"),
        ("templates/x.yaml", b"12345"),
        ("charts/b/Chart.yaml", b"name: b\nversion: 1.0.0"),
        ("charts/b/x", b"123"),
    ]));
    let outline = outline.unwrap();
    assert_eq!((outline.files, outline.bytes), (3, 59 + 4 + 5));
    assert_eq!(outline.subcharts, [Subchart { name: "b".to_owned(), version: "1.0.0".to_owned() }]);
    assert_eq!(outline.missing_dependencies(), ["c"]);
    let error = outline.check_dependencies().unwrap_err().to_string();
    assert_eq!(error, "found in Chart.yaml, but missing in charts/ directory: c");
}

#[test]
fn checks_values_without_keeping_them() {
    let of = |values: &[u8]| {
        Outline::of_archive(&*pack(&[
            ("Chart.yaml", b"name: a\nversion: 1.0.0"),
            ("values.yaml", values),
        ]))
    };
    for values in [&b""[..], b"~", b"a: 1", b"{}"] {
        assert!(of(values).is_ok());
    }
    for values in [&b"[]"[..], b"a", b"1", b"a: [", b"~: 1", b"a: .nan"] {
        let error = of(values).unwrap_err();
        assert_eq!(error.to_string(), "cannot load values.yaml");
    }
}
