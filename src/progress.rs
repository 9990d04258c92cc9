//! How a long operation tells that it goes on, without knowing of a terminal.
//!
//! Operations report into [`Progress`]; what is drawn or counted, if anything, is the affair of who
//! began them.

use std::time::Duration;

/// Is told of the steps of a long operation, from any thread.
pub trait Progress: Send + Sync {
    /// Announces how many items the operation has.
    fn start(&self, total: usize);

    /// Reports that one more item is done; `name` is the item's.
    fn advance(&self, name: &str);

    /// Reports that the operation has been waiting for `what` for some time.
    fn waiting(&self, what: &str);

    /// Reports that a wait for a lock has ended, however short it was, and whether the lock was had.
    /// Locks that are free are not told of.
    fn waited(&self, _time: Duration, _had: bool) {}
}

/// Discards every report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _total: usize) {}
    fn advance(&self, _name: &str) {}
    fn waiting(&self, _what: &str) {}
}
