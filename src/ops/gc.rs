//! Collecting what no name leads to.

use std::time::Duration;

use super::Error;
use crate::store::{Collected, Store};

/// Removes what no name leads to and is older than `grace`; only tells of it in a dry run.
pub fn collect(store: &Store, grace: Duration, dry_run: bool) -> Result<Collected, Error> {
    Ok(match dry_run {
        true => store.collectable(grace)?,
        false => store.collect(grace)?,
    })
}
