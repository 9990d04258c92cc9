//! What every driver must do: one suite, run over each.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use super::*;
use crate::error::{Classified as _, Kind};
use crate::progress::{Progress, Silent};

const PATIENT: Wait<'static> = Wait { timeout: None, progress: &Silent };

macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        mod filesystem {
            $(#[test]
            fn $test() {
                let folder = tempfile::tempdir().unwrap();
                super::$test(&super::Filesystem::open(&folder.path().join("store")).unwrap());
            })*
        }
        mod memory {
            $(#[test]
            fn $test() {
                super::$test(&super::Memory::new());
            })*
        }
    };
}

suite!(
    starts_empty,
    keeps_and_verifies_blobs,
    shows_what_was_committed,
    commits_many_at_once,
    moves_names_and_keeps_entries,
    removes_names_and_entries,
    creates_and_removes_spaces,
    excludes_by_locks,
    tells_of_waits_for_locks,
    collects_only_what_it_is_told,
    sees_nothing_wrong_with_itself,
    lets_repositories_hold_blobs,
    takes_uploads_piece_by_piece,
    lets_one_add_to_an_upload,
);

fn repository(text: &str) -> Repository {
    Repository::parse(text).unwrap()
}

fn tag(text: &str) -> Name {
    Name::Tag(Tag::parse(text).unwrap())
}

fn version(text: &str) -> Name {
    Name::Version(Version::parse(text).unwrap())
}

fn staged(driver: &dyn Driver, store: &StoreLock, bytes: &[u8]) -> Staged {
    let mut stage = driver.stage(store, Algorithm::Sha256).unwrap();
    stage.write_all(bytes).unwrap();
    stage.finish().unwrap()
}

/// Saves something chart-like: three blobs, an entry, a version and a tag.
fn save(driver: &dyn Driver, to: &Repository, number: &str, body: &str) -> Digest {
    let store = driver.lock_store(Mode::Shared, PATIENT).unwrap();
    let blobs: Vec<Staged> = ["manifest", "meta", "content"]
        .map(|part| staged(driver, &store, format!("{part} {body}").as_bytes()))
        .into();
    let digests: Vec<Digest> = blobs.iter().map(|staged| staged.blob().digest()).collect();
    let chart = ChartParts {
        version: Version::parse(number).unwrap(),
        meta: digests[1],
        content: digests[2],
        provenance: None,
    };
    let entry = Entry { manifest: digests[0], chart: Some(chart) };
    driver.create_space(&store, &to.space, b"{}").unwrap();
    let locks = driver.lock_charts(&store, std::slice::from_ref(to), PATIENT).unwrap();
    let names = [version(number), tag(number)].map(|name| (to.clone(), name, digests[0])).into();
    let entries = vec![(to.clone(), entry)];
    let commit = Commit { blobs, entries, names, ..Commit::default() };
    driver.commit(&locks, commit).unwrap();
    digests[0]
}

fn text(driver: &dyn Driver, digest: &Digest) -> Option<String> {
    let mut text = String::new();
    driver.open(digest).unwrap()?.read_to_string(&mut text).unwrap();
    Some(text)
}

fn starts_empty(driver: &dyn Driver) {
    assert_eq!(driver.spaces().unwrap(), []);
    assert_eq!(driver.repositories().unwrap(), []);
    assert_eq!(driver.blobs().unwrap(), []);
    assert_eq!(driver.names(&repository("a/b")).unwrap(), Names::default());
    assert!(driver.open(&Digest::of(b"")).unwrap().is_none());
    assert!(driver.blob_state(&Digest::of(b"")).unwrap().is_none());
    assert!(driver.entry(&repository("a/b"), &Digest::of(b"")).unwrap().is_none());
    assert!(driver.space(&SpaceName::library()).unwrap().is_none());
}

fn keeps_and_verifies_blobs(driver: &dyn Driver) {
    let store = driver.lock_store(Mode::Shared, PATIENT).unwrap();
    let locks = driver.lock_charts(&store, &[], PATIENT).unwrap();
    let one = staged(driver, &store, b"one");
    let digest = one.blob().digest();
    assert_eq!((digest, one.blob().size()), (Digest::of(b"one"), 3));
    let mut early = String::new();
    one.open().unwrap().read_to_string(&mut early).unwrap();
    assert_eq!(early, "one");
    assert!(driver.open(&digest).unwrap().is_none(), "seen before it was committed");
    drop(staged(driver, &store, b"never committed"));

    for blobs in [vec![one], vec![staged(driver, &store, b"one"), staged(driver, &store, b"")]] {
        driver.commit(&locks, Commit { blobs, ..Commit::default() }).unwrap();
    }
    assert_eq!(text(driver, &digest).unwrap(), "one");
    assert_eq!(driver.read_small(&digest).unwrap(), b"one");
    assert_eq!(driver.blob_state(&digest).unwrap().unwrap().size, 3);
    assert_eq!(driver.open(&digest).unwrap().unwrap().verify().unwrap().size(), 3);
    assert_eq!(driver.blobs().unwrap().len(), 2);
    let mut part = String::new();
    driver.open_part(&digest, 1).unwrap().unwrap().read_to_string(&mut part).unwrap();
    assert_eq!(part, "ne");
    assert!(driver.open_part(&Digest::of(b"other"), 0).unwrap().is_none());

    let mut stage = driver.stage(&store, Algorithm::Sha512).unwrap();
    stage.write_all(b"long").unwrap();
    let staged = stage.finish().unwrap();
    let digest = staged.blob().digest();
    driver.commit(&locks, Commit { blobs: vec![staged], ..Commit::default() }).unwrap();
    assert_eq!(digest.algorithm(), Algorithm::Sha512);
    assert_eq!(text(driver, &digest).unwrap(), "long");
}

fn shows_what_was_committed(driver: &dyn Driver) {
    let place = repository("team/apps/shop");
    let manifest = save(driver, &place, "1.0.0+a", "first");
    assert_eq!(driver.repositories().unwrap(), std::slice::from_ref(&place));
    assert_eq!(driver.repositories_of(&place.space).unwrap(), std::slice::from_ref(&place));
    assert_eq!(driver.repositories_of(&SpaceName::library()).unwrap(), []);
    assert_eq!(driver.spaces().unwrap(), std::slice::from_ref(&place.space));
    let names = driver.names(&place).unwrap();
    assert_eq!(driver.versions(&place).unwrap(), names.versions);
    assert_eq!(names.tags.keys().map(Tag::as_str).collect::<Vec<_>>(), ["1.0.0_a"]);
    assert_eq!(names.versions.keys().map(Version::as_str).collect::<Vec<_>>(), ["1.0.0+a"]);
    assert!(names.contains(&manifest));
    assert_eq!(driver.lookup(&place, &version("1.0.0+a")).unwrap(), Some(manifest));
    assert_eq!(driver.lookup(&place, &tag("latest")).unwrap(), None);
    assert_eq!(driver.entries(&place).unwrap(), [manifest]);
    let entry = driver.entry(&place, &manifest).unwrap().unwrap();
    assert_eq!(entry.manifest, manifest);
    let chart = entry.chart.unwrap();
    assert_eq!(text(driver, &chart.meta).unwrap(), "meta first");
    assert_eq!(text(driver, &chart.content).unwrap(), "content first");
    assert_eq!(chart.version.as_str(), "1.0.0+a");
    let created = driver.created(&place, &manifest).unwrap().unwrap();
    assert!(created.elapsed().unwrap_or_default() < Duration::from_secs(600));
    assert_eq!(save(driver, &place, "1.0.0+a", "first"), manifest);
    assert_eq!(driver.created(&place, &manifest).unwrap().unwrap(), created);
    assert_eq!(driver.blobs().unwrap().len(), 3);
}

fn commits_many_at_once(driver: &dyn Driver) {
    let store = driver.lock_store(Mode::Shared, PATIENT).unwrap();
    let places: Vec<Repository> =
        (0..30).map(|number| repository(&format!("many/c{number}"))).collect();
    let locks = driver.lock_charts(&store, &places, PATIENT).unwrap();
    let mut commit = Commit::default();
    for place in &places {
        let manifest = staged(driver, &store, place.to_string().as_bytes());
        let digest = manifest.blob().digest();
        commit.blobs.push(manifest);
        commit.entries.push((place.clone(), Entry { manifest: digest, chart: None }));
        commit.names.push((place.clone(), tag("latest"), digest));
    }
    driver.commit(&locks, commit).unwrap();
    for place in &places {
        let digest = driver.lookup(place, &tag("latest")).unwrap().unwrap();
        assert_eq!(text(driver, &digest).unwrap(), place.to_string());
        assert_eq!(driver.entry(place, &digest).unwrap().unwrap().chart, None);
    }
}

fn moves_names_and_keeps_entries(driver: &dyn Driver) {
    let place = repository("library/x");
    let first = save(driver, &place, "1.0.0", "first");
    let second = save(driver, &place, "1.0.0", "second");
    assert_ne!(first, second);
    let names = driver.names(&place).unwrap();
    assert!(names.contains(&second) && !names.contains(&first));
    assert!(driver.entry(&place, &first).unwrap().is_some());
}

fn removes_names_and_entries(driver: &dyn Driver) {
    let place = repository("library/x");
    let manifest = save(driver, &place, "1.0.0", "first");
    let store = driver.lock_store(Mode::Shared, PATIENT).unwrap();
    let locks = driver.lock_charts(&store, std::slice::from_ref(&place), PATIENT).unwrap();
    let names = vec![(place.clone(), tag("1.0.0")), (place.clone(), tag("never"))];
    let listed = driver.listed(&place).unwrap();
    assert_eq!(
        (listed.tags.len(), listed.versions.len()),
        (1, 0),
        "the tag has the version's name"
    );
    driver.remove(&locks, &Removal { names, ..Removal::default() }).unwrap();
    let listed = driver.listed(&place).unwrap();
    assert_eq!((listed.tags.len(), listed.versions.len()), (0, 1));
    assert_eq!(driver.lookup(&place, &tag("1.0.0")).unwrap(), None);
    assert_eq!(driver.lookup(&place, &version("1.0.0")).unwrap(), Some(manifest));
    let names = vec![(place.clone(), version("1.0.0"))];
    for _ in 0..2 {
        let entries = vec![(place.clone(), manifest)];
        driver
            .remove(&locks, &Removal { names: names.clone(), entries, ..Removal::default() })
            .unwrap();
        assert!(driver.names(&place).unwrap().is_empty());
        assert!(driver.entry(&place, &manifest).unwrap().is_none());
    }
    assert!(driver.open(&manifest).unwrap().is_some(), "removing leaves blobs to the collection");
}

fn creates_and_removes_spaces(driver: &dyn Driver) {
    let space = SpaceName::parse("team/apps").unwrap();
    {
        let store = driver.lock_store(Mode::Shared, PATIENT).unwrap();
        assert!(driver.create_space(&store, &space, b"{\"a\":1}").unwrap());
        assert!(!driver.create_space(&store, &space, b"{}").unwrap());
    }
    assert_eq!(driver.space(&space).unwrap().unwrap(), b"{\"a\":1}");
    assert_eq!(driver.spaces().unwrap(), std::slice::from_ref(&space));
    let store = driver.lock_store(Mode::Exclusive, PATIENT).unwrap();
    driver.remove_space(&store, &space).unwrap();
    assert_eq!(driver.spaces().unwrap(), []);
}

/// Is told how waits for locks have ended.
#[derive(Default)]
struct Waits(std::sync::Mutex<Vec<bool>>);

impl Waits {
    fn told(&self) -> Vec<bool> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Progress for Waits {
    fn start(&self, _total: usize) {}
    fn advance(&self, _name: &str) {}
    fn waiting(&self, _what: &str) {}
    fn waited(&self, time: Duration, had: bool) {
        assert!(time >= Duration::from_millis(20), "{time:?}");
        self.0.lock().unwrap().push(had);
    }
}

fn tells_of_waits_for_locks(driver: &dyn Driver) {
    let waits = Waits::default();
    let hasty = Wait { timeout: Some(Duration::from_millis(20)), progress: &waits };
    let free = driver.lock_store(Mode::Shared, hasty).unwrap();
    assert_eq!(waits.told(), [false; 0], "nobody had it");
    assert!(driver.lock_store(Mode::Exclusive, hasty).is_err());
    assert_eq!(waits.told(), [false]);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(60));
            drop(free);
        });
        let patient = Wait { timeout: None, progress: &waits };
        driver.lock_store(Mode::Exclusive, patient).unwrap();
    });
    assert_eq!(waits.told(), [true]);
}

fn excludes_by_locks(driver: &dyn Driver) {
    let hasty = Wait { timeout: Some(Duration::from_millis(20)), progress: &Silent };
    let place = repository("library/x");
    let shared = driver.lock_store(Mode::Shared, hasty).unwrap();
    let second = driver.lock_store(Mode::Shared, hasty).unwrap();
    assert_eq!(driver.lock_store(Mode::Exclusive, hasty).err().unwrap().kind(), Kind::Locked);
    let locks = driver.lock_charts(&shared, std::slice::from_ref(&place), hasty).unwrap();
    let refused = driver.lock_charts(&second, std::slice::from_ref(&place), hasty).err().unwrap();
    assert_eq!(refused.kind(), Kind::Locked);
    assert!(refused.to_string().starts_with("the chart library/x is locked"), "{refused}");
    driver.lock_charts(&second, &[repository("library/y")], hasty).unwrap();
    drop(locks);
    drop((shared, second));
    let alone = driver.lock_store(Mode::Exclusive, hasty).unwrap();
    assert_eq!(driver.lock_store(Mode::Shared, hasty).err().unwrap().kind(), Kind::Locked);
    drop(alone);
    driver.lock_store(Mode::Shared, hasty).unwrap();
}

fn collects_only_what_it_is_told(driver: &dyn Driver) {
    let manifest = save(driver, &repository("library/x"), "1.0.0", "first");
    let old = |blob: &BlobInfo| blob.modified.elapsed().unwrap_or_default().as_secs() > 600;
    assert!(!driver.blobs().unwrap().iter().any(old));
    let left = {
        let store = driver.lock_store(Mode::Shared, PATIENT).unwrap();
        drop(staged(driver, &store, b"abandoned"));
        driver.blobs().unwrap().len()
    };
    let store = driver.lock_store(Mode::Exclusive, PATIENT).unwrap();
    driver.sweep(&store, &[manifest, Digest::of(b"unknown")]).unwrap();
    driver.sweep_leftovers(&store).unwrap();
    assert!(driver.open(&manifest).unwrap().is_none());
    assert_eq!(driver.blobs().unwrap().len(), left - 1);
}

fn sees_nothing_wrong_with_itself(driver: &dyn Driver) {
    let place = repository("localhost:5000/tags/versions");
    save(driver, &place, "1.0.0", "first");
    save(driver, &repository("localhost:5000/tags"), "1.0.0", "second");
    assert_eq!(driver.inspect().unwrap(), []);
    let store = driver.lock_store(Mode::Exclusive, PATIENT).unwrap();
    driver.set_aside(&store, &Part::Name(place.clone(), tag("1.0.0"))).unwrap();
    assert_eq!(driver.lookup(&place, &tag("1.0.0")).unwrap(), None);
    assert_eq!(driver.inspect().unwrap(), []);
}

fn lets_repositories_hold_blobs(driver: &dyn Driver) {
    let (place, other) = (repository("library/x"), repository("library/x/y"));
    let store = driver.lock_store(Mode::Shared, PATIENT).unwrap();
    let locks = driver.lock_charts(&store, &[], PATIENT).unwrap();
    let blob = staged(driver, &store, b"held");
    let digest = blob.blob().digest();
    let holds = vec![(place.clone(), digest)];
    driver.commit(&locks, Commit { blobs: vec![blob], holds, ..Commit::default() }).unwrap();
    assert!(driver.holds(&place, &digest).unwrap());
    assert!(!driver.holds(&other, &digest).unwrap());
    assert!(!driver.holds(&place, &Digest::of(b"other")).unwrap());
    assert_eq!(driver.repositories().unwrap(), std::slice::from_ref(&place));
    assert_eq!(driver.inspect().unwrap(), []);
    let held = driver.held(&place).unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].0, digest);
    assert!(held[0].1.elapsed().unwrap_or_default() < Duration::from_secs(600));
    let holds = vec![(place.clone(), digest), (other.clone(), digest)];
    driver.remove(&locks, &Removal { holds, ..Removal::default() }).unwrap();
    assert!(!driver.holds(&place, &digest).unwrap());
    assert_eq!(driver.held(&place).unwrap(), []);
    assert!(driver.open(&digest).unwrap().is_some(), "letting go leaves blobs to the collection");
}

fn upload(id: u128, repository: &str, owner: Option<&str>) -> UploadName {
    let marks = Marks { repository: Mark::of(Some(repository)), owner: Mark::of(owner) };
    UploadName { id: UploadId::of(id), algorithm: Algorithm::Sha256, marks }
}

fn takes_uploads_piece_by_piece(driver: &dyn Driver) {
    let (name, other) = (upload(7, "a/x", Some("ann")), upload(u128::MAX, "a/x", None));
    let store = driver.lock_store(Mode::Shared, PATIENT).unwrap();
    driver.begin_upload(&store, &name).unwrap();
    driver.begin_upload(&store, &other).unwrap();
    assert_eq!(driver.uploads().unwrap(), [name.clone(), other.clone()]);
    let strangers =
        [upload(7, "a/x", None), upload(7, "a/x", Some("")), upload(7, "a", Some("ann"))];
    for stranger in strangers {
        assert_eq!(driver.upload(&stranger).unwrap(), None);
        assert!(driver.append(&stranger, None).unwrap().is_none());
    }
    let append = |known| driver.append(&name, known).unwrap().unwrap();
    let mut first = append(None);
    first.write_all(b"one ").unwrap();
    let hashed = first.hashed();
    assert!(hashed.is_some());
    drop(first);
    let info = driver.upload(&name).unwrap().unwrap();
    assert_eq!(info.size, 4);
    assert!(info.touched.elapsed().unwrap_or_default() < Duration::from_secs(600));
    for known in [hashed.clone(), hashed, None] {
        append(known).write_all(b"two ").unwrap();
    }
    assert!(append(None).hashed().is_none(), "nothing is known of what was not read");
    let blob = append(None).finish(&store, Algorithm::Sha512).unwrap();
    let mut text = String::new();
    blob.open().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "one two two two ");
    assert!(driver.upload(&name).unwrap().is_none());
    assert!(driver.append(&name, None).unwrap().is_none());
    let digest = blob.blob().digest();
    assert_eq!(digest.algorithm(), Algorithm::Sha512);
    let locks = driver.lock_charts(&store, &[], PATIENT).unwrap();
    driver.commit(&locks, Commit { blobs: vec![blob], ..Commit::default() }).unwrap();
    assert_eq!(driver.open(&digest).unwrap().unwrap().verify().unwrap().size(), 16);
    assert_eq!(driver.inspect().unwrap(), []);
    driver.remove_upload(&other).unwrap();
    driver.remove_upload(&other).unwrap();
    assert_eq!(driver.uploads().unwrap(), []);
}

fn lets_one_add_to_an_upload(driver: &dyn Driver) {
    let name = upload(1, "a/x", None);
    let store = driver.lock_store(Mode::Shared, PATIENT).unwrap();
    driver.begin_upload(&store, &name).unwrap();
    let mut first = driver.append(&name, None).unwrap().unwrap();
    let refused = driver.append(&name, None).err().unwrap();
    assert_eq!(refused.kind(), Kind::Locked);
    driver.remove_upload(&name).unwrap();
    first.write_all(b"nobody waits for it").unwrap();
    drop(first);
    assert!(driver.append(&name, None).unwrap().is_none());
}
