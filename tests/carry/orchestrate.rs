//! `hreg orchestrate --push`

use serde_json::Value;

use crate::environment::Environment;
use crate::registry::Registry;
use crate::server::Reply;
use crate::world::is_misused;

const PLAN: &str = "\
save: {space: library, chart: shop, version: 1.0.0}
configs:
  package: {independent: true, space: library, chart: mychart, version: ^1}
  _config: {replicas: 2}
  inner:
    package: {independent: true, space: library, chart: mychart, version: ^1}
";

fn with_plan() -> Environment {
    let test = Environment::with_chart();
    test.write("plan.yaml", PLAN);
    test
}

#[test]
fn what_is_built_is_pushed() {
    let (test, registry) = (with_plan(), Registry::start());
    let destination = format!("oci://{}/charts", registry.host());
    let run = test.run(&["orchestrate", "plan.yaml", "--push", &destination]);
    let (_, pushed) = run.stdout.split_once("Wrote plan.lock.json\n").unwrap();
    assert_eq!(run.code, Some(0), "{run}");
    let digest = test.digest("shop", "digest");
    let expected = format!("Pushed: {}/charts/shop:1.0.0\nDigest: {digest}\n", registry.host());
    assert_eq!(pushed, expected);
    assert_eq!(registry.tags(), ["charts/shop:1.0.0"]);
    let manifest = registry.manifest("charts/shop", "1.0.0").unwrap();
    assert_eq!(manifest, test.ok(&["show", "manifest", "shop"]).into_bytes());
    let run = test.run_with(&[("HREG_PUSH", &destination)], &["orchestrate", "plan.yaml"]);
    assert!(run.stdout.contains("\nUnchanged: "), "{run}");
}

#[test]
fn json_says_where_it_was_pushed() {
    let (test, registry) = (with_plan(), Registry::start());
    let destination = format!("{}/charts/shop:stable", registry.host());
    let arguments = ["orchestrate", "plan.yaml", "--tag", "stable", "--push", &destination];
    let built: Value = test.json(&arguments);
    assert_eq!(built["pushed"]["reference"], destination);
    assert_eq!(built["pushed"]["digest"], built["digest"]);
    assert_eq!(built["pushed"]["status"], "pushed");
    assert_eq!(built["pushed"]["source"], "library/shop:stable");
}

#[test]
fn what_is_built_stays_when_it_cannot_be_pushed() {
    let test = with_plan();
    let registry = Registry::with(|seen| (seen.method == "PUT").then(|| Reply::new(403)));
    let destination = format!("oci://{}/charts", registry.host());
    let run = test.run(&["orchestrate", "plan.yaml", "--push", &destination]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.ends_with("1.0.0: saved\nWrote plan.lock.json\n"), "{run}");
    let error = format!(
        "Error: cannot push library/shop:1.0.0\nCaused by: cannot send the blob {}",
        registry.host()
    );
    assert!(run.stderr.contains(&error), "{run}");
    assert!(run.stderr.ends_with(&format!("Hint: log in with `hreg login {}`\n", registry.host())));
    assert_eq!(test.ok(&["list", "-q", "library/shop"]), "library/shop:1.0.0\n");
    assert!(test.path("plan.lock.json").exists());
}

#[test]
fn another_chart_there_is_replaced_by_force_alone() {
    let (test, registry) = (with_plan(), Registry::start());
    let destination = format!("oci://{}/charts", registry.host());
    test.ok(&["orchestrate", "plan.yaml", "--push", &destination]);
    let first = registry.manifest("charts/shop", "1.0.0");
    test.ok(&["remove", "--all", "shop"]);
    test.write("plan.yaml", PLAN.replace("replicas: 2", "replicas: 3"));
    let run = test.run(&["orchestrate", "plan.yaml", "--push", &destination]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stderr.ends_with("Hint: --force moves the tag\n"), "{run}");
    assert_eq!(registry.manifest("charts/shop", "1.0.0"), first);
    test.ok(&["orchestrate", "plan.yaml", "--force", "--push", &destination]);
    assert_ne!(registry.manifest("charts/shop", "1.0.0"), first);
}

#[test]
fn a_destination_that_is_none_is_told_before_anything_is_built() {
    let test = with_plan();
    for destination in ["charts", "oci://", "library/shop:1.0.0"] {
        let run = test.run(&["orchestrate", "plan.yaml", "--push", destination]);
        is_misused(&run, "");
        assert_eq!(run.stdout, "");
    }
    assert_eq!(test.ok(&["list", "-q"]), "library/mychart:1.0.0\n");
    assert!(!test.path("plan.lock.json").exists());
}
