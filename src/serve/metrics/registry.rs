//! How things stand with the registry that is served, if it is one.

use super::text::{Exposition, Kind};
use crate::upstream::Condition;

/// Writes it.
pub(super) fn write(condition: &Condition, out: &mut Exposition) {
    let Condition { age, is_recalled, failure, left_out, walks, failures } = condition;
    let help = "Walks through the registry that have ended.";
    out.single("hreg_registry_walks_total", Kind::Counter, help, *walks);
    let help = "Walks through the registry that have found nothing.";
    out.single("hreg_registry_walk_failures_total", Kind::Counter, help, *failures);
    let help = "Whether the last walk has failed, so that what an earlier one found is served.";
    out.single("hreg_registry_stale", Kind::Gauge, help, u8::from(failure.is_some()));
    let help = "Repositories of the registry that are not wholly served.";
    out.single("hreg_registry_repositories_left_out", Kind::Gauge, help, left_out.len());
    if let Some(age) = age.filter(|_| !is_recalled) {
        let help = "How old what is served is, in seconds.";
        out.single("hreg_registry_age_seconds", Kind::Gauge, help, age.as_secs_f64());
    }
}
