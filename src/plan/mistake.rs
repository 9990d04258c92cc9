//! What is wrong with a plan: every mistake, each with its place.

use std::fmt;

use crate::error::{Classified, Kind};

/// Is the place of what is wrong with a plan as a whole.
pub(super) const WHOLE: &str = "plan";

/// Says what is wrong at one place of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The path of keys, such as `configs.db.package.version`; `plan` is the plan as a whole.
    pub place: String,
    /// What is wrong there, and what would be right.
    pub message: String,
    /// What kind of failure it is.
    pub kind: Kind,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.message)
    }
}

/// Holds all mistakes that were found in a plan; there is at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", listed(.0))]
pub struct Mistakes(pub Vec<Mistake>);

fn listed(mistakes: &[Mistake]) -> String {
    match mistakes {
        [only] if only.place == WHOLE => format!("the plan cannot be read: {}", only.message),
        [only] => format!("the plan has a mistake: {only}"),
        many => {
            many.iter().fold(format!("the plan has {} mistakes:", many.len()), |text, mistake| {
                text + "\n  " + &mistake.to_string()
            })
        }
    }
}

impl Classified for Mistakes {
    fn kind(&self) -> Kind {
        // What is malformed has to be mended first; what is missing may be there another time.
        let kinds = || self.0.iter().map(|mistake| mistake.kind);
        kinds().find(|kind| *kind == Kind::Invalid).or(kinds().next()).unwrap_or(Kind::Invalid)
    }
}

/// Collects mistakes while everything else goes on being checked.
#[derive(Debug, Default)]
pub(super) struct Found(Vec<Mistake>);

impl Found {
    /// Goes on from what was found before.
    pub(super) fn of(mistakes: Vec<Mistake>) -> Found {
        Found(mistakes)
    }

    /// Adds what is wrong with the plan itself.
    pub(super) fn add(&mut self, place: &str, message: impl fmt::Display) {
        self.add_of(Kind::Invalid, place, message);
    }

    /// Adds a mistake of some other kind.
    pub(super) fn add_of(&mut self, kind: Kind, place: &str, message: impl fmt::Display) {
        self.0.push(Mistake { place: place.to_owned(), message: message.to_string(), kind });
    }

    /// Tells how many mistakes were found.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Gives all that was found.
    pub(super) fn mistakes(self) -> Vec<Mistake> {
        self.0
    }

    /// Gives a result if there is one and nothing was wrong.
    pub(super) fn result<T>(self, result: Option<T>) -> Result<T, Mistakes> {
        match result {
            Some(result) if self.0.is_empty() => Ok(result),
            _ => Err(Mistakes(self.0)),
        }
    }
}
