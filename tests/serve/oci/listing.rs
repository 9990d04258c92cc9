//! Lists of tags and of repositories, a page at a time.

use serde_json::json;

use super::code;
use crate::world::{Answer, World};

/// Reads the address of the next page.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link").strip_prefix('<')?;
    let (path, relation) = link.split_once('>').unwrap();
    assert_eq!(relation, "; rel=\"next\"");
    Some(path.to_owned())
}

/// Reads a list to its end.
fn all(world: &World, first: &str, member: &str) -> (Vec<String>, usize) {
    let (mut names, mut pages, mut path) = (Vec::new(), 0, Some(first.to_owned()));
    while let Some(page) = path {
        let answer = world.get(&page);
        assert_eq!(answer.status, 200, "{page}");
        let document = answer.json();
        let listed = document[member].as_array().unwrap().iter();
        names.extend(listed.map(|name| name.as_str().unwrap().to_owned()));
        pages += 1;
        path = next(&answer);
    }
    (names, pages)
}

#[test]
fn tags_are_listed_in_pages() {
    let world = World::start();
    let tags = ["1.0.0", "1.0.0-rc.1", "B", "_x", "a", "b"];
    for tag in tags.iter().rev() {
        world.put_artifact("a/b", tag, "text");
    }
    let list = "/v2/a/b/tags/list";
    assert_eq!(world.get(list).json(), json!({ "name": "a/b", "tags": tags }));
    assert_eq!(next(&world.get(list)), None);
    for (count, pages) in [(1, 6), (2, 3), (4, 2), (6, 1), (100, 1)] {
        let (names, seen) = all(&world, &format!("{list}?n={count}"), "tags");
        assert_eq!((names.as_slice(), seen), (tags.map(str::to_owned).as_slice(), pages));
    }
    let none = world.get(&format!("{list}?n=0"));
    assert_eq!((none.json()["tags"].clone(), next(&none)), (json!([]), None));
    for (last, expected) in [("B", &tags[3..]), ("C", &tags[3..]), ("z", &[]), ("", &tags[..])] {
        let answer = world.get(&format!("{list}?last={last}"));
        assert_eq!(answer.json()["tags"], json!(expected), "{last}");
    }
    assert_eq!(code(&world.get("/v2/no/such/tags/list")), "404 NAME_UNKNOWN");
}

#[test]
fn repositories_are_listed_in_pages() {
    let world = World::start();
    world.test.chart("mychart", "1.0.0");
    for place in ["mychart", "team/mychart", "localhost:5000/mychart"] {
        world.test.ok(&["save", "mychart", place]);
    }
    for repository in ["a/b", "a-b/c", "a/b/c"] {
        world.put_artifact(repository, "v1", "text");
    }
    world.put_blob("only/blobs", b"no manifest names it");
    let expected = ["a-b/c", "a/b", "a/b/c", "library/mychart", "team/mychart"];
    let (names, _) = all(&world, "/v2/_catalog", "repositories");
    assert_eq!(names, expected);
    let (names, pages) = all(&world, "/v2/_catalog?n=2", "repositories");
    assert_eq!((names.as_slice(), pages), (expected.map(str::to_owned).as_slice(), 3));
    world.test.ok(&["remove", "--all", "team/mychart"]);
    let (names, _) = all(&world, "/v2/_catalog?last=a/b/c", "repositories");
    assert_eq!(names, ["library/mychart"]);
}

#[test]
fn a_number_of_names_is_a_number() {
    let world = World::start();
    world.put_artifact("a/b", "v1", "text");
    for path in ["/v2/_catalog", "/v2/a/b/tags/list"] {
        for wrong in ["-1", "abc", "", "1.5", "99999999999999999999999"] {
            let answer = world.get(&format!("{path}?n={wrong}"));
            assert_eq!(code(&answer), "400 PAGINATION_NUMBER_INVALID", "{wrong}");
        }
        let many = world.get(&format!("{path}?n=999999999999"));
        assert_eq!((many.status, next(&many)), (200, None));
    }
}
