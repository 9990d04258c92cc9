//! Bytes that are in a repository that one may not read.

use hreg::digest::Digest;

use crate::oci::{MANIFEST, artifact};
use crate::world::{Answer, World};

/// Lets anybody read and push in one space, and nothing in others.
const RULES: &str = "
auth:
  rules:
  - {spaces: own, users: anonymous, actions: [read, push]}
";

/// Gives what an answer tells, but for the names that were asked for.
fn told(answer: &Answer, digest: &str) -> (u16, String, String) {
    let place = answer.header("location");
    let place = place.rsplit_once('/').map_or("", |(start, _)| start);
    let length = answer.header("content-length");
    (answer.status, format!("{place} {length}"), answer.text().replace(digest, "DIGEST"))
}

#[test]
fn what_one_may_not_read_is_as_if_it_were_nowhere() {
    let World { test, server } = World::start();
    let manifest = server.put_artifact("secret/x", "v", "a text that only they have");
    server.put_artifact("own/x", "v", "a text of our own");
    drop(server);
    test.write("config.yaml", RULES);
    let world = World::with(test, &["-c", "config.yaml"]);
    let blob = Digest::of(b"a text that only they have");
    let never = Digest::of(b"a text that was never sent");
    for (there, lines) in [
        (blob, &["GET blobs/D", "HEAD blobs/D", "POST blobs/uploads/?mount=D"][..]),
        (blob, &["POST blobs/uploads/?mount=D&from=secret/x"]),
        (manifest, &["GET manifests/D", "HEAD manifests/D", "GET referrers/D", "GET blobs/D"]),
    ] {
        for line in lines {
            let (method, rest) = line.split_once(' ').unwrap();
            let ask = |digest: Digest| {
                let rest = rest.replace('D', &digest.to_string());
                let answer = world.ask(&format!("{method} /v2/own/x/{rest}"), &[], b"");
                told(&answer, &digest.to_string())
            };
            let (theirs, nobodys) = (ask(there), ask(never));
            assert_eq!(theirs, nobodys, "{line}");
            let statuses: &[u16] = if method == "POST" { &[202] } else { &[200, 404] };
            assert!(statuses.contains(&theirs.0), "{line}: {theirs:?}");
        }
    }
    let put = |text: &str| {
        let manifest = artifact(text).to_string();
        let answer = world.put_manifest("own/x/manifests/y", MANIFEST, manifest.as_bytes());
        told(&answer, &Digest::of(text.as_bytes()).to_string())
    };
    let theirs = put("a text that only they have");
    assert_eq!((theirs.0, &theirs), (400, &put("a text that was never sent")));
    let path = format!("/v2/own/x/blobs/{blob}");
    assert_eq!(world.get(&path).status, 404, "nothing of this made it ours");
}
