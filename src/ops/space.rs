//! Creating, listing, showing and removing spaces.

use serde::Serialize;

use super::Error;
use crate::name::{Repository, SpaceName};
use crate::store::{Policy, Space, Store};

/// Says what was removed with a space.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// The space.
    pub space: SpaceName,
    /// Its charts.
    pub charts: Vec<Repository>,
}

/// Creates a space.
pub fn create(store: &Store, name: &SpaceName, policy: Policy) -> Result<Space, Error> {
    store.create_space(name, policy)?;
    Ok(store.space(name)?)
}

/// Lists all spaces, sorted by name.
pub fn list(store: &Store) -> Result<Vec<Space>, Error> {
    Ok(store.spaces()?)
}

/// Describes a space.
pub fn show(store: &Store, name: &SpaceName) -> Result<Space, Error> {
    Ok(store.space(name)?)
}

/// Removes a space; one with charts only where `with_charts` is given.
pub fn remove(store: &Store, name: &SpaceName, with_charts: bool) -> Result<Removed, Error> {
    let charts = store.remove_space(name, with_charts)?;
    Ok(Removed { space: name.clone(), charts })
}
