//! Plans over real charts.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::workshop::{Built, Workshop, embedded, stored};
use crate::charts;
use crate::compare::{Checked, equal};

/// Lists the ConfigMaps, Deployments and so on that a text has under a chart's path.
fn sources_in(built: &Built) -> Vec<String> {
    let lines = built.rendered.lines().filter_map(|line| line.strip_prefix("# Source: "));
    let mut paths: Vec<_> = lines.map(str::to_owned).collect();
    paths.dedup();
    paths
}

/// Gives the name and the version in the name of an archive.
fn named(archive: &Path) -> (String, String) {
    let stem = charts::name(archive);
    let (name, version) = stem.trim_end_matches(".tgz").rsplit_once('-').unwrap();
    (name.to_owned(), version.to_owned())
}

#[test]
fn every_chart_can_be_a_root_and_a_node() {
    let Some(archives) = charts::real() else { return };
    if Workshop::open().is_none() {
        return;
    }
    charts::each(&archives, |chart| {
        let workshop = Workshop::open().unwrap();
        if !workshop.helm.template(chart).success {
            // It needs values before Helm renders it at all.
            return Ok(());
        }
        workshop.hreg.saved(chart);
        let (name, version) = named(chart);
        let package = stored(&name, &version);
        let plan = json!({
            "package": package,
            "twin": {"package": package, "inner": {"package": package,
                "most": {"package": package, "_config": {"nameOverride": "innermost"}}}}
        });
        let said = workshop.run(&plan, &[]);
        equal(
            "what is said",
            &String::new(),
            &match said.success {
                true => String::new(),
                false => said.stderr,
            },
        )?;
        let built = workshop.build_unjudged(&plan, &[]);
        judged(&workshop, chart, &built)
    });
}

/// A chart that Helm finds fault with by itself may have that fault in the result too.
fn judged(workshop: &Workshop, chart: &Path, built: &Built) -> Checked {
    let place = tempfile::tempdir().unwrap();
    let alone = charts::unpack(chart, place.path());
    match (workshop.judge(&alone), workshop.judge(&built.folder)) {
        (Ok(()), Err(failure)) => Err(failure),
        _ => Ok(()),
    }
}

#[test]
fn a_shop_of_real_charts() {
    let Some(archives) = charts::real() else { return };
    let Some(workshop) = Workshop::open() else { return };
    for name in ["mariadb", "redis", "spark-history-server", "alertmanager", "kanister-operator"] {
        let find = |archive: &&std::path::PathBuf| named(archive).0 == name;
        workshop.hreg.saved(archives.iter().find(find).unwrap());
    }
    let built = workshop.build(&json!({
        "package": stored("alertmanager", "^1"), "_config": {"replicaCount": 3},
        "db": {"package": stored("mariadb", "~7.3"), "_config": {"db": {"name": "shop"}}},
        "cache": {
            "package": stored("redis", "10.x.x"), "_config": {"cluster": {"enabled": false}},
            "history": {
                "package": stored("spark-history-server", "*"),
                "files": {"package": embedded("nfs", "*"), "_config": {"enablePVC": false}}
            }
        },
        "operator": {"package": stored("kanister-operator", "*")}
    }));
    let paths = sources_in(&built);
    for part in ["shop/templates/", "shop/charts/db/", "shop/charts/cache/charts/history/"] {
        assert!(paths.iter().any(|path| path.starts_with(part)), "{part} in {paths:?}");
    }
    assert!(built.rendered.contains("replicas: 3"));
    assert!(built.rendered.contains("value: \"shop\""));
    workshop.rebuild(&built.folder);
}

#[test]
fn subcharts_of_real_charts_are_renamed_and_dropped() {
    let Some(archives) = charts::real() else { return };
    if Workshop::open().is_none() {
        return;
    }
    charts::each(&archives, |chart| {
        let place = tempfile::tempdir().unwrap();
        let Ok(entries) = fs::read_dir(charts::unpack(chart, place.path()).join("charts")) else {
            return Ok(());
        };
        let workshop = Workshop::open().unwrap();
        workshop.hreg.saved(chart);
        let (name, version) = named(chart);
        let alone = workshop.helm.template(chart).text();
        for entry in entries {
            let subchart = entry.unwrap().file_name().into_string().unwrap();
            let mut package = stored(&name, &version);
            let renamed = json!({
                "package": package, "renamed": {"package": embedded(&subchart, "*")}
            });
            let was_there = alone.contains(&format!("/charts/{subchart}/"));
            let renamed = workshop.build_unjudged(&renamed, &[]);
            judged(&workshop, chart, &renamed)?;
            equal("it is there", &was_there, &renamed.rendered.contains("/charts/renamed/"))?;
            package["drop"] = json!([subchart]);
            let plan = json!({"package": package});
            let said = workshop.run(&plan, &["--dry-run"]).stderr;
            if said.contains("templates that are still there include") {
                // The chart cannot do without it, and hreg said so.
                continue;
            }
            let dropped = workshop.build_unjudged(&plan, &[]);
            judged(&workshop, chart, &dropped)?;
            for built in [&renamed, &dropped] {
                let is_left = sources_in(built)
                    .iter()
                    .any(|path| path.starts_with(&format!("shop/charts/{subchart}/")));
                equal("it is left", &false, &is_left)?;
            }
        }
        Ok(())
    });
}
