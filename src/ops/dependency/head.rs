//! What a chart's folder says of its dependencies: Chart.yaml, and the lock beside it.
//!
//! Nothing else of the folder is read, so what is wrong in `charts/` cannot keep it from being
//! brought in order.

use std::path::{Path, PathBuf};

use super::Error;
use crate::chart::folder::{self, FolderFile};
use crate::chart::load::File;
use crate::chart::lock::Lock;
use crate::chart::metadata::Metadata;
use crate::chart::outline::Outline;
use crate::error::{Classified as _, Kind};
use crate::ops;

/// The files that Helm reads dependencies from, in the order in which it reads them.
const FILES: [&str; 4] = ["Chart.lock", "Chart.yaml", "requirements.lock", "requirements.yaml"];

/// Is the head of a chart in a folder.
pub(super) struct Head {
    pub(super) folder: PathBuf,
    pub(super) metadata: Metadata,
    pub(super) lock: Option<Lock>,
}

impl Head {
    /// Reads the head of the chart in a folder.
    pub(super) fn read(folder: &Path) -> Result<Head, ops::Error> {
        if !folder.is_dir() {
            return Err(Error::NotAFolder { path: folder.to_owned() }.into());
        }
        let mut files = Vec::new();
        for name in FILES {
            let path = folder.join(name);
            let (name, mode, size) = (name.to_owned(), 0o644, 0);
            let file = FolderFile { name: name.clone(), path, mode, size };
            match folder::read(&file) {
                Ok(data) => files.push(File { name, data, mode }),
                Err(error) if error.kind() == Kind::NotFound => {}
                Err(error) => return Err(ops::Error::load(folder, error)),
            }
        }
        if !files.iter().any(|file| file.name == "Chart.yaml") {
            return Err(Error::NoChart { path: folder.to_owned() }.into());
        }
        let outline = Outline::of_files(&files).map_err(|error| ops::Error::load(folder, error))?;
        let Outline { metadata, lock, .. } = outline;
        Ok(Head { folder: folder.to_owned(), metadata, lock })
    }

    /// Gives the folder that the dependencies are in.
    pub(super) fn charts(&self) -> PathBuf {
        self.folder.join("charts")
    }

    /// Tells whether the chart has requirements.yaml and requirements.lock.
    pub(super) fn is_v1(&self) -> bool {
        self.metadata.api_version == "v1"
    }

    /// Gives the names of the files that list and lock the dependencies.
    pub(super) fn file_names(&self) -> (&'static str, &'static str) {
        match self.is_v1() {
            true => ("requirements.yaml", "requirements.lock"),
            false => ("Chart.yaml", "Chart.lock"),
        }
    }
}
