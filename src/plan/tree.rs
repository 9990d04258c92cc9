//! Charts that are being put together: files, and charts in them.

use std::collections::{HashMap, HashSet};

use crate::chart::load::{Chart, File};

/// Is a chart as files, with the charts in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tree {
    /// The name of its folder in its parent's `charts/`.
    pub(super) folder: String,
    /// Its own files.
    pub(super) files: Vec<File>,
    /// The charts in it.
    pub(super) subcharts: Vec<Tree>,
}

impl Tree {
    /// Takes a chart as it is, with all that is in it. Where a file comes twice, the last one
    /// counts, as it does for Helm; signatures of archives go with the archives.
    pub(super) fn of(chart: &Chart) -> Tree {
        let mut tree = Tree::without_subcharts(chart);
        tree.subcharts = chart.subcharts.iter().map(Tree::of).collect();
        tree.name_folders_apart();
        tree
    }

    /// Takes a chart as it is, without the charts in it.
    pub(super) fn without_subcharts(chart: &Chart) -> Tree {
        let mut files: Vec<File> = Vec::with_capacity(chart.files.len());
        let mut places: HashMap<&str, usize> = HashMap::new();
        for file in chart.files.iter().filter(|file| !file.name.starts_with("charts/")) {
            match places.get(file.name.as_str()) {
                Some(place) => files[*place].clone_from(file),
                None => {
                    places.insert(&file.name, files.len());
                    files.push(file.clone());
                }
            }
        }
        Tree { folder: chart.name().to_owned(), files, subcharts: Vec::new() }
    }

    /// Gives the bytes of a file.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.iter().find(|file| file.name == name).map(|file| file.data.as_slice())
    }

    /// Writes a file, or makes it.
    pub(super) fn set_file(&mut self, name: &str, data: Vec<u8>) {
        match self.files.iter_mut().find(|file| file.name == name) {
            Some(file) => file.data = data,
            None => self.files.push(File { name: name.to_owned(), data, mode: 0o644 }),
        }
    }

    /// Takes a file away, if it is there.
    pub(super) fn remove_file(&mut self, name: &str) {
        self.files.retain(|file| file.name != name);
    }

    /// Gives every subchart a folder of its own that Helm takes for a chart's, though two may have
    /// one name, and some have one that no archive could hold.
    pub(super) fn name_folders_apart(&mut self) {
        let mut taken = HashSet::new();
        for subchart in &mut self.subcharts {
            let name = folder_name(&subchart.folder);
            subchart.folder.clone_from(&name);
            let mut number = 1;
            while !taken.insert(subchart.folder.clone()) {
                number += 1;
                subchart.folder = format!("{name}-{number}");
            }
        }
    }

    /// Lists all files by their paths in the outermost chart.
    pub(super) fn into_files(self) -> Vec<File> {
        let mut files = self.files;
        for subchart in self.subcharts {
            let folder = format!("charts/{}/", subchart.folder);
            files.extend(subchart.into_files().into_iter().map(|mut file| {
                file.name.insert_str(0, &folder);
                file
            }));
        }
        files
    }
}

/// Gives the name of a chart's folder. In `charts/`, Helm passes over what begins with `_` or `.`, and
/// takes what ends in `.tgz` for an archive.
fn folder_name(chart: &str) -> String {
    let is_wrong = |character: char| character.is_control() || "/\\:".contains(character);
    let name = chart.replace(is_wrong, "-");
    match name.starts_with(['_', '.']) || name.ends_with(".tgz") {
        true => format!("chart{name}-"),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_those_of_charts() {
        let tree = |folder: &str| Tree {
            folder: folder.to_owned(),
            files: Vec::new(),
            subcharts: Vec::new(),
        };
        let subcharts = ["a", "_a", ".a", "a.tgz", "a\\b\n", "a"].map(tree).into();
        let mut parent = Tree { subcharts, ..tree("parent") };
        parent.name_folders_apart();
        let folders: Vec<&str> = parent.subcharts.iter().map(|tree| &*tree.folder).collect();
        assert_eq!(folders, ["a", "chart_a-", "chart.a-", "charta.tgz-", "a-b-", "a-2"]);
    }
}
