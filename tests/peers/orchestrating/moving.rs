//! Sources that move and vanish while plans over them are carried out.

use std::path::PathBuf;
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::source::Source;
use super::workshop::{Workshop, stored};
use crate::hreg::Hreg;

/// How often the sources change.
const ROUNDS: usize = 25;

/// Makes two charts that say which state they are of.
fn state(state: &str) -> [Source; 2] {
    ["one", "two"].map(|name| Source::new(name, "1.0.0").values(&format!("state: {state}\n")))
}

/// Brings the store from state to state. Both charts are never there in two states at a time.
fn change(hreg: &Hreg, states: &[[PathBuf; 2]; 2]) {
    for round in 0..ROUNDS {
        hreg.run(["remove", "library/two:1.0.0"]).bytes();
        for folder in &states[round % 2] {
            let arguments = ["save".as_ref(), folder.as_os_str()];
            hreg.run(arguments).bytes();
        }
        hreg.run(["gc"]).bytes();
    }
}

/// Lists the digests of a result's sources.
fn digests(part: &Value, into: &mut Vec<String>) {
    into.push(part["digest"].as_str().unwrap().to_owned());
    part["parts"].as_array().into_iter().flatten().for_each(|part| digests(part, into));
}

#[test]
fn every_result_is_of_one_state() {
    let Some(workshop) = Workshop::with(state("second")) else { return };
    let place = TempDir::new().unwrap();
    let states = ["first", "second"]
        .map(|name| state(name).map(|source| workshop.write(&source, &place.path().join(name))));
    let known = states.each_ref().map(|folders| {
        let aside = Hreg::new();
        folders.each_ref().map(|folder| aside.saved(folder).digest().to_owned())
    });
    let configs = json!({
        "package": stored("one", "^1"),
        "a": {"package": stored("two", "1.0.0")}, "b": {"package": stored("one", "1.0.0")}
    });
    let (mut built, mut refused) = ([0, 0], 0);
    thread::scope(|scope| {
        let changing = scope.spawn(|| change(&workshop.hreg, &states));
        while !changing.is_finished() {
            let said = workshop.run(&configs, &["--output=json"]);
            if !said.success {
                refused += 1;
                let message = "configs.a.package.";
                assert!(said.stderr.contains(message), "{}", said.stderr);
                continue;
            }
            let report: Value = serde_json::from_slice(&said.stdout).unwrap();
            let mut sources = Vec::new();
            digests(&report["root"], &mut sources);
            let of = |[one, two]: &[String; 2]| sources == [one.clone(), two.clone(), one.clone()];
            let state = known.iter().position(of).expect("all are of one state");
            built[state] += 1;
        }
        changing.join().unwrap();
    });
    crate::peer::note(&format!("{built:?} were built, {refused} refused"));
    assert!(workshop.run(&configs, &[]).success);
}
