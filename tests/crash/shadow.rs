//! A file system that knows what is durable, and what is lost when power goes.
//!
//! It is as forgetful as POSIX allows: a file has the bytes of its last sync, and a folder the
//! names of its last sync. Of what was not synced, each folder's changes may have reached the
//! disk or not, whatever became of other folders' earlier ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Id = usize;
type Names = BTreeMap<String, Id>;

/// Is a file, a folder or a link, as it is now and as it was last synced.
#[derive(Clone)]
enum Node {
    File { now: Vec<u8>, durable: Vec<u8> },
    Folder { now: Names, durable: Names },
    Link(PathBuf),
}

/// Is all that is in a folder, real paths below `root` being read as paths in it.
#[derive(Clone)]
pub(crate) struct Shadow {
    root: PathBuf,
    nodes: Vec<Node>,
}

/// Says which folders' unsynced changes are on the disk when power is back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kept {
    None,
    All,
    Only(Id),
    AllBut(Id),
}

impl Kept {
    fn keeps(self, folder: Id) -> bool {
        match self {
            Kept::None => false,
            Kept::All => true,
            Kept::Only(one) => folder == one,
            Kept::AllBut(one) => folder != one,
        }
    }
}

const ROOT: Id = 0;

impl Shadow {
    /// Takes what is in a folder for durable.
    pub(crate) fn of(root: &Path) -> Shadow {
        let mut shadow = Shadow { root: root.to_owned(), nodes: Vec::new() };
        shadow.read(root);
        shadow
    }

    fn read(&mut self, path: &Path) -> Id {
        let id = self.nodes.len();
        let kind = path.symlink_metadata().unwrap().file_type();
        if kind.is_symlink() {
            self.nodes.push(Node::Link(fs::read_link(path).unwrap()));
        } else if kind.is_file() {
            let bytes = fs::read(path).unwrap();
            self.nodes.push(Node::File { now: bytes.clone(), durable: bytes });
        } else {
            self.nodes.push(Node::Folder { now: Names::new(), durable: Names::new() });
            for entry in fs::read_dir(path).unwrap().map(Result::unwrap) {
                let child = self.read(&entry.path());
                self.names(id).insert(entry.file_name().into_string().unwrap(), child);
            }
            self.sync(id);
        }
        id
    }

    /// Takes the steps to be those of files below another folder.
    pub(crate) fn move_to(&mut self, root: &Path) {
        self.root = root.to_owned();
    }

    /// Does one step of a trace.
    pub(crate) fn step(&mut self, line: &str) {
        let mut fields = line.split('\t');
        let (action, path, detail) =
            (fields.next().unwrap(), Path::new(fields.next().unwrap()), fields.next().unwrap());
        match action {
            "create" => self.add(path, Node::File { now: Vec::new(), durable: Vec::new() }),
            "create the folder" => {
                self.add(path, Node::Folder { now: Names::new(), durable: Names::new() });
            }
            "link" => self.add(path, Node::Link(PathBuf::from(detail))),
            "write" => self.write(path, &hex::decode(detail).unwrap()),
            "sync" => self.find(path).into_iter().for_each(|id| self.sync(id)),
            "sync the file system of" => (0..self.nodes.len()).for_each(|id| self.sync(id)),
            "put in place" => self.rename(Path::new(detail), path),
            "remove" => drop(self.take(path)),
            "remove the folder" => self.remove_folder(path),
            // Of no interest to what is found later.
            "touch" | "make read-only" | "set the permissions of" | "lock" => {}
            _ => panic!("unknown step {line}"),
        }
    }

    fn names(&mut self, folder: Id) -> &mut Names {
        match &mut self.nodes[folder] {
            Node::Folder { now, .. } => now,
            _ => panic!("{folder} is no folder"),
        }
    }

    fn sync(&mut self, id: Id) {
        match &mut self.nodes[id] {
            Node::File { now, durable } => durable.clone_from(now),
            Node::Folder { now, durable } => durable.clone_from(now),
            Node::Link(_) => {}
        }
    }

    /// Finds a node by its real path, which may be relative; nothing outside the root is known.
    fn find(&self, path: &Path) -> Option<Id> {
        let path = self.root.join(path);
        let relative = path.strip_prefix(&self.root).ok()?;
        relative.components().try_fold(ROOT, |id, part| match &self.nodes[id] {
            Node::Folder { now, .. } => now.get(part.as_os_str().to_str()?).copied(),
            _ => None,
        })
    }

    fn place(&self, path: &Path) -> (Id, String) {
        let folder = self.find(path.parent().unwrap());
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (folder.unwrap_or_else(|| panic!("{} is in no folder", path.display())), name)
    }

    fn add(&mut self, path: &Path, node: Node) {
        let (folder, name) = self.place(path);
        self.nodes.push(node);
        let id = self.nodes.len() - 1;
        self.names(folder).insert(name, id);
    }

    fn take(&mut self, path: &Path) -> Option<Id> {
        let (folder, name) = self.place(path);
        self.names(folder).remove(&name)
    }

    fn write(&mut self, path: &Path, bytes: &[u8]) {
        let id = self.find(path).unwrap();
        match &mut self.nodes[id] {
            Node::File { now, .. } => now.extend_from_slice(bytes),
            _ => panic!("{} is no file", path.display()),
        }
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        let id = self.take(from).unwrap();
        let (folder, name) = self.place(to);
        self.names(folder).insert(name, id);
    }

    /// Removes a folder that is empty; one with all in it is only ever removed where it is
    /// invisible, under a temporary name.
    fn remove_folder(&mut self, path: &Path) {
        let Some(id) = self.find(path) else { return };
        let temporary = path.parent().unwrap().ends_with("tmp");
        if temporary || self.names(id).is_empty() {
            self.take(path);
        }
    }

    /// Lists what may be found when power went now.
    pub(crate) fn outcomes(&self) -> Vec<Kept> {
        let unsynced = |id: &Id| match &self.nodes[*id] {
            Node::Folder { now, durable } => now != durable,
            _ => false,
        };
        let unsynced: BTreeSet<Id> = (0..self.nodes.len()).filter(unsynced).collect();
        let single = unsynced.iter().flat_map(|id| [Kept::Only(*id), Kept::AllBut(*id)]);
        [Kept::None, Kept::All].into_iter().chain(single).collect()
    }

    /// Describes what is found after a loss of power, to tell equal outcomes.
    pub(crate) fn found(&self, kept: Kept) -> BTreeMap<PathBuf, Found<'_>> {
        let mut found = BTreeMap::new();
        self.collect(ROOT, Path::new(""), kept, &mut found);
        found
    }

    fn collect<'a>(
        &'a self,
        id: Id,
        path: &Path,
        kept: Kept,
        found: &mut BTreeMap<PathBuf, Found<'a>>,
    ) {
        let this = match &self.nodes[id] {
            Node::File { durable, .. } => Found::File(durable),
            Node::Link(target) => Found::Link(target),
            Node::Folder { now, durable } => {
                let names = if kept.keeps(id) { now } else { durable };
                for (name, child) in names {
                    self.collect(*child, &path.join(name), kept, found);
                }
                Found::Folder
            }
        };
        found.insert(path.to_owned(), this);
    }
}

/// Is what is found under a path after a loss of power.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Found<'a> {
    Folder,
    File(&'a [u8]),
    Link(&'a Path),
}

/// Writes what is found into a real folder.
pub(crate) fn restore(found: &BTreeMap<PathBuf, Found<'_>>, folder: &Path) {
    for (path, found) in found.iter().filter(|(path, _)| path.iter().next().is_some()) {
        let path = folder.join(path);
        match found {
            Found::Folder => fs::create_dir(path).unwrap(),
            Found::File(bytes) => fs::write(path, bytes).unwrap(),
            Found::Link(target) => std::os::unix::fs::symlink(target, path).unwrap(),
        }
    }
}
