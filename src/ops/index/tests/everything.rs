//! The index of all spaces.

use super::*;
use crate::chart::index::file_name;
use crate::ops::vouch::names_of;

fn all(world: &World, before: Option<&Index>) -> Renewed {
    renew(&world.store, &Scope::Everything, before).unwrap().unwrap()
}

/// Makes sure that each version is the file which its name leads to, and gives the descriptions.
fn descriptions(world: &World, index: &Index) -> Vec<String> {
    let (file, _) = IndexFile::read(text(index).as_bytes()).unwrap();
    let described = file.entries.values().flatten().map(|one| {
        let names = names_of(&file_name(&one.metadata.name, &one.metadata.version));
        let manifest = Scope::Everything.find(&world.store, &names).unwrap().unwrap();
        let chart = world.store.facts(&manifest).unwrap().chart.unwrap();
        assert_eq!(chart.content.hex(), one.digest);
        one.metadata.description.clone()
    });
    described.collect()
}

#[test]
fn it_has_the_versions_of_all_spaces_and_those_of_library_first() {
    let world = World::new();
    let spaces = || {
        let spaces = Scope::Everything.spaces(&world.store).unwrap();
        spaces.iter().map(SpaceName::to_string).collect::<Vec<_>>()
    };
    assert_eq!(versions(&all(&world, None).index), Vec::<String>::new());
    assert_eq!(spaces(), ["library"]);
    world.save_in("team", "a", "1.0.0", "of team");
    world.save_in("team", "a", "1.1.0", "of team");
    world.save_in("zoo", "a", "1.1.0", "of zoo");
    world.save_in("zoo", "b", "2.0.0", "of zoo");
    let index = all(&world, None).index;
    assert_eq!(versions(&index), ["a 1.1.0", "a 1.0.0", "b 2.0.0"]);
    assert_eq!(descriptions(&world, &index), ["of team", "of team", "of zoo"]);
    world.save_in("alpha", "a", "1.1.0", "of alpha");
    world.save("a", "1.0.0", "of library");
    assert_eq!(spaces(), ["library", "alpha", "team", "zoo"]);
    let renewed = all(&world, Some(&index)).index;
    assert_eq!(descriptions(&world, &renewed), ["of alpha", "of library", "of zoo"]);
    assert_eq!(text(&renewed), text(&all(&world, None).index));
    let none = Scope::Everything.find(&world.store, &names_of("a-3.0.0.tgz")).unwrap();
    assert_eq!(none, None);
}

#[test]
fn only_what_has_changed_in_some_space_is_read() {
    let world = World::new();
    world.save("a", "1.0.0", "first");
    world.save("b", "1.0.0", "first");
    world.save_in("team", "b", "1.1.0", "first");
    world.save_in("team", "c", "1.0.0", "first");
    world.settle();
    let before = all(&world, None).index;
    // Nobody may look at these again.
    let read = ["library/a:1.0.0", "library/b:1.0.0", "team/b:1.1.0", "team/c:1.0.0"];
    read.iter().for_each(|reference| damage(&world.meta_of(reference)));
    let same = all(&world, Some(&before));
    assert!(same.failed.is_empty());
    for name in ["a", "b", "c"] {
        assert!(Arc::ptr_eq(&chart(&before, name), &chart(&same.index, name)), "{name}");
    }
    assert_eq!(before.tag(), same.index.tag());
    world.save_in("team", "b", "1.2.0", "second");
    let renewed = all(&world, Some(&before));
    assert!(renewed.failed.is_empty());
    assert_eq!(versions(&renewed.index), ["a 1.0.0", "b 1.2.0", "b 1.1.0", "b 1.0.0", "c 1.0.0"]);
    assert_eq!(all(&world, None).failed.len(), 4);
}

#[test]
fn a_version_comes_and_goes_with_the_space_that_it_counts_in() {
    let world = World::new();
    world.save_in("team", "a", "1.0.0", "first");
    let alone = all(&world, None).index;
    world.save("a", "1.0.0", "first");
    let reference = "library/a:1.0.0".parse().unwrap();
    let manifest = world.store.resolve(&reference).unwrap().manifest;
    // The same chart, but for the time when it was added.
    let link = world.folder.path().join("store/refs/library/a/manifests");
    set_time(&link.join(manifest.hex()).join("manifest"), 1_000_000_000);
    let both = all(&world, Some(&alone)).index;
    assert!(text(&both).contains("created: \"2001-09-09T01:46:40Z\""));
    assert_eq!(text(&both), text(&all(&world, None).index));
    world.store.remove_chart(&"library/a".parse().unwrap()).unwrap();
    let again = all(&world, Some(&both)).index;
    assert_eq!((text(&again), again.tag()), (text(&alone), alone.tag()));
}

fn set_time(link: &Path, seconds: i64) {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
    let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, link, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

#[test]
fn the_state_of_one_space_says_nothing_of_another() {
    let world = World::new();
    world.save_in("team", "a", "1.0.0", "of team");
    let mut before = Arc::into_inner(all(&world, None).index).unwrap();
    world.store.remove_space(&"team".parse().unwrap(), true).unwrap();
    world.save_in("zoo", "a", "1.0.0", "of zoo");
    world.settle();
    let (repository, state) = Scope::Everything.charts(&world.store).unwrap().unwrap().remove(0);
    assert_eq!((repository.to_string().as_str(), state.is_some()), ("zoo/a", true));
    // States are of a repository: two may have equal ones.
    before.charts.get_mut(&repository.chart).unwrap().0 = state;
    assert_eq!(descriptions(&world, &all(&world, Some(&before)).index), ["of zoo"]);
}

#[test]
fn what_was_added_at_an_unknown_time_does_not_date_the_index() {
    let world = World::new();
    world.save("a", "1.0.0", "first");
    let folder = world.folder.path().join("store/refs/library/a/manifests");
    let entry = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    set_time(&entry.path().join("manifest"), 0);
    let index = text(&all(&world, None).index);
    assert!(index.contains("    created: \"0001-01-01T00:00:00Z\"\n"), "{index}");
    assert!(index.ends_with("generated: \"1970-01-01T00:00:00Z\"\n"), "{index}");
}
