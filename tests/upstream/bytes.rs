//! Blobs: fetched once, proved before their last byte, and never kept where they are wrong.

use std::io::Read as _;
use std::sync::Barrier;

use hreg::digest::Digest;
use hreg::error::{Classified as _, Kind};
use hreg::storage::Memory;

use crate::charts::{Chart, chart};
use crate::server::Reply;
use crate::world::{Adapter, Scripted, count, options, repository};

/// How many bytes are kept: all of them, or none, so that they are passed on as they come.
const KEPT: [u64; 2] = [64 << 20, 0];

/// Puts a signed chart with so much content, and walks with an adapter that keeps so many bytes.
fn walked(size: usize, kept: u64) -> (Scripted, Adapter, Chart) {
    let registry = Scripted::start();
    let content: Vec<u8> = (0..size).map(|place| (place / 7 % 251) as u8).collect();
    let chart = chart("x", "1.0.0").content(content).signed();
    chart.put(&registry, "team/x", "1.0.0");
    let mut options = options(&registry.host());
    options.cache_bytes = kept;
    let adapter = Adapter::with(options, Box::new(Memory::new()));
    adapter.refresh();
    (registry, adapter, chart)
}

/// Tells whether a blob is kept.
fn is_kept(adapter: &Adapter, digest: &Digest) -> bool {
    adapter.driver().blobs().unwrap().iter().any(|blob| blob.digest == *digest)
}

#[test]
fn all_parts_of_a_chart_can_be_read() {
    for kept in KEPT {
        let (_registry, adapter, chart) = walked(100_000, kept);
        let provenance = chart.provenance.clone().unwrap();
        for expected in [&chart.meta, &chart.content, &provenance] {
            let digest = Digest::of(expected);
            let blob = adapter.driver().open(&digest).unwrap().unwrap();
            assert_eq!(blob.size(), expected.len() as u64);
            assert_eq!(&blob.read_whole().unwrap(), expected);
            let state = adapter.store.blob_state(&digest).unwrap().unwrap();
            assert_eq!(state.size, expected.len() as u64);
            assert_eq!(&adapter.read(&digest).unwrap(), expected);
            adapter.store.verify_blob(&digest).unwrap();
            let vouched = adapter.store.voucher(&repository("team/x"), &digest).unwrap();
            assert!(vouched.is_some());
        }
        let manifest = adapter.version("team/x", "1.0.0").unwrap();
        assert_eq!(adapter.store.document(&manifest).unwrap().digest(), manifest);
    }
}

#[test]
fn a_part_is_what_comes_behind_a_place() {
    for kept in KEPT {
        let (_registry, adapter, chart) = walked(100_000, kept);
        for start in [0, 1, 65_536, 99_999, 100_000, 100_001] {
            let part = adapter.driver().open_part(&chart.content_digest(), start).unwrap();
            let mut bytes = Vec::new();
            part.unwrap().read_to_end(&mut bytes).unwrap();
            let start = usize::try_from(start).unwrap().min(chart.content.len());
            assert_eq!(bytes, chart.content[start..], "from {start}");
        }
        assert!(adapter.driver().open_part(&Digest::of(b"none"), 0).unwrap().is_none());
    }
}

#[test]
fn what_was_fetched_is_not_fetched_again() {
    let (registry, adapter, chart) = walked(100_000, KEPT[0]);
    let digest = chart.content_digest();
    let asked = registry.asked(|| assert_eq!(adapter.read(&digest).unwrap(), chart.content));
    assert_eq!(asked, [format!("GET /v2/team/x/blobs/{digest}")]);
    let asked = registry.asked(|| {
        assert_eq!(adapter.read(&digest).unwrap(), chart.content);
        adapter.driver().open_part(&digest, 5).unwrap().unwrap();
        adapter.refresh();
        assert_eq!(adapter.read(&digest).unwrap(), chart.content);
    });
    assert_eq!(count(&asked, &["/blobs/"]), 0);
}

#[test]
fn who_asks_together_is_given_what_was_fetched_once() {
    let (registry, adapter, chart) = walked(1 << 20, KEPT[0]);
    let digest = chart.content_digest();
    let together = Barrier::new(8);
    let asked = registry.asked(|| {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    together.wait();
                    assert!(adapter.read(&digest).unwrap() == chart.content);
                });
            }
        });
    });
    assert_eq!(count(&asked, &["GET", "/blobs/"]), 1);
}

/// Reads a blob as one does who knows how long it is, and gives what is let through.
fn counted(adapter: &Adapter, digest: &Digest, size: u64) -> Vec<u8> {
    let mut through = Vec::new();
    if let Ok(part) = adapter.driver().open_part(digest, 0) {
        // What came before an error counts as well.
        let _ = part.unwrap().take(size).read_to_end(&mut through);
    }
    through
}

fn is_refused(adapter: &Adapter, digest: &Digest) -> bool {
    match adapter.driver().open(digest) {
        Ok(blob) => blob.unwrap().read_to_end(&mut Vec::new()).is_err(),
        Err(_) => true,
    }
}

#[test]
fn wrong_bytes_are_not_let_through_and_not_kept() {
    for kept in KEPT {
        let (registry, adapter, chart) = walked(100_000, kept);
        let digest = chart.content_digest();
        let mut wrong = chart.content.clone();
        wrong[99_999] ^= 1;
        let longer = [&chart.content[..], b"x"].concat();
        for lie in [&wrong[..], &chart.content[..99_999], &longer, b""] {
            for is_told in [true, false] {
                let (answer, name) = (lie.to_vec(), format!("/blobs/{digest}"));
                let reply = move || match is_told {
                    true => Reply::ok(answer.clone()),
                    false => Reply::ok(answer.clone()).chunked(),
                };
                registry.rule(move |seen| seen.target.ends_with(&name).then(&reply));
                let case = format!("{} bytes, {kept} kept, told: {is_told}", lie.len());
                assert!(is_refused(&adapter, &digest), "{case}");
                // What comes after the right bytes may be passed over.
                let is_right = adapter.read(&digest).is_ok_and(|read| read == chart.content);
                assert_eq!(is_right, kept == 0 && !is_told && lie == longer, "{case}");
                assert!(counted(&adapter, &digest, 100_000).len() < 100_000, "{case}");
                assert!(!is_kept(&adapter, &digest), "{case}");
                registry.recovers();
            }
        }
        assert_eq!(adapter.read(&digest).unwrap(), chart.content, "what is true is taken again");
    }
}

#[test]
fn what_is_not_kept_has_no_state_that_proves_it() {
    let (_registry, adapter, chart) = walked(1000, KEPT[1]);
    adapter.store.verify_blob(&chart.content_digest()).unwrap();
    let state = adapter.store.blob_state(&chart.content_digest()).unwrap().unwrap();
    assert!(state.state.is_none(), "it is fetched again, and may be wrong then");
    assert_eq!(counted(&adapter, &chart.content_digest(), 1000), chart.content);
}

#[test]
fn a_lie_about_a_small_blob_is_told_as_damage() {
    let (registry, adapter, chart) = walked(10, KEPT[0]);
    registry.gives(&chart.content_digest(), b"0123456789");
    let error = adapter.read(&chart.content_digest()).unwrap_err();
    assert_eq!(error.kind(), Kind::Damaged, "{error}");
    assert!(error.to_string().contains(&chart.content_digest().to_string()), "{error}");
}

#[test]
fn a_blob_that_is_gone_is_told_of() {
    for kept in KEPT {
        let (registry, adapter, chart) = walked(1000, kept);
        registry.lose_blobs();
        let error = adapter.read(&chart.content_digest()).unwrap_err();
        assert_eq!(error.kind(), Kind::Unreachable, "nothing here is damaged");
        assert!(error.to_string().ends_with("no longer"), "{error}");
        assert!(adapter.driver().open(&chart.content_digest()).is_err());
        assert!(adapter.driver().open_part(&chart.content_digest(), 5).is_err());
    }
}

#[test]
fn what_nobody_names_is_not_asked_for() {
    let (registry, adapter, _) = walked(10, KEPT[0]);
    let hidden = registry.put_blob("team/x", "a/b", b"hidden");
    let digest: Digest = hidden["digest"].as_str().unwrap().parse().unwrap();
    let asked = registry.asked(|| {
        assert!(adapter.driver().open(&digest).unwrap().is_none());
        assert!(!adapter.store.has_blob(&digest).unwrap());
        assert!(adapter.driver().read_small(&digest).is_none());
        assert!(adapter.driver().open_part(&digest, 1).unwrap().is_none());
    });
    assert!(asked.is_empty(), "{asked:?}");
}

#[test]
fn a_registry_that_refuses_a_blob_is_told_of() {
    let (registry, adapter, chart) = walked(1000, KEPT[0]);
    for (status, kind) in [(401, Kind::Unauthorized), (500, Kind::Unreachable)] {
        registry.fails("/blobs/", status);
        let error = adapter.read(&chart.content_digest()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        registry.recovers();
    }
}
