//! Real charts: finding, unpacking, and going through them side by side.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use flate2::read::MultiGzDecoder;

use crate::compare::Checked;
use crate::peer;

/// Lists the archives of the real charts, or says that what needs them is skipped.
pub(crate) fn real() -> Option<Vec<PathBuf>> {
    let folder = peer::real_charts_folder()?;
    let paths = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "tgz")).collect();
    assert!(!paths.is_empty(), "{} holds no charts", folder.display());
    paths.sort();
    Some(paths)
}

/// Gives the file name of a chart's archive.
pub(crate) fn name(chart: &Path) -> String {
    chart.file_name().unwrap().to_string_lossy().into_owned()
}

/// Checks all charts on all cores, and reports every failure by the chart's name.
pub(crate) fn each(charts: &[PathBuf], check: impl Fn(&Path) -> Checked + Sync) {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let work = || {
        while let Some(chart) = charts.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(failure) = check(chart) {
                failures.lock().unwrap().push(format!("{}: {failure}", name(chart)));
            }
        }
    };
    // The peers are processes of their own, so that one core keeps more than one of them busy.
    let workers = 2 * thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().unwrap();
    let count = failures.len();
    assert!(count == 0, "{count} of {} charts:\n{}", charts.len(), failures.join("\n"));
}

/// Unpacks a well-formed chart archive without hreg, and gives the chart's folder.
pub(crate) fn unpack(archive: &Path, into: &Path) -> PathBuf {
    let mut archive = tar::Archive::new(MultiGzDecoder::new(File::open(archive).unwrap()));
    archive.set_preserve_mtime(false);
    archive.unpack(into).unwrap();
    let mut folders = fs::read_dir(into).unwrap();
    folders.next().expect("an archive has a root folder").unwrap().path()
}
