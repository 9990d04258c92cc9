//! Reading everything back: is each thing in the store what its name says?
//!
//! A pass takes no lock, so it may see a change half way. Findings are therefore looked for again
//! with writers kept out before they are reported, and mended only then. What is damaged is moved
//! aside, part by part; nothing is deleted.

mod pass;
mod repair;

use serde::Serialize;

use super::{Error, Store};
use crate::digest::Digest;
use crate::error::{Classified as _, Kind};
use crate::name::{Reference, Repository, SpaceName};
use crate::storage::{Mode, Name, Part};

/// Says what is wrong; the text of each is part of the JSON contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// A blob's bytes are not what its name says.
    BlobDamaged,
    /// A blob that a manifest needs is not there.
    BlobMissing,
    /// A manifest, or the Chart.yaml that it names, is not well formed.
    ManifestInvalid,
    /// The links of an entry do not say what its manifest says.
    EntryDamaged,
    /// A tag or a version does not lead to an entry.
    NameDangling,
    /// A tag or a version leads where no manifest can be.
    NameDamaged,
    /// A version leads to a chart of another name or version.
    NameWrong,
    /// A space has charts but no record, or an unreadable one.
    SpaceDamaged,
    /// Something in the store's folder is none of hreg's.
    Stray,
}

/// Is one thing that is not as it should be.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What kind of damage it is.
    pub problem: Problem,
    /// What is damaged: a digest, a reference, a space or a path within the store.
    pub subject: String,
    /// What exactly is wrong.
    pub detail: String,
    /// What was done about it, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair: Option<String>,
    #[serde(skip)]
    part: Part,
}

impl Finding {
    fn new(problem: Problem, part: Part, detail: impl ToString) -> Finding {
        Finding { problem, subject: subject(&part), detail: detail.to_string(), repair: None, part }
    }
}

/// Says what was read, and what was found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// How many blobs were read.
    pub blobs: usize,
    /// How many bytes these have.
    pub bytes: u64,
    /// How many manifests were read.
    pub manifests: usize,
    /// How many tags and versions were followed.
    pub names: usize,
    /// What is not as it should be, sorted.
    pub findings: Vec<Finding>,
}

impl Store {
    /// Reads everything back, and changes nothing.
    pub fn verify(&self) -> Result<Verified, Error> {
        let first = self.pass()?;
        if first.findings.is_empty() {
            return Ok(first);
        }
        match self.driver.lock_store(Mode::Exclusive, self.wait()) {
            Ok(_lock) => self.pass(),
            // Nobody can be writing where nobody may write.
            Err(error) if error.kind() == Kind::Denied => Ok(first),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads everything back, moves what is damaged aside, and makes anew what can be.
    pub fn repair(&self) -> Result<Verified, Error> {
        /// Moving one part aside can leave others without what they lead to: blob, entry, name.
        const MAX_ROUNDS: usize = 8;
        if self.driver.is_absent()? {
            return Ok(Verified::default());
        }
        let lock = self.driver.lock_store(Mode::Exclusive, self.wait())?;
        let mut verified = self.pass()?;
        let mut mended = Vec::new();
        for _ in 0..MAX_ROUNDS {
            if verified.findings.is_empty() {
                break;
            }
            let mut failed = false;
            for mut finding in verified.findings {
                // What was moved before is to be told, whatever happens to the rest.
                finding.repair = Some(self.mend(&lock, &finding).unwrap_or_else(|error| {
                    failed = true;
                    format!("not mended: {error}")
                }));
                mended.push(finding);
            }
            verified = self.pass()?;
            if failed {
                break;
            }
        }
        // What an interrupted repair did is no finding any more.
        self.driver.sync()?;
        mended.append(&mut verified.findings);
        Ok(Verified { findings: mended, ..verified })
    }
}

/// Names a part of the storage for people.
pub(super) fn subject(part: &Part) -> String {
    match part {
        Part::Blob(digest) => digest.to_string(),
        Part::Entry(repository, manifest) => entry_name(repository, manifest),
        Part::Name(repository, Name::Tag(tag)) => format!("{repository}:{tag}"),
        Part::Name(repository, name) => format!("{repository} {name}"),
        Part::Space(space) => space_name(space),
        Part::Stray(path) => path.clone(),
    }
}

fn entry_name(repository: &Repository, manifest: &Digest) -> String {
    Reference::exact(repository.clone(), *manifest).to_string()
}

fn space_name(space: &SpaceName) -> String {
    format!("space {space}")
}
