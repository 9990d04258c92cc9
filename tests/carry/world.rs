//! What the tests begin with: charts in a store or on a registry.

use crate::environment::{Environment, Run};
use crate::registry::Registry;

/// Puts charts into a registry, in the repository `charts/NAME`; each is `NAME VERSION`.
pub(crate) fn fill(registry: &Registry, charts: &[&str]) {
    let test = Environment::new();
    for chart in charts {
        let (name, version) = chart.split_once(' ').unwrap();
        test.chart(name, version);
        test.ok(&["save", name]);
    }
    test.ok(&["push", "--all", "library", &format!("oci://{}/charts", registry.host())]);
}

/// Starts a registry that holds charts.
pub(crate) fn filled(charts: &[&str]) -> Registry {
    let registry = Registry::start();
    fill(&registry, charts);
    registry
}

/// Shows a run with the registry's address taken out.
pub(crate) fn shown(run: &Run, registry: &Registry) -> String {
    run.to_string().replace(&registry.host(), "REGISTRY")
}

/// Makes sure that a run failed, and said something of it.
#[track_caller]
pub(crate) fn fails(run: &Run, saying: &str) {
    assert_eq!(run.code, Some(1), "{run}");
    tells(run, saying);
}

/// Makes sure that arguments contradict each other or are missing, and that this is said.
pub(crate) fn is_misused(run: &Run, saying: &str) {
    assert_eq!(run.code, Some(2), "{run}");
    tells(run, saying);
}

fn tells(run: &Run, saying: &str) {
    let error = run.stderr.lines().position(|line| line.starts_with("Error: "));
    let error = error.unwrap_or_else(|| panic!("{run}"));
    let told: Vec<&str> = run.stderr.lines().skip(error).collect();
    assert!(told.join("\n").contains(saying), "{run}");
    assert!(!run.stderr.contains("hunter2"), "{run}");
}
