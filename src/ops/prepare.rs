//! From a folder or an archive to a chart that is staged in a store.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::chart_facts::facts_of;
use super::save::Options;
use super::{BlobReport, Error, Kept};
use crate::chart::index::file_name;
use crate::chart::load;
use crate::chart::metadata::Metadata;
use crate::chart::outline::Outline;
use crate::chart::{archive, folder, pack, provenance, schema};
use crate::digest::Digest;
use crate::disk;
use crate::name::{ChartName, Reference, Repository, SpaceName, Tag, Version};
use crate::oci;
use crate::storage::Staged;
use crate::store::{self, NewChart, Store, Writer};

/// Says where a chart is to go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// To a chart of this space, under its own name and version.
    Space(SpaceName),
    /// To this reference, which must end in the chart's name.
    Reference(Reference),
}

/// Is a chart that is staged and not yet in the store.
#[derive(Debug)]
pub struct Prepared {
    /// What goes to the store.
    pub chart: NewChart,
    /// Chart.yaml as JSON.
    pub meta: BlobReport,
    /// The archive.
    pub content: BlobReport,
    /// The signature file, if there is one.
    pub provenance: Option<BlobReport>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

impl Prepared {
    /// Says what the store will have.
    pub(super) fn kept(&self) -> Kept {
        let NewChart { repository, tag, version, manifest, .. } = &self.chart;
        Kept {
            reference: Reference::tagged(repository.clone(), tag.clone()),
            name: repository.chart.clone(),
            version: version.clone(),
            digest: manifest.blob().digest(),
            meta: self.meta,
            content: self.content,
            provenance: self.provenance,
        }
    }
}

/// Reads, checks and stages a chart folder or archive.
pub fn prepare(
    store: &Store,
    writer: &Writer<'_>,
    path: &Path,
    options: &Options,
) -> Result<Prepared, Error> {
    let found = path.metadata().map_err(|error| disk::Error::new("read", path, error))?;
    if found.is_dir() {
        prepare_folder(store, writer, path, options)
    } else if found.is_file() {
        prepare_archive(store, writer, path, options)
    } else {
        Err(Error::NoFile { path: path.to_owned() })
    }
}

fn prepare_folder(
    store: &Store,
    writer: &Writer<'_>,
    path: &Path,
    options: &Options,
) -> Result<Prepared, Error> {
    let files = read_folder(path)?;
    let chart = Outline::of_files(&files).map_err(|error| Error::load(path, error))?;
    chart.check_dependencies().map_err(|error| Error::load(path, error))?;
    schema::check(&files).map_err(|error| Error::load(path, error))?;
    let metadata = &chart.metadata;
    let content = stage_packed(writer, &metadata.name, &files, options.modified)?;
    let signature = sign(writer, path, metadata, &content, options)?;
    stage(store, writer, path, metadata, &options.destination, content, signature)
}

/// Reads the files of a chart folder.
pub(super) fn read_folder(path: &Path) -> Result<Vec<load::File>, Error> {
    let listed = folder::list(path).map_err(|error| Error::load(path, error))?;
    let read = |file: &folder::FolderFile| {
        let data = folder::read(file).map_err(|error| Error::load(path, error))?;
        Ok(load::File { name: file.name.clone(), data, mode: file.mode })
    };
    listed.iter().map(read).collect()
}

/// Packs files into a staged archive.
pub(super) fn stage_packed(
    writer: &Writer<'_>,
    root: &str,
    files: &[load::File],
    modified: u64,
) -> Result<Staged, Error> {
    let mut stage = writer.stage()?;
    pack::pack(root, files, modified, &mut stage).map_err(|error| match error {
        pack::Error::Write(error) => not_written(error),
        error => Error::load(Path::new(root), error),
    })?;
    Ok(stage.finish().map_err(store::Error::from)?)
}

fn prepare_archive(
    store: &Store,
    writer: &Writer<'_>,
    path: &Path,
    options: &Options,
) -> Result<Prepared, Error> {
    let content = stage_file(writer, path)?;
    let bytes = content.open().map_err(store::Error::from)?;
    let outline = Outline::of_archive(bytes).map_err(|error| Error::load(path, error))?;
    let metadata = &outline.metadata;
    let signature = match options.signer {
        Some(_) => sign(writer, path, metadata, &content, options)?,
        None => {
            let signature = read_provenance(path, metadata, &content.blob().digest())?;
            signature.map(|bytes| stage_bytes(writer, &bytes)).transpose()?
        }
    };
    let destination = &options.destination;
    let mut prepared = stage(store, writer, path, metadata, destination, content, signature)?;
    if let Err(missing) = outline.check_dependencies() {
        prepared.warnings.push(format!("{}: {missing}", path.display()));
    }
    Ok(prepared)
}

/// Signs a staged archive, if that was asked for.
fn sign(
    writer: &Writer<'_>,
    path: &Path,
    metadata: &Metadata,
    content: &Staged,
    options: &Options,
) -> Result<Option<Staged>, Error> {
    let Some(signer) = &options.signer else { return Ok(None) };
    let signature = signer.sign(metadata, &content.blob().digest());
    let signature = signature.map_err(|error| Error::load(path, error))?;
    stage_bytes(writer, &signature).map(Some)
}

/// Copies a file into the store as it is.
fn stage_file(writer: &Writer<'_>, path: &Path) -> Result<Staged, Error> {
    let failed = |error| disk::Error::new("read", path, error);
    let mut file = File::open(path).map_err(failed)?;
    let mut stage = writer.stage()?;
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        let count = file.read(&mut buffer).map_err(failed)?;
        size += count as u64;
        if size > archive::MAX_STREAM_BYTES {
            return Err(Error::FileTooLarge { path: path.to_owned() });
        }
        if count == 0 {
            return Ok(stage.finish().map_err(store::Error::from)?);
        }
        write(&mut stage, &buffer[..count])?;
    }
}

/// Stages bytes that are in memory.
pub(super) fn stage_bytes(writer: &Writer<'_>, bytes: &[u8]) -> Result<Staged, Error> {
    let mut stage = writer.stage()?;
    write(&mut stage, bytes)?;
    Ok(stage.finish().map_err(store::Error::from)?)
}

fn write(stage: &mut impl io::Write, bytes: &[u8]) -> Result<(), Error> {
    stage.write_all(bytes).map_err(not_written)
}

pub(super) fn not_written(error: io::Error) -> Error {
    disk::Error::new("write to", Path::new("the store"), error).into()
}

/// Reads the signature file beside an archive, if there is one, and holds it against the archive by
/// the name that the chart has wherever it goes, whatever the file is called here.
pub(super) fn read_provenance(
    path: &Path,
    metadata: &Metadata,
    digest: &Digest,
) -> Result<Option<Vec<u8>>, Error> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".prov");
    let beside = PathBuf::from(beside);
    let Some(bytes) = disk::read_optional(&beside, provenance::MAX_BYTES as u64)? else {
        return Ok(None);
    };
    let name = file_name(&metadata.name, &metadata.version);
    provenance::check(&bytes, &name, digest).map_err(|error| Error::load(&beside, error))?;
    Ok(Some(bytes))
}

/// Stages what goes with an archive: Chart.yaml as JSON, and the manifest that ties them together.
pub(super) fn stage(
    store: &Store,
    writer: &Writer<'_>,
    path: &Path,
    metadata: &Metadata,
    destination: &Destination,
    content: Staged,
    provenance: Option<Staged>,
) -> Result<Prepared, Error> {
    let name = ChartName::parse(&metadata.name)?;
    let version = Version::parse(&metadata.version)?;
    let (repository, tag, expected) = place(destination, &name, &version)?;
    let meta = metadata.to_json();
    check_document(path, "Chart.yaml as JSON", &meta)?;
    let meta = stage_bytes(writer, &meta)?;
    let part = |staged: &Staged| (staged.blob().digest(), staged.blob().size());
    let manifest = oci::chart_manifest(
        &facts_of(metadata),
        part(&meta),
        part(&content),
        provenance.as_ref().map(part),
    );
    check_document(path, "the manifest", &manifest)?;
    let manifest = stage_bytes(writer, &manifest)?;
    let actual = manifest.blob().digest();
    if let Some(expected) = expected.filter(|expected| *expected != actual) {
        let (expected, actual) = (Box::new(expected), Box::new(actual));
        return Err(Error::OtherDigest { path: path.to_owned(), expected, actual });
    }
    let report = |staged: &Staged| -> Result<BlobReport, Error> {
        let blob = staged.blob();
        let new = !store.has_blob(&blob.digest())?;
        Ok(BlobReport { digest: blob.digest(), size: blob.size(), new })
    };
    Ok(Prepared {
        meta: report(&meta)?,
        content: report(&content)?,
        provenance: provenance.as_ref().map(report).transpose()?,
        warnings: Vec::new(),
        chart: NewChart {
            repository,
            tag,
            version,
            manifest,
            meta,
            content,
            provenance,
            others: Vec::new(),
            made_from: None,
        },
    })
}

/// Refuses what no reader of the store would take: what is saved must be there to be read.
fn check_document(path: &Path, what: &'static str, bytes: &[u8]) -> Result<(), Error> {
    let refuse = |reason: String| Error::Unreadable { path: path.to_owned(), what, reason };
    if bytes.len() as u64 > Store::MAX_DOCUMENT_BYTES {
        return Err(refuse(format!("it has more than {} bytes", Store::MAX_DOCUMENT_BYTES)));
    }
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err(refuse(error.to_string())),
    }
}

/// Finds out where a chart goes, and which digest it must have there, if one is demanded.
fn place(
    destination: &Destination,
    name: &ChartName,
    version: &Version,
) -> Result<(Repository, Tag, Option<Digest>), Error> {
    match destination {
        Destination::Space(space) => {
            let repository = Repository { space: space.clone(), chart: name.clone() };
            Ok((repository, version.tag(), None))
        }
        Destination::Reference(reference) if reference.repository.chart != *name => {
            Err(Error::wrong_chart(reference, name))
        }
        Destination::Reference(reference) => {
            let tag = reference.tag.clone().unwrap_or_else(|| version.tag());
            Ok((reference.repository.clone(), tag, reference.digest))
        }
    }
}
