//! The closed list of what can go wrong, as a script or a server needs to tell it apart.
//!
//! Every module has an error enum of its own with texts of its own; this module only says which
//! kinds there are and how an error carries a hint. Turning a kind into an exit code or an HTTP
//! status is left to each surface, which does it in one match.

/// Tells what kind of failure an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The input (a chart, a reference, an option's value) is not well formed.
    Invalid,
    /// What was asked for is not there.
    NotFound,
    /// Something else is there already and would have to be overwritten.
    Exists,
    /// A rule of the space or of the file system forbids it.
    Denied,
    /// Bytes on disk are not what their name says.
    Damaged,
    /// Somebody else holds a lock.
    Locked,
    /// The disk is full.
    NoSpace,
    /// The store was written by a newer hreg, or asks for a feature this one does not have.
    Unsupported,
    /// A registry wants to know who is asking, or refuses whom it knows.
    Unauthorized,
    /// A registry cannot be reached, or does not answer as one.
    Unreachable,
    /// The system refused for another reason.
    System,
}

impl Kind {
    /// Classifies a failed system call.
    pub fn of_io(error: &std::io::Error) -> Kind {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::NotFound => Kind::NotFound,
            ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty => Kind::Exists,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Kind::Denied,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Kind::NoSpace,
            _ => Kind::System,
        }
    }
}

/// Gives an error its kind and, where there is one, the next thing to do.
pub trait Classified: std::error::Error {
    /// Tells which kind of failure this is.
    fn kind(&self) -> Kind;

    /// Says what to do next: one sentence, or a command to paste.
    fn hint(&self) -> Option<String> {
        None
    }
}
