use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

/// Makes a folder with files of the given names, each of which holds its name.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    folder
}

fn names(folder: &tempfile::TempDir) -> Vec<String> {
    list(folder.path()).unwrap().into_iter().map(|file| file.name).collect()
}

fn refusal(folder: &tempfile::TempDir) -> String {
    list(folder.path()).unwrap_err().to_string()
}

#[test]
fn lists_files_in_lexical_order_without_empty_folders() {
    let folder = folder(&["Chart.yaml", "b/z", "b.txt", "a/b/c", "templates/.x", "templates/s/.y"]);
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(names(&folder), ["Chart.yaml", "a/b/c", "b/z", "b.txt", "templates/s/.y"]);
}

#[test]
fn keeps_the_bit_of_the_owner_alone() {
    let folder = folder(&["run", "text"]);
    for (name, mode) in [("run", 0o700), ("text", 0o677)] {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(folder.path().join(name), permissions).unwrap();
    }
    let files = list(folder.path()).unwrap();
    assert_eq!(files.iter().map(|file| file.mode).collect::<Vec<_>>(), [0o755, 0o644]);
    assert_eq!(read(&files[0]).unwrap(), b"run");
    assert_eq!(files[1].size, 4);
}

#[test]
fn ignores_in_subcharts_by_the_rules_at_the_top() {
    let folder = folder(&["Chart.yaml", "charts/b/x.bak", "charts/b/y", "charts/b/.helmignore"]);
    fs::write(folder.path().join(".helmignore"), "*.bak").unwrap();
    fs::write(folder.path().join("charts/b/.helmignore"), "y").unwrap();
    assert_eq!(names(&folder), [".helmignore", "Chart.yaml", "charts/b/.helmignore", "charts/b/y"]);
    fs::write(folder.path().join(".helmignore"), "a/**").unwrap();
    let error = list(folder.path()).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("double-star (**) syntax is not supported"), "{source}");
}

#[test]
fn follows_links_and_finds_loops() {
    let outside = folder(&["shared/one", "shared/two"]);
    let folder = folder(&["Chart.yaml", "files/sub/x"]);
    symlink(outside.path().join("shared"), folder.path().join("files/linked")).unwrap();
    symlink("../Chart.yaml", folder.path().join("files/c")).unwrap();
    let expected = ["Chart.yaml", "files/c", "files/linked/one", "files/linked/two", "files/sub/x"];
    assert_eq!(names(&folder), expected);
    symlink("..", folder.path().join("files/sub/up")).unwrap();
    assert!(refusal(&folder).contains("files/sub/up: too many links"), "{}", refusal(&folder));
}

#[test]
fn refuses_a_broken_link_even_where_it_is_ignored() {
    let folder = folder(&["Chart.yaml", "skipped/x"]);
    fs::write(folder.path().join(".helmignore"), "gone\nskipped/").unwrap();
    symlink("nowhere", folder.path().join("skipped/gone")).unwrap();
    assert_eq!(names(&folder), [".helmignore", "Chart.yaml"]);
    symlink("nowhere", folder.path().join("gone")).unwrap();
    assert!(refusal(&folder).contains("error evaluating symlink"), "{}", refusal(&folder));
}

#[test]
fn refuses_what_is_no_file() {
    let folder = folder(&["Chart.yaml"]);
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
    assert!(refusal(&folder).contains("cannot load irregular file"), "{}", refusal(&folder));
}

#[test]
fn refuses_names_that_no_archive_gives_back() {
    use std::os::unix::ffi::OsStrExt;
    for name in ["..foo", "c:/x", "templates/a\\b.yaml"] {
        let folder = folder(&["Chart.yaml", name]);
        assert!(refusal(&folder).contains("packed, it would be"), "{}", refusal(&folder));
    }
    let folder = folder(&["Chart.yaml"]);
    let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff.bak"));
    fs::write(odd, "").unwrap();
    assert!(refusal(&folder).contains("not UTF-8"), "{}", refusal(&folder));
    fs::write(folder.path().join(".helmignore"), "*.bak").unwrap();
    assert_eq!(names(&folder), [".helmignore", "Chart.yaml"]);
}

#[test]
fn refuses_more_than_helm_would_load_again() {
    let folder = folder(&["Chart.yaml"]);
    let sized = |name: &str, size| {
        fs::File::create(folder.path().join(name)).unwrap().set_len(size).unwrap();
    };
    sized("big", MAX_FILE_BYTES);
    let files = list(folder.path()).unwrap();
    assert_eq!(read(&files[1]).unwrap().len() as u64, MAX_FILE_BYTES);
    sized("big", MAX_FILE_BYTES + 1);
    assert!(refusal(&folder).contains("is larger than the maximum file size 5242880"));
    assert!(matches!(read(&files[1]), Err(Error::FileTooLarge { .. })), "it grew since");
    // With the 10 bytes of Chart.yaml: one less than 100 MiB, then exactly that.
    for index in 0..19 {
        sized(&format!("big{index}"), MAX_FILE_BYTES);
    }
    sized("big", MAX_FILE_BYTES - 11);
    assert_eq!(list(folder.path()).unwrap().len(), 21);
    sized("big", MAX_FILE_BYTES - 10);
    assert!(matches!(list(folder.path()), Err(Error::ChartTooLarge { .. })));
}

#[test]
fn links_that_fan_out_come_to_an_end() {
    let folder = folder(&["Chart.yaml", "d20/x"]);
    for level in 0..20 {
        let path = folder.path().join(format!("d{level}"));
        fs::create_dir(&path).unwrap();
        for link in ["a", "b"] {
            symlink(format!("../d{}", level + 1), path.join(link)).unwrap();
        }
    }
    assert!(matches!(list(folder.path()), Err(Error::TooMany { .. })));
}
