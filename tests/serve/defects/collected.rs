//! A collection that runs all the time, without any grace, beside pushes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hreg::digest::Digest;

use crate::world::World;

#[test]
fn a_collection_that_never_stops_takes_nothing_of_a_push() {
    const PUSHERS: usize = 4;
    const PUSHES: usize = 12;
    let (world, done) = (World::start(), AtomicBool::new(false));
    // Two of them send the same bytes, which the other has just deleted as often as not.
    let push = |pusher: usize| {
        let repository = format!("team/x{pusher}");
        for number in 0..PUSHES {
            let text = format!("{} {number}", pusher % 2);
            let digest = world.put_artifact(&repository, "v", &text);
            let path = format!("/v2/{repository}/blobs/{}", Digest::of(text.as_bytes()));
            assert_eq!(world.get(&path).text(), text);
            let line = format!("DELETE /v2/{repository}/manifests/{digest}");
            assert_eq!(world.ask(&line, &[], b"").status, 202);
            assert_eq!(world.ask(&format!("DELETE {path}"), &[], b"").status, 202);
        }
        world.put_artifact(&repository, "v", "last");
    };
    std::thread::scope(|scope| {
        let collector = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                world.test.ok(&["gc", "--grace", "0"]);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let pushers: Vec<_> =
            (0..PUSHERS).map(|pusher| scope.spawn(move || push(pusher))).collect();
        let ended: Vec<_> = pushers.into_iter().map(|pusher| pusher.join()).collect();
        done.store(true, Ordering::Relaxed);
        collector.join().unwrap();
        assert!(ended.iter().all(Result::is_ok));
    });
    for pusher in 0..PUSHERS {
        let path = format!("/v2/team/x{pusher}/blobs/{}", Digest::of(b"last"));
        assert_eq!(world.get(&path).text(), "last");
    }
    world.test.ok(&["verify"]);
}
