//! Several processes at once.

use std::thread;

use super::{PLAN, save_database, shop};

#[test]
fn two_of_one_plan_build_one_chart() {
    let test = shop();
    thread::scope(|scope| {
        let runs: Vec<_> =
            (0..4).map(|_| scope.spawn(|| test.run(&["orchestrate", "plan.json"]))).collect();
        for run in runs {
            let run = run.join().unwrap();
            assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run}");
        }
    });
    test.ok(&["orchestrate", "plan.json", "--locked"]);
    assert_eq!(test.run(&["verify"]).code, Some(0));
}

#[test]
fn of_two_plans_for_one_version_one_is_refused() {
    let test = shop();
    let other = PLAN.replace("\"replicas\": 2", "\"replicas\": 3");
    test.write("other.json", other);
    let codes: Vec<_> = thread::scope(|scope| {
        let run = |plan: &'static str| {
            let test = &test;
            scope.spawn(move || test.run(&["orchestrate", plan]).code)
        };
        let runs = [run("plan.json"), run("other.json")];
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let failed = codes.iter().filter(|code| **code == Some(1)).count();
    assert_eq!((failed, codes.len()), (1, 2), "{codes:?}");
}

#[test]
fn a_result_is_of_sources_that_were_there_together() {
    let test = shop();
    // Root and database are replaced by turns; no result may mix the turns.
    let replace = |turn: usize| {
        for version in ["12.1.3", "12.2.0"] {
            save_database(&test, version, &turn.to_string());
        }
    };
    replace(0);
    let plan = "save: {space: library, chart: pair, version: 1.0.0}\nconfigs:\n  \
                package: {independent: true, space: team/data, chart: postgres, version: 12.1.3}\n  \
                twin:\n    \
                package: {independent: true, space: team/data, chart: postgres, version: 12.2.0}\n";
    test.write("pair.yaml", plan);
    thread::scope(|scope| {
        let writer = scope.spawn(|| (1..25).for_each(replace));
        while !writer.is_finished() {
            let run = test.run(&["orchestrate", "pair.yaml", "--force"]);
            assert_eq!(run.code, Some(0), "{run}");
            let values = test.json(&["version", "values", "pair"]);
            let turn = |value: &serde_json::Value| {
                value["text"].as_str().unwrap().parse::<usize>().unwrap()
            };
            let (root, twin) = (turn(&values), turn(&values["twin"]));
            assert!(root == twin || root == twin + 1, "{root} and {twin}");
        }
    });
}
