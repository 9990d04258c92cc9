use serde_json::json;

use super::*;
use crate::error::{Classified as _, Kind};
use crate::plan::{Mistake, Semantics};

const PLAN: &str = r#"{
  // the documentation of the original has comments
  "save": {"space": "library", "chart": "shop", "version": "1.0.0", "description": "all of it"},
  "semantics": "caicloud",
  "configs": {
    "package": {"independent": true, "space": "library", "chart": "base", "version": "1.0.0"},
    "_config": {"replicas": 2},
    "db": {
      "package": {"independent": true, "space": "a/b", "chart": "postgresql", "version": "~12.1",
                  "drop": ["common"]},
      "metrics": {
        "package": {"independent": false, "space": "x", "chart": "exporter", "version": "0.3.0"},
        "_config": null
      }
    }
  }
}"#;

/// Reads the plan above with something changed in it.
fn changed(change: impl FnOnce(&mut Value)) -> Result<Plan, Vec<String>> {
    let mut value = document::read(PLAN.as_bytes()).unwrap();
    change(&mut value);
    let read = Plan::parse(value.to_string().as_bytes());
    read.map_err(|mistakes| mistakes.0.iter().map(ToString::to_string).collect())
}

fn mistakes(change: impl FnOnce(&mut Value)) -> Vec<String> {
    changed(change).unwrap_err()
}

#[test]
fn reads_a_plan() {
    let plan = Plan::parse(PLAN.as_bytes()).unwrap();
    assert_eq!(plan.semantics, Some(Semantics::Caicloud));
    assert_eq!(plan.save.space, Some(SpaceName::library()));
    assert_eq!(plan.save.description.as_deref(), Some("all of it"));
    assert_eq!(plan.root.config, json!({"replicas": 2}).as_object().cloned());
    let (name, db) = &plan.root.children[0];
    assert_eq!((name.as_str(), &*db.place, &db.config), ("db", "configs.db", &None));
    assert_eq!(db.package.repository().unwrap().to_string(), "a/b/postgresql");
    assert_eq!(
        (db.package.version.to_string(), &db.package.drop[0][..]),
        ("~12.1".into(), "common")
    );
    let (_, metrics) = &db.children[0];
    assert_eq!((&metrics.package.source, &metrics.config), (&Source::Parent, &None));
    assert_eq!(metrics.place, "configs.db.metrics");
}

#[test]
fn the_same_plan_is_the_same_in_yaml() {
    let yaml = crate::chart::yaml::emit(&document::read(PLAN.as_bytes()).unwrap()).unwrap();
    assert_eq!(Plan::parse(yaml.as_bytes()).unwrap(), Plan::parse(PLAN.as_bytes()).unwrap());
}

#[test]
fn a_whole_version_means_itself_alone() {
    let holds = |wanted: &str, version: &str| {
        Wanted::parse(wanted).unwrap().holds_for(&Version::parse(version).unwrap())
    };
    assert!(holds("1.0.0+a", "1.0.0+a") && !holds("1.0.0+a", "1.0.0+b"));
    assert!(holds("1.0", "1.0.0") && holds("1.0", "1.0") && holds("^1", "1.2.3"));
    assert!(!holds("1.0.0", "1.0.0+a") && !holds("^1", "2.0.0-rc.1"));
    assert!(Wanted::parse("newest").is_err());
}

#[test]
fn all_mistakes_are_told_at_once() {
    let found = mistakes(|plan| {
        plan["save"]["version"] = json!("one");
        plan["save"]["chart"] = json!(["a"]);
        plan["semantics"] = json!("helm2");
        plan["configs"]["db"]["package"]["independant"] = json!(true);
        plan["configs"]["db"]["metrics"]["package"] = json!({"independent": "no", "version": 1});
        plan["configs"]["_config"] = json!([]);
    });
    assert_eq!(
        found,
        [
            "save.chart: expected text, found a list",
            "save.version: invalid version \"one\": expected SemVer, such as 1.2.3, 1.2.3-rc.1 or \
             1.2.3+build",
            "semantics: \"helm2\" is neither \"helm\" nor \"caicloud\"",
            "configs._config: expected values, found a list",
            "configs.db.package.independant: there is no such field; there are independent, space, \
             chart, version, digest, drop",
            "configs.db.metrics.package.independent: expected true or false, found text",
            "configs.db.metrics.package.version: expected text, found a number (text stands in quotes)",
            "configs.db.metrics.package.chart: it is missing",
        ]
    );
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(
        mistakes(|plan| *plan = json!({})),
        ["save: it is missing", "configs: it is missing"]
    );
    let no_space = mistakes(|plan| {
        plan["configs"]["package"].as_object_mut().unwrap().remove("space");
    });
    assert_eq!(no_space, ["configs.package.space: it is missing"]);
    let no_package = mistakes(|plan| plan["configs"]["db"] = json!({"_config": {}}));
    assert_eq!(no_package, ["configs.db.package: it is missing"]);
    assert_eq!(
        mistakes(|plan| *plan = json!(1)),
        ["plan: expected fields, found a number (text stands in quotes)"]
    );
}

#[test]
fn the_root_comes_from_the_store() {
    let found = mistakes(|plan| plan["configs"]["package"]["independent"] = json!(false));
    let expected =
        "configs.package.independent: the root is in no other chart: it must be true here";
    assert_eq!(found, [expected]);
}

#[test]
fn names_that_helm_could_not_use_are_refused() {
    for name in ["global", "a.b", "a/b", ""] {
        let found = mistakes(|plan| plan["configs"][name] = plan["configs"]["db"].clone());
        assert!(found[0].starts_with(&format!("configs.{name}: ")), "{found:?}");
        assert!(!can_name(name));
    }
    assert!(can_name("db") && !can_name("package"));
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| {
        changed(|plan| {
            let leaf = plan["configs"]["db"]["metrics"].clone();
            let mut node = leaf.clone();
            for _ in 2..depth {
                let mut outer = leaf.clone();
                outer["n"] = node;
                node = outer;
            }
            plan["configs"]["db"] = node;
        })
    };
    assert!(nested(MAX_DEPTH).is_ok());
    assert!(nested(MAX_DEPTH + 1).unwrap_err()[0].contains("more than 32 deep"));
}

#[test]
fn mistakes_have_the_kind_of_what_is_to_be_mended_first() {
    let mistake = |kind| Mistake { place: String::new(), message: String::new(), kind };
    let kind = |kinds: &[Kind]| Mistakes(kinds.iter().copied().map(mistake).collect()).kind();
    assert_eq!(kind(&[Kind::NotFound]), Kind::NotFound);
    assert_eq!(kind(&[Kind::NotFound, Kind::Invalid]), Kind::Invalid);
}
