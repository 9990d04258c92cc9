//! What hreg packs out of a folder is the chart that Helm sees in the folder, always the same bytes.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tempfile::TempDir;

use crate::charts;
use crate::compare::equal;
use crate::helm::Helm;
use crate::hreg::{Hreg, Saved};
use crate::registry::Registry;
use crate::rendering::renders_alike;
use crate::run::Said;

#[test]
fn every_packed_folder_renders_and_lints_like_the_folder() {
    let Some(helm) = Helm::find() else { return };
    let Some(archives) = charts::real() else { return };
    charts::each(&archives, |chart| {
        let place = TempDir::new().unwrap();
        let folder = charts::unpack(chart, place.path());
        let hreg = Hreg::new();
        let out = TempDir::new().unwrap();
        let packed = hreg.export_archive(hreg.saved(&folder).reference(), out.path());
        renders_alike(&helm, &folder, &packed)?;
        let lints = |path: &Path| helm.run(["lint".as_ref(), path.as_os_str()]).success;
        equal("helm lint", &lints(&folder), &lints(&packed))
    });
}

#[test]
fn every_packed_folder_has_the_config_that_helm_packs_and_pushes() {
    let Some(helm) = Helm::find() else { return };
    let Some(registry) = Registry::start() else { return };
    let Some(archives) = charts::real() else { return };
    charts::each(&archives, |chart| {
        let place = TempDir::new().unwrap();
        let folder = charts::unpack(chart, place.path());
        let out = TempDir::new().unwrap();
        let packed = helm.package(&folder, out.path()).map_err(|said| said.stderr)?;
        let pushed = registry.push(&helm, &packed, "packed")?;
        let expected = pushed["config"]["digest"].as_str().unwrap();
        equal("config digest", &expected, &Hreg::new().saved(&folder).meta())
    });
}

#[test]
fn every_folder_gives_the_same_bytes_on_any_day_and_machine() {
    let Some(archives) = charts::real() else { return };
    charts::each(&archives, |chart| {
        let (first, second) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let expected = Hreg::new().saved(&charts::unpack(chart, first.path()));
        let folder = charts::unpack(chart, second.path());
        age(&folder);
        let hreg = Hreg::new();
        let mut command = hreg.command();
        command.args(["save", "--output=json"]).arg(&folder);
        command.env("LC_ALL", "tr_TR.UTF-8").env("LANG", "tr_TR.UTF-8").env("TZ", "Asia/Tokyo");
        let reports: Value = serde_json::from_slice(&Said::of(&mut command).bytes()).unwrap();
        let actual = Saved(reports[0].clone());
        equal("content digest", &expected.content(), &actual.content())?;
        equal("manifest digest", &expected.0["digest"], &actual.0["digest"])
    });
}

/// Makes all files look as if they had been written long ago.
fn age(folder: &Path) {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            age(&path);
        } else {
            File::options().append(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        }
    }
}
