//! What an orchestrated chart says of itself: the plan that builds it again, and its sources.

use serde_json::Value;

use crate::chart::metadata::Metadata;
use crate::chart::record::{Place, Read as _};
use crate::name::Reference;
use crate::ops::{Error, show};
use crate::plan::compose::Part;
use crate::plan::record::Record;
use crate::store::Store;

/// Gives the plan that builds a stored chart again: from the very sources it was built from.
pub fn explain(store: &Store, reference: &Reference) -> Result<Value, Error> {
    let (metadata, record) = read(store, reference)?;
    Ok(record.plan(&reference.repository.space, &metadata))
}

/// Gives what a stored chart was built from.
pub fn sources(store: &Store, reference: &Reference) -> Result<Part, Error> {
    let (metadata, record) = read(store, reference)?;
    let root = record.root(&reference.repository.space, &metadata);
    root.map_err(|source| bad_record(reference, source))
}

fn bad_record(
    reference: &Reference,
    source: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::BadRecord { reference: reference.clone(), source: Box::new(source) }
}

fn read(store: &Store, reference: &Reference) -> Result<(Metadata, Record), Error> {
    let mut metadata = Metadata::default();
    let document = Value::Object(show::chart(store, reference)?);
    let damaged =
        |source: crate::chart::Error| Error::Stored { reference: reference.clone(), source };
    metadata
        .read(&document, &Place::root())
        .map_err(|error| damaged(crate::chart::metadata::Error::from(error).into()))?;
    match Record::of(&metadata) {
        None => Err(Error::NotOrchestrated { reference: reference.clone() }),
        Some(Err(source)) => Err(bad_record(reference, source)),
        Some(Ok(record)) => Ok((metadata, record)),
    }
}
