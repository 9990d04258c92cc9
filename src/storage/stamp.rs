//! Telling whether names have changed without reading them.

use std::time::{Duration, SystemTime};

use crate::name::Repository;

/// How old a change must be before a later one is sure to be seen: file systems count time in steps,
/// and two changes within one step look like one.
const STEP: Duration = Duration::from_secs(1);

/// Is a repository with the stamp of its versions' names, if there is one.
pub type Stamped = (Repository, Option<Stamp>);

/// Is what a storage says of a set of names: as long as it is the same and was settled when it was
/// taken, so are the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When a name came, moved or went last.
    pub modified: SystemTime,
    /// Which set of names it is: one that was made anew has another number.
    pub number: u64,
}

impl Stamp {
    /// Tells whether the next change is sure to give another stamp.
    pub fn is_settled(&self) -> bool {
        self.modified.elapsed().is_ok_and(|age| age > STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_just_changed_may_change_again_unseen() {
        let stamp = |age| Stamp { modified: SystemTime::now() - age, number: 1 };
        assert!(stamp(Duration::from_secs(2)).is_settled());
        assert!(!stamp(Duration::ZERO).is_settled());
        let ahead = Stamp { modified: SystemTime::now() + Duration::from_secs(60), number: 1 };
        assert!(!ahead.is_settled());
    }
}
