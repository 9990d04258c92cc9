//! Records: structs read from JSON as Go's `encoding/json` reads them.
//!
//! Keys come in any case, null keeps what is there, lists are read onto lists ([`Read`]); errors
//! name their place. What the records are is left to the modules beside this one, writing JSON as
//! Go does to [`go_json`](crate::go_json).

mod read;
mod time;

pub use read::{Error, Place, Read};
pub use time::Timestamp;

pub(super) use read::{read_record, record};

#[cfg(test)]
mod tests;
