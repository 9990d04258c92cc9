//! What hreg exports renders to what Helm makes of the archive.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::charts;
use crate::compare::{Checked, equal, same};
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::peer;

#[test]
fn every_exported_folder_renders_like_the_archive() {
    let Some(helm) = Helm::find() else { return };
    let Some(archives) = charts::real() else { return };
    charts::each(&archives, |chart| {
        let hreg = Hreg::new();
        let saved = hreg.saved(chart);
        let folder = TempDir::new().unwrap();
        let exported = hreg.export_folder(saved.reference(), folder.path());
        renders_alike(&helm, chart, &exported)
    });
}

#[test]
fn every_exported_archive_is_the_one_that_was_saved() {
    let Some(archives) = charts::real() else { return };
    charts::each(&archives, |chart| {
        let hreg = Hreg::new();
        let saved = hreg.saved(chart);
        let folder = TempDir::new().unwrap();
        let exported: PathBuf = hreg.export_archive(saved.reference(), folder.path());
        let read = |path: &Path| std::fs::read(path).unwrap();
        same("archive", &read(chart), &read(&exported))
    });
}

/// Checks that Helm makes the same of two charts, but for what it makes anew each time.
pub(crate) fn renders_alike(helm: &Helm, expected: &Path, actual: &Path) -> Checked {
    let (first, second) = (helm.template(expected), helm.template(expected));
    let other = helm.template(actual);
    equal("Helm's success", &first.success, &other.success)?;
    if !first.success {
        return equal("Helm's complaint", &first.stderr, &other.stderr);
    }
    if first.stdout == second.stdout {
        return same("what is rendered", &first.stdout, &other.stdout);
    }
    let random = differing(&lines(&first.stdout), &lines(&second.stdout));
    let name = charts::name(expected);
    peer::note(&format!("{name}: {} lines are random, and not compared", random.len()));
    let fixed = |text: &[u8]| -> Vec<u8> {
        let lines = lines(text).into_iter().enumerate();
        let kept = lines.filter(|(number, _)| !random.contains(number));
        kept.flat_map(|(_, line)| line.bytes().chain([b'\n']).collect::<Vec<_>>()).collect()
    };
    same("what is rendered", &fixed(&first.stdout), &fixed(&other.stdout))
}

fn lines(text: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(text).lines().map(str::to_owned).collect()
}

fn differing(one: &[String], other: &[String]) -> Vec<usize> {
    assert_eq!(one.len(), other.len(), "a chart renders to a random number of lines");
    (0..one.len()).filter(|&number| one[number] != other[number]).collect()
}
