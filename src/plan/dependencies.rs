//! The list of dependencies of a chart whose subcharts have changed, and its lock.

use serde_json::Value;

use super::moves::Moves;
use super::slots::Slot;
use crate::chart::dependency::locked;
use crate::chart::load::Chart;
use crate::chart::lock::Lock;
use crate::chart::metadata::Dependency;

/// What becomes of a subchart in the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it is.
    Stays,
    /// It stays, and its alias becomes its name: another chart has got its name.
    TakesAlias,
    /// It goes on as these nodes, or gives place to one.
    Becomes(Vec<Named>),
    /// It is left out.
    Leaves,
}

impl Fate {
    /// Tells whether the subchart is in the result as it was.
    pub(super) fn stays(&self) -> bool {
        matches!(self, Fate::Stays | Fate::TakesAlias)
    }
}

/// Names a chart of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) version: String,
}

/// Is a dependency of the result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    pub(super) dependency: Dependency,
    /// The version of the chart that is there for it.
    pub(super) version: String,
    /// Its place in the source's list, if it is the same there.
    pub(super) same_as: Option<usize>,
}

/// Lists the dependencies of the result: those of the source in their order, each as its fate is,
/// then what the plan adds.
pub(super) fn listed(
    chart: &Chart,
    slots: &[(Slot<'_>, Fate)],
    added: &[Named],
    moves: &Moves,
) -> Vec<Listed> {
    let mut list = Vec::new();
    for (slot, fate) in slots {
        let version = slot.chart.map_or("", Chart::version);
        let before = slot.entry.map(|entry| &chart.metadata.dependencies[entry]);
        let in_charts = || locked(slot.name, version, "");
        let dependency = before.cloned().unwrap_or_else(in_charts);
        let stays = |mut dependency: Dependency| {
            follow(&mut dependency, slot.name, moves);
            let same_as = slot.entry.filter(|_| before == Some(&dependency));
            Listed { dependency, version: version.to_owned(), same_as }
        };
        match fate {
            Fate::Stays => list.push(stays(dependency)),
            Fate::TakesAlias => list.push(stays(named(dependency, slot.name))),
            Fate::Becomes(nodes) => {
                let becomes = |node| becomes(dependency.clone(), slot.name, node, moves);
                list.extend(nodes.iter().map(becomes));
            }
            Fate::Leaves => {}
        }
    }
    list.extend(added.iter().map(|node| {
        let dependency = locked(&node.name, &node.version, "");
        Listed { dependency, version: node.version.clone(), same_as: None }
    }));
    list
}

/// Lets a dependency mean a node: whatever it was, it is in `charts/` now.
fn becomes(dependency: Dependency, before: &str, node: &Named, moves: &Moves) -> Listed {
    let mut dependency = named(dependency, &node.name);
    follow(&mut dependency, &node.name, moves);
    if let Some(inner) = moves.within(before, &node.name) {
        follow_imports(&mut dependency, "child", |path| inner.path(path, ""));
    }
    dependency.version.clone_from(&node.version);
    dependency.repository.clear();
    Listed { dependency, version: node.version.clone(), same_as: None }
}

fn named(mut dependency: Dependency, name: &str) -> Dependency {
    name.clone_into(&mut dependency.name);
    dependency.alias.clear();
    dependency
}

/// Lets the paths in a dependency follow the charts that they lead to.
fn follow(dependency: &mut Dependency, name: &str, moves: &Moves) {
    let paths = dependency.condition.split(',').map(|path| moves.path(path.trim(), name));
    let condition = paths.collect::<Vec<_>>().join(",");
    if !moves.is_empty() {
        dependency.condition = condition;
    }
    follow_imports(dependency, "parent", |path| moves.path(path, name));
}

fn follow_imports(dependency: &mut Dependency, side: &str, follow: impl Fn(&str) -> String) {
    for import in &mut dependency.import_values {
        if let Some(Value::String(path)) = import.get_mut(side) {
            *path = follow(path);
        }
    }
}

/// Tells whether a list is what the chart has.
pub(super) fn is_same(chart: &Chart, list: &[Listed]) -> bool {
    let count = chart.metadata.dependencies.len();
    list.iter().map(|listed| listed.same_as).eq((0..count).map(Some))
}

/// Names the file that lists the dependencies of a chart.
pub(super) fn file_of(chart: &Chart) -> &'static str {
    let has_requirements = chart.files.iter().any(|file| file.name == "requirements.yaml");
    match has_requirements || chart.metadata.api_version == "v1" {
        true => "requirements.yaml",
        false => "Chart.yaml",
    }
}

/// Names the file of a chart's lock, if it has one; of two, the last one counts.
pub(super) fn lock_file_of(chart: &Chart) -> Option<&'static str> {
    const NAMES: [&str; 2] = ["Chart.lock", "requirements.lock"];
    let mut files = chart.files.iter().rev();
    files.find_map(|file| NAMES.into_iter().find(|name| file.name == *name))
}

/// Locks a list anew: what came from a repository keeps the version that was locked.
pub(super) fn lock(before: &Lock, list: &[Listed]) -> Lock {
    let required: Vec<Dependency> = list.iter().map(|listed| listed.dependency.clone()).collect();
    let pins = list.iter().map(|Listed { dependency, version, .. }| {
        // What has no repository any more is in charts/.
        let is_locked = |pin: &&Dependency| {
            !dependency.repository.is_empty()
                && (&pin.name, &pin.version) == (&dependency.name, version)
        };
        let pin = before.dependencies.iter().find(is_locked);
        let repository = pin.map_or(&dependency.repository, |pin| &pin.repository);
        locked(&dependency.name, version, repository)
    });
    Lock::new(&required, pins.collect(), before.generated.clone())
}
