use std::io::Read;

use flate2::bufread::GzDecoder;

use super::*;

fn file(name: &str, data: &[u8]) -> File {
    File { name: name.to_owned(), mode: 0o644, data: data.to_vec() }
}

fn packed(files: &[File]) -> Vec<u8> {
    let mut bytes = Vec::new();
    pack("demo", files, 0, &mut bytes).unwrap();
    bytes
}

fn refusal(root: &str, files: &[File]) -> String {
    pack(root, files, 0, &mut io::sink()).unwrap_err().to_string()
}

#[test]
fn chart_yaml_comes_first_and_the_rest_in_order() {
    let mut files =
        [file("a", b"1"), file("B", b"2"), file("é", b"3"), file("Chart.yaml", b"\xef\xbb\xbf4")];
    files[1].mode = 0o777;
    let bytes = packed(&files);
    let mut seen = Vec::new();
    archive::visit_raw::<_, archive::Error>(bytes.as_slice(), &mut |entry, reader| {
        let mut content = Vec::new();
        reader.read_to_end(&mut content)?;
        seen.push((entry.path.clone(), entry.mode, content));
        Ok(())
    })
    .unwrap();
    let expected: [(&str, u32, &[u8]); 4] = [
        ("Chart.yaml", 0o644, b"\xef\xbb\xbf4"),
        ("B", 0o755, b"2"),
        ("a", 0o644, b"1"),
        ("é", 0o644, b"3"),
    ];
    assert!(seen.iter().zip(expected).all(|((path, mode, content), expected)| {
        (path.as_str(), *mode, content.as_slice()) == expected
    }));
    assert_eq!(seen.len(), expected.len());
    files.reverse();
    assert_eq!(packed(&files), bytes);
}

#[test]
fn headers_hold_nothing_of_the_machine() {
    let mut tar = Vec::new();
    let mut bytes = Vec::new();
    let long = format!("templates/{}", "x".repeat(120));
    pack("demo", &[file("Chart.yaml", b"name: demo"), file(&long, b"")], 1_700_000_000, &mut bytes)
        .unwrap();
    GzDecoder::new(bytes.as_slice()).read_to_end(&mut tar).unwrap();
    assert_eq!(tar.len(), 512 * (2 + 3 + 2), "two files, one record, two blocks of zeros");
    let mut archive = tar::Archive::new(tar.as_slice());
    let mut names = Vec::new();
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        names.push(String::from_utf8(entry.path_bytes().into_owned()).unwrap());
        let header = entry.header().as_ustar().unwrap();
        assert_eq!((header.uname, header.gname), ([0; 32], [0; 32]));
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        assert_eq!(header.mtime().unwrap(), 1_700_000_000);
    }
    assert_eq!(names, ["demo/Chart.yaml".to_owned(), format!("demo/{long}")]);
}

#[test]
fn refuses_what_could_not_be_read_back() {
    let chart = file("Chart.yaml", b"");
    for root in ["", ".", "..", "a/b", "a\\b"] {
        assert!(refusal(root, std::slice::from_ref(&chart)).contains("root folder"), "{root}");
    }
    for name in ["", "..", "..foo", "../x", "a/../b", "a//b", "./a", "/a", "c:/x", "a\\b", "a\0"] {
        assert!(refusal("demo", &[file(name, b"")]).contains("may not hold"), "{name}");
    }
    assert!(refusal("demo", &[chart.clone(), chart]).contains("two files"));
    assert!(refusal("demo", &[]).contains("no files"));
}

#[test]
fn holds_the_limits_of_the_reader() {
    let big = vec![0; MAX_FILE_BYTES as usize];
    let mut files: Vec<_> = (0..20).map(|index| file(&format!("f{index}"), &big)).collect();
    assert!(refusal("demo", &files).contains("104857600"));
    files[0].data.pop();
    let mut count = 0;
    archive::visit::<_, archive::Error>(packed(&files).as_slice(), &mut |_, _| {
        count += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(count, 20);
    files[0].data.extend([0, 0]);
    assert!(refusal("demo", &files).contains("5242880"));
}
