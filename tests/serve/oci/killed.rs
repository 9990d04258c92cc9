//! The server is killed while many write: what it said is there, and the rest harms nobody.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hreg::digest::Digest;
use rustix::process::Signal;

use super::artifact;
use crate::world::World;

#[test]
fn what_was_acknowledged_survives() {
    const WRITERS: usize = 8;
    const BEFORE_THE_END: usize = 60;
    let world = World::start();
    let (done, acknowledged) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (world, done, acknowledged) = (&world, &done, &acknowledged);
            scope.spawn(move || {
                for number in 0.. {
                    let repository = format!("space{}/chart{}", writer % 3, number % 2);
                    let (tag, text) = (format!("w{writer}-{number}"), format!("{writer} {number}"));
                    if !world.try_artifact(&repository, &tag, &text) {
                        break;
                    }
                    acknowledged.lock().unwrap().push((repository, tag, text));
                    if done.fetch_add(1, Ordering::Relaxed) + 1 == BEFORE_THE_END {
                        world.signal(Signal::KILL);
                    }
                }
            });
        }
    });
    let world = world.restart();
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= BEFORE_THE_END);
    for (repository, tag, text) in acknowledged {
        let manifest = world.get(&format!("/v2/{repository}/manifests/{tag}"));
        assert_eq!(manifest.text(), artifact(&text).to_string(), "{repository}:{tag}");
        let path = format!("/v2/{repository}/blobs/{}", Digest::of(text.as_bytes()));
        assert_eq!(world.get(&path).text(), text);
    }
    world.test.ok(&["verify"]);
    world.test.ok(&["gc", "--grace", "0"]);
    assert_eq!(std::fs::read_dir(world.test.store("tmp")).unwrap().count(), 0);
}
