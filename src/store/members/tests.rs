use super::*;
use crate::digest::Digest;
use crate::name::Reference;
use crate::storage::Memory;
use crate::store::tests::{image, put_document, stored};

const MANY: usize = 1000;

fn repository() -> Repository {
    Repository::parse("team/x").unwrap()
}

/// Puts in an image with one layer.
fn put(store: &Store, layer: &str, subject: Option<&Digest>) -> Digest {
    put_document(store, "team/x", &image(layer, subject), &[layer, "{}"])
}

fn remove(store: &Store, manifest: Digest) {
    store.remove(&Reference::exact(repository(), manifest)).unwrap();
}

#[test]
fn what_comes_and_goes_is_known() {
    let store = stored(Memory::new());
    let naming = |layer: &str| store.naming(&repository(), &Digest::of(layer.as_bytes())).unwrap();
    assert_eq!(naming("one"), None);
    let one = put(&store, "one", None);
    assert_eq!(naming("one"), Some(one));
    let two = put(&store, "two", Some(&one));
    assert_eq!((naming("one"), naming("two")), (Some(one), Some(two)));
    assert_eq!(store.about(&repository(), &one).unwrap(), [two]);
    remove(&store, two);
    assert_eq!((naming("one"), naming("two")), (Some(one), None));
    assert_eq!(store.about(&repository(), &one).unwrap(), []);
}

#[test]
fn what_is_too_much_for_an_index_is_found_without_one() {
    let store = stored(Memory::new());
    let manifests = ["one", "two", "three"].map(|layer| put(&store, layer, None));
    let mut index = Index::default();
    let mut refresh = |most| index.refresh(&store, &repository(), most).unwrap();
    assert!(refresh(MANY));
    remove(&store, manifests[0]);
    put(&store, "four", None);
    assert!(!refresh(4));
    assert!(!refresh(4));
    put(&store, "five", None);
    assert!(!refresh(4));
    remove(&store, manifests[1]);
    remove(&store, manifests[2]);
    assert!(refresh(MANY));
    let five = Digest::of(b"five");
    assert!(index.blobs.contains_key(&five) && !index.blobs.contains_key(&Digest::of(b"two")));
    let found = store.search(&repository(), |document| document.names_blob(&five)).unwrap();
    assert_eq!(found, index.blobs.get(&five).copied());
}
