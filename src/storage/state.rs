//! States: how what was read is told from what other processes have made of it since.

use crate::disk;
use crate::name::Repository;

/// Is a repository with the state of the names of its versions. Without a state nobody can tell
/// whether they have changed.
pub type ChartState = (Repository, Option<State>);

/// Is the state of something in a storage: as long as it is the same, so is what was read.
///
/// It is to be asked for before reading: what changes meanwhile has another state then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State(Mark);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Of files or folders.
    Stamps([Option<disk::Stamp>; 2]),
    /// Of what a process counts the changes of.
    Count(u64),
}

impl State {
    /// Makes a state out of what was found; none if it could change without a trace.
    pub(super) fn of(parts: [Option<disk::Stamp>; 2]) -> Option<State> {
        let is_settled = parts.iter().flatten().all(disk::Stamp::is_settled);
        is_settled.then_some(State(Mark::Stamps(parts)))
    }

    /// Makes a state out of a number that no other state of the same thing has had.
    pub fn counted(number: u64) -> State {
        State(Mark::Count(number))
    }
}

/// Describes a blob that was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobState {
    /// The size that the storage tells, in bytes.
    pub size: u64,
    /// The state of its bytes, if there is one.
    pub state: Option<State>,
}
