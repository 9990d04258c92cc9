//! What lies in `charts/`, as Helm loads and refuses it.

use crate::folder::Folder;
use crate::helm::Helm;
use crate::tape::Tape;
use crate::verdict::Verdict::{Accept, Refuse};
use crate::verdict::{check_all, check_archive, check_folder};

#[test]
fn what_lies_in_charts() {
    let Some(helm) = Helm::find() else { return };
    let inner = || {
        Tape::new()
            .file("s/Chart.yaml", "name: s\nversion: 0.1.0")
            .file("s/templates/a.yaml", "a: {{ .Chart.Name }} {{ .Values | toJson }}")
            .file("s/values.yaml", "v: 1")
            .gzip()
    };
    let bad = Tape::new().file("s/foo.txt", "").gzip();
    let folder = || Folder::plain().subchart("s", "name: s").file("charts/s/values.yaml", "w: 2");
    let cases = vec![
        ("a folder", folder(), Accept),
        ("an archive", Folder::plain().file("charts/s-0.1.0.tgz", inner()), Accept),
        ("an archive of any name", Folder::plain().file("charts/any.tgz", inner()), Accept),
        ("a folder of any name", Folder::plain().subchart("any", "name: s"), Accept),
        ("a hidden folder", folder().files(&["charts/.git/config"]), Accept),
        ("a folder that begins with a low line", folder().files(&["charts/_x/y"]), Accept),
        ("a hidden file", folder().files(&["charts/.DS_Store"]), Accept),
        ("a signature", folder().files(&["charts/s-0.1.0.tgz.prov"]), Accept),
        (
            "a read-me file",
            folder().files(&["charts/README.md"]),
            Refuse("error unpacking subchart README.md in x"),
        ),
        (
            "a folder without Chart.yaml",
            folder().files(&["charts/t/values.yaml"]),
            Refuse("error unpacking subchart t in x"),
        ),
        (
            "a folder called like an archive",
            Folder::plain().subchart("s.tgz", "name: s"),
            Refuse("error unpacking subchart tar in x: expected s.tgz, got s.tgz/Chart.yaml"),
        ),
        (
            "an archive that is none",
            Folder::plain().files(&["charts/s.tgz"]),
            Refuse("gzip: invalid header"),
        ),
        ("an archive with nothing in it", Folder::plain().file("charts/s.tgz", ""), Refuse("EOF")),
        (
            "an archive of a few bytes",
            Folder::plain().file("charts/s.tgz", "few"),
            Refuse("unexpected EOF"),
        ),
        (
            "an archive that is no chart",
            Folder::plain().file("charts/s.tgz", bad),
            Refuse("error unpacking subchart s.tgz in x"),
        ),
        (
            "a bad chart in a good one",
            Folder::plain().subchart("s", "name: s").subchart("s/charts/t", "icon: i"),
            Refuse("error unpacking subchart t in s"),
        ),
        (
            "a bad version",
            Folder::plain().subchart("s", "name: s\nversion: 1.x"),
            Refuse("version \"1.x\" is invalid"),
        ),
        (
            "charts in charts",
            folder()
                .subchart("s/charts/t", "name: t")
                .file("charts/s/charts/t/values.yaml", "a: 1"),
            Accept,
        ),
    ];
    check_all(cases, |folder, verdict| check_folder(&helm, &folder.path(), verdict));
}

#[test]
fn dependencies_that_are_missing() {
    let Some(helm) = Helm::find() else { return };
    let needing = |dependencies: &str| {
        let head = "apiVersion: v2\nname: x\nversion: 1.0.0";
        Folder::empty().file("Chart.yaml", format!("{head}\ndependencies: {dependencies}"))
    };
    let cases = vec![
        (
            "one",
            needing("[{name: a, version: 1.0.0}]"),
            Refuse("found in Chart.yaml, but missing in charts/ directory: a"),
        ),
        (
            "two",
            needing("[{name: a}, {name: s}, {name: b}]").subchart("s", "name: s"),
            Refuse("found in Chart.yaml, but missing in charts/ directory: a, b"),
        ),
        ("none", needing("[{name: s}]").subchart("s", "name: s"), Accept),
        (
            "another version",
            needing("[{name: s, version: 2.0.0}]").subchart("s", "name: s"),
            Accept,
        ),
        ("an alias", needing("[{name: s, alias: t}]").subchart("s", "name: s"), Accept),
        ("a condition", needing("[{name: s, condition: s.on}]").subchart("s", "name: s"), Accept),
        (
            "in the wrong case",
            needing("[{name: S}]").subchart("s", "name: s"),
            Refuse("missing in charts/ directory: S"),
        ),
    ];
    check_all(cases, |folder, verdict| check_folder(&helm, &folder.path(), verdict));
}

#[test]
fn an_archive_may_lack_what_it_depends_on() {
    let Some(helm) = Helm::find() else { return };
    let archive = Tape::chart("name: x\ndependencies: [{name: a, version: 1.0.0}]").gzip();
    check_archive(&helm, &archive, Accept).unwrap();
}
