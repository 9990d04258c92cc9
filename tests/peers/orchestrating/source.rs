//! Charts made up to be the sources of plans.

use std::fs;
use std::path::{Path, PathBuf};

/// Begins a line of a template that prints its chart's own name, version and values.
pub(super) const MARK: &str = "# sees ";

/// Is a chart whose template prints which chart it is and what values it sees.
#[derive(Clone)]
pub(super) struct Source {
    name: String,
    version: String,
    api: &'static str,
    files: Vec<(String, String)>,
    /// The charts in it, and whether each is an archive.
    subcharts: Vec<(Source, bool)>,
}

impl Source {
    pub(super) fn new(name: &str, version: &str) -> Source {
        let (name, version) = (name.to_owned(), version.to_owned());
        let source = Source { name, version, api: "v2", files: Vec::new(), subcharts: Vec::new() };
        let mark = format!("{MARK}{} {}", source.name, source.version);
        source.file("templates/seen.yaml", &format!("{mark} {{{{ toJson .Values }}}}\n"))
    }

    /// Makes it one of apiVersion v1.
    pub(super) fn v1(mut self) -> Source {
        self.api = "v1";
        self
    }

    /// Makes it a library: such a chart has no templates that print.
    pub(super) fn library(mut self) -> Source {
        self.files.retain(|(name, _)| name != "templates/seen.yaml");
        self.head("type: library\n")
    }

    /// Adds lines to Chart.yaml.
    pub(super) fn head(self, lines: &str) -> Source {
        self.file("Chart.yaml", lines)
    }

    pub(super) fn values(self, text: &str) -> Source {
        self.file("values.yaml", text)
    }

    /// Adds a file, or lines to one.
    pub(super) fn file(mut self, name: &str, text: &str) -> Source {
        match self.files.iter_mut().find(|(other, _)| other == name) {
            Some((_, before)) => before.push_str(text),
            None => self.files.push((name.to_owned(), text.to_owned())),
        }
        self
    }

    /// Puts a chart into it, without listing it.
    pub(super) fn holding(mut self, subchart: Source) -> Source {
        self.subcharts.push((subchart, false));
        self
    }

    /// Puts a chart into it as an archive, without listing it.
    pub(super) fn holding_archive(mut self, subchart: Source) -> Source {
        self.subcharts.push((subchart, true));
        self
    }

    /// Lists dependencies where its apiVersion has them.
    pub(super) fn listing(self, dependencies: &[&str]) -> Source {
        let lines = dependencies.iter().map(|dependency| format!("- {{{dependency}}}\n"));
        let file = if self.api == "v1" { "requirements.yaml" } else { "Chart.yaml" };
        self.file(file, &format!("dependencies:\n{}", lines.collect::<String>()))
    }

    /// Puts a chart into it and lists it.
    pub(super) fn with(self, subchart: Source) -> Source {
        let line = format!("name: {}, version: {}", subchart.name, subchart.version);
        self.listing(&[&line]).holding(subchart)
    }

    /// Writes it as a folder in another one.
    pub(super) fn write(&self, parent: &Path, pack: &dyn Fn(&Path, &Path)) -> PathBuf {
        let folder = parent.join(&self.name);
        let head =
            format!("apiVersion: {}\nname: {}\nversion: {}\n", self.api, self.name, self.version);
        self.write_file(&folder, "Chart.yaml", &head);
        for (name, text) in &self.files {
            let head = if name == "Chart.yaml" { &*head } else { "" };
            self.write_file(&folder, name, &format!("{head}{text}"));
        }
        for (subchart, is_archive) in &self.subcharts {
            let charts = folder.join("charts");
            fs::create_dir_all(&charts).unwrap();
            if *is_archive {
                let aside = tempfile::tempdir().unwrap();
                pack(&subchart.write(aside.path(), pack), &charts);
            } else {
                subchart.write(&charts, pack);
            }
        }
        folder
    }

    fn write_file(&self, folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}
