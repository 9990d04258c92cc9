//! Names that lead elsewhere, by the doors beside the registry.

use crate::environment::Environment;
use crate::oci::hostile::NAMES;
use crate::world::World;

#[test]
fn no_name_by_any_door_leads_out_of_the_store() {
    let world = World::over(Environment::with_chart());
    let canary = world.test.write("charts/mychart-1.0.0.tgz", "untouched");
    let before = world.test.tree();
    let long = "a".repeat(300);
    for name in NAMES.into_iter().chain([&*long]) {
        for line in [
            format!("GET /{name}/index.yaml"),
            format!("GET /charts/{name}"),
            format!("GET /charts/{name}.tgz"),
            format!("GET /{name}/charts/mychart-1.0.0.tgz"),
            format!("GET /api/{name}/charts"),
            format!("GET /api/charts/{name}"),
            format!("GET /api/charts/mychart/{name}"),
            format!("DELETE /api/charts/mychart/{name}"),
            format!("POST /api/{name}/charts"),
            format!("POST /api/{name}/prov"),
            format!("POST /api/v1/spaces?space=../{name}"),
            format!("DELETE /api/v1/spaces/{name}"),
            format!("POST /api/v1/spaces/{name}/charts"),
            format!("GET /api/v1/spaces/library/charts/{name}/versions"),
            format!("PUT /api/v1/spaces/library/charts/mychart/versions/{name}"),
            format!("DELETE /api/v1/spaces/library/charts/mychart/versions/{name}"),
        ] {
            let status = world.raw(&line);
            // A space that is nowhere has a list without charts.
            let is_empty = line.starts_with("GET ") && status.starts_with("HTTP/1.1 200 ");
            assert!(status.starts_with("HTTP/1.1 4") || is_empty, "{line}: {status}");
        }
    }
    assert_eq!(std::fs::read(canary).unwrap(), b"untouched");
    // Where uploads are kept until they have ended.
    let mut after = world.test.tree();
    after.retain(|path, _| !path.starts_with("uploads"));
    assert!(after == before);
}
