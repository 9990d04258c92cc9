//! docs/json.md: each of its examples is what the program prints.
//!
//! With `HREG_UPDATE_DOCS` set, the page is brought up to date instead.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::environment::Environment;

#[test]
fn the_contract_shows_what_the_program_prints() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let written = std::fs::read_to_string(&page).unwrap();
    let test = Environment::new();
    test.chart("mychart", "1.0.0");
    let needed = "dependencies: [{name: mychart, version: ^1, repository: file://../mychart}]\n";
    test.write(
        "parent/Chart.yaml",
        format!("name: parent\nversion: 1.0.0\napiVersion: v2\n{needed}"),
    );
    test.write(
        "plan.yaml",
        "save: {space: team, chart: pair, version: 1.0.0}\nconfigs:\n  \
         package: {independent: true, space: library, chart: mychart, version: ^1}\n  \
         second:\n    package: {independent: true, space: library, chart: mychart, version: ^1}\n    \
         _config: {replicas: 2}\n",
    );
    let mut actual = String::new();
    let mut in_example = false;
    let mut examples = 0;
    for line in written.lines() {
        match line.strip_prefix("$ hreg ").filter(|_| in_example) {
            Some(command) => {
                let run = test.run(&command.split(' ').collect::<Vec<_>>());
                assert_eq!(run.code, Some(0), "{command}\n{run}");
                serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap();
                write!(actual, "{line}\n{}", run.settled_stdout()).unwrap();
                examples += 1;
            }
            None if in_example && line != "```" => {}
            None => {
                writeln!(actual, "{line}").unwrap();
                in_example = line == "```console";
            }
        }
    }
    assert!(examples > 15);
    if std::env::var_os("HREG_UPDATE_DOCS").is_some() {
        std::fs::write(page, actual).unwrap();
    } else {
        assert_eq!(written, actual, "HREG_UPDATE_DOCS=1 cargo test brings the page up to date");
    }
}

#[test]
fn every_problem_that_verify_knows_is_described() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json.md")).unwrap();
    use hreg::store::Problem;
    for problem in [
        Problem::BlobDamaged,
        Problem::BlobMissing,
        Problem::ManifestInvalid,
        Problem::EntryDamaged,
        Problem::NameDangling,
        Problem::NameDamaged,
        Problem::NameWrong,
        Problem::SpaceDamaged,
        Problem::Stray,
    ] {
        let name = serde_json::to_value(problem).unwrap();
        let row = format!("\n| {} |", name.as_str().unwrap());
        assert!(page.contains(&row), "{row}");
    }
}
