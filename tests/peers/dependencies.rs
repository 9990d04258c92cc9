//! Dependencies: what hreg writes Helm takes, and the other way round.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::registry::Registry;
use crate::run::Said;
use crate::server::Server;

/// Holds charts in a classic repository, in a registry and in folders, and both programs.
struct Places {
    helm: Helm,
    hreg: Hreg,
    registry: Registry,
    repository: Server,
    folder: TempDir,
}

impl Places {
    /// Fills all places, or says what is missing.
    fn find() -> Option<Places> {
        let (helm, registry) = (Helm::find()?, Registry::start()?);
        let (hreg, repository) = (Hreg::new(), Server::start());
        let places = Places { helm, hreg, registry, repository, folder: TempDir::new().unwrap() };
        for version in ["1.0.0", "1.1.0", "1.2.0-rc.1", "2.0.0"] {
            let archive = places.package("web", version, "served");
            let path = format!("/{}", archive.file_name().unwrap().display());
            places.repository.put(&path, "application/gzip", fs::read(&archive).unwrap());
        }
        for version in ["0.1.0", "0.2.0+build.1"] {
            let archive = places.package("db", version, "pushed");
            places.registry.push(&places.helm, &archive, "charts").unwrap();
        }
        let served = places.path("served");
        places.helm.run(["repo", "index", served.to_str().unwrap()]).bytes();
        let index = fs::read(served.join("index.yaml")).unwrap();
        places.repository.put("/index.yaml", "text/yaml", index);
        places.helm.run(["repo", "add", "mine", &places.address()]).bytes();
        places.chart("lib", "lib", "3.1.4");
        Some(places)
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    fn address(&self) -> String {
        format!("http://{}", self.repository.address())
    }

    fn chart(&self, folder: &str, name: &str, version: &str) {
        let folder = self.path(folder);
        fs::create_dir_all(folder.join("templates")).unwrap();
        let head = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
        fs::write(folder.join("Chart.yaml"), head).unwrap();
        fs::write(folder.join("values.yaml"), "exports:\n  data: {size: 1}\n").unwrap();
        fs::write(folder.join("templates/x.yaml"), "chart: {{ .Chart.Name }}\n").unwrap();
    }

    fn package(&self, name: &str, version: &str, into: &str) -> PathBuf {
        let folder = format!("{name}-{version}");
        self.chart(&folder, name, version);
        fs::create_dir_all(self.path(into)).unwrap();
        self.helm.package(&self.path(&folder), &self.path(into)).unwrap()
    }

    /// Writes a chart with dependencies of every kind, and gives its folder.
    fn parent(&self, folder: &str, api_version: &str, database: &str) -> PathBuf {
        let folder = self.path(folder);
        self.chart(&format!("{}/charts/own", folder.display()), "own", "0.0.7");
        let registry = self.registry.address();
        let dependencies = format!(
            "dependencies:\n\
             - {{name: web, version: ^1, repository: '@mine', condition: 'web.enabled,all'}}\n\
             - {{name: web, version: '>=2', repository: {}, alias: second, tags: ['a<b', c]}}\n\
             - {{name: db, version: {database:?}, repository: 'oci://{registry}/charts', \
             import-values: [data, {{child: a, parent: b}}]}}\n\
             - {{name: lib, version: 3.x, repository: 'file://../lib', enabled: true}}\n\
             - {{name: own, version: 0.0.x, repository: ''}}\n",
            self.address()
        );
        let head = format!("apiVersion: {api_version}\nname: parent\nversion: 1.0.0\n");
        if api_version == "v1" {
            fs::write(folder.join("Chart.yaml"), head).unwrap();
            fs::write(folder.join("requirements.yaml"), dependencies).unwrap();
        } else {
            fs::write(folder.join("Chart.yaml"), head + &dependencies).unwrap();
        }
        folder
    }

    /// Runs `hreg dependency`, with the names that Helm's user has given to repositories.
    fn hreg(&self, command: &str, folder: &Path) -> Said {
        let config = self.helm.command();
        let mut homes = config.get_envs().filter(|(name, _)| *name == "HELM_CONFIG_HOME");
        let home = homes.next().unwrap().1.unwrap().to_owned();
        let mut hreg = self.hreg.command();
        hreg.env("HELM_CONFIG_HOME", home).args(["dependency", command]).arg(folder);
        Said::of(&mut hreg)
    }

    fn helm(&self, command: &str, folder: &Path) -> Said {
        self.helm.run(["dependency", command, folder.to_str().unwrap()])
    }
}

fn archives(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder.join("charts")).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file());
    let named = |path: PathBuf| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
    };
    let mut archives: Vec<_> = files.map(named).collect();
    archives.sort();
    archives
}

fn names(archives: &[(String, Vec<u8>)]) -> Vec<&str> {
    archives.iter().map(|(name, _)| name.as_str()).collect()
}

/// Gives name and status of each dependency in a listing.
fn statuses(listing: Said) -> Vec<(String, String)> {
    let text = listing.text();
    let rows = text.lines().skip(1).take_while(|line| !line.trim().is_empty());
    let separator = |line: &str| if line.contains('\t') { "\t" } else { "  " };
    let cells = |line: &str| {
        let cells = line.split(separator(line)).map(str::trim).filter(|cell| !cell.is_empty());
        let cells: Vec<String> = cells.map(str::to_owned).collect();
        (cells[0].clone(), cells[cells.len() - 1].clone())
    };
    rows.map(cells).collect()
}

#[test]
fn helm_builds_lists_and_renders_what_was_updated() {
    let Some(places) = Places::find() else { return };
    for api_version in ["v2", "v1"] {
        let folder = places.parent(&format!("ours-{api_version}"), api_version, ">=0.1");
        places.hreg("update", &folder).bytes();
        let ours = archives(&folder);
        let expected = ["db-0.2.0+build.1.tgz", "lib-3.1.4.tgz", "web-1.1.0.tgz", "web-2.0.0.tgz"];
        assert_eq!(names(&ours), expected);
        let served = fs::read(places.path("served/web-1.1.0.tgz")).unwrap();
        places.repository.asked();
        places.hreg("update", &folder).bytes();
        assert!(places.repository.asked().is_empty(), "the store has all by now");
        assert_eq!(ours[2].1, served, "an archive is what its repository has, byte for byte");

        // Helm fetches all but the folder's chart, from what our lock says.
        places.helm("build", &folder).bytes();
        let theirs = archives(&folder);
        assert_eq!(names(&theirs), expected);
        for place in [0, 2, 3] {
            assert_eq!(ours[place], theirs[place]);
        }
        let listed = statuses(places.helm("list", &folder));
        assert_eq!(listed[2], ("db".to_owned(), "ok".to_owned()));
        assert_eq!(listed[3], ("lib".to_owned(), "ok".to_owned()));
        assert_eq!(listed, statuses(places.hreg("list", &folder)));
        let rendered = places.helm.template(&folder).text();
        for chart in ["web", "second", "db", "lib", "own"] {
            let source = format!("# Source: parent/charts/{chart}/templates/x.yaml");
            assert!(rendered.contains(&source), "{rendered}");
        }
    }
}

#[test]
fn a_lock_by_helm_is_built_and_left_as_it_is() {
    let Some(places) = Places::find() else { return };
    for (api_version, lock) in [("v2", "Chart.lock"), ("v1", "requirements.lock")] {
        // A range would have Helm list tags, which it does over HTTPS alone.
        let folder = places.parent(&format!("theirs-{api_version}"), api_version, "0.1.0");
        places.helm("update", &folder).bytes();
        let theirs = archives(&folder);
        let lock = fs::read(folder.join(lock)).unwrap();
        for (name, _) in &theirs {
            fs::remove_file(folder.join("charts").join(name)).unwrap();
        }
        places.hreg("build", &folder).bytes();
        let ours = archives(&folder);
        assert_eq!(names(&ours), names(&theirs));
        for (place, (name, bytes)) in ours.iter().enumerate() {
            assert!(name.starts_with("lib") || theirs[place].1 == *bytes, "{name}");
        }
        places.hreg("update", &folder).bytes();
        let lock_name = if api_version == "v1" { "requirements.lock" } else { "Chart.lock" };
        assert_eq!(fs::read(folder.join(lock_name)).unwrap(), lock);
        assert_eq!(archives(&folder), ours);
    }
}

#[test]
fn both_refuse_a_lock_that_is_out_of_sync() {
    let Some(places) = Places::find() else { return };
    let folder = places.parent("changed", "v2", "0.1.0");
    places.hreg("update", &folder).bytes();
    places.parent("changed", "v2", "0.x");
    let (ours, theirs) = (places.hreg("build", &folder), places.helm("build", &folder));
    assert!(!ours.success && !theirs.success);
    let reason = theirs.stderr.lines().find(|line| line.starts_with("Error: ")).unwrap();
    assert_eq!(ours.stderr.lines().next(), Some(reason));
}

#[test]
fn both_say_the_same_of_what_is_there() {
    let Some(places) = Places::find() else { return };
    let needed = [
        ("ok", "^1"),
        ("wrong", "^2"),
        ("many", ">=1"),
        ("one", ">=1"),
        ("misnamed", ">=1"),
        ("senseless", "zzz"),
        ("folder", "1"),
        ("odd", "1"),
        ("missing", "1"),
        ("_corrupt", "1"),
    ];
    let rows = needed.map(|(name, version)| {
        format!("- {{name: {name}, version: {version:?}, repository: 'https://example.com'}}\n")
    });
    places.chart("listed", "listed", "1.0.0");
    let folder = places.path("listed");
    let head = "apiVersion: v2\nname: listed\nversion: 1.0.0\ndependencies:\n";
    fs::write(folder.join("Chart.yaml"), head.to_owned() + &rows.concat()).unwrap();
    for name in ["ok", "wrong", "many", "one", "senseless", "odd"] {
        places.package(name, "1.0.0", "listed/charts");
    }
    places.package("many", "1.5.0", "listed/charts");
    places.chart("listed/charts/folder", "folder", "1.2.0");
    places.chart("listed/charts/extra", "extra", "1.2.0");
    let charts = folder.join("charts");
    fs::copy(charts.join("one-1.0.0.tgz"), charts.join("one-copy.tgz")).unwrap();
    fs::copy(charts.join("ok-1.0.0.tgz"), charts.join("misnamed-1.tgz")).unwrap();
    fs::rename(charts.join("odd-1.0.0.tgz"), charts.join("strange.tgz")).unwrap();
    fs::write(charts.join("_corrupt-1.0.0.tgz"), "no archive").unwrap();
    let ours = statuses(places.hreg("list", &folder));
    assert_eq!(ours.len(), needed.len());
    assert_eq!(ours, statuses(places.helm("list", &folder)));
}
