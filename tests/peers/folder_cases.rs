//! Chart folders, as Helm walks, packs and refuses them.

use std::process::Command;

use crate::folder::Folder;
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::rendering::renders_alike;
use crate::verdict::Verdict::{Accept, Differ, Refuse, Stricter};
use crate::verdict::{check_all, check_folder};

#[test]
fn links_are_followed() {
    let Some(helm) = Helm::find() else { return };
    let outside = Folder::empty().files(&["a", "sub/b"]);
    let cases = vec![
        ("a file", Folder::listing().link("files/a", outside.path().join("a")), Accept),
        ("a folder", Folder::listing().link("files", outside.path()), Accept),
        ("a file twice", Folder::listing().files(&["a"]).link("b", "a"), Accept),
        (
            "one that leads nowhere",
            Folder::plain().link("gone", "nowhere"),
            Refuse("error evaluating symlink"),
        ),
        (
            "one that leads nowhere and is ignored",
            Folder::plain().file(".helmignore", "gone").link("gone", "nowhere"),
            Refuse("error evaluating symlink"),
        ),
        (
            "a loop",
            Folder::plain().link("a/up", ".."),
            Differ("too many levels of symbolic links", "too many links"),
        ),
        ("a link to itself", Folder::plain().link("a", "a"), Refuse("error evaluating symlink")),
    ];
    check_all(cases, |folder, verdict| check_folder(&helm, &folder.path(), verdict));
}

#[test]
fn files_of_all_kinds() {
    let Some(helm) = Helm::find() else { return };
    let pipe = Folder::plain();
    assert!(Command::new("mkfifo").arg(pipe.path().join("pipe")).status().unwrap().success());
    let empty = Folder::listing();
    std::fs::create_dir(empty.path().join("nothing")).unwrap();
    let zeros = vec![0; (5 << 20) + 1];
    let many = (0..20).fold(Folder::plain(), |folder, number| {
        folder.file(&format!("f{number}"), &zeros[..5 << 20])
    });
    let long = format!("{}/{}/{}", "a".repeat(90), "b".repeat(90), "c".repeat(150));
    let cases = vec![
        ("a pipe", pipe, Refuse("cannot load irregular file")),
        ("an empty folder", empty, Accept),
        ("an empty file", Folder::listing().file("empty", ""), Accept),
        ("5 MiB", Folder::listing().file("big", &zeros[..5 << 20]), Accept),
        (
            "a byte more",
            Folder::plain().file("big", &zeros),
            Refuse("is larger than the maximum file size 5242880"),
        ),
        // Helm packs it, and then refuses to load the archive.
        ("100 MiB", many, Stricter("Helm packs it but refuses to load the archive")),
        ("other letters", Folder::listing().files(&["\u{e9}/\u{65e5}\u{672c}"]), Accept),
        ("a long path", Folder::listing().files(&[&long]), Accept),
        ("a byte order mark", Folder::listing().file("marked", "\u{feff}a"), Accept),
        ("hidden files", Folder::listing().files(&[".a", "b/.c", "templates/.d"]), Accept),
        // Helm packs it, and then reads another name, or refuses to load the archive.
        ("a backslash", Folder::plain().files(&["a\\b"]), Stricter("refuses or reads otherwise")),
        ("two dots", Folder::plain().files(&["..a"]), Stricter("refuses or reads otherwise")),
    ];
    check_all(cases, |folder, verdict| check_folder(&helm, &folder.path(), verdict));
}

#[test]
fn documents_of_a_chart() {
    let Some(helm) = Helm::find() else { return };
    let head = "name: x\nversion: 1.0.0\n";
    let with = |name: &str, text: &str| Folder::listing().file(name, text);
    let cases = vec![
        ("no Chart.yaml", Folder::empty().files(&["a"]), Refuse("Chart.yaml file is missing")),
        ("a bad Chart.yaml", with("Chart.yaml", "name: x"), Refuse("version is required")),
        ("null values", with("values.yaml", "~"), Accept),
        ("only comments", with("values.yaml", "# a\n# b\n"), Accept),
        ("a list of values", with("values.yaml", "[a]"), Refuse("cannot load values.yaml")),
        ("a text of values", with("values.yaml", "a"), Refuse("cannot load values.yaml")),
        ("bad values", with("values.yaml", "a: ["), Refuse("cannot load values.yaml")),
        ("a schema", with("values.schema.json", "{\"type\": \"object\"}"), Accept),
        (
            "a schema that is no JSON",
            with("values.schema.json", "{"),
            Refuse("Invalid JSON in values.schema.json"),
        ),
        ("a lock", with("Chart.lock", "dependencies: []\ndigest: d\n"), Accept),
        ("a bad lock", with("Chart.lock", "["), Refuse("cannot load Chart.lock")),
        (
            "an old chart",
            Folder::listing().file("Chart.yaml", format!("apiVersion: v1\n{head}")),
            Accept,
        ),
        (
            "an old chart with requirements",
            Folder::listing()
                .file("Chart.yaml", format!("apiVersion: v1\n{head}"))
                .file("requirements.yaml", "dependencies: [{name: s, version: 0.1.0}]")
                .subchart("s", "name: s"),
            Accept,
        ),
        (
            "a new chart with requirements",
            Folder::plain()
                .file("requirements.yaml", "dependencies: [{name: s, version: 0.1.0}]")
                .subchart("s", "name: s"),
            Accept,
        ),
        (
            "requirements that rename the chart",
            Folder::plain().file("requirements.yaml", "name: other\nkeywords: [k]"),
            Accept,
        ),
        (
            "bad requirements",
            Folder::plain().file("requirements.yaml", "dependencies: 1"),
            Refuse("cannot load requirements.yaml"),
        ),
    ];
    check_all(cases, |folder, verdict| check_folder(&helm, &folder.path(), verdict));
}

#[test]
fn an_old_chart_keeps_its_dependencies() {
    let Some(helm) = Helm::find() else { return };
    let head = "apiVersion: v1\nname: x\nversion: 1.0.0\n";
    let folder = Folder::plain()
        .file("Chart.yaml", format!("{head}dependencies: [{{name: s, condition: s.on}}]"))
        .file("values.yaml", "s: {on: false}")
        .subchart("s", "name: s")
        .file("charts/s/templates/a.yaml", "a: 1");
    let hreg = Hreg::new();
    let saved = hreg.saved(&folder.path());
    let exported = hreg.export_archive(saved.reference(), &folder.path().join("out"));
    // `helm package` would drop them, and so enable the subchart.
    renders_alike(&helm, &folder.path(), &exported).unwrap();
}
