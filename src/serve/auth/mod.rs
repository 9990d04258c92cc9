//! Who asks, and what that one may do: the one place where that is decided, for every door.
//!
//! A door asks [`Auth::who`] once a request, and [`Auth::permit`] before it does anything. How a
//! refusal is written is left to the door: it has a status, a text, and perhaps a challenge.

mod denied;
mod htpasswd;
mod rules;
mod verified;

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::Semaphore;

pub(super) use denied::Denied;
pub use rules::{Action, Pattern, Rule};

use super::watched::Watched;
use super::{Error, Settings};
use crate::name::SpaceName;
use htpasswd::Users;

/// The most bytes of a header that is read as credentials.
const MAX_HEADER_BYTES: usize = 4096;

/// Is who sent a request; nobody, if that is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Who(Option<Arc<str>>);

impl Who {
    /// Gives the name; nobody has none.
    pub(super) fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// Knows the users and the rules.
pub(super) struct Auth {
    users: Option<Watched<Users>>,
    rules: Vec<Rule>,
    read_only: bool,
    no_delete: bool,
    /// Checking a password takes a processor for a tenth of a second: no more at a time than there
    /// are processors.
    checks: Semaphore,
}

impl Auth {
    /// Reads the file of users, where there is one.
    pub(super) fn open(settings: &Settings) -> Result<Auth, Error> {
        let file = settings.auth.htpasswd.clone();
        let users = match file {
            Some(path) => {
                let paths = vec![path.clone()];
                Some(Watched::open(paths, move || Users::read(&path))?)
            }
            None => None,
        };
        let rules = settings.rules();
        if users.is_none() {
            check_anonymous(&rules)?;
        }
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Auth {
            users,
            rules,
            read_only: settings.read_only,
            no_delete: settings.no_delete,
            checks: Semaphore::new(processors),
        })
    }

    /// Finds out who sent a request: nobody, or whom its password proves.
    ///
    /// Where nobody is asked for a password, what clients send all the same is of no account.
    pub(super) async fn who(
        &self,
        headers: &HeaderMap,
        report: impl Fn(&Error),
    ) -> Result<Who, Denied> {
        let Some(users) = &self.users else { return Ok(Who(None)) };
        let Some(header) = headers.get(header::AUTHORIZATION) else { return Ok(Who(None)) };
        let (user, password) = basic(header.as_bytes()).ok_or(Denied::Unreadable)?;
        // Some clients send a header even if they were given no name and no password.
        if user.is_empty() && password.is_empty() {
            return Ok(Who(None));
        }
        let users = users.current(report);
        if !users.remembers(&user, &password) {
            let _permit = self.checks.acquire().await.map_err(|_| Denied::Unknown)?;
            let (name, all) = (user.clone(), users.clone());
            let checked = tokio::task::spawn_blocking(move || all.check(&name, &password)).await;
            if !checked.unwrap_or(false) {
                return Err(Denied::Wrong);
            }
        }
        Ok(Who(Some(user.into())))
    }

    /// Tells whether somebody may do something in a space. What no rule allows is denied.
    pub(super) fn permit(
        &self,
        who: &Who,
        action: Action,
        space: &SpaceName,
    ) -> Result<(), Denied> {
        self.is_done(action)?;
        let space = space.to_string();
        let is_allowed = |rule: &Rule| rule.allows(who.name(), action, Some(&space));
        match self.rules.iter().any(is_allowed) {
            true => Ok(()),
            false => Err(self.denied(who)),
        }
    }

    /// Tells whether somebody may do something in any space at all.
    pub(super) fn permit_somewhere(&self, who: &Who, action: Action) -> Result<(), Denied> {
        self.is_done(action)?;
        match self.rules.iter().any(|rule| rule.allows(who.name(), action, None)) {
            true => Ok(()),
            false => Err(self.denied(who)),
        }
    }

    /// Asks for a password where passwords are known: clients find out so whether they need one.
    pub(super) fn challenge(&self, who: &Who) -> Result<(), Denied> {
        match (&self.users, who.name()) {
            (Some(_), None) => Err(Denied::Unknown),
            _ => Ok(()),
        }
    }

    /// Refuses what is not done here for anybody.
    fn is_done(&self, action: Action) -> Result<(), Denied> {
        match action {
            Action::Read => Ok(()),
            _ if self.read_only => Err(Denied::ReadOnly),
            Action::Delete if self.no_delete => Err(Denied::NoDelete),
            _ => Ok(()),
        }
    }

    fn denied(&self, who: &Who) -> Denied {
        match (who.name(), &self.users) {
            (Some(_), _) => Denied::Forbidden,
            (None, Some(_)) => Denied::Unknown,
            (None, None) => Denied::Closed,
        }
    }
}

/// Refuses rules for users where none can be known.
fn check_anonymous(rules: &[Rule]) -> Result<(), Error> {
    let mut users = rules.iter().flat_map(|rule| &rule.users);
    match users.find(|user| *user != Rule::ANONYMOUS) {
        Some(user) => Err(Error::NoPasswords { user: user.clone() }),
        None => Ok(()),
    }
}

/// Reads a name and a password as RFC 7617 writes them.
fn basic(header: &[u8]) -> Option<(String, String)> {
    let header = std::str::from_utf8(header).ok().filter(|text| text.len() <= MAX_HEADER_BYTES)?;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests;
