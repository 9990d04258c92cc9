//! Writing `charts/` and the lock.
//!
//! All is written under temporary names and checked before the first of it is put in place: by
//! renaming, so that no file is ever half there. The temporary files are in `charts/`, where Helm
//! passes over names that begin with a dot, should a process be killed before it tidies up.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::head::Head;
use super::need::{Need, Way};
use super::present::identity;
use super::{Error, Origin, Plan, Report, Taken, collect, new_lock, one};
use crate::chart::dependency::{archive_name, locked};
use crate::chart::outline::Outline;
use crate::chart::{pack, schema};
use crate::digest::{Algorithm, Digest, HashingReader, HashingWriter};
use crate::disk::{self, NewFile, Synced, WrittenFile};
use crate::ops;
use crate::ops::export;
use crate::ops::prepare::read_folder;
use crate::store::Store;

/// Is an archive that is to be in `charts/`.
struct Archive {
    content: Digest,
    /// Its bytes, unless it is there already.
    file: Option<WrittenFile>,
}

/// Is what goes into `charts/`, by file name.
type Archives = BTreeMap<String, Archive>;

/// Writes what a plan needs, of which all is in the store or in folders by now.
pub(super) fn write(store: &Store, plan: &Plan) -> Result<Report, Vec<ops::Error>> {
    if plan.needs.is_empty() {
        return Ok(Report::default());
    }
    let charts = plan.head.charts();
    let is_new = check_place(&charts).map_err(one)?;
    let mut written = write_into(store, plan, &charts);
    if let Err(errors) = &mut written
        && is_new
        && let Err(error) = disk::remove_empty_folder(&charts)
    {
        errors.push(error.into());
    }
    written
}

/// Refuses to write through a link, which may lead anywhere; tells whether there is no folder yet.
fn check_place(charts: &Path) -> Result<bool, Error> {
    let found = match charts.symlink_metadata() {
        Err(_) => return Ok(true),
        Ok(found) if found.is_dir() => return Ok(false),
        Ok(found) if found.is_symlink() => "a symbolic link",
        Ok(_) => "no folder",
    };
    Err(Error::Place { path: charts.to_owned(), found })
}

fn write_into(store: &Store, plan: &Plan, charts: &Path) -> Result<Report, Vec<ops::Error>> {
    let stage = Stage { store, plan, charts };
    let mut archives = Archives::new();
    let taken = plan.needs.iter().map(|need| {
        let taken = stage.take(need, &mut archives);
        taken.map_err(|error| error.of("take", need.describe()))
    });
    let taken = collect(taken)?;
    let lock = stage.lock(&taken).map_err(one)?;
    let outdated = stage.outdated(&archives).map_err(one)?;

    let warnings = plan.needs.iter().filter_map(|need| stage.warn_of_folder(need)).collect();
    let mut report = Report { dependencies: taken, warnings, ..Report::default() };
    for (name, archive) in archives {
        if let Some(file) = archive.file {
            file.persist(&charts.join(name)).map_err(one)?;
        }
    }
    for path in outdated {
        disk::remove_file(&path).map_err(one)?;
        report.removed.push(path.display().to_string());
    }
    if let Some((file, path)) = lock {
        file.persist(&path).map_err(one)?;
        report.lock = Some(path.display().to_string());
    }
    Ok(report)
}

/// Holds what is needed to prepare files.
struct Stage<'a> {
    store: &'a Store,
    plan: &'a Plan,
    charts: &'a Path,
}

impl Stage<'_> {
    /// Prepares one dependency.
    fn take(&self, need: &Need, archives: &mut Archives) -> Result<Taken, ops::Error> {
        let mut taken = Taken {
            name: need.name.to_string(),
            version: need.dependency.version.clone(),
            repository: need.dependency.repository.clone(),
            origin: Origin::Charts,
            reference: None,
            path: None,
            content: None,
            written: false,
        };
        let made = match &need.way {
            Way::Charts => {
                self.check_present(need)?;
                return Ok(taken);
            }
            Way::Folder(folder) => {
                let (version, packed) = self.pack(need, folder)?;
                taken.version = version;
                packed
            }
            Way::Stored(stored) => {
                taken.version = stored.version.to_string();
                taken.reference = Some(stored.reference.clone());
                Made { content: stored.content, file: None }
            }
            Way::Registry(_) | Way::Repository(_) | Way::Unknown => {
                unreachable!("it was fetched before")
            }
        };
        let name = archive_name(need.name.as_str(), &taken.version);
        let path = self.charts.join(&name);
        (taken.content, taken.path) = (Some(made.content), Some(path.display().to_string()));
        taken.written = self.place(name, made, archives)?;
        Ok(taken)
    }

    /// Notes an archive for its place, and tells whether it has to be written.
    fn place(&self, name: String, made: Made, archives: &mut Archives) -> Result<bool, ops::Error> {
        if let Some(other) = archives.get(&name) {
            return match other.content == made.content {
                true => Ok(other.file.is_some()),
                false => Err(Error::Conflict { file: name }.into()),
            };
        }
        let path = self.charts.join(&name);
        if path.is_dir() {
            return Err(Error::Place { path, found: "a folder" }.into());
        }
        let content = made.content;
        let file = match (is_there(&path, &content), made.file) {
            (true, _) => None,
            (false, Some(file)) => Some(file),
            (false, None) => {
                disk::create_folders(self.charts, &mut Synced::new())?;
                Some(export::copy(self.store, &content, self.charts)?)
            }
        };
        let is_written = file.is_some();
        archives.insert(name, Archive { content, file });
        Ok(is_written)
    }

    /// Checks a chart that must be in `charts/` as a folder, as Helm asks for.
    fn check_present(&self, need: &Need) -> Result<(), ops::Error> {
        let path = self.charts.join(need.name.as_str());
        let chart = self.head_of(need, &path)?;
        let (name, version) = (&chart.metadata.name, &chart.metadata.version);
        need.check(name, version, path.display().to_string())
    }

    /// Tells of a folder beside an archive of the same chart: it may be somebody's work, and stays.
    fn warn_of_folder(&self, need: &Need) -> Option<String> {
        let path = self.charts.join(need.name.as_str());
        let is_beside = !matches!(need.way, Way::Charts) && path.join("Chart.yaml").is_file();
        is_beside.then(|| format!("{} is there too, and Helm loads both", path.display()))
    }

    fn head_of(&self, need: &Need, folder: &Path) -> Result<Head, ops::Error> {
        if !folder.is_dir() {
            let (name, path) = (need.name.to_string(), folder.to_owned());
            return Err(Error::Missing { name, path }.into());
        }
        Head::read(folder)
    }

    /// Packs the chart in a folder; its Chart.yaml is looked at first, for a folder may be anything.
    fn pack(&self, need: &Need, folder: &Path) -> Result<(String, Made), ops::Error> {
        let head = self.head_of(need, folder)?;
        if is_same_folder(folder, &self.plan.head.folder) {
            return Err(Error::Itself { name: need.name.to_string() }.into());
        }
        let (name, version) = (&head.metadata.name, &head.metadata.version);
        need.check(name, version, folder.display().to_string())?;
        let load = |error: crate::chart::Error| ops::Error::load(folder, error);
        let files = read_folder(folder)?;
        let outline = Outline::of_files(&files).map_err(|error| load(error.into()))?;
        // It may have changed since.
        let (name, version) = (&outline.metadata.name, &outline.metadata.version);
        need.check(name, version, folder.display().to_string())?;
        schema::check(&files).map_err(|error| load(error.into()))?;
        disk::create_folders(self.charts, &mut Synced::new())?;
        let file = NewFile::create(self.charts, 0o644)?;
        let path = file.path().to_owned();
        let mut hashed = HashingWriter::new(file, Algorithm::Sha256);
        let packed = pack::pack(name, &files, self.plan.options.modified, &mut hashed);
        packed.map_err(|error| match error {
            pack::Error::Write(error) => disk::Error::new("write", &path, error).into(),
            error => load(error.into()),
        })?;
        let (file, content, _) = hashed.finish();
        Ok((outline.metadata.version, Made { content, file: Some(file.close()) }))
    }

    /// Prepares the lock, if it is to be written.
    fn lock(&self, taken: &[Taken]) -> Result<Option<(WrittenFile, PathBuf)>, ops::Error> {
        let pins = taken.iter().map(|taken| locked(&taken.name, &taken.version, &taken.repository));
        let Some(lock) = new_lock(self.plan, pins.collect()) else { return Ok(None) };
        let text = lock.to_yaml().map_err(|error| Error::Lock { source: error.into() })?;
        let Plan { head, .. } = self.plan;
        let mut file = NewFile::create(self.charts, 0o644)?;
        let path = file.path().to_owned();
        io::Write::write_all(&mut file, text.as_bytes())
            .map_err(|error| disk::Error::new("write", &path, error))?;
        Ok(Some((file.close(), head.folder.join(head.file_names().1))))
    }

    /// Lists archives in `charts/` that others take the place of: of charts that are dependencies,
    /// and those that the old lock names. Other charts there are nobody's business here.
    fn outdated(&self, archives: &Archives) -> Result<Vec<PathBuf>, ops::Error> {
        let named = |own: bool| -> BTreeSet<&str> {
            let needs = self.plan.needs.iter();
            let needs = needs.filter(|need| matches!(need.way, Way::Charts) == own);
            needs.map(|need| need.name.as_str()).collect()
        };
        let (own, fetched) = (named(true), named(false));
        let locked = self.plan.head.lock.iter().flat_map(|lock| &lock.dependencies);
        let locked: BTreeSet<String> =
            locked.map(|dependency| archive_name(&dependency.name, &dependency.version)).collect();
        let mut outdated = Vec::new();
        for (file, _) in disk::entries(self.charts)? {
            let path = self.charts.join(&file);
            if !file.ends_with(".tgz") || archives.contains_key(&file) || path.is_dir() {
                continue;
            }
            let Some(chart) = identity(&path) else { continue };
            let is_named = fetched.contains(chart.name.as_str()) || locked.contains(&file);
            if is_named && !own.contains(chart.name.as_str()) {
                outdated.push(path);
            }
        }
        outdated.sort();
        Ok(outdated)
    }
}

/// Is an archive that was made, or that the store has.
struct Made {
    content: Digest,
    file: Option<WrittenFile>,
}

/// Tells whether a file, and no link, has the bytes that it is to have.
fn is_there(path: &Path, content: &Digest) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
    is_file && digest_of(path).is_ok_and(|digest| digest == *content)
}

fn digest_of(path: &Path) -> io::Result<Digest> {
    let mut reader = HashingReader::new(File::open(path)?, Algorithm::Sha256);
    io::copy(&mut reader, &mut io::sink())?;
    Ok(reader.finish().0)
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
