//! Carrying out plans, and having Helm judge what comes out.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::source::{MARK, Source};
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::rendering::renders_alike;
use crate::run::Said;

/// Is a store of sources, and Helm.
pub(super) struct Workshop {
    pub(super) helm: Helm,
    pub(super) hreg: Hreg,
    folder: TempDir,
}

/// Is a chart that was put together.
pub(super) struct Built {
    /// The chart as a folder.
    pub(super) folder: PathBuf,
    /// What Helm renders.
    pub(super) rendered: String,
    /// What hreg said besides.
    pub(super) warnings: String,
    _place: TempDir,
}

/// Is what one chart's template told of itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// The name and version of the source.
    pub(super) source: String,
    pub(super) values: Value,
}

impl Workshop {
    pub(super) fn open() -> Option<Workshop> {
        let helm = Helm::find()?;
        Some(Workshop { helm, hreg: Hreg::new(), folder: TempDir::new().unwrap() })
    }

    /// Opens one with charts in its store.
    pub(super) fn with(sources: impl IntoIterator<Item = Source>) -> Option<Workshop> {
        let workshop = Workshop::open()?;
        sources.into_iter().for_each(|source| workshop.store(&source));
        Some(workshop)
    }

    pub(super) fn store(&self, source: &Source) {
        let place = TempDir::new().unwrap();
        let folder = self.write(source, place.path());
        let arguments = ["save".as_ref(), folder.as_os_str()];
        self.hreg.run(arguments).bytes();
    }

    /// Writes a source as a folder.
    pub(super) fn write(&self, source: &Source, into: &Path) -> PathBuf {
        source.write(into, &|folder, into| drop(self.helm.package(folder, into).unwrap()))
    }

    /// Carries out a plan, given as its `configs`.
    pub(super) fn run(&self, configs: &Value, options: &[&str]) -> Said {
        let save = json!({"space": "library", "chart": "shop", "version": "1.0.0"});
        self.run_text(&json!({"save": save, "configs": configs}).to_string(), options)
    }

    pub(super) fn run_text(&self, plan: &str, options: &[&str]) -> Said {
        let path = self.folder.path().join("plan.json");
        std::fs::write(&path, plan).unwrap();
        let mut command = self.hreg.command();
        Said::of(command.args(["orchestrate", "--force"]).args(options).arg(path))
    }

    /// Gives what is said of a plan that cannot be carried out.
    pub(super) fn refusal(&self, configs: &Value) -> String {
        let said = self.run(configs, &[]);
        assert!(!said.success, "it was built: {}", String::from_utf8_lossy(&said.stdout));
        said.stderr
    }

    /// Carries out a plan that Helm must be content with in every way.
    pub(super) fn build(&self, configs: &Value) -> Built {
        let built = self.build_unjudged(configs, &[]);
        self.judge(&built.folder).unwrap_or_else(|failure| {
            let head = std::fs::read_to_string(built.folder.join("Chart.yaml")).unwrap();
            panic!("{failure}\nof {configs:#}\n{head}")
        });
        built
    }

    /// Carries out a plan whose result Helm must render.
    pub(super) fn build_unjudged(&self, configs: &Value, options: &[&str]) -> Built {
        let said = self.run(configs, options);
        assert!(said.success, "{}\nfor {configs:#}", said.stderr);
        let place = TempDir::new().unwrap();
        let folder = self.hreg.export_folder("library/shop:1.0.0", place.path());
        let rendered = self.helm.template(&folder);
        assert!(rendered.success, "{}\nfor {configs:#}", rendered.stderr);
        Built { folder, rendered: rendered.text(), warnings: said.stderr, _place: place }
    }

    /// Has Helm look at a chart with every command that reads one.
    pub(super) fn judge(&self, folder: &Path) -> Result<(), String> {
        let lint = self.run_helm(["lint"], folder);
        if !lint.success {
            return Err(format!("lint: {}{}", String::from_utf8_lossy(&lint.stdout), lint.stderr));
        }
        let listed = self.run_helm(["dependency", "list"], folder).text();
        let rows = listed.lines().skip(1).filter(|line| !line.trim().is_empty());
        for row in rows.filter(|row| !row.starts_with("WARNING: no dependencies")) {
            if !["ok", "unpacked"].iter().any(|state| row.trim_end().ends_with(state)) {
                return Err(format!("dependency list: {listed}"));
            }
        }
        let into = TempDir::new().unwrap();
        let packed = self.helm.package(folder, into.path()).map_err(|said| said.stderr)?;
        renders_alike(&self.helm, folder, &packed)
    }

    /// Has Helm fetch the dependencies of a chart that are all in it.
    pub(super) fn rebuild(&self, folder: &Path) {
        let said = self.run_helm(["dependency", "build", "--skip-refresh"], folder);
        assert!(said.success, "dependency build: {}", said.stderr);
    }

    fn run_helm<const N: usize>(&self, command: [&str; N], folder: &Path) -> Said {
        self.helm.run(command.map(OsStr::new).into_iter().chain([folder.as_os_str()]))
    }
}

impl Built {
    /// Lists what the charts of the result see, by their paths: `shop/db` for a chart in it.
    pub(super) fn seen(&self) -> BTreeMap<String, Seen> {
        seen(&self.rendered)
    }

    /// Gives what one chart sees.
    pub(super) fn at(&self, path: &str) -> Seen {
        let seen = self.seen();
        seen.get(path).unwrap_or_else(|| panic!("no {path} in {seen:#?}")).clone()
    }

    /// Gives the source of every chart that was rendered.
    pub(super) fn sources(&self) -> Vec<(String, String)> {
        self.seen().into_iter().map(|(path, seen)| (path, seen.source)).collect()
    }

    pub(super) fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.join(file)).unwrap()
    }
}

/// Reads what templates printed.
pub(super) fn seen(rendered: &str) -> BTreeMap<String, Seen> {
    let mut path = String::new();
    let mut all = BTreeMap::new();
    for line in rendered.lines() {
        if let Some(source) = line.strip_prefix("# Source: ") {
            path = source.split("/templates/").next().unwrap().replace("/charts/", "/");
        }
        let Some(text) = line.strip_prefix(MARK) else { continue };
        let mut words = text.splitn(3, ' ');
        let source = format!("{} {}", words.next().unwrap(), words.next().unwrap());
        let values = serde_json::from_str(words.next().unwrap()).unwrap();
        all.insert(path.clone(), Seen { source, values });
    }
    all
}

/// Describes a chart of the store.
pub(super) fn stored(chart: &str, version: &str) -> Value {
    json!({"independent": true, "space": "library", "chart": chart, "version": version})
}

/// Describes a chart in the parent's source.
pub(super) fn embedded(chart: &str, version: &str) -> Value {
    json!({"independent": false, "chart": chart, "version": version})
}

/// Says which chart was rendered where.
pub(super) fn sources<const N: usize>(expected: [(&str, &str); N]) -> Vec<(String, String)> {
    expected.iter().map(|(path, source)| ((*path).to_owned(), (*source).to_owned())).collect()
}
