//! What is in a chart's `charts/`.

use std::fs::File;
use std::path::Path;

use crate::chart::dependency::{Identity, Present};
use crate::chart::outline::Outline;
use crate::ops;
use crate::{disk, parallel};

/// Lists the folders and archives in `charts/` by name, and what they call themselves. Other files
/// are passed over.
pub(super) fn present(charts: &Path) -> Result<Vec<Present>, ops::Error> {
    let mut files: Vec<String> = disk::entries(charts)?.into_iter().map(|(file, _)| file).collect();
    files.retain(|file| file.ends_with(".tgz") || charts.join(file).is_dir());
    files.sort();
    let read = |file: &String| Present { file: file.clone(), chart: identity(&charts.join(file)) };
    Ok(parallel::map(&files, 1, read))
}

/// Reads what a folder or an archive calls itself, if it is a chart.
pub(super) fn identity(path: &Path) -> Option<Identity> {
    let outline = match path.is_dir() {
        true => Outline::of_files(&ops::prepare::read_folder(path).ok()?).ok()?,
        // Asked before it is opened: opening a pipe would wait for a writer.
        false if path.is_file() => Outline::of_archive(File::open(path).ok()?).ok()?,
        false => return None,
    };
    let (name, version) = (outline.metadata.name, outline.metadata.version);
    Some(Identity { name, version })
}
