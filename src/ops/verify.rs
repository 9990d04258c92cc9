//! Reading the whole store back.

use super::Error;
use crate::store::{Store, Verified};

/// Reads everything back; mends what it can where `repair` is given.
pub fn verify(store: &Store, repair: bool) -> Result<Verified, Error> {
    Ok(match repair {
        true => store.repair()?,
        false => store.verify()?,
    })
}
