//! What a server has to tell who runs it, as records; how and where they are written is decided by
//! the layer above, which alone prints.
//!
//! No record holds a header as it came, but for the name that a client gives itself, nor a query: what
//! is secret is in these. Text of clients is bounded here, and escaped by who writes it.

mod notes;
mod record;

pub(super) use notes::{Notes, current, noted, user_is};
pub use record::{Access, Event, Level, Record};
