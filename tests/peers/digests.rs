//! What hreg saves is what Helm pushes: the same config, content and manifest.

use serde_json::Value;

use crate::charts;
use crate::compare::{equal, same};
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::registry::Registry;

#[test]
fn every_chart_has_the_manifest_that_helm_pushes() {
    let Some(helm) = Helm::find() else { return };
    let Some(registry) = Registry::start() else { return };
    let Some(archives) = charts::real() else { return };
    charts::each(&archives, |chart| {
        let mut pushed = registry.push(&helm, chart, "charts")?;
        let hreg = Hreg::new();
        let saved = hreg.saved(chart);
        equal("config digest", &digest(&pushed["config"]), &saved.meta())?;
        equal("content digest", &digest(&pushed["layers"][0]), &saved.content())?;
        // The time of the file, in the zone of whoever pushes: hreg leaves it out, so that the
        // same chart has the same manifest everywhere.
        let annotations = pushed["annotations"].as_object_mut().unwrap();
        assert!(annotations.shift_remove("org.opencontainers.image.created").is_some());
        let manifest = hreg.run(["show", "manifest", saved.reference()]).bytes();
        same("manifest", &serde_json::to_vec(&pushed).unwrap(), &manifest)
    });
}

fn digest(descriptor: &Value) -> &str {
    descriptor["digest"].as_str().unwrap()
}
