//! The values of a result are what Helm would make of its sources, arranged and given the plan's.

use proptest::prelude::*;
use serde_json::Map;

use super::charts::built;
use super::random::{self, Case, Globals};
use crate::chart::load::Chart;
use crate::chart::values::{Node, coalesce};
use crate::plan::Semantics;

/// Writes a random chart as one with files.
fn files_of(chart: &random::Chart, folder: &str) -> Vec<crate::chart::load::File> {
    let listed =
        chart.subcharts.iter().map(|chart| format!("- {{name: {}, version: 1.0.0}}\n", chart.name));
    let listed: String = listed.collect();
    let head =
        format!("apiVersion: v2\nname: {}\nversion: 1.0.0\ndependencies:\n{listed}", chart.name);
    let values = serde_json::to_vec(&chart.values).unwrap();
    let mut files = vec![
        super::charts::file(&format!("{folder}Chart.yaml"), head),
        super::charts::file(&format!("{folder}values.yaml"), values),
    ];
    for subchart in &chart.subcharts {
        files.extend(files_of(subchart, &format!("{folder}charts/{}/", subchart.name)));
    }
    files
}

fn source(chart: &random::Chart) -> Chart {
    Chart::from_files(&files_of(chart, "")).unwrap()
}

fn expected(chart: &random::Chart) -> Node<'_> {
    let subcharts = chart.subcharts.iter().map(expected).collect();
    Node { name: &chart.name, values: &chart.values, subcharts }
}

/// Gives a chart that was built, its subcharts in the order in which it lists them.
fn actual(chart: &Chart) -> Node<'_> {
    let find = |name: &str| chart.subcharts.iter().find(|subchart| subchart.name() == name);
    let listed = chart.metadata.dependencies.iter();
    let subcharts: Vec<_> = listed.map(|listed| actual(find(&listed.name).unwrap())).collect();
    assert_eq!(subcharts.len(), chart.subcharts.len());
    Node { name: chart.name(), values: &chart.values, subcharts }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn values_are_those_of_the_sources_arranged(seed in any::<u64>()) {
        let case = Case::new(seed, Globals::Any);
        let charts: Vec<Chart> = case.sources.iter().map(source).collect();
        let composed = built(&charts, &case.configs(), Semantics::Helm).unwrap();
        let arranged = case.arranged();
        let wanted = coalesce(&expected(&arranged), &case.user()).unwrap().values;
        let found = coalesce(&actual(&composed.chart), &Map::new()).unwrap().values;
        prop_assert_eq!(found, wanted);
    }
}
