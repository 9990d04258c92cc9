//! Looking for what does not belong: files that are no blobs, links that point elsewhere.
//!
//! What a blob, an entry or a name says is held against the rest by `store`; here it is only asked
//! whether each thing in the folder is one of hreg's, in the form that hreg writes.

use std::fs::FileType;
use std::path::Path;

use super::layout::{self, path};
use super::{entries, holds, names};
use crate::digest::Algorithm;
use crate::disk;
use crate::name::{Repository, Tag, Version};
use crate::storage::{Error, Fault, Name, Part, UploadName};

pub(super) fn run(root: &Path) -> Result<Vec<Fault>, Error> {
    let mut inspection = Inspection { root, faults: Vec::new() };
    inspection.top()?;
    inspection.blobs()?;
    inspection.names(path::CHARTS)?;
    inspection.names(path::REFS)?;
    inspection.uploads()?;
    Ok(inspection.faults)
}

struct Inspection<'a> {
    root: &'a Path,
    faults: Vec<Fault>,
}

impl Inspection<'_> {
    fn report(&mut self, part: Part, problem: &str) {
        self.faults.push(Fault { part, problem: problem.to_owned() });
    }

    fn stray(&mut self, relative: &Path, problem: &str) {
        self.report(Part::Stray(relative.display().to_string()), problem);
    }

    fn top(&mut self) -> Result<(), Error> {
        for (name, kind) in disk::entries(self.root)? {
            let known = match kind.is_dir() {
                true => path::FOLDERS.contains(&name.as_str()),
                false => name == path::FORMAT,
            };
            if !known {
                self.stray(Path::new(&name), "it is no part of a store");
            }
        }
        Ok(())
    }

    fn blobs(&mut self) -> Result<(), Error> {
        for (name, kind) in disk::entries(&self.root.join(path::BLOBS))? {
            let algorithm = Algorithm::ALL.into_iter().find(|known| known.as_str() == name);
            let folder = Path::new(path::BLOBS).join(&name);
            let Some(algorithm) = algorithm.filter(|_| kind.is_dir()) else {
                self.stray(&folder, "it is no folder of blobs");
                continue;
            };
            for (name, kind) in disk::entries(&self.root.join(&folder))? {
                if algorithm.digest(&name).is_err() || !kind.is_file() {
                    self.stray(&folder.join(name), "it is no blob");
                }
            }
        }
        Ok(())
    }

    /// Looks through one of the two trees of names.
    fn names(&mut self, top: &'static str) -> Result<(), Error> {
        let mut folders = Vec::new();
        names::walk(&self.root.join(top), &mut Vec::new(), &mut |above, _| {
            folders.push(above.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>());
        })?;
        for folder in folders {
            self.folder(top, &folder.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn folder(&mut self, top: &'static str, folders: &[&str]) -> Result<(), Error> {
        let relative: std::path::PathBuf = std::iter::once(&top).chain(folders).collect();
        let repository = layout::repository_of(folders);
        for (name, kind) in disk::entries(&self.root.join(&relative))? {
            let place = relative.join(&name);
            match (name.as_str(), &repository) {
                (path::SPACE_RECORD, _) if top == path::CHARTS && kind.is_file() => {
                    if layout::space_of(folders).is_none() {
                        self.stray(&place, "its folder is no space's");
                    }
                }
                (path::VERSIONS, Some(repository)) if top == path::CHARTS && kind.is_dir() => {
                    self.links(
                        &place,
                        |name| Some(Name::Version(Version::parse(name).ok()?)),
                        repository,
                    )?;
                }
                (path::TAGS, Some(repository)) if top == path::REFS && kind.is_dir() => {
                    self.links(&place, |name| Some(Name::Tag(Tag::parse(name).ok()?)), repository)?;
                }
                (path::MANIFESTS, Some(repository)) if top == path::REFS && kind.is_dir() => {
                    self.entries(&place, repository)?;
                }
                (path::HOLDS, Some(repository)) if top == path::REFS && kind.is_dir() => {
                    self.holds(&place, repository)?;
                }
                (path::VERSIONS | path::TAGS | path::MANIFESTS | path::HOLDS, _) => {
                    self.stray(&place, "its folder is no chart's");
                }
                _ if kind.is_dir() => {}
                _ => self.stray(&place, "it is no part of a store"),
            }
        }
        Ok(())
    }

    fn links(
        &mut self,
        folder: &Path,
        parse: impl Fn(&str) -> Option<Name>,
        repository: &Repository,
    ) -> Result<(), Error> {
        for (text, kind) in disk::entries(&self.root.join(folder))? {
            let Some(name) = parse(&text).filter(|name| is_link_of(name, &text, kind)) else {
                self.stray(&folder.join(text), "it is no name's link");
                continue;
            };
            if let Err(Error::Link { target, .. }) = names::lookup(self.root, repository, &name) {
                let part = Part::Name(repository.clone(), name);
                self.report(part, &format!("it points to {target}, where no manifest can be"));
            }
        }
        Ok(())
    }

    fn holds(&mut self, folder: &Path, repository: &Repository) -> Result<(), Error> {
        for (name, _) in disk::entries(&self.root.join(folder))? {
            let blob = layout::digest_of(&name);
            let is_hold = match &blob {
                Some(blob) => holds::exists(self.root, repository, blob).unwrap_or(false),
                None => false,
            };
            if !is_hold {
                self.stray(&folder.join(name), "it is no link to a blob");
            }
        }
        Ok(())
    }

    fn uploads(&mut self) -> Result<(), Error> {
        for (name, kind) in disk::entries(&self.root.join(path::UPLOADS))? {
            if UploadName::parse(&name).is_none() || !kind.is_file() {
                self.stray(&Path::new(path::UPLOADS).join(name), "it is no part of an upload");
            }
        }
        Ok(())
    }

    fn entries(&mut self, folder: &Path, repository: &Repository) -> Result<(), Error> {
        for (name, kind) in disk::entries(&self.root.join(folder))? {
            let Some(manifest) = layout::digest_of(&name).filter(|_| kind.is_dir()) else {
                self.stray(&folder.join(name), "it is no manifest's entry");
                continue;
            };
            match entries::read(self.root, repository, &manifest) {
                Ok(_) => {}
                Err(Error::Entry { problem, .. }) => {
                    self.report(Part::Entry(repository.clone(), manifest), &problem);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Tells whether a link is named as hreg would name it: a tag never has a `+`.
fn is_link_of(name: &Name, text: &str, kind: FileType) -> bool {
    let written = match name {
        Name::Tag(tag) => tag.as_str(),
        Name::Version(version) => version.as_str(),
    };
    kind.is_symlink() && written == text
}
