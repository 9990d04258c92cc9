//! Archives, well-formed and not, as Helm walks and refuses them.

use tar::EntryType;

use crate::helm::Helm;
use crate::tape::{Tape, gzip};
use crate::verdict::Verdict::{self, Accept, Refuse, Stricter};
use crate::verdict::{Cases, check_all, check_archive, check_loaded, check_named};

const MISSING: Verdict = Refuse("Chart.yaml file is missing");
const OUTSIDE: Verdict = Refuse("chart illegally contains content outside the base directory");
const PARENT: Verdict = Refuse("chart illegally references parent directory");
const ABSOLUTE: Verdict = Refuse("chart illegally contains absolute paths");
const ILLEGAL: Verdict = Refuse("chart contains illegally named files");

/// Lists names of a file beside Chart.yaml.
const NAMES: &[(&str, &str, Verdict)] = &[
    ("at the top", "foo.txt", OUTSIDE),
    ("an absolute path in the chart", "x//etc/passwd", ABSOLUTE),
    ("up and out", "x/../../e", PARENT),
    ("up and out with backslashes", "x\\..\\..\\e", PARENT),
    ("two dots at the beginning", "x/..foo", PARENT),
    ("up within the chart", "x/a/../b.txt", Accept),
    ("up to the root", "x/a/..", OUTSIDE),
    ("the root itself", "x/.", OUTSIDE),
    ("above the root", "x/..", PARENT),
    ("slashes in a row", "x/a//b", Accept),
    ("a dot within", "x/./a", Accept),
    ("a slash at the end", "x/a/", Refuse("archive/tar: invalid tar header")),
    ("a drive", "x/c:/foo", ILLEGAL),
    ("a drive with backslashes", "x\\c:\\foo", ILLEGAL),
    ("a drive further down", "x/sub/c:/foo", Accept),
    ("a drive without a slash", "x/c:foo", Accept),
    ("a backslash in a template", "x/templates/a\\b.yaml", Accept),
    ("a backslash at the end", "x\\", OUTSIDE),
    ("only a root", "x", OUTSIDE),
    ("another root", "y/a.txt", Accept),
    ("a root called Chart.yaml", "Chart.yaml/foo", Refuse("chart yaml not in base directory")),
    ("other letters", "x/\u{e9}", Accept),
    ("a space", "x/a b", Accept),
];

#[test]
fn names_of_files() {
    let Some(helm) = Helm::find() else { return };
    check_all(NAMES.to_vec(), |name, verdict| {
        let archive = lister().file(name, "hi").gzip();
        check_archive(&helm, &archive, verdict)
    });
}

#[test]
fn places_of_the_chart() {
    let Some(helm) = Helm::find() else { return };
    let cases: Cases<_> = vec![
        ("at the top", "Chart.yaml", OUTSIDE),
        ("behind a dot", "./x/Chart.yaml", MISSING),
        ("behind a slash", "/x/Chart.yaml", MISSING),
        ("too deep", "w/x/Chart.yaml", MISSING),
        ("in the wrong case", "x/chart.yaml", MISSING),
        ("in any root", "any root/Chart.yaml", Accept),
    ];
    check_all(cases, |path, verdict| {
        let archive = Tape::new().file(path, "name: x\nversion: 1.0.0").gzip();
        check_archive(&helm, &archive, verdict)
    });
}

#[test]
fn members_that_are_no_files() {
    let Some(helm) = Helm::find() else { return };
    let special = |kind, link| lister().special("x/l", kind, link).file("x/z", "z").gzip();
    let head = "name: x\nversion: 1.0.0";
    let linked = Tape::new().special("x/Chart.yaml", EntryType::Symlink, "y").file("x/y", head);
    let alone = Tape::new().special("x/", EntryType::Directory, "").gzip();
    let cases = vec![
        ("a symbolic link", special(EntryType::Symlink, "/etc/hostname"), Accept),
        ("a hard link", special(EntryType::Link, "x/Chart.yaml"), Accept),
        ("a pipe", special(EntryType::Fifo, ""), Accept),
        ("a device", special(EntryType::Char, ""), Accept),
        ("a folder", special(EntryType::Directory, ""), Accept),
        ("an unknown kind", special(EntryType::new(b'Z'), ""), Accept),
        ("Chart.yaml as a link", linked.gzip(), Refuse("chart.metadata.name is required")),
        ("only folders", alone, Refuse("no files in chart archive")),
        ("nothing at all", gzip(&[0; 1024]), Refuse("no files in chart archive")),
        ("not even an end", gzip(&[]), Refuse("no files in chart archive")),
    ];
    check_all(cases, |archive, verdict| check_archive(&helm, archive, verdict));
}

#[test]
fn bytes_of_files() {
    let Some(helm) = Helm::find() else { return };
    let marked = "\u{feff}name: x\nversion: 1.0.0";
    let marks = Tape::new().file("x/Chart.yaml", marked).file("x/b", "\u{feff}\u{feff}\0");
    let values = lister().file("x/values.yaml", "a: 1").file("x/values.yaml", "b: 2");
    let executable = lister().member("x/run", "1", |header| header.set_mode(0o755));
    let cases = vec![
        ("byte order marks", marks.gzip(), Accept),
        ("two values.yaml", values.gzip(), Accept),
        ("a file to be executed", executable.gzip(), Accept),
    ];
    check_all(cases, |archive, verdict| check_archive(&helm, archive, verdict));
}

#[test]
fn two_heads_are_read_as_one() {
    let Some(helm) = Helm::find() else { return };
    let archive = Tape::chart("name: x").file("x/Chart.yaml", "description: d\nversion: 2.0.0");
    // Exported they would be one file, which is another chart: there is nothing to render.
    check_all(vec![("two Chart.yaml", archive.gzip(), Accept)], |archive, verdict| {
        check_loaded(&helm, archive, verdict).map(drop)
    });
}

#[test]
fn sizes() {
    const FILE: usize = 5 << 20;
    let Some(helm) = Helm::find() else { return };
    let head = "name: x\nversion: 1.0.0\n";
    let zeros = vec![0; FILE + 1];
    let filled = |last: usize| {
        let first = Tape::new().file("x/Chart.yaml", head);
        let full = (0..19).fold(first, |tape, n| tape.file(&format!("x/{n}"), &zeros[..FILE]));
        full.file("x/last", &zeros[..last]).gzip()
    };
    let too_large = "decompressed chart is larger than the maximum file size 104857600";
    let one_too_large =
        "decompressed chart file \"x/big\" is larger than the maximum file size 5242880";
    let cases = vec![
        ("5 MiB", lister().file("x/big", &zeros[..FILE]).gzip(), Accept),
        ("a byte more", lister().file("x/big", &zeros).gzip(), Refuse(one_too_large)),
        ("a byte below 100 MiB", filled(FILE - head.len() - 1), Accept),
        ("100 MiB", filled(FILE - head.len()), Refuse(too_large)),
        ("more than 100 MiB", filled(FILE), Refuse(too_large)),
        (
            "a link with a size",
            lister()
                .member("x/l", "", |header| {
                    header.set_entry_type(EntryType::Link);
                    header.set_size(700);
                })
                .gzip(),
            Refuse(too_large),
        ),
    ];
    check_all(cases, |archive, verdict| check_archive(&helm, archive, verdict));
}

#[test]
fn ends_and_damage() {
    let Some(helm) = Helm::find() else { return };
    let whole = lister().file("x/a", "1".repeat(3000));
    let stream = whole.clone().ended();
    let archive = gzip(&stream);
    let mut wrong_sum = archive.clone();
    let end = wrong_sum.len();
    wrong_sum[end - 8..].fill(0);
    let mut flipped = stream.clone();
    flipped[3] ^= 1;
    let parts = [gzip(&stream[..700]), gzip(&stream[700..])].concat();
    let unpadded = whole.clone().unended();
    let zero_block = [&unpadded[..], &[0; 512]].concat();
    let hidden = [&zero_block[..], &lister().ended()].concat();

    let cases = vec![
        ("a wrong checksum", wrong_sum, Accept),
        ("bytes behind", [&archive[..], b"garbage"].concat(), Accept),
        ("two parts of gzip", parts, Accept),
        ("no end", gzip(&unpadded), Accept),
        ("half an end", gzip(&zero_block), Accept),
        ("a half end and more", gzip(&hidden), Refuse("invalid tar header")),
        ("cut amid a file", gzip(&unpadded[..unpadded.len() - 1000]), Refuse("unexpected EOF")),
        (
            "cut amid a header",
            gzip(&[&unpadded[..], &[b'x'; 100]].concat()),
            Refuse("unexpected EOF"),
        ),
        ("cut amid gzip", archive[..60].to_vec(), Refuse("unexpected EOF")),
        ("a header with a wrong sum", gzip(&flipped), Refuse("invalid tar header")),
    ];
    check_all(cases, |archive, verdict| check_archive(&helm, archive, verdict));
}

#[test]
fn files_that_are_no_archives() {
    const BINARY: &str = "got 'application/octet-stream'";
    const TEXT: &str = "got 'text/plain; charset=utf-8'";
    let Some(helm) = Helm::find() else { return };
    let utf16 = |unit: fn(u16) -> [u8; 2]| "\u{feff}name".encode_utf16().flat_map(unit).collect();
    let long = |start: &[u8]| [start, &[b'x'; 600]].concat();
    let cases: Cases<Vec<u8>> = vec![
        ("no bytes", Vec::new(), Refuse(BINARY)),
        ("a few words", b"hello".to_vec(), Refuse(BINARY)),
        ("many words", b"hello\n".repeat(90), Refuse(TEXT)),
        ("blanks", vec![b' '; 512], Refuse(TEXT)),
        ("words with a mark", b"\xef\xbb\xbfname".to_vec(), Refuse(TEXT)),
        ("UTF-16", utf16(u16::to_le_bytes), Refuse("got 'text/plain; charset=utf-16le'")),
        ("UTF-16, big end", utf16(u16::to_be_bytes), Refuse("got 'text/plain; charset=utf-16be'")),
        ("zeros", vec![0; 700], Refuse(BINARY)),
        ("all bytes", (0..=255).collect(), Refuse(BINARY)),
        ("a tar stream", Tape::chart("name: x").ended(), Refuse(BINARY)),
        ("half of gzip's mark", b"\x1f\x8b".to_vec(), Refuse(BINARY)),
        ("another method of gzip", long(b"\x1f\x8b\x09"), Refuse(BINARY)),
        ("gzip of a few words", gzip(b"hello"), Refuse("unexpected EOF")),
        ("gzip of many words", gzip(&b"hello ".repeat(90)), Refuse("invalid tar header")),
        ("gzip of a mark alone", b"\x1f\x8b\x08".to_vec(), Refuse("unexpected EOF")),
        ("xz", long(b"\xfd7zXZ\0"), Refuse(BINARY)),
        ("zip", b"PK\x03\x04".to_vec(), Refuse("got 'application/zip'")),
        ("rar", long(b"Rar!\x1a\x07\0"), Refuse("got 'application/x-rar-compressed'")),
        ("a later rar", long(b"Rar!\x1a\x07\x01\0"), Refuse("got 'application/x-rar-compressed'")),
        ("WebAssembly", long(b"\0asm"), Refuse("got 'application/wasm'")),
        ("a font", long(b"wOF2"), Refuse("got 'font/woff2'")),
        (
            "a font, by two bytes",
            long(&[b"PK\x03\x04".as_slice(), &[b'L'; 30], b"LP"].concat()),
            Refuse("got 'application/vnd.ms-fontobject'"),
        ),
        ("an icon", b"\0\0\x01\0".to_vec(), Refuse("got 'image/x-icon'")),
        ("music", long(b"ID3"), Refuse("got 'audio/mpeg'")),
        ("sound", long(b"FORM1234AIFF"), Refuse("got 'audio/aiff'")),
        ("a film of another kind", long(b"\x1a\x45\xdf\xa3"), Refuse("got 'video/webm'")),
        ("a picture", long(b"\x89PNG\r\n\x1a\n"), Refuse("got 'image/png'")),
        ("another picture", long(b"GIF89a"), Refuse("got 'image/gif'")),
        ("a bitmap, or so it seems", long(b"BM"), Refuse("got 'image/bmp'")),
        ("a photograph", long(b"\xff\xd8\xff\xe0"), Refuse("got 'image/jpeg'")),
        ("a picture in RIFF", long(b"RIFF1234WEBPVP8 "), Refuse("got 'image/webp'")),
        ("sound in RIFF", long(b"RIFF1234WAVE"), Refuse("got 'audio/wave'")),
        ("other RIFF", long(b"RIFF1234x"), Refuse(TEXT)),
        ("a film", b"\0\0\0\x14ftypiso5\0\0\0\0mp41".to_vec(), Refuse("got 'video/mp4'")),
        ("no film", b"\0\0\0\x10ftypiso5mp41".to_vec(), Refuse(BINARY)),
        ("a document", b"%PDF-1.7".to_vec(), Refuse("got 'application/pdf'")),
        ("a web page", b" \n<hTmL>".to_vec(), Refuse("got 'text/html; charset=utf-8'")),
        ("no web page", long(b"<htmlx"), Refuse(TEXT)),
        ("XML", b" <?xml ?>".to_vec(), Refuse("got 'text/xml; charset=utf-8'")),
    ];
    check_all(cases, |file, verdict| check_archive(&helm, file, verdict));
}

#[test]
fn a_yaml_file_is_told_by_its_name() {
    const YAML: &str = "seems to be a YAML file, but expected a gzipped archive";
    let Some(helm) = Helm::find() else { return };
    let cases = vec![
        ("long", "x.yaml", Refuse(YAML)),
        ("short", "x.yml", Refuse(YAML)),
        ("in capitals", "x.YAML", Refuse("got 'application/octet-stream'")),
    ];
    check_all(cases, |name, verdict| check_named(&helm, name, b"name: x", verdict));
}

#[test]
fn extended_headers() {
    let Some(helm) = Helm::find() else { return };
    let with = |key, value| lister().record(EntryType::XHeader, key, value).file("x/short", "1");
    let long = format!("x/\u{e9}/{}", "n".repeat(200));
    let global = lister().record(EntryType::XGlobalHeader, "path", "x/one").file("x/short", "1");
    let twice = with("path", "x/one").unended();
    let gnu = lister().member("././@LongLink", format!("{long}\0"), |header| {
        header.set_entry_type(EntryType::GNULongName);
    });
    let cases = vec![
        ("a long path", with("path", &long).gzip(), Accept),
        ("a long path as GNU writes it", gnu.file("x/short", "1").gzip(), Accept),
        ("a path that leads out", with("path", "x/../../e").gzip(), PARENT),
        ("a global header", global.gzip(), Accept),
        ("a time that is none", with("mtime", "1.x").gzip(), Refuse("invalid tar header")),
        ("an owner that is none", with("uid", "q").gzip(), Refuse("invalid tar header")),
        ("a size below zero", with("size", "-3").gzip(), Refuse("invalid tar header")),
        ("a comment", with("comment", "a\n9 path=x").gzip(), Accept),
        (
            "one path after another",
            Tape::new()
                .raw(&twice)
                .record(EntryType::XHeader, "path", "x/two")
                .file("x/s", "2")
                .gzip(),
            Accept,
        ),
        (
            "too large",
            with("comment", &"a".repeat(1 << 20)).gzip(),
            Refuse("archive/tar: header field too long"),
        ),
    ];
    check_all(cases, |archive, verdict| check_archive(&helm, archive, verdict));
}

#[test]
fn an_archive_that_never_ends_is_refused() {
    let Some(helm) = Helm::find() else { return };
    let folders = Tape::new().special("x/d", EntryType::Directory, "").unended().repeat(500_000);
    let archive = Tape::chart("name: x").raw(&folders).gzip();
    check_all(
        vec![("folders", archive, Stricter("larger than 209715200 bytes"))],
        |archive, verdict| check_archive(&helm, archive, verdict),
    );
}

/// Begins a chart whose template lists the files that Helm sees.
fn lister() -> Tape {
    let template = "{{ range $path, $_ := .Files }}# {{ $path }} {{ $.Files.Get $path | sha256sum }}\n{{ end }}";
    Tape::chart("name: x").file("x/templates/list.yaml", template)
}
