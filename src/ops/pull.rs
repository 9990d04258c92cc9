//! Pulling charts from registries and classic chart repositories into the store.
//!
//! Everything is checked before anything gets a name: digests and sizes by the client, that it is a
//! chart and the one that was asked for here. Choosing a version is left to [`choose`].

mod alpha;
mod archive;
pub mod choose;
mod registry;
mod staging;

use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::Serialize;

pub use choose::Found;

use super::prepare::Prepared;
use super::sign::{self, Vouched};
use super::{Error, Kept, export, transfer};
use crate::name::{ChartName, SpaceName, Version};
use crate::parallel;
use crate::progress::Progress;
use crate::remote::Client;
use crate::storage::Staged;
use crate::store::{NewChart, Overwrite, Store, Writer};

/// How many charts are put into the store in one go, or more, while others are still on their way: the
/// fewer there are, the sooner the last are in; the more there are, the fewer waits for the disk.
const PUT_AT_ONCE: usize = 32;

/// Says how to pull.
#[derive(Debug, Clone)]
pub struct Options {
    /// The space to keep the charts in, instead of under their own references.
    pub to: Option<SpaceName>,
    /// Whether to ask a classic repository for signature files too; registries give them anyway.
    pub provenance: bool,
    /// The keys that each chart must be signed with one of, in OpenPGP's format.
    pub keyring: Option<Vec<u8>>,
    /// Whether versions that are there may be replaced.
    pub overwrite: Overwrite,
    /// Where to write the charts besides, if they are wanted as files.
    pub files: Option<Files>,
    /// How many charts to pull at a time.
    pub jobs: usize,
}

/// Says where charts are written that are pulled, and how.
#[derive(Debug, Clone)]
pub struct Files {
    /// The folder that they are put into; made where it is missing.
    pub destination: PathBuf,
    /// Whether to write folders instead of archives.
    pub untar: bool,
}

/// Says whether a pull brought anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The name leads to another manifest now, or is new.
    Downloaded,
    /// The name led to this manifest before.
    UpToDate,
}

/// Says what was pulled.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pulled {
    /// What was pulled: a reference, or the address of an archive.
    pub source: String,
    /// What is in the store now.
    #[serde(flatten)]
    pub chart: Kept,
    /// Who signed it, if that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signed_by: Vec<String>,
    /// Whether anything is new.
    pub status: Status,
    /// The folder or archive that was written, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What the user should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Is what a pull has brought, on its way to a name.
enum Fetched {
    /// Staged, and to be put into the store.
    New(Box<NewChart>, Pulled),
    /// There already.
    Same(Pulled),
}

/// Holds what every chart of one pull needs.
#[derive(Clone, Copy)]
struct Pull<'a> {
    store: &'a Store,
    client: &'a Client,
    writer: &'a Writer<'a>,
    options: &'a Options,
}

/// Pulls charts side by side; each of them succeeds or fails by itself. Those that have come are put
/// into the store while others come.
pub fn pull(
    store: &Store,
    client: &Client,
    wanted: &[Found],
    options: &Options,
    progress: &dyn Progress,
) -> Result<Vec<Result<Pulled, Error>>, Error> {
    progress.start(wanted.len());
    let writer = store.writer()?;
    let pull = Pull { store, client, writer: &writer, options };
    let fetch = |found: &Found| {
        let fetched = pull.fetch(found);
        progress.advance(&found.to_string());
        fetched.map_err(|error| error.of("pull", found))
    };
    let mut results = Vec::new();
    for batch in wanted.chunks(writer.most_at_once()) {
        let put = |fetched| match pull.put(fetched, &mut results) {
            Ok(()) => ControlFlow::Continue(()),
            // What was put before stays, and has to be told all the same.
            Err(error) => {
                results.push(Err(error));
                ControlFlow::Break(())
            }
        };
        if parallel::hand_over(batch, options.jobs, PUT_AT_ONCE, fetch, put).is_break() {
            break;
        }
    }
    Ok(results)
}

impl Fetched {
    /// Describes a chart that was fetched from `source`, and is staged.
    fn new(source: String, prepared: Prepared, signed_by: Vec<String>) -> Fetched {
        let pulled = Pulled {
            source,
            chart: prepared.kept(),
            signed_by,
            status: Status::Downloaded,
            path: None,
            warnings: prepared.warnings,
        };
        Fetched::New(Box::new(prepared.chart), pulled)
    }

    /// Describes a chart that `source` has, and the store has too.
    fn same(source: String, chart: Kept) -> Fetched {
        let (signed_by, warnings) = (Vec::new(), Vec::new());
        let status = Status::UpToDate;
        Fetched::Same(Pulled { source, chart, signed_by, status, path: None, warnings })
    }
}

impl Pull<'_> {
    fn fetch(&self, found: &Found) -> Result<Fetched, Error> {
        match found {
            Found::Registry(reference) => self.fetch_reference(reference),
            Found::Repository(entry) => self.fetch_entry(entry),
        }
    }

    /// Puts what could be fetched into the store, in one go; results are in the order of `fetched`.
    fn put(
        &self,
        fetched: Vec<Result<Fetched, Error>>,
        results: &mut Vec<Result<Pulled, Error>>,
    ) -> Result<(), Error> {
        let mut charts = Vec::new();
        let mut pulled = Vec::new();
        for fetched in fetched {
            pulled.push(fetched.map(|fetched| match fetched {
                Fetched::New(chart, pulled) => {
                    charts.push(*chart);
                    (true, pulled)
                }
                Fetched::Same(pulled) => (false, pulled),
            }));
        }
        let mut placed = match self.writer.put(charts, self.options.overwrite) {
            Ok(placed) => placed.into_iter(),
            Err(error) => {
                // What was there, or could not be fetched, has to be told all the same.
                let others = pulled.into_iter().filter_map(|pulled| match pulled {
                    Ok((is_new, pulled)) => (!is_new).then(|| self.write(pulled)),
                    Err(error) => Some(Err(error)),
                });
                results.extend(others);
                return Err(error.into());
            }
        };
        for pulled in pulled {
            results.push(pulled.and_then(|(is_new, mut pulled)| {
                if let Some(placed) = is_new.then(|| placed.next()).flatten()
                    && let Some(before) = super::save::replaced(&placed?)
                {
                    pulled.warnings.push(format!("{} replaced {before}", pulled.chart.version));
                }
                self.write(pulled)
            }));
        }
        Ok(())
    }

    /// Writes a chart that is in the store to a folder or an archive, if that is wanted.
    fn write(&self, mut pulled: Pulled) -> Result<Pulled, Error> {
        if let Some(files) = &self.options.files {
            let options = export::Options {
                reference: pulled.chart.reference.clone(),
                destination: files.destination.clone(),
                archive: !files.untar,
                // As Helm does: an archive of the name is replaced, a folder is not.
                force: !files.untar,
            };
            let exported = export::export(self.store, &options).map_err(|error| match error {
                Error::DestinationExists { path } => transfer::Error::FolderExists { path }.into(),
                error => error,
            });
            pulled.path =
                Some(exported.map_err(|error| error.of("write", &pulled.chart.reference))?.path);
        }
        Ok(pulled)
    }
}

impl Pull<'_> {
    /// Holds a staged archive against its signature file, as far as that was asked for.
    fn check_signature(
        &self,
        name: &ChartName,
        version: &Version,
        content: &Staged,
        signature: Option<&Staged>,
    ) -> Result<Vouched, Error> {
        let signature = signature.map(staging::read_back).transpose()?;
        let keyring = self.options.keyring.as_deref();
        sign::check(name, version, &content.blob().digest(), signature.as_deref(), keyring)
    }
}
