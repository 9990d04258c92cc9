use std::fs;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use super::lock::{LockError, Mode, Wait, acquire};
use super::*;
use crate::progress::{Progress, Silent};

#[test]
fn a_new_file_is_seen_only_when_it_is_put_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = NewFile::create(folder.path(), 0o644).unwrap();
    file.write_all(b"half").unwrap();
    drop(file);
    assert_eq!(entries(folder.path()).unwrap().len(), 0);

    let mut file = NewFile::create(folder.path(), 0o644).unwrap();
    file.write_all(b"whole").unwrap();
    let file = file.close();
    file.sync().unwrap();
    let place = folder.path().join("place");
    file.persist(&place).unwrap();
    assert_eq!(read(&place, 5).unwrap(), b"whole");
    assert!(read(&place, 4).unwrap_err().io().to_string().contains("larger than 4 bytes"));

    let second = NewFile::create(folder.path(), 0o644).unwrap();
    let refused = second.close().persist_new(&place).unwrap_err();
    assert_eq!(refused.kind(), Kind::Exists);
    assert_eq!(entries(folder.path()).unwrap().len(), 1);
}

#[test]
fn links_are_replaced_in_one_step() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    assert_eq!(read_link(&link).unwrap(), None);
    for target in ["one", "two"] {
        replace_link(Path::new(target), &link, folder.path()).unwrap();
        assert_eq!(read_link(&link).unwrap().unwrap(), Path::new(target));
    }
    assert_eq!(entries(folder.path()).unwrap().len(), 1);
}

#[test]
fn folders_say_which_parents_must_be_synced() {
    let folder = tempfile::tempdir().unwrap();
    let mut changed = Synced::new();
    create_folders(&folder.path().join("a/b"), &mut changed).unwrap();
    let expected = [folder.path().to_owned(), folder.path().join("a")];
    assert_eq!(changed.iter().cloned().collect::<Vec<_>>(), expected);
    fs::write(folder.path().join("file"), "").unwrap();
    let error = create_folders(&folder.path().join("file/x"), &mut changed).unwrap_err();
    assert!(error.to_string().starts_with("cannot create the folder "), "{error}");
}

#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Progress for Told {
    fn start(&self, _total: usize) {}
    fn advance(&self, _name: &str) {}
    fn waiting(&self, what: &str) {
        self.0.lock().unwrap().push(what.to_owned());
    }
}

#[test]
fn a_lock_excludes_and_names_itself_when_it_cannot_be_had() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let what = || "chart library/x".to_owned();
    let patient = Wait { timeout: None, progress: &Silent };
    let shared = acquire(&path, &what, Mode::Shared, patient).unwrap();
    let second = acquire(&path, &what, Mode::Shared, patient).unwrap();

    let told = Told::default();
    let hasty = Wait { timeout: Some(Duration::from_millis(300)), progress: &told };
    let refused = acquire(&path, &what, Mode::Exclusive, hasty).unwrap_err();
    assert!(matches!(refused, LockError::TimedOut { .. }), "{refused}");
    assert!(refused.to_string().starts_with("chart library/x is locked by another process"));
    assert_eq!(told.0.lock().unwrap().len(), 1);

    drop((shared, second));
    acquire(&path, &what, Mode::Exclusive, hasty).unwrap();
}

#[test]
fn a_stamp_changes_with_what_it_is_of() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("place");
    assert_eq!(stamp(&place).unwrap(), None);
    fs::create_dir(&place).unwrap();
    let new = stamp(&place).unwrap().unwrap();
    assert!(!new.is_settled(), "the next change may come within the same step of the clock");
    std::thread::sleep(Duration::from_millis(1200));
    assert!(new.is_settled());
    assert_eq!(stamp(&place).unwrap(), Some(new));
    replace_link(Path::new("one"), &place.join("link"), folder.path()).unwrap();
    let linked = stamp(&place).unwrap().unwrap();
    assert!(linked != new && !linked.is_settled());
    set_modified(&place, std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert!(!stamp(&place).unwrap().unwrap().is_settled(), "nobody can make it look old");
    std::thread::sleep(Duration::from_millis(1200));
    replace_link(Path::new("two"), &place.join("link"), folder.path()).unwrap();
    assert_ne!(stamp(&place).unwrap(), Some(linked));
}
