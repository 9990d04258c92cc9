//! Chart.yaml, as Helm reads, cleans and refuses it.

use tempfile::TempDir;

use crate::compare::equal;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::registry::Registry;
use crate::tape::Tape;
use crate::verdict::Verdict::{self, Accept, Differ, Refuse, Stricter};
use crate::verdict::{Cases, check_all, check_archive};

/// Lists documents that Helm accepts, and pushes.
const ACCEPTED: &[(&str, &str)] = &[
    ("an unknown key", "name: x\nversion: 1.0.0\nunknown: {a: 1}"),
    ("a key twice", "name: y\nname: x\nversion: 1.0.0"),
    ("a second document", "name: x\nversion: 1.0.0\n---\nname: [z"),
    ("keys in the wrong case", "NAME: x\nVersion: 1.0.0\nappversion: 2"),
    ("a key in the right and the wrong case", "NAME: y\nname: x\nVERSION: 2.0.0\nversion: 1.0.0"),
    ("a number as name", "name: 123\nversion: 1.0.0"),
    ("a boolean as name", "name: y\nversion: 1.0.0"),
    ("no apiVersion", "name: x\nversion: 1.0.0"),
    ("a later apiVersion", "apiVersion: v3\nname: x\nversion: 1.0.0"),
    ("a number as apiVersion", "apiVersion: 2\nname: x\nversion: 1.0.0"),
    ("a version of one part", "name: x\nversion: 1"),
    ("a version of two parts", "name: x\nversion: 1.2"),
    ("a version after a v", "name: x\nversion: v1.2.3"),
    ("a version with a zero in front", "name: x\nversion: 01.2.3"),
    ("build metadata", "name: x\nversion: 1.0.0-rc.1+build.7"),
    ("appVersion 1.10", "name: x\nversion: 1.0.0\nappVersion: 1.10"),
    ("appVersion 1.0", "name: x\nversion: 1.0.0\nappVersion: 1.0"),
    ("appVersion 007", "name: x\nversion: 1.0.0\nappVersion: 007"),
    ("appVersion 1e3", "name: x\nversion: 1.0.0\nappVersion: 1e3"),
    ("appVersion yes", "name: x\nversion: 1.0.0\nappVersion: yes"),
    ("a date as appVersion", "name: x\nversion: 1.0.0\nappVersion: 2020-01-02"),
    ("appVersion 4e10000", "name: x\nversion: 1.0.0\nappVersion: 4e10000"),
    ("appVersion 12:34:56", "name: x\nversion: 1.0.0\nappVersion: 12:34:56"),
    ("a great appVersion", "name: x\nversion: 1.0.0\nappVersion: 12345678901234567890"),
    ("scalars as keywords", "name: x\nversion: 1.0.0\nkeywords: [1, true, null, 1.50, ~]"),
    ("nulls", "name: x\nversion: 1.0.0\nkeywords: ~\nmaintainers:\nannotations: null"),
    (
        "text to be cleaned",
        "name: x\nversion: 1.0.0\ndescription: \"a\\nb\\u0007c\\u200bd\\u202ee\\u00a0f\\0\"\n\
         home: \" h\\t\"\nkeywords: [\"k\\u200b\"]\nsources: [\"s\\u00ad\"]\n\
         annotations: {a: \"kept\\u0007\\u2028\"}",
    ),
    ("signs that Go escapes", "name: x\nversion: 1.0.0\nkubeVersion: '>=1.20 <2 & \u{e9}'"),
    (
        "maintainers",
        "name: x\nversion: 1.0.0\nmaintainers: [{name: A, email: a@b, url: u}, {email: c@d}]",
    ),
    (
        "annotations that override",
        "name: x\nversion: 1.0.0\nhome: h\nsources: [s, t]\nannotations: {b: 1, a: yes,\
         org.opencontainers.image.url: u, org.opencontainers.image.title: t}",
    ),
    ("a library", "name: x\nversion: 1.0.0\ntype: library"),
    ("deprecation", "name: x\nversion: 1.0.0\ndeprecated: yes"),
    (
        "dependencies",
        "apiVersion: v2\nname: x\nversion: 1.0.0\ndependencies:\n- {name: a, version: 1.10, \
         repository: '@r', import-values: [a, {child: b, parent: c}, 1e21, 1.0, ~], tags: [t, 1], \
         condition: a.b, alias: q_1, enabled: true}",
    ),
    ("an alias of a node", "name: &n x\nversion: 1.0.0\ndescription: *n"),
    ("a merge key", "base: &b {name: y, home: h}\n<<: *b\nname: x\nversion: 1.0.0"),
    ("a byte order mark", "\u{feff}name: x\nversion: 1.0.0"),
    ("JSON", "{\"name\": \"x\", \"version\": \"1.0.0\"}"),
    ("line ends of Windows", "name: x\r\nversion: 1.0.0\r\ndescription: |\r\n  a\r\n  b\r\n"),
    (
        "a block that the end of the file cuts off",
        "name: x\nversion: 1.0.0\nannotations:\n  a: |\n    - b\n    - c",
    ),
    (
        "quoted text that is not indented",
        "name: x\nversion: 1.0.0\nannotations:\n  a: \"b\nc\"\n  d: 'e\n  f'\n",
    ),
    (
        "line ends of YAML 1.1",
        "name: x\u{2028}version: 1.0.0\u{85}annotations: {a: b\u{2029}c, d: 'e\u{85}f'}\r",
    ),
    ("comments without a space", "name: \"x\"#c\nversion: 1.0.0\nkeywords: [a]#b\n"),
    ("signs in flow style", "name: x\nversion: 1.0.0\nkeywords: [-, b:]\nannotations: {?c: d}\n"),
];

#[test]
fn what_helm_accepts_has_the_config_that_helm_pushes() {
    let Some(helm) = Helm::find() else { return };
    let Some(registry) = Registry::start() else { return };
    let cases = ACCEPTED.iter().map(|(name, document)| (*name, *document, Accept)).collect();
    check_all(cases, |document, verdict| {
        let archive = Tape::new().file("x/Chart.yaml", document).gzip();
        check_archive(&helm, &archive, verdict)?;
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("x.tgz");
        std::fs::write(&path, archive).unwrap();
        let pushed = registry.push(&helm, &path, "crafted")?;
        equal(
            "config",
            &pushed["config"]["digest"].as_str().unwrap(),
            &Hreg::new().saved(&path).meta(),
        )
    });
}

const REFUSED: &[(&str, &str, Verdict)] = &[
    ("empty", "", Refuse("chart.metadata.name is required")),
    ("no version", "name: x", Refuse("chart.metadata.version is required")),
    (
        "a list",
        "- name: x",
        Differ(
            "array into Go value of type chart.Metadata",
            "array into the document, which is a map",
        ),
    ),
    (
        "a text",
        "name",
        Differ(
            "string into Go value of type chart.Metadata",
            "string into the document, which is a map",
        ),
    ),
    (
        "a path as name",
        "name: a/b\nversion: 1.0.0",
        Refuse("chart.metadata.name \"a/b\" is invalid"),
    ),
    ("four parts", "name: x\nversion: 1.2.3.4", Refuse("version \"1.2.3.4\" is invalid")),
    ("a zero before", "name: x\nversion: 1.2.3-01", Refuse("version \"1.2.3-01\" is invalid")),
    ("spaces", "name: x\nversion: ' 1.2.3 '", Refuse("version \" 1.2.3 \" is invalid")),
    ("a low line", "name: x\nversion: 1.2.3+a_b", Refuse("version \"1.2.3+a_b\" is invalid")),
    (
        "a number beyond 64 bits",
        "name: x\nversion: 18446744073709551616.0.0",
        Refuse("version \"18446744073709551616.0.0\" is invalid"),
    ),
    ("a tab before a key", "\tname: x", Refuse("found character that cannot start any token")),
    ("an unknown escape", "name: \"x\\/\"", Refuse("found unknown escape character")),
    ("a key over two lines", "name: {x\ny: z}", Refuse("did not find expected ',' or '}'")),
    (
        "another type",
        "name: x\nversion: 1.0.0\ntype: other",
        Refuse("chart.metadata.type must be application or library"),
    ),
    (
        "a text for a boolean",
        "name: x\nversion: 1.0.0\ndeprecated: 'true'",
        Differ("Metadata.deprecated of type bool", "string into deprecated, which is a bool"),
    ),
    (
        "a text for a list",
        "name: x\nversion: 1.0.0\nkeywords: a",
        Differ("Metadata.keywords of type []string", "string into keywords, which is a list"),
    ),
    (
        "a map for a text",
        "name: x\nversion: 1.0.0\nhome: {a: 1}",
        Differ("Metadata.home of type string", "object into home, which is a string"),
    ),
    (
        "a maintainer that is null",
        "name: x\nversion: 1.0.0\nmaintainers: [~]",
        Refuse("must not contain empty or null nodes"),
    ),
    (
        "a dependency that is null",
        "name: x\nversion: 1.0.0\ndependencies: [~]",
        Refuse("must not contain empty or null nodes"),
    ),
    (
        "an alias with a dot",
        "name: x\nversion: 1.0.0\ndependencies: [{name: a, alias: b.c}]",
        Refuse("dependency \"a\" has disallowed characters in the alias"),
    ),
    (
        "two dependencies of one name",
        "name: x\nversion: 1.0.0\ndependencies: [{name: a}, {name: b, alias: a}]",
        Refuse("more than one dependency with name or alias \"a\""),
    ),
    ("another YAML", "%YAML 1.2\n---\nname: x", Refuse("found incompatible YAML document")),
    ("a key that is null", "~: 1\nname: x", Refuse("unsupported map key of type")),
    ("a key that is a list", "? [a]\n: 1\n", Refuse("invalid map key")),
    ("an anchor that is not there", "name: *x", Refuse("unknown anchor 'x' referenced")),
    ("an infinite number", "name: x\nq: .inf", Refuse("json: unsupported value: +Inf")),
    ("an open bracket", "name: [x", Refuse("did not find expected ',' or ']'")),
    ("a tab", "name:\n\tx: 1", Refuse("found character that cannot start any token")),
    ("a name that leads up", "name: ..\nversion: 1.0.0", Stricter("invalid chart name \"..\"")),
    ("a name that leads nowhere", "name: .\nversion: 1.0.0", Stricter("invalid chart name \".\"")),
];

#[test]
fn what_helm_refuses_is_refused_for_the_same_cause() {
    let Some(helm) = Helm::find() else { return };
    check_all(REFUSED.to_vec(), |document, verdict| {
        check_archive(&helm, &Tape::new().file("x/Chart.yaml", document).gzip(), verdict)
    });
}

#[test]
fn names_that_no_registry_takes_are_names_all_the_same() {
    let Some(helm) = Helm::find() else { return };
    let mut cases: Cases<_> =
        ["MyChart", "my_chart", "my.chart", "\u{e9}"].map(|name| (name, name, Accept)).into();
    // These could not be part of a reference.
    cases.push(("my chart", "my chart", Stricter("it must not contain ' '")));
    cases.push(("my:chart", "my:chart", Stricter("it must not contain ':'")));
    check_all(cases, |name, verdict| {
        check_archive(&helm, &Tape::chart(&format!("name: {name}")).gzip(), verdict)
    });
}
