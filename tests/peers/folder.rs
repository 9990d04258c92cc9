//! Chart folders made up for a test.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Is a chart folder that goes away with it.
pub(crate) struct Folder {
    parent: TempDir,
}

impl Folder {
    /// Makes a chart `x` of version 1.0.0 whose template lists the files that Helm sees.
    pub(crate) fn listing() -> Folder {
        let list = "{{ range $path, $_ := .Files }}# {{ $path }} {{ $.Files.Get $path | sha256sum }}\n\
                    {{ end }}";
        Folder::plain().file("templates/list.yaml", list)
    }

    /// Makes a chart `x` of version 1.0.0.
    pub(crate) fn plain() -> Folder {
        Folder::empty().file("Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\n")
    }

    /// Makes a folder with nothing in it.
    pub(crate) fn empty() -> Folder {
        let folder = Folder { parent: TempDir::new().unwrap() };
        fs::create_dir(folder.path()).unwrap();
        folder
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.parent.path().join("x")
    }

    /// Adds a file, or writes over the one that is there.
    pub(crate) fn file(self, name: &str, data: impl AsRef<[u8]>) -> Folder {
        let path = self.prepare(name);
        fs::write(path, data).unwrap();
        self
    }

    /// Adds files that say what they are called.
    pub(crate) fn files(self, names: &[&str]) -> Folder {
        names.iter().fold(self, |folder, name| folder.file(name, name))
    }

    /// Adds a chart in `charts/`, with lines for its Chart.yaml.
    pub(crate) fn subchart(self, folder: &str, lines: &str) -> Folder {
        let head = format!("apiVersion: v2\nversion: 0.1.0\n{lines}\n");
        self.file(&format!("charts/{folder}/Chart.yaml"), head)
    }

    /// Adds a symbolic link.
    pub(crate) fn link(self, name: &str, target: impl AsRef<Path>) -> Folder {
        let path = self.prepare(name);
        symlink(target, path).unwrap();
        self
    }

    fn prepare(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}
