//! Deletion that is switched off is so by every door.

use crate::environment::Environment;
use crate::world::World;

#[test]
fn nothing_is_deleted_by_any_door_where_that_is_switched_off() {
    let world = World::with(Environment::with_chart(), &["--no-delete"]);
    let parts = ["manifest", "meta", "content"];
    let [manifest, meta, content] = parts.map(|part| world.test.digest("mychart:1.0.0", part));
    let spaces = "/api/v1/spaces/library";
    for path in [
        "/v2/mychart/manifests/1.0.0".to_owned(),
        format!("/v2/library/mychart/manifests/{manifest}"),
        format!("/v2/mychart/blobs/{meta}"),
        format!("/v2/mychart/blobs/{content}"),
        "/charts/mychart-1.0.0.tgz".to_owned(),
        "/index.yaml".to_owned(),
        "/api/charts/mychart/1.0.0".to_owned(),
        "/api/library/charts/mychart/1.0.0".to_owned(),
        format!("{spaces}/charts/mychart/versions/1.0.0"),
        format!("{spaces}/charts/mychart"),
        spaces.to_owned(),
    ] {
        let answer = world.ask(&format!("DELETE {path}"), &[], b"");
        assert_eq!(answer.status, 405, "{path}: {answer:?}");
    }
    assert_eq!(world.get("/v2/mychart/manifests/1.0.0").status, 200);
}
