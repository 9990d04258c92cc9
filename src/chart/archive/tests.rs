use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

use super::*;
use crate::digest::{self, Digest, VerifyingReader};
use crate::error::{Classified, Kind};

const CHART: &[u8] = b"name: x\nversion: 1.0.0\n";
const END: [u8; 1024] = [0; 1024];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Makes a member whose header announces `size` bytes, changed by `edit`.
fn edited(name: &[u8], bytes: &[u8], size: u64, edit: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_entry_type(EntryType::Regular);
    edit(&mut header);
    header.set_cksum();
    let mut member = header.as_bytes().to_vec();
    member.extend_from_slice(bytes);
    member.resize(member.len().next_multiple_of(512), 0);
    member
}

fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    edited(name.as_bytes(), bytes, bytes.len() as u64, |_| {})
}

fn special(kind: u8, bytes: &[u8]) -> Vec<u8> {
    edited(b"special", bytes, bytes.len() as u64, |header| {
        header.set_entry_type(EntryType::new(kind));
    })
}

/// Makes an extended header of records whose length has two digits.
fn pax(records: &[&str]) -> Vec<u8> {
    let lines = records.iter().map(|record| format!("{} {record}\n", record.len() + 4));
    special(b'x', lines.collect::<String>().as_bytes())
}

/// Packs members behind a Chart.yaml.
fn archive(members: &[Vec<u8>]) -> Vec<u8> {
    gzip(&[file("x/Chart.yaml", CHART), members.concat(), END.to_vec()].concat())
}

/// Reads all files of an archive but its Chart.yaml, as `path=content`.
fn load(bytes: &[u8]) -> Result<Vec<String>, Error> {
    let mut files = Vec::new();
    visit(bytes, &mut |entry, reader| {
        let mut content = Vec::new();
        reader.read_to_end(&mut content)?;
        if entry.path != "Chart.yaml" {
            files.push(format!("{}={}", entry.path, String::from_utf8_lossy(&content)));
        }
        Ok::<_, Error>(())
    })?;
    Ok(files)
}

fn files(members: &[Vec<u8>]) -> Vec<String> {
    load(&archive(members)).unwrap()
}

fn refusal(members: &[Vec<u8>]) -> String {
    load(&archive(members)).unwrap_err().to_string()
}

#[test]
fn names_are_cleaned_as_helm_does() {
    let cases = [
        ("x/a", "a"),
        ("other/a", "a"),
        ("x/a/../b.txt", "b.txt"),
        ("x/./a//b", "a/b"),
        ("./x/Chart.yaml", "x/Chart.yaml"),
        ("/x/Chart.yaml", "x/Chart.yaml"),
        ("x/sub/c:/foo", "sub/c:/foo"),
        ("x/c:foo", "c:foo"),
        ("x/templates/a\\b.yaml", "b.yaml"),
        ("x\\templates\\b.yaml", "templates/b.yaml"),
        ("x/slash/", "slash"),
        ("x/é", "é"),
    ];
    for (stored, path) in cases {
        assert_eq!(files(&[file(stored, b"1")]), [format!("{path}=1")], "{stored}");
    }
}

#[test]
fn names_are_refused_as_helm_does() {
    let outside = "chart illegally contains content outside the base directory";
    let parent = "chart illegally references parent directory";
    let cases = [
        ("foo.txt", outside),
        ("Chart.yaml", outside),
        ("x/.", outside),
        ("x/a/..", outside),
        ("x\\", outside),
        ("x//etc/passwd", "chart illegally contains absolute paths"),
        ("x/../../e", parent),
        ("x\\..\\..\\e", parent),
        ("x/..foo", parent),
        ("x/..", parent),
        ("x/c:/foo", "chart contains illegally named files"),
        ("x\\c:\\foo", "chart contains illegally named files"),
        ("Chart.yaml/foo", "chart yaml not in base directory"),
    ];
    for (stored, cause) in cases {
        assert_eq!(refusal(&[file(stored, b"")]), format!("{cause}: {stored:?}"));
    }
    let member = edited(b"x/\xff", b"", 0, |_| {});
    assert!(refusal(&[member]).contains("not UTF-8"));
}

#[test]
fn links_and_devices_are_empty_files_and_folders_are_none() {
    for kind in *b"12346" {
        assert_eq!(files(&[special(b'L', b"x/l\0"), special(kind, b"")]), ["l="]);
    }
    // Go takes no bytes after a link or folder, whatever size is announced.
    let folder = edited(b"x/d", b"", 700, |header| header.set_entry_type(EntryType::Directory));
    assert_eq!(files(&[folder, file("x/z", b"1")]), ["z=1"]);
    let link = edited(b"x/l", b"", 700, |header| header.set_entry_type(EntryType::Link));
    assert!(refusal(&[link, file("x/z", b"1")]).contains("104857600"));
    let folder = edited(b"x/d", b"abc", 3, |header| header.set_mode(0o40755));
    assert_eq!(files(&[folder, file("x/z", b"1")]), ["z=1"]);
    let old = |name: &[u8]| edited(name, b"", 0, |header| header.as_old_mut().linkflag = [0]);
    assert_eq!(files(&[old(b"x/d/"), old(b"x/f")]), ["f="]);
}

#[test]
fn only_the_owners_executable_bit_is_kept() {
    let mut modes = Vec::new();
    let member = |mode| edited(b"x/a", b"", 0, |header| header.set_mode(mode));
    let bytes = archive(&[member(0o4700), member(0o677)]);
    visit::<_, Error>(bytes.as_slice(), &mut |entry, _| {
        modes.push(entry.mode);
        Ok(())
    })
    .unwrap();
    assert_eq!(modes, [0o644, 0o755, 0o644]);
}

#[test]
fn a_byte_order_mark_is_dropped_but_not_from_raw_bytes() {
    let bytes = archive(&[file("x/a", "\u{feff}\u{feff}a".as_bytes()), file("x/b", b"\xef\xbb")]);
    assert_eq!(load(&bytes).unwrap(), ["a=\u{feff}a".to_owned(), "b=\u{fffd}".to_owned()]);
    let mut raw = Vec::new();
    visit_raw::<_, Error>(bytes.as_slice(), &mut |entry, reader| {
        raw.clear();
        reader.read_to_end(&mut raw)?;
        assert_eq!(raw.len() as u64, entry.size);
        assert!(entry.path != "a" || raw == "\u{feff}\u{feff}a".as_bytes());
        Ok(())
    })
    .unwrap();
    assert_eq!(raw, b"\xef\xbb");
}

#[test]
fn extended_headers_count_as_in_go() {
    let short = || file("x/short", b"1");
    assert_eq!(files(&[pax(&["path=x/long"]), short()]), ["long=1"]);
    assert_eq!(files(&[pax(&["path=x/one", "path=x/two"]), short()]), ["two=1"]);
    assert_eq!(files(&[pax(&["comment=a\n13 path=no\n", "path=x/yes"]), short()]), ["yes=1"]);
    assert_eq!(files(&[pax(&["path=x/one"]), pax(&["mtime=1.5"]), short()]), ["short=1"]);
    assert_eq!(files(&[special(b'x', b"8 path=\n"), short()]), ["short=1"]);
    assert_eq!(files(&[special(b'L', b"x/gnu\0?"), pax(&["path=x/p"]), short()]), ["gnu=1"]);
    let global = special(b'g', b"14 path=x/one\n14 uid=abcdef\n");
    assert_eq!(files(&[pax(&["path=x/two"]), global, short()]), ["short=1"]);
    let empty = edited(b"x/sized", b"abc", 0, |_| {});
    assert_eq!(files(&[pax(&["size=000003"]), empty, short()]), ["sized=abc", "short=1"]);
    assert_eq!(files(&[pax(&["path=x/at-the-end"])]), Vec::<String>::new());
}

#[test]
fn malformed_headers_are_refused_as_in_go() {
    let short = || file("x/short", b"1");
    for record in ["path=x/a\0", "mtime=1.5x", "mtime=one", "uid=abcdef", "size=-00001", "keyonly"]
    {
        let error = refusal(&[pax(&[record]), short()]);
        assert_eq!(error, "archive/tar: invalid tar header", "{record}");
    }
    for (offset, byte) in [(100, b'8'), (108, b'z'), (124, 0xff), (136, b'9'), (148, b'7')] {
        let mut member = short();
        let sum: u64 = member[..148].iter().chain(&member[156..512]).map(|b| u64::from(*b)).sum();
        let sum = sum + 8 * 32 - u64::from(member[offset]) + u64::from(byte);
        member[offset] = byte;
        if offset != 148 {
            member[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        }
        assert_eq!(refusal(&[member]), "archive/tar: invalid tar header", "{offset}");
    }
    assert!(refusal(&[pax(&["GNU.sparse.major=1"]), short()]).contains("sparse"));
    assert!(refusal(&[special(b'S', b"")]).contains("sparse"));
    let long = vec![b' '; (1 << 20) + 1];
    assert_eq!(refusal(&[special(b'x', &long)]), "archive/tar: header field too long");
}

#[test]
fn numbers_are_read_as_in_go() {
    let number = |field: &[u8]| {
        let mut bytes = [0; 12];
        bytes[..field.len()].copy_from_slice(field);
        edited(b"x/a", b"abc", 0, |header| header.as_old_mut().size = bytes)
    };
    let base256 = *b"\x80\0\0\0\0\0\0\0\0\0\0\x03";
    for field in [b"3".as_slice(), b"  3 ", b"0000003\0", b"3\0junk", &base256] {
        assert_eq!(files(&[number(field)]), ["a=abc"], "{field:?}");
    }
}

#[test]
fn the_end_may_be_ragged() {
    let members = [file("x/Chart.yaml", CHART), file("x/a", b"1")].concat();
    let whole = [members.as_slice(), &END].concat();
    let mut bad_sum = gzip(&whole);
    let size = bad_sum.len();
    bad_sum[size - 8..].fill(0);
    let cut_after_end = gzip(&[whole.as_slice(), &[7; 4096]].concat());
    let cases = [
        ("bad checksum", bad_sum),
        ("trailing bytes", [gzip(&whole).as_slice(), b"garbage"].concat()),
        ("cut after the end", cut_after_end[..cut_after_end.len() - 20].to_vec()),
        ("no end", gzip(&members)),
        ("one block of zeros", gzip(&[members.as_slice(), &END[..512]].concat())),
        ("cut in the padding", gzip(&members[..members.len() - 100])),
        ("two members", [gzip(&whole[..700]), gzip(&whole[700..])].concat()),
    ];
    for (case, bytes) in cases {
        assert_eq!(load(&bytes).unwrap(), ["a=1"], "{case}");
    }
}

#[test]
fn what_is_cut_or_damaged_is_refused() {
    let members = [file("x/Chart.yaml", CHART), file("x/a", &[b'1'; 3_000])].concat();
    let odd = [&members, &END[..512], &members].concat();
    let cases = [
        (gzip(&members[..2_000]), "unexpected EOF"),
        (gzip(&[members.as_slice(), b"x"].concat()), "unexpected EOF"),
        (gzip(&members)[..60].to_vec(), "unexpected EOF"),
        (gzip(&members)[..10].to_vec(), "unexpected EOF"),
        (gzip(&odd), "invalid tar header"),
        (gzip(&END), "no files in chart archive"),
        (gzip(b""), "no files in chart archive"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\xffgarbage".to_vec(), "cannot be decompressed"),
        (b"hello".to_vec(), "gzipped archive; got 'application/octet-stream'"),
        (b"hello ".repeat(90), "gzipped archive; got 'text/plain; charset=utf-8'"),
        (b"PK\x03\x04".to_vec(), "gzipped archive; got 'application/zip'"),
        (b"\0\x01".to_vec(), "gzipped archive; got 'font/ttf'"),
        (b"<!doctype html>".to_vec(), "gzipped archive; got 'text/html; charset=utf-8'"),
    ];
    for (bytes, cause) in cases {
        let error = load(&bytes).unwrap_err();
        assert!(error.to_string().contains(cause), "{error}");
        assert_eq!(error.kind(), Kind::Invalid);
    }
}

#[test]
fn one_file_may_have_five_mebibytes() {
    let mut big = vec![0; MAX_FILE_BYTES as usize];
    assert_eq!(files(&[file("x/big", &big)]).len(), 1);
    big.push(0);
    let expected = "decompressed chart file \"x/big\" is larger than the maximum file size 5242880";
    assert_eq!(refusal(&[file("x/big", &big)]), expected);
}

#[test]
fn a_chart_must_stay_below_a_hundred_mebibytes() {
    let expected = "decompressed chart is larger than the maximum file size 104857600";
    let full = file("x/big", &vec![0; MAX_FILE_BYTES as usize]);
    let mut members = vec![full; 19];
    let rest = MAX_FILE_BYTES as usize - CHART.len();
    for (size, is_refused) in [(rest - 1, false), (rest, true), (rest + 1, true)] {
        members.push(file("x/last", &vec![0; size]));
        // Left unread, the bytes count all the same.
        let result = visit(archive(&members).as_slice(), &mut |_, _| Ok::<_, Error>(()));
        let error = result.err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), is_refused.then_some(expected), "{size}");
        members.pop();
    }
}

/// Gives a member's bytes and then zeros, more than anybody wants to read.
fn endless(start: Vec<u8>) -> impl Read {
    let zeros = io::repeat(0).take(1 << 40);
    let encoder =
        flate2::read::GzEncoder::new(Cursor::new(start).chain(zeros), Compression::fast());
    encoder.take(1 << 40)
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let huge = |kind| {
        edited(b"x/huge", b"", 1 << 39, |header| {
            header.set_entry_type(EntryType::new(kind));
            header.set_mode(if kind == b'0' { 0o40755 } else { 0o644 });
        })
    };
    let none = &mut |_: &Entry, _: &mut dyn Read| Ok::<_, Error>(());
    let skipped = visit(endless(huge(b'0')), none).unwrap_err().to_string();
    assert_eq!(skipped, "decompressed archive is larger than 209715200 bytes");
    let long_name = visit(endless(huge(b'L')), none).unwrap_err().to_string();
    assert_eq!(long_name, "archive/tar: header field too long");
    let file = visit(endless(huge(b'7')), none).unwrap_err().to_string();
    assert!(file.contains("104857600"), "{file}");
}

#[test]
fn errors_of_the_source_are_told_apart() {
    let bytes = archive(&[file("x/a", b"1")]);
    let reader = VerifyingReader::new(bytes.as_slice(), Digest::of(b""), bytes.len() as u64 - 1);
    let error = visit(reader, &mut |_, _| Ok::<_, Error>(())).unwrap_err();
    assert!(matches!(error, Error::Damaged(digest::Error::Size { .. })), "{error}");
    assert_eq!(error.kind(), Kind::Damaged);
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
    for start in [0, 20, bytes.len() - 30] {
        let reader = bytes[..start].chain(Broken);
        let error = visit(reader, &mut |_, _| Ok::<_, Error>(())).unwrap_err();
        assert!(matches!(error, Error::Read(_)), "{start}: {error:?}");
    }
}

#[test]
fn the_visitors_error_ends_the_visit() {
    let bytes = archive(&[file("x/a", b"1")]);
    let mut calls = 0;
    let error = visit(bytes.as_slice(), &mut |_, _| {
        calls += 1;
        Err(Error::Empty)
    });
    assert!(matches!(error, Err(Error::Empty)));
    assert_eq!(calls, 1);
}

proptest::proptest! {
    #[test]
    fn random_bytes_do_not_panic(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600),
    ) {
        let _ = load(&bytes);
        let _ = load(&gzip(&bytes));
    }

    #[test]
    fn changed_archives_do_not_panic(
        changes in proptest::collection::vec((0..4_096usize, proptest::num::u8::ANY), 1..6),
        fix_sums in proptest::bool::ANY,
    ) {
        let mut tar = [pax(&["path=x/name"]), file("x/a", b"1"), file("x/b", &[1; 600])].concat();
        let size = tar.len();
        for (at, byte) in changes {
            tar[at % size] = byte;
        }
        if fix_sums {
            for block in tar.chunks_mut(512) {
                block[148..156].fill(b' ');
                let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
                block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
            }
        }
        let _ = load(&gzip(&tar));
        let packed = gzip(&tar);
        let _ = load(&packed[..packed.len() / 2]);
    }
}
