//! What .helmignore leaves out: each pattern against a folder with something of everything.

use crate::folder::Folder;
use crate::helm::Helm;
use crate::verdict::Verdict::{self, Accept, Refuse};
use crate::verdict::{check_all, check_folder};

const FILES: &[&str] = &[
    "a.txt",
    "b.txt",
    "c.md",
    "sub/a.txt",
    "sub/b.md",
    "sub/deep/a.txt",
    "other/a.txt",
    "dir/one",
    "dir/two/three",
    "[x]",
    "#hash",
    "!bang",
    "sp ace",
    ".hidden",
    "sub/.hidden",
    "templates/.hid",
    "templates/sub/.hid",
];

const PATTERNS: &[(&str, &str, Verdict)] = &[
    ("nothing", "", Accept),
    ("a name anywhere", "a.txt", Accept),
    ("a glob anywhere", "*.txt", Accept),
    ("one sign", "?.txt", Accept),
    ("a class", "[ab].txt", Accept),
    ("a class turned around", "[^a].txt", Accept),
    ("a range", "[a-b].md\n[a-c].md", Accept),
    ("at the root", "/a.txt", Accept),
    ("a glob at the root", "/*.txt", Accept),
    ("a path", "sub/a.txt", Accept),
    ("a glob over one folder", "sub/*", Accept),
    ("a glob for a folder", "*/a.txt", Accept),
    ("a folder", "sub/", Accept),
    ("a folder by a glob", "s*/", Accept),
    ("a folder at the root", "/sub/", Accept),
    ("a folder deeper down", "sub/deep/", Accept),
    ("a folder without a slash", "dir", Accept),
    ("a file with a slash", "a.txt/", Accept),
    ("a comment", "# a.txt\n #hash", Accept),
    ("an escaped hash", "\\#hash", Accept),
    ("an escaped bracket", "\\[x\\]", Accept),
    ("an escaped exclamation mark", "\\!bang", Accept),
    ("white space around", "  a.txt\t \n\n", Accept),
    ("white space within", "sp ace", Accept),
    ("line ends of Windows", "a.txt\r\nsub/\r\n", Accept),
    ("a byte order mark", "\u{feff}a.txt", Accept),
    ("hidden files", ".*", Accept),
    ("hidden files in a folder", "sub/.?*", Accept),
    ("itself", ".helmignore", Accept),
    ("everything but templates", "!templates", Refuse("Chart.yaml file is missing")),
    ("not a file", "*.txt\n!a.txt", Refuse("Chart.yaml file is missing")),
    ("Chart.yaml", "Chart.yaml", Refuse("Chart.yaml file is missing")),
    ("everything", "*", Refuse("Chart.yaml file is missing")),
    ("two stars", "**/a.txt", Refuse("double-star (**) syntax is not supported")),
    ("an open class", "[a-", Refuse("syntax error in pattern")),
    ("an open class behind others", "a.txt\nb[", Refuse("syntax error in pattern")),
    ("a backslash at the end", "a\\", Refuse("syntax error in pattern")),
    ("only a slash", "/", Accept),
    ("a dot in front", "./a.txt", Accept),
    ("templates", "templates/", Accept),
];

#[test]
fn patterns() {
    let Some(helm) = Helm::find() else { return };
    check_all(PATTERNS.to_vec(), |patterns, verdict| {
        let folder = Folder::listing().files(FILES).file(".helmignore", patterns);
        check_folder(&helm, &folder.path(), verdict)
    });
}

#[test]
fn the_top_file_rules_in_subcharts_too() {
    let Some(helm) = Helm::find() else { return };
    let folder = Folder::listing()
        .file(".helmignore", "*.md\ncharts/s/b.txt")
        .subchart("s", "name: s")
        .files(&["charts/s/a.md", "charts/s/a.txt", "charts/s/b.txt", "charts/s/templates/.h"])
        .file("charts/s/.helmignore", "a.txt")
        .file(
            "charts/s/templates/l.yaml",
            "{{ range $path, $_ := .Files }}# {{ $path }}\n{{ end }}",
        );
    check_folder(&helm, &folder.path(), Accept).unwrap();
}
