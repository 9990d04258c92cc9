//! Charts made up for one trait each: Helm and hreg accept them alike, or refuse them alike.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::compare::{Checked, same};
use crate::helm::Helm;
use crate::hreg::Hreg;
use crate::rendering::renders_alike;
use crate::run::Said;

/// Says what is to become of a chart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Verdict {
    /// Both accept it, and make the same of it.
    Accept,
    /// Both refuse it, and name this cause.
    Refuse(&'static str),
    /// Both refuse it: Helm names the first cause, hreg the second.
    Differ(&'static str, &'static str),
    /// Helm accepts it, and hreg refuses it on purpose, and names this cause.
    Stricter(&'static str),
}

/// Lists what is checked of each chart in a table.
pub(crate) type Cases<T> = Vec<(&'static str, T, Verdict)>;

/// Checks all charts of a table, and reports every failure by the case's name.
pub(crate) fn check_all<T>(cases: Cases<T>, check: impl Fn(&T, Verdict) -> Checked) {
    let count = cases.len();
    let failures: Vec<String> = cases
        .into_iter()
        .filter_map(|(name, chart, verdict)| {
            let failure = check(&chart, verdict).err()?;
            Some(format!("{name}: {failure}"))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {count} cases:\n{}", failures.len(), failures.join("\n"));
}

/// Checks what becomes of an archive; what is accepted is exported and rendered too.
pub(crate) fn check_archive(helm: &Helm, archive: &[u8], verdict: Verdict) -> Checked {
    let Some((hreg, reference)) = check_loaded(helm, archive, verdict)? else { return Ok(()) };
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.tgz");
    fs::write(&path, archive).unwrap();
    let exported = hreg.export_folder(&reference, folder.path());
    renders_alike(helm, &path, &exported)
}

/// Checks what becomes of an archive and, where it is accepted, what its Chart.yaml says.
pub(crate) fn check_loaded(
    helm: &Helm,
    archive: &[u8],
    verdict: Verdict,
) -> Result<Option<(Hreg, String)>, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.tgz");
    fs::write(&path, archive).unwrap();
    let hreg = Hreg::new();
    let Some(theirs) = load(helm, &hreg, &path, verdict)? else { return Ok(None) };
    let reference = hreg.saved(&path).reference().to_owned();
    let shown = hreg.run(["show", "chart", &reference]).bytes();
    same("Chart.yaml", &theirs.bytes(), &shown)?;
    Ok(Some((hreg, reference)))
}

/// Checks what becomes of a file of this name.
pub(crate) fn check_named(helm: &Helm, name: &str, bytes: &[u8], verdict: Verdict) -> Checked {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    load(helm, &Hreg::new(), &path, verdict).map(drop)
}

/// Has both load a file; where both accept it, gives what Helm shows of it.
fn load(helm: &Helm, hreg: &Hreg, path: &Path, verdict: Verdict) -> Result<Option<Said>, String> {
    let (theirs, ours) = (show_chart(helm, path), hreg.save(path));
    let complaint = (!theirs.success).then_some(theirs.stderr.as_str());
    Ok(agree_on(verdict, complaint, &ours)?.then_some(theirs))
}

/// Checks what becomes of a folder; what both pack must be the same chart.
pub(crate) fn check_folder(helm: &Helm, folder: &Path, verdict: Verdict) -> Checked {
    let packed = TempDir::new().unwrap();
    let hreg = Hreg::new();
    let ours = hreg.save(folder);
    let theirs = helm.package(folder, packed.path());
    let complaint = theirs.as_ref().err().map(|said| said.stderr.as_str());
    if !agree_on(verdict, complaint, &ours)? {
        return Ok(());
    }
    let reference = hreg.saved(folder).reference().to_owned();
    let exported = hreg.export_archive(&reference, packed.path().join("own").as_path());
    same_chart(helm, &theirs.unwrap(), &exported)
}

/// Checks that two archives are the same chart to Helm.
pub(crate) fn same_chart(helm: &Helm, theirs: &Path, ours: &Path) -> Checked {
    let show = |path: &Path| show_chart(helm, path).bytes();
    same("Chart.yaml", &show(theirs), &show(ours))?;
    renders_alike(helm, theirs, ours)
}

fn show_chart(helm: &Helm, path: &Path) -> Said {
    helm.run(["show".as_ref(), "chart".as_ref(), path.as_os_str()])
}

/// Holds what both said against the verdict; tells whether both accepted.
fn agree_on(verdict: Verdict, theirs: Option<&str>, ours: &Said) -> Result<bool, String> {
    let (helm, hreg) = match verdict {
        Verdict::Accept => (None, None),
        Verdict::Refuse(cause) => (Some(cause), Some(cause)),
        Verdict::Differ(helm, hreg) => (Some(helm), Some(hreg)),
        Verdict::Stricter(hreg) => (None, Some(hreg)),
    };
    complains("Helm", helm, theirs)?;
    complains("hreg", hreg, (!ours.success).then_some(ours.stderr.as_str()))?;
    Ok(helm.is_none() && hreg.is_none())
}

fn complains(who: &str, expected: Option<&str>, said: Option<&str>) -> Checked {
    match (expected, said) {
        (None, None) => Ok(()),
        (Some(cause), Some(said)) if said.contains(cause) => Ok(()),
        _ => Err(format!("{who} was to say {expected:?}, and said {said:?}")),
    }
}
