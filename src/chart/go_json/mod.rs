//! JSON as Go's `encoding/json` writes and reads it.
//!
//! Chart.yaml as JSON is a blob with a digest of its own, so every byte counts ([`to_vec`]). Reading
//! follows Go's rules for structs ([`Read`]): keys in any case, null keeps what is there, lists are
//! read onto lists. What the structs are is left to the modules beside this one.

mod format;
mod read;
mod time;

pub use format::to_vec;
pub use read::{Error, Place, Read};
pub use time::Timestamp;

pub(super) use read::{read_record, record};

#[cfg(test)]
mod tests;
