//! What was fetched and is kept: up to a limit, from one start to the next, and mended where it is
//! damaged.

use std::path::Path;
use std::sync::Arc;

use hreg::digest::Digest;
use hreg::progress::Silent;
use hreg::storage::{Driver, Filesystem, Memory, Mode, Wait};
use hreg::store::{Policy, Store};
use hreg::upstream::{Error, Upstream};

use crate::charts::{Chart, chart, put};
use crate::world::{Adapter, Scripted, client, count, options, quick, world};
use hreg::name::SpaceName;

/// Waits for a lock as long as it takes.
const PATIENT: Wait<'_> = Wait { timeout: None, progress: &Silent };

/// Puts so many charts of one name, with so much content each.
fn put_large(registry: &Scripted, number: usize, size: usize) -> Vec<Chart> {
    let charts = (0..number).map(|number| {
        let version = format!("1.0.{number}");
        let content = format!("{number} ").repeat(size / 2 + 1).into_bytes();
        let chart = chart("x", &version).content(&content[..size]);
        chart.put(registry, "team/x", &version);
        chart
    });
    charts.collect()
}

fn limited(registry: &Scripted, limit: u64) -> Adapter {
    let mut options = options(&registry.host());
    options.cache_bytes = limit;
    let adapter = Adapter::with(options, Box::new(Memory::new()));
    adapter.refresh();
    adapter
}

/// Reads the contents of charts as a server does, and tells how many of them had to be fetched.
fn fetched<'a>(
    registry: &Scripted,
    adapter: &Adapter,
    charts: impl IntoIterator<Item = &'a Chart>,
) -> usize {
    let asked = registry.asked(|| {
        for chart in charts {
            let blob = adapter.store.open_blob(&chart.content_digest()).unwrap();
            assert!(blob.read_whole().unwrap() == chart.content);
        }
    });
    assert_eq!(count(&asked, &["GET", "/blobs/"]), asked.len());
    asked.len()
}

#[test]
fn no_more_is_kept_than_allowed_and_what_was_used_last_stays() {
    let registry = Scripted::start();
    let charts = put_large(&registry, 12, 20_000);
    let limit = 120_000;
    let adapter = limited(&registry, limit);
    assert_eq!(fetched(&registry, &adapter, &charts[..4]), 4);
    for chart in &charts[4..] {
        // What is used again and again does not get old.
        assert_eq!(fetched(&registry, &adapter, [chart, &charts[0]]), 1);
        let kept: u64 = adapter.driver().blobs().unwrap().iter().map(|blob| blob.size).sum();
        assert!(kept <= limit, "{kept} bytes are kept");
    }
    assert_eq!(fetched(&registry, &adapter, &charts[11..]), 0);
    assert_eq!(fetched(&registry, &adapter, &charts[1..2]), 1, "the oldest went");
    assert_eq!(fetched(&registry, &adapter, &charts[1..2]), 0, "and is kept again");
    assert!(adapter.warnings().is_empty());
}

#[test]
fn what_is_too_large_to_keep_is_passed_on() {
    let registry = Scripted::start();
    let charts = put_large(&registry, 2, 30_000);
    let adapter = limited(&registry, 100_000);
    assert_eq!(fetched(&registry, &adapter, &charts), 2);
    assert_eq!(fetched(&registry, &adapter, &charts), 2);
    let kept = adapter.driver().blobs().unwrap();
    assert!(kept.iter().all(|blob| blob.size < 30_000), "{kept:?}");
}

#[test]
fn with_no_room_at_all_everything_can_be_read() {
    let registry = Scripted::start();
    let charts = put_large(&registry, 3, 100);
    let adapter = limited(&registry, 0);
    assert_eq!(adapter.rows().len(), 3);
    assert_eq!(fetched(&registry, &adapter, &charts), 3);
    assert!(adapter.driver().blobs().unwrap().is_empty());
    let asked = registry.asked(|| adapter.refresh());
    assert_eq!(count(&asked, &["/blobs/"]), 0, "names are remembered all the same");
    assert!(adapter.warnings().is_empty());
}

fn in_folder(registry: &Scripted, folder: &Path) -> Adapter {
    let cache = Filesystem::open(folder).unwrap();
    let adapter = Adapter::with(options(&registry.host()), Box::new(cache));
    adapter.refresh();
    adapter
}

#[test]
fn a_start_with_the_same_folder_fetches_no_blob_again() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Scripted::start();
    let charts = put_large(&registry, 3, 50_000);
    let adapter = in_folder(&registry, folder.path());
    assert_eq!(fetched(&registry, &adapter, &charts), 3);
    drop(adapter);
    let asked = registry.asked(|| {
        let adapter = in_folder(&registry, folder.path());
        assert_eq!(adapter.rows().len(), 3);
        assert_eq!(fetched(&registry, &adapter, &charts), 0);
    });
    assert_eq!(count(&asked, &["/blobs/"]), 0);
    assert_eq!(asked.len(), 1 + 1 + 3, "{asked:?}");
}

/// Changes a byte of the file that has these bytes.
fn damage(folder: &Path, bytes: &[u8]) {
    let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let mut files = files.filter(|file| file.file_type().is_file());
    let file = files.find(|file| std::fs::read(file.path()).unwrap() == bytes).unwrap();
    let mut damaged = bytes.to_vec();
    damaged[bytes.len() / 2] ^= 1;
    std::fs::remove_file(file.path()).unwrap();
    std::fs::write(file.path(), damaged).unwrap();
}

#[test]
fn a_small_blob_that_is_damaged_is_fetched_anew() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Scripted::start();
    let chart = chart("x", "1.0.0");
    let manifest = chart.put(&registry, "team/x", "1.0.0");
    let adapter = in_folder(&registry, folder.path());
    let document = adapter.read(&manifest).unwrap();
    for bytes in [&chart.meta, &document] {
        damage(folder.path(), bytes);
        let asked = registry.asked(|| {
            assert_eq!(&adapter.read(&Digest::of(bytes)).unwrap(), bytes);
            assert_eq!(&adapter.read(&Digest::of(bytes)).unwrap(), bytes);
        });
        assert_eq!(asked.len(), 1, "{asked:?}");
    }
    assert!(adapter.warnings().is_empty());
    // A walk does not believe it either.
    damage(folder.path(), &chart.meta);
    let asked = registry.asked(|| {
        let adapter = in_folder(&registry, folder.path());
        assert_eq!(adapter.versions(), ["team/x 1.0.0"]);
    });
    assert_eq!(count(&asked, &["/blobs/"]), 1);
}

#[test]
fn a_large_blob_that_is_damaged_is_fetched_anew_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Scripted::start();
    let charts = put_large(&registry, 1, 1 << 20);
    assert_eq!(fetched(&registry, &in_folder(&registry, folder.path()), &charts), 1);
    damage(folder.path(), &charts[0].content);
    let adapter = in_folder(&registry, folder.path());
    assert_eq!(fetched(&registry, &adapter, &charts), 1);
    assert_eq!(fetched(&registry, &adapter, &charts), 0);
}

/// Makes a store with a space, and tries to use it as a cache.
fn with_space(registry: &Scripted, space: &str) -> Result<Arc<Upstream>, Error> {
    let folder = tempfile::tempdir().unwrap();
    let open = || Box::new(Filesystem::open(folder.path()).unwrap());
    let store = Store::new(open(), None, Arc::new(Silent));
    store.create_space(&SpaceName::parse(space).unwrap(), Policy::default()).unwrap();
    Upstream::new(client(quick()), open(), options(&registry.host()), Box::new(|_| ()))
}

#[test]
fn a_store_with_charts_of_its_own_is_no_cache() {
    let (registry, _) = world();
    put(&registry, "team/x", "1.0.0");
    // What was pulled from the registry is somebody's own too.
    let pulled = format!("{}/team", registry.host());
    for space in ["team", "other.example:5000/team", &pulled] {
        match with_space(&registry, space) {
            Err(Error::NoCache { found: told }) => assert_eq!(told, space),
            other => panic!("{:?}", other.map(drop)),
        }
    }
    assert!(registry.server().seen().is_empty(), "nothing is asked before the first walk");
}

#[test]
fn only_what_is_marked_is_a_cache() {
    let (registry, folder) = (Scripted::start(), tempfile::tempdir().unwrap());
    put(&registry, "team/x", "1.0.0");
    let folder = folder.path().join("cache");
    let driver = Filesystem::open(&folder).unwrap();
    let adapter = Adapter::with(options(&registry.host()), Box::new(driver));
    assert!(!folder.exists(), "nothing is written before anything is kept");
    adapter.refresh();
    drop(adapter);
    in_folder(&registry, &folder);

    let open = || Filesystem::open(&folder).unwrap();
    let spaces = open().spaces().unwrap();
    let lock = open().lock_store(Mode::Exclusive, PATIENT).unwrap();
    spaces.iter().for_each(|space| open().remove_space(&lock, space).unwrap());
    drop(lock);
    let cache = Box::new(open());
    let made = Upstream::new(client(quick()), cache, options(&registry.host()), Box::new(|_| ()));
    assert!(matches!(made, Err(Error::NoCache { found }) if found.starts_with("sha256:")));
}

#[test]
fn the_cache_does_not_grow_where_no_room_can_be_made() {
    let (registry, folder) = (Scripted::start(), tempfile::tempdir().unwrap());
    let charts = put_large(&registry, 16, 20_000);
    let mut options = options(&registry.host());
    options.cache_bytes = 120_000;
    let open = || Filesystem::open(folder.path()).unwrap();
    let adapter = Adapter::with(options, Box::new(open()));
    adapter.refresh();
    let size = || open().blobs().unwrap().iter().map(|blob| blob.size).sum::<u64>();
    // Somebody downloads something large, and slowly.
    let lock = open().lock_store(Mode::Shared, PATIENT).unwrap();
    assert_eq!(fetched(&registry, &adapter, &charts), 16);
    assert!((120_000..180_000).contains(&size()), "{} bytes are kept", size());
    drop(lock);
    assert_eq!(fetched(&registry, &adapter, &charts[15..]), 1);
    assert!(size() <= 120_000, "{} bytes are kept", size());
    assert_eq!(fetched(&registry, &adapter, &charts[15..]), 1, "there is room again");
    assert_eq!(fetched(&registry, &adapter, &charts[15..]), 0);
    assert!(adapter.warnings().is_empty());
}
