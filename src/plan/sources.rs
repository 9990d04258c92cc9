//! What a chart that a plan takes may not have, for nothing certain could be made of it.

use crate::chart::load::Chart;

/// Lists what is wrong with a chart, without those in it.
pub(super) fn faults(chart: &Chart) -> Vec<String> {
    let name = chart.name();
    let mut faults = Vec::new();
    // Helm reads one of them onto the other.
    for document in ["Chart.yaml", "requirements.yaml"] {
        if chart.files.iter().filter(|file| file.name == document).count() > 1 {
            faults.push(format!(
                "{name} has {document} twice, which says one thing here and another there: \
                 it has to be packed anew"
            ));
        }
    }
    for (index, one) in chart.subcharts.iter().enumerate() {
        let is_twin = |other: &&Chart| other.name() == one.name() && *other != one;
        let is_listed = chart.metadata.dependencies.iter().any(|listed| listed.name == one.name());
        if !is_listed && chart.subcharts[..index].iter().any(|other| is_twin(&other)) {
            faults.push(format!(
                "{name} has two charts called {} in its charts/, and does not list which it means",
                one.name()
            ));
        }
    }
    faults
}

/// Lists what is wrong with a chart and all in it.
pub(super) fn all_faults(chart: &Chart) -> Vec<String> {
    let inner = chart.subcharts.iter().flat_map(all_faults);
    faults(chart).into_iter().chain(inner).collect()
}
