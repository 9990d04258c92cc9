//! What `hreg serve` tells others: metrics to Prometheus's own checker, and commands to people.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::peer;
use crate::run::Said;
use crate::serving::Served;

fn get(served: &Served, path: &str) -> String {
    let mut answer = ureq::get(format!("http://{}", served.name(path))).call().unwrap();
    answer.body_mut().read_to_string().unwrap()
}

/// Serves a chart of `library`, packed by Helm, and gives the archive.
fn with_chart(helm: &Helm, folder: &TempDir) -> (Served, std::path::PathBuf) {
    let chart = folder.path().join("web");
    fs::create_dir(&chart).unwrap();
    fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\n").unwrap();
    let archive = helm.package(&chart, folder.path()).unwrap();
    let hreg = Hreg::new();
    hreg.saved(&archive);
    (Served::with(hreg, &[]), archive)
}

#[test]
fn prometheus_finds_nothing_wrong_with_the_metrics() {
    let Some(promtool) = peer::find_if_there(&["promtool"]) else { return };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("metrics");
    let served = Served::with(Hreg::new(), &[]);
    get(&served, "index.yaml");
    for _ in 0..2 {
        fs::write(&file, get(&served, "metrics")).unwrap();
        let mut command = Command::new(&promtool);
        let said =
            Said::of(command.args(["check", "metrics"]).stdin(fs::File::open(&file).unwrap()));
        assert_eq!((said.success, said.stderr.as_str()), (true, ""));
    }
}

#[test]
fn the_commands_of_the_page_do_what_they_are_for() {
    let Some(helm) = Helm::find() else { return };
    let folder = TempDir::new().unwrap();
    let (served, archive) = with_chart(&helm, &folder);
    let page = get(&served, "");
    let commands: Vec<Vec<&str>> = page
        .lines()
        .map(|line| line.split_whitespace().collect())
        .filter(|words: &Vec<&str>| words.len() > 2 && ["helm", "hreg"].contains(&words[0]))
        .collect();
    assert_eq!(commands.len(), 5, "{page}");
    let other = Hreg::new();
    for words in commands {
        if words[1] == "push" {
            // Each program writes a manifest of its own, and none replaces another's unasked.
            served.hreg.run(["version", "remove", "web:1.0.0"]).text();
        }
        let mut command = if words[0] == "helm" { helm.command() } else { other.command() };
        command.args(&words[1..]).current_dir(archive.parent().unwrap());
        let said = Said::of(&mut command);
        assert!(said.success, "{words:?}: {}", said.stderr);
    }
    let found = helm.run(["search", "repo", "NAME/web"]).text();
    assert!(found.contains("NAME/web"), "{found}");
}
