use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::chart::index::IndexFile;
use crate::name::SpaceName;
use crate::ops::prepare::Destination;
use crate::ops::save;
use crate::progress::Silent;
use crate::storage::{Driver, Filesystem, Memory};
use crate::store::{Overwrite, Store};

mod everything;

struct World {
    folder: TempDir,
    store: Store,
}

impl World {
    fn new() -> World {
        let folder = TempDir::new().unwrap();
        let driver = Filesystem::open(&folder.path().join("store")).unwrap();
        World::over(folder, Box::new(driver))
    }

    fn over(folder: TempDir, driver: Box<dyn Driver>) -> World {
        let store = Store::new(driver, None, Arc::new(Silent));
        World { folder, store }
    }

    fn save(&self, name: &str, version: &str, description: &str) {
        self.save_in("library", name, version, description);
    }

    fn save_in(&self, space: &str, name: &str, version: &str, description: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        let head = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
        let head = format!("{head}description: {description}\n");
        std::fs::write(path.join("Chart.yaml"), head).unwrap();
        let options = save::Options {
            paths: vec![path],
            destination: Destination::Space(space.parse().unwrap()),
            overwrite: Overwrite::Allow,
            modified: 0,
            signer: None,
        };
        save::save(&self.store, &options, &Silent).unwrap().remove(0).unwrap();
    }

    fn renew(&self, before: Option<&Index>) -> Renewed {
        renew(&self.store, &Scope::Space(SpaceName::library()), before).unwrap().unwrap()
    }

    /// Waits until what was changed is long enough ago to be trusted.
    fn settle(&self) {
        let charts = || Scope::Everything.charts(&self.store).unwrap().unwrap();
        while charts().iter().any(|(_, state)| state.is_none()) {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    fn meta(&self, name: &str, version: &str) -> PathBuf {
        self.meta_of(&format!("library/{name}:{version}"))
    }

    fn meta_of(&self, reference: &str) -> PathBuf {
        let reference = reference.parse().unwrap();
        let manifest = self.store.resolve(&reference).unwrap().manifest;
        let meta = self.store.facts(&manifest).unwrap().chart.unwrap().meta;
        self.folder.path().join("store/blobs/sha256").join(meta.hex())
    }
}

fn text(index: &Index) -> String {
    let pieces = index.pieces().map(|piece| std::str::from_utf8(piece.text()).unwrap());
    pieces.collect()
}

fn versions(index: &Index) -> Vec<String> {
    let (file, warnings) = IndexFile::read(text(index).as_bytes()).unwrap();
    assert_eq!(warnings, []);
    let all = file.entries.values().flatten();
    all.map(|one| format!("{} {}", one.metadata.name, one.metadata.version)).collect()
}

fn chart(index: &Index, name: &str) -> Arc<Chart> {
    index.charts[&name.parse().unwrap()].1.clone()
}

fn damage(path: &Path) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, "{}").unwrap();
}

#[test]
fn the_same_charts_give_the_same_bytes() {
    let world = World::new();
    assert_eq!(versions(&world.renew(None).index), Vec::<String>::new());
    world.save("b", "1.0.0", "first");
    world.save("a", "1.9.0", "first");
    world.save("a", "1.10.0", "first");
    world.save("a", "1.10.0-rc.1", "first");
    let one = world.renew(None).index;
    assert_eq!(versions(&one), ["a 1.10.0", "a 1.10.0-rc.1", "a 1.9.0", "b 1.0.0"]);
    let again = world.renew(None).index;
    assert_eq!((text(&one), one.tag()), (text(&again), again.tag()));
    world.save("a", "1.9.0", "second");
    let changed = world.renew(Some(&one)).index;
    assert_ne!(one.tag(), changed.tag());
    assert_eq!(text(&changed), text(&world.renew(None).index));
    assert!(text(&changed).contains("second"));
}

#[test]
fn only_what_has_changed_is_read() {
    let world = World::new();
    world.save("a", "1.0.0", "first");
    world.save("b", "1.0.0", "first");
    world.save("b", "1.1.0", "first");
    world.settle();
    let before = world.renew(None).index;
    // Nobody may look at these again.
    damage(&world.meta("a", "1.0.0"));
    damage(&world.meta("b", "1.0.0"));
    world.save("b", "1.2.0", "second");
    let renewed = world.renew(Some(&before));
    assert!(renewed.failed.is_empty());
    assert_eq!(versions(&renewed.index), ["a 1.0.0", "b 1.2.0", "b 1.1.0", "b 1.0.0"]);
    assert!(Arc::ptr_eq(&chart(&before, "a"), &chart(&renewed.index, "a")));
    let anew = world.renew(None);
    assert_eq!(versions(&anew.index), ["b 1.2.0", "b 1.1.0"]);
    assert_eq!(anew.failed.len(), 2);
}

#[test]
fn a_folder_whose_time_was_set_back_has_changed_all_the_same() {
    let world = World::new();
    world.save("a", "1.0.0", "first");
    world.settle();
    let folder = world.folder.path().join("store/charts/library/a/versions");
    let time = std::fs::metadata(&folder).unwrap().modified().unwrap();
    let before = world.renew(None).index;
    world.save("a", "1.1.0", "second");
    crate::disk::set_modified(&folder, time).unwrap();
    world.settle();
    assert_eq!(versions(&world.renew(Some(&before)).index), ["a 1.1.0", "a 1.0.0"]);
}

#[test]
fn damage_is_told_once_and_mended_without_a_change_of_names() {
    let world = World::new();
    world.save("a", "1.0.0", "first");
    world.save("a", "1.1.0", "first");
    let place = world.meta("a", "1.0.0");
    let bytes = std::fs::read(&place).unwrap();
    damage(&place);
    world.settle();
    let first = world.renew(None);
    assert_eq!(versions(&first.index), ["a 1.1.0"]);
    assert!(first.failed[0].to_string().contains("cannot list library/a:1.0.0"));
    let second = world.renew(Some(&first.index));
    assert!(second.failed.is_empty());
    std::fs::write(&place, bytes).unwrap();
    let mended = world.renew(Some(&second.index));
    assert_eq!(versions(&mended.index), ["a 1.1.0", "a 1.0.0"]);
}

#[test]
fn what_goes_is_seen_in_any_storage() {
    let memory = World::over(TempDir::new().unwrap(), Box::new(Memory::new()));
    for world in [World::new(), memory] {
        world.save("a", "1.0.0", "first");
        world.save("b", "1.0.0", "first");
        let before = world.renew(None).index;
        world.store.remove_chart(&"library/a".parse().unwrap()).unwrap();
        let renewed = world.renew(Some(&before)).index;
        assert_eq!(versions(&renewed), ["b 1.0.0"]);
        let other = SpaceName::parse("other").unwrap();
        assert!(renew(&world.store, &Scope::Space(other), None).unwrap().is_none());
    }
}
