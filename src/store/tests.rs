//! The store over both drivers: what names mean, and what a collection may take.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::{
    Change, Collected, Error, Glance, Measure, NewChart, Overwrite, Placed, Policy, Store, Writer,
};
use crate::digest::Digest;
use crate::error::{Classified as _, Kind};
use crate::name::{Reference, Repository, SpaceName, Tag, Version};
use crate::oci::{self, MetaFacts, media};
use crate::progress::Silent;
use crate::storage::{Commit, Driver, Entry, Filesystem, Memory, Mode, Name, Staged};

macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        mod filesystem {
            $(#[test]
            fn $test() {
                let folder = tempfile::tempdir().unwrap();
                let driver = super::Filesystem::open(&folder.path().join("store")).unwrap();
                super::$test(&super::stored(driver));
            })*
        }
        mod memory {
            $(#[test]
            fn $test() {
                super::$test(&super::stored(super::Memory::new()));
            })*
        }
    };
}

suite!(
    finds_by_tag_version_and_digest,
    chooses_latest_or_else_the_highest_release,
    puts_each_chart_by_itself,
    refuses_without_a_trace,
    tags_elsewhere_and_leaves_the_version_here,
    keeps_spaces_apart,
    removes_names_and_keeps_what_they_stood_for,
    removes_a_manifest_with_its_names,
    removes_charts_and_spaces,
    holds_to_the_policy_of_a_space,
    lists_a_row_for_each_name,
    lists_around_what_is_unreadable,
    collects_what_no_name_leads_to,
    collects_nothing_young,
    keeps_a_blob_that_another_chart_shares,
    keeps_images_as_long_as_they_are_named,
    keeps_what_an_index_lists,
    takes_along_what_an_index_lists,
    takes_charts_only_where_that_is_the_policy,
    keeps_what_refers_to_a_named_manifest,
    does_not_collect_around_named_damage,
    collects_damage_that_nothing_needs,
    verifies_what_it_wrote,
    measures_and_names_what_is_there,
);

const AT_ONCE: Duration = Duration::ZERO;
const LATER: Duration = Duration::from_secs(3600);

pub(super) fn stored(driver: impl Driver + 'static) -> Store {
    Store::new(Box::new(driver), None, Arc::new(Silent))
}

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

fn repository(text: &str) -> Repository {
    Repository::parse(text).unwrap()
}

fn space(text: &str) -> SpaceName {
    SpaceName::parse(text).unwrap()
}

fn stage(writer: &Writer<'_>, bytes: &[u8]) -> Staged {
    let mut stage = writer.stage().unwrap();
    stage.write_all(bytes).unwrap();
    stage.finish().unwrap()
}

/// Stages a chart of the name that its reference ends in; `content` stands for its archive.
fn chart(writer: &Writer<'_>, at: &str, version: &str, content: &str) -> NewChart {
    let Reference { repository, tag, .. } = reference(at);
    let name = repository.chart.as_str();
    let meta = format!("{{\"name\":\"{name}\",\"version\":\"{version}\",\"apiVersion\":\"v2\"}}");
    let meta = stage(writer, meta.as_bytes());
    let content = stage(writer, content.as_bytes());
    let part = |staged: &Staged| (staged.blob().digest(), staged.blob().size());
    let facts = MetaFacts { name, version, ..MetaFacts::default() };
    let manifest = oci::chart_manifest(&facts, part(&meta), part(&content), None);
    let manifest = stage(writer, &manifest);
    let version = Version::parse(version).unwrap();
    let tag = tag.unwrap_or_else(|| version.tag());
    NewChart {
        repository,
        tag,
        version,
        manifest,
        meta,
        content,
        provenance: None,
        others: Vec::new(),
        made_from: None,
    }
}

fn try_put(store: &Store, at: &str, version: &str, content: &str) -> Result<Placed, Error> {
    let writer = store.writer()?;
    let chart = chart(&writer, at, version, content);
    writer.put(vec![chart], Overwrite::Allow)?.remove(0)
}

fn put(store: &Store, at: &str, version: &str, content: &str) -> Digest {
    try_put(store, at, version, content).unwrap().manifest
}

fn tag(store: &Store, from: &str, to: &str) -> Result<Placed, Error> {
    let found = store.resolve(&reference(from))?;
    let to = reference(to);
    let tag = to.tag.clone().unwrap();
    store.writer()?.tag(&found, &to, &tag, Overwrite::Allow)
}

fn find(store: &Store, text: &str) -> Result<Digest, Kind> {
    store.resolve(&reference(text)).map(|found| found.manifest).map_err(|error| error.kind())
}

fn rows(store: &Store) -> Vec<String> {
    let listing = store.list(|_| true).unwrap();
    assert!(listing.unreadable.is_empty());
    listing.rows.iter().map(|row| row.reference.to_string()).collect()
}

/// Puts in a document that is no chart's, with the blobs given, under a tag if there is one.
pub(super) fn put_document(store: &Store, at: &str, document: &str, blobs: &[&str]) -> Digest {
    let Reference { repository, tag, .. } = reference(at);
    let writer = store.writer().unwrap();
    let charts = std::slice::from_ref(&repository);
    let locks = store.driver.lock_charts(&writer.lock, charts, store.wait()).unwrap();
    let staged = stage(&writer, document.as_bytes());
    let manifest = staged.blob().digest();
    let blobs = blobs.iter().map(|bytes| stage(&writer, bytes.as_bytes()));
    let name = tag.map(|tag| (repository.clone(), Name::Tag(tag), manifest));
    let commit = Commit {
        blobs: blobs.chain([staged]).collect(),
        entries: vec![(repository.clone(), Entry { manifest, chart: None })],
        names: name.into_iter().collect(),
        ..Commit::default()
    };
    store.driver.commit(&locks, commit).unwrap();
    manifest
}

fn descriptor(media_type: &str, digest: &Digest, size: usize) -> String {
    format!("{{\"mediaType\":\"{media_type}\",\"digest\":\"{digest}\",\"size\":{size}}}")
}

/// Writes an image's manifest with one layer; with a subject, if there is one.
pub(super) fn image(layer: &str, subject: Option<&Digest>) -> String {
    let blob = |bytes: &str| {
        descriptor("application/octet-stream", &Digest::of(bytes.as_bytes()), bytes.len())
    };
    let subject = subject.map_or(String::new(), |digest| {
        format!(",\"subject\":{}", descriptor(media::OCI_MANIFEST, digest, 1))
    });
    format!(
        "{{\"schemaVersion\":2,\"mediaType\":\"{}\",\"config\":{},\"layers\":[{}]{subject}}}",
        media::OCI_MANIFEST,
        blob("{}"),
        blob(layer)
    )
}

fn index(manifests: &[&Digest]) -> String {
    let manifests: Vec<String> =
        manifests.iter().map(|digest| descriptor(media::OCI_MANIFEST, digest, 1)).collect();
    let manifests = manifests.join(",");
    let media_type = media::OCI_INDEX;
    format!("{{\"schemaVersion\":2,\"mediaType\":\"{media_type}\",\"manifests\":[{manifests}]}}")
}

fn lose(store: &Store, blob: &Digest) {
    let lock = store.driver.lock_store(Mode::Exclusive, store.wait()).unwrap();
    store.driver.sweep(&lock, &[*blob]).unwrap();
}

fn collected(store: &Store) -> Collected {
    let foreseen = store.collectable(AT_ONCE).unwrap();
    let collected = store.collect(AT_ONCE).unwrap();
    assert_eq!(foreseen.manifests, collected.manifests);
    assert_eq!(foreseen.blobs, collected.blobs);
    collected
}

fn finds_by_tag_version_and_digest(store: &Store) {
    let digest = put(store, "team/x:stable", "1.0.0+a", "content");
    for name in ["team/x:stable", "team/x:1.0.0_a", "team/x:1.0.0+a"] {
        assert_eq!(find(store, name), Ok(digest), "{name}");
        assert_eq!(find(store, &format!("{name}@{digest}")), Ok(digest));
    }
    assert_eq!(find(store, &format!("team/x@{digest}")), Ok(digest));
    let other = Digest::of(b"other");
    assert_eq!(find(store, &format!("team/x@{other}")), Err(Kind::NotFound));
    assert_eq!(find(store, "team/x:1.0.0"), Err(Kind::NotFound));
    let Err(Error::WrongDigest { expected, actual, .. }) =
        store.resolve(&reference(&format!("team/x:stable@{other}")))
    else {
        panic!("a tag and a digest that disagree were taken");
    };
    assert_eq!((*expected, *actual), (other, digest));
}

fn chooses_latest_or_else_the_highest_release(store: &Store) {
    put(store, "x", "2.0.0-rc.1", "a");
    assert_eq!(find(store, "x"), Err(Kind::NotFound));
    let highest = put(store, "x", "1.10.0", "b");
    let lower = put(store, "x", "1.9.0", "c");
    assert_eq!(find(store, "x"), Ok(highest));
    tag(store, "x:1.9.0", "x:latest").unwrap();
    assert_eq!(find(store, "x"), Ok(lower));
    assert_eq!(find(store, "y"), Err(Kind::NotFound));
}

fn puts_each_chart_by_itself(store: &Store) {
    let kept = put(store, "x", "1.0.0", "a");
    let writer = store.writer().unwrap();
    let charts = vec![
        chart(&writer, "x", "1.0.0", "b"),
        chart(&writer, "x", "2.0.0", "c"),
        chart(&writer, "y:one", "1.0.0", "d"),
        chart(&writer, "y:two", "1.0.0", "e"),
    ];
    let results = writer.put(charts, Overwrite::Refuse).unwrap();
    let kinds: Vec<_> =
        results.iter().map(|result| result.as_ref().map_err(|error| error.kind()).err()).collect();
    // The last is refused because of the third, which came with it.
    assert_eq!(kinds, [Some(Kind::Exists), None, None, Some(Kind::Exists)]);
    drop(writer);
    assert_eq!(find(store, "x:1.0.0"), Ok(kept));
    assert_eq!(rows(store), ["library/x:1.0.0", "library/x:2.0.0", "library/y:one"]);
}

fn refuses_without_a_trace(store: &Store) {
    put(store, "x", "1.0.0", "a");
    let blobs = store.driver.blobs().unwrap().len();
    assert!(matches!(try_put(store, "x:1.0.0", "2.0.0", "b"), Err(Error::TagIsVersion { .. })));
    assert_eq!(rows(store), ["library/x:1.0.0"]);
    assert_eq!(store.driver.blobs().unwrap().len(), blobs);
    assert_eq!(store.driver.entries(&repository("x")).unwrap().len(), 1);
}

fn tags_elsewhere_and_leaves_the_version_here(store: &Store) {
    let first = put(store, "x", "1.0.0", "a");
    let second = put(store, "x", "1.0.0", "b");
    let placed = tag(store, &format!("x@{first}"), "x:old").unwrap();
    assert_eq!((placed.version, placed.tag), (Change::Same, Change::New));
    assert_eq!(find(store, "x:1.0.0"), Ok(second));
    let placed = tag(store, "x:old", "other/x:stable").unwrap();
    assert_eq!(placed.version, Change::New);
    assert_eq!(find(store, "other/x:1.0.0"), Ok(first));
    let placed = tag(store, "x:1.0.0", "other/x:stable").unwrap();
    assert_eq!(placed.version, Change::Replaced(first));
    assert_eq!(placed.tag, Change::Replaced(first));
}

fn keeps_spaces_apart(store: &Store) {
    let digest = put(store, "one/x", "1.0.0", "a");
    put(store, "one/sub/x", "2.0.0", "b");
    assert_eq!(find(store, &format!("two/x@{digest}")), Err(Kind::NotFound));
    assert_eq!(find(store, &format!("one/sub/x@{digest}")), Err(Kind::NotFound));
    assert_eq!(store.space(&space("one")).unwrap().charts, 1);
    assert_eq!(store.charts(&space("one/sub")).unwrap(), [repository("one/sub/x")]);
}

fn removes_names_and_keeps_what_they_stood_for(store: &Store) {
    let digest = put(store, "x:stable", "1.0.0", "a");
    tag(store, "x:stable", "x:latest").unwrap();
    let removed = store.remove(&reference("x:latest")).unwrap();
    assert_eq!(removed.tags, [Tag::parse("latest").unwrap()]);
    assert_eq!(removed.kept_tags, [Tag::parse("stable").unwrap()]);
    assert_eq!(removed.kept_versions.len(), 1);
    let removed = store.remove(&reference("x:stable")).unwrap();
    assert_eq!((removed.tags.len(), removed.versions.len()), (1, 1));
    assert_eq!(find(store, "x:1.0.0"), Err(Kind::NotFound));
    assert_eq!(find(store, &format!("x@{digest}")), Ok(digest));
}

fn removes_a_manifest_with_its_names(store: &Store) {
    let digest = put(store, "x:stable", "1.0.0", "a");
    put(store, "x", "2.0.0", "b");
    let removed = store.remove(&reference(&format!("x@{digest}"))).unwrap();
    assert_eq!((removed.tags.len(), removed.versions.len()), (1, 1));
    assert_eq!(find(store, &format!("x@{digest}")), Err(Kind::NotFound));
    assert_eq!(rows(store), ["library/x:2.0.0"]);
}

fn removes_charts_and_spaces(store: &Store) {
    put(store, "one/x", "1.0.0", "a");
    put(store, "one/y", "1.0.0", "b");
    store.remove_chart(&repository("one/x")).unwrap();
    assert_eq!(rows(store), ["one/y:1.0.0"]);
    let refused = store.remove_space(&space("one"), false).unwrap_err();
    assert!(matches!(refused, Error::SpaceNotEmpty { charts: 1, .. }));
    assert_eq!(store.remove_space(&space("one"), true).unwrap(), [repository("one/y")]);
    assert!(store.spaces().unwrap().is_empty());
    assert_eq!(store.remove_chart(&repository("one/x")).unwrap_err().kind(), Kind::NotFound);
}

fn holds_to_the_policy_of_a_space(store: &Store) {
    let policy = Policy { immutable: true, charts_only: true };
    store.create_space(&space("fixed"), policy).unwrap();
    let again = store.create_space(&space("fixed"), Policy::default()).unwrap_err();
    assert_eq!(again.kind(), Kind::Exists);
    assert_eq!(store.space(&space("fixed")).unwrap().policy, policy);
    put(store, "fixed/x:latest", "1.0.0", "a");
    let denied = try_put(store, "fixed/x", "1.0.0", "b").unwrap_err();
    assert_eq!(denied.kind(), Kind::Denied);
    let moved = put(store, "fixed/x:latest", "2.0.0", "c");
    assert_eq!(find(store, "fixed/x"), Ok(moved));
}

fn lists_a_row_for_each_name(store: &Store) {
    put(store, "x:stable", "1.10.0", "a");
    put(store, "x:stable", "1.9.0", "b");
    tag(store, "x:stable", "x:latest").unwrap();
    put(store, "a/x", "1.0.0", "c");
    assert_eq!(
        rows(store),
        ["a/x:1.0.0", "library/x:latest", "library/x:stable", "library/x:1.10.0"]
    );
    let only = store.list(|repository| repository.space == space("a")).unwrap();
    assert_eq!(only.rows.len(), 1);
    assert_eq!(only.rows[0].version.as_ref().unwrap().as_str(), "1.0.0");
    assert_eq!(only.rows[0].size, 1);
}

fn lists_around_what_is_unreadable(store: &Store) {
    let lost = put(store, "x", "1.0.0", "a");
    tag(store, "x:1.0.0", "x:latest").unwrap();
    put(store, "x", "2.0.0", "b");
    lose(store, &lost);
    let listing = store.list(|_| true).unwrap();
    assert_eq!(listing.rows.len(), 1);
    // Once a manifest, not once a name.
    assert_eq!(listing.unreadable.len(), 1);
    assert_eq!(listing.unreadable[0].1.kind(), Kind::Damaged);
}

fn collects_what_no_name_leads_to(store: &Store) {
    let old = put(store, "x", "1.0.0", "old");
    let new = put(store, "x", "1.0.0", "new");
    let collected = collected(store);
    assert_eq!(collected.manifests, [Reference::exact(repository("x"), old)]);
    let mut expected = [old, Digest::of(b"old")];
    expected.sort();
    assert_eq!(collected.blobs, expected);
    assert_eq!(find(store, &format!("x@{old}")), Err(Kind::NotFound));
    assert_eq!(find(store, "x:1.0.0"), Ok(new));
    assert!(store.verify().unwrap().findings.is_empty());
}

fn collects_nothing_young(store: &Store) {
    put(store, "x", "1.0.0", "a");
    store.remove(&reference("x:1.0.0")).unwrap();
    let collected = store.collect(LATER).unwrap();
    assert!(collected.manifests.is_empty() && collected.blobs.is_empty());
    assert_eq!(store.collect(AT_ONCE).unwrap().blobs.len(), 3);
    assert!(store.driver.blobs().unwrap().is_empty());
}

fn keeps_a_blob_that_another_chart_shares(store: &Store) {
    put(store, "one/x", "1.0.0", "shared");
    put(store, "two/x", "1.0.0", "shared");
    store.remove(&reference("one/x:1.0.0")).unwrap();
    let collected = collected(store);
    assert_eq!((collected.manifests.len(), collected.blobs.len()), (1, 0));
    assert!(store.verify().unwrap().findings.is_empty());
}

fn keeps_images_as_long_as_they_are_named(store: &Store) {
    let digest = put_document(store, "x:image", &image("layer", None), &["{}", "layer"]);
    let facts = store.facts(&digest).unwrap();
    assert_eq!((facts.chart, facts.size), (None, 7));
    let boastful = image("layer", None).replace("\"size\":5", &format!("\"size\":{}", u64::MAX));
    let digest = put_document(store, "x:boastful", &boastful, &["{}", "layer"]);
    assert_eq!(store.facts(&digest).unwrap().size, u64::MAX);
    store.remove(&reference("x:boastful")).unwrap();
    assert_eq!(collected(store).blobs, [digest]);
    assert_eq!(rows(store), ["library/x:image"]);
    assert!(collected(store).blobs.is_empty());
    store.remove(&reference("x:image")).unwrap();
    assert_eq!(collected(store).blobs.len(), 3);
}

fn keeps_what_an_index_lists(store: &Store) {
    let listed = put_document(store, "x", &image("a", None), &["{}", "a"]);
    let loose = put_document(store, "x", &image("b", None), &["{}", "b"]);
    let outer = put_document(store, "x", &index(&[&listed]), &[]);
    let top = put_document(store, "x:all", &index(&[&outer]), &[]);
    assert_eq!(collected(store).manifests, [Reference::exact(repository("x"), loose)]);
    for kept in [listed, outer, top] {
        assert_eq!(find(store, &format!("x@{kept}")), Ok(kept));
    }
    store.remove(&reference("x:all")).unwrap();
    assert_eq!(collected(store).manifests.len(), 3);
    assert!(store.driver.blobs().unwrap().is_empty());
}

fn takes_along_what_an_index_lists(store: &Store) {
    let listed = put_document(store, "x", &image("a", None), &["{}", "a"]);
    put_document(store, "x:all", &index(&[&listed, &Digest::of(b"never fetched")]), &[]);
    tag(store, "x:all", "other/x:all").unwrap();
    store.remove_chart(&repository("x")).unwrap();
    assert!(collected(store).blobs.is_empty());
    assert_eq!(find(store, &format!("other/x@{listed}")), Ok(listed));
}

fn takes_charts_only_where_that_is_the_policy(store: &Store) {
    let policy = Policy { immutable: false, charts_only: true };
    store.create_space(&space("charts"), policy).unwrap();
    put_document(store, "x:image", &image("layer", None), &["{}", "layer"]);
    let denied = tag(store, "x:image", "charts/x:image").unwrap_err();
    assert_eq!(denied.kind(), Kind::Denied);
    put(store, "x", "1.0.0", "a");
    tag(store, "x:1.0.0", "charts/x:stable").unwrap();
}

fn keeps_what_refers_to_a_named_manifest(store: &Store) {
    let subject = put(store, "x", "1.0.0", "content");
    let signature = put_document(store, "x", &image("signed", Some(&subject)), &["{}", "signed"]);
    let of_signature =
        put_document(store, "x", &image("counter", Some(&signature)), &["{}", "counter"]);
    put_document(store, "y", &image("elsewhere", Some(&subject)), &["{}", "elsewhere"]);
    let collected_first = collected(store);
    // What another repository says of the chart is not this one's affair.
    assert_eq!(collected_first.manifests.len(), 1);
    assert_eq!(collected_first.manifests[0].repository, repository("y"));
    assert_eq!(find(store, &format!("x@{of_signature}")), Ok(of_signature));
    store.remove(&reference("x:1.0.0")).unwrap();
    assert_eq!(collected(store).manifests.len(), 3);
    assert!(store.driver.blobs().unwrap().is_empty());
}

fn does_not_collect_around_named_damage(store: &Store) {
    let named = put(store, "x", "1.0.0", "a");
    put(store, "y", "1.0.0", "b");
    put(store, "y", "1.0.0", "c");
    lose(store, &named);
    let before = store.driver.blobs().unwrap().len();
    for failed in [store.collect(AT_ONCE), store.collectable(AT_ONCE)] {
        let error = failed.unwrap_err();
        assert!(matches!(error, Error::Unclear(_)), "{error}");
        assert_eq!(error.kind(), Kind::Damaged);
    }
    assert_eq!(store.driver.blobs().unwrap().len(), before);
    store.repair().unwrap();
    assert_eq!(collected(store).manifests.len(), 1);
}

fn collects_damage_that_nothing_needs(store: &Store) {
    let lost = put(store, "x", "1.0.0", "a");
    store.remove(&reference("x:1.0.0")).unwrap();
    lose(store, &lost);
    assert_eq!(collected(store).manifests, [Reference::exact(repository("x"), lost)]);
    assert!(store.driver.blobs().unwrap().is_empty());
}

fn verifies_what_it_wrote(store: &Store) {
    put(store, "x", "1.0.0", "a");
    put_document(store, "x:image", &image("layer", None), &["{}", "layer"]);
    let verified = store.verify().unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
    assert_eq!((verified.blobs, verified.manifests, verified.names), (6, 2, 3));
    lose(store, &Digest::of(b"layer"));
    assert_eq!(store.verify().unwrap().findings.len(), 1);
    assert_eq!(store.repair().unwrap().findings.len(), 2);
    assert_eq!(rows(store), ["library/x:1.0.0"]);
}

#[test]
fn layers_that_say_nothing_are_kept_with_their_chart() {
    let store = stored(Memory::default());
    let writer = store.writer().unwrap();
    let mut new = chart(&writer, "library/a:1.0.0", "1.0.0", "content");
    let extra = stage(&writer, b"something else");
    let digest = extra.blob().digest();
    new.others.push(extra);
    writer.put(vec![new], Overwrite::Allow).unwrap().remove(0).unwrap();
    assert_eq!(store.read_blob(&digest, 100).unwrap(), b"something else");
}

fn measures_and_names_what_is_there(store: &Store) {
    assert_eq!(store.measure().unwrap(), Measure::default());
    assert_eq!(store.glance(9, |_| true).unwrap(), Glance::default());
    put(store, "b/x", "1.0.0", "first");
    put(store, "b/x", "1.1.0", "second");
    put(store, "a/y:latest", "1.0.0", "first");
    let measure = store.measure().unwrap();
    // The archives are two, and each of the charts has a manifest and a Chart.yaml of its own.
    let expected = Measure { blobs: 8, spaces: 2, charts: 2, versions: 3, tags: 3, ..measure };
    assert_eq!(measure, expected);
    assert!(measure.blob_bytes > 300, "{measure:?}");
    let (a, b) = ((space("a"), repository("a/y")), (space("b"), repository("b/x")));
    let named = |glance: Glance| (glance.spaces, glance.more_spaces, glance.more_charts);
    let all = vec![(a.0.clone(), vec![a.1.clone()]), (b.0.clone(), vec![b.1.clone()])];
    assert_eq!(named(store.glance(9, |_| true).unwrap()), (all, 0, 0));
    let first = vec![(a.0.clone(), vec![a.1])];
    assert_eq!(named(store.glance(1, |_| true).unwrap()), (first, 1, 0));
    let other = vec![(b.0.clone(), vec![b.1])];
    assert_eq!(named(store.glance(9, |space| *space == b.0).unwrap()), (other, 0, 0));
    put(store, "a/z", "1.0.0", "third");
    assert_eq!(store.glance(1, |space| *space == a.0).unwrap().more_charts, 1);
}
