//! Random plans over random charts: what the charts of the result see is what they see where the
//! test itself arranges the sources and Helm is given the plan's values.
//!
//! Global values are of one type here, and never null: what Helm makes of others depends on whether
//! they are a chart's own or are given on the command line, which it reads once more. For the same
//! reason a null counts as nothing, which it is to a template.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use super::families_of_values::{Case, Chart, Globals};
use super::source::Source;
use super::workshop::{Seen, Workshop, seen};

const CASES: u64 = 200;

fn source(chart: &Chart) -> Source {
    let values = serde_json::to_string(&chart.values).unwrap();
    let source = Source::new(&chart.name, "1.0.0").values(&values);
    if chart.subcharts.is_empty() {
        return source;
    }
    let listed =
        chart.subcharts.iter().map(|chart| format!("name: {}, version: 1.0.0", chart.name));
    let listed: Vec<String> = listed.collect();
    let source = source.listing(&listed.iter().map(String::as_str).collect::<Vec<_>>());
    chart.subcharts.iter().map(self::source).fold(source, Source::holding)
}

/// Leaves out which source a chart was: the arranged ones have the names of the plan.
fn values(seen: BTreeMap<String, Seen>) -> BTreeMap<String, Value> {
    seen.into_iter().map(|(path, seen)| (path, without_nulls(seen.values))).collect()
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            kept.map(|(key, value)| (key, without_nulls(value))).collect()
        }
        other => other,
    }
}

fn check(workshop: &Workshop, seed: u64) -> Result<(), String> {
    let case = Case::new(seed, Globals::Alike);
    case.sources.iter().for_each(|chart| workshop.store(&source(chart)));
    let place = TempDir::new().unwrap();
    let arranged = workshop.write(&source(&case.arranged()), place.path());
    let user = place.path().join("user.json");
    std::fs::write(&user, serde_json::to_vec(&case.user()).unwrap()).unwrap();
    let mut command = workshop.helm.command();
    command.args(["template", "release"]).arg(arranged).arg("--values").arg(user);
    let expected = crate::run::Said::of(&mut command);
    if !expected.success {
        return Err(format!("seed {seed}: Helm refuses the arranged charts: {}", expected.stderr));
    }
    let built = workshop.build_unjudged(&case.configs(), &[]);
    let (expected, found) = (values(seen(&expected.text())), values(built.seen()));
    let paths = expected.keys().chain(found.keys());
    let mut differences = paths.filter_map(|path| {
        let (expected, found) = (expected.get(path), found.get(path));
        let (path, expected, found) = difference(path.clone(), expected, found)?;
        Some(format!("seed {seed}: {path}\n  expected {expected:?}\n  found    {found:?}"))
    });
    differences.next().map_or(Ok(()), Err)
}

type Difference<'a> = (String, Option<&'a Value>, Option<&'a Value>);

/// Finds the innermost place where two values differ.
fn difference<'a>(
    path: String,
    expected: Option<&'a Value>,
    found: Option<&'a Value>,
) -> Option<Difference<'a>> {
    match (expected, found) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let mut keys = one.keys().chain(other.keys());
            keys.find_map(|key| difference(format!("{path}.{key}"), one.get(key), other.get(key)))
        }
        _ => (expected != found).then_some((path, expected, found)),
    }
}

#[test]
fn random_plans_have_the_values_that_helm_gives_to_their_sources() {
    let next = AtomicU64::new(0);
    let failures = Mutex::new(Vec::new());
    if Workshop::open().is_none() {
        return;
    }
    let work = || {
        let workshop = Workshop::open().unwrap();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= CASES {
                return;
            }
            failures.lock().unwrap().extend(check(&workshop, seed).err());
        }
    };
    thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {CASES}:\n{}", failures.len(), failures.join("\n"));
}
