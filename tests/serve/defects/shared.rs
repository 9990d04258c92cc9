//! Two servers over one store: neither undoes what the other has done.

use std::collections::BTreeSet;
use std::sync::Mutex;

use rustix::process::Signal;

use crate::world::{Serving, World};

const PUSHES: usize = 64;

fn tags(server: &Serving) -> BTreeSet<String> {
    let listed = server.get("/v2/team/x/tags/list").json();
    let listed = listed["tags"].as_array().unwrap().iter();
    listed.map(|tag| tag.as_str().unwrap().to_owned()).collect()
}

/// Pushes different tags into one repository, each by one of two servers, all at once; gives those
/// that were acknowledged. The second server may be killed in the midst of it.
fn push(servers: [&Serving; 2], round: &str, kill: bool) -> BTreeSet<String> {
    let acknowledged = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for number in 0..PUSHES {
            let acknowledged = &acknowledged;
            scope.spawn(move || {
                let tag = format!("{round}{number}");
                if servers[number % 2].try_artifact("team/x", &tag, &tag) {
                    let mut all = acknowledged.lock().unwrap();
                    all.insert(tag);
                    if kill && all.len() == PUSHES / 4 {
                        servers[1].signal(Signal::KILL);
                    }
                }
            });
        }
    });
    acknowledged.into_inner().unwrap()
}

#[test]
fn two_servers_over_one_store_lose_nothing() {
    let world = World::start();
    let other = Serving::start(&world.test, &[]);
    let first = push([&world, &other], "a", false);
    assert_eq!(first.len(), PUSHES);
    assert_eq!([tags(&world), tags(&other)], [first.clone(), first.clone()]);

    let second = push([&world, &other], "b", true);
    assert!(second.len() >= PUSHES / 2, "one of them goes on: {}", second.len());
    let left = tags(&world);
    let lost: Vec<_> = first.union(&second).filter(|tag| !left.contains(*tag)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    for tag in &second {
        let got = world.get(&format!("/v2/team/x/manifests/{tag}"));
        assert_eq!(got.text(), crate::oci::artifact(tag).to_string());
    }
    world.test.ok(&["verify"]);
}
