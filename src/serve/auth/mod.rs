//! Who asks, and what that one may do: the one place where that is decided, for every door.
//!
//! A door asks [`Auth::who`] once a request, and [`Auth::permit`] before it does anything. How a
//! refusal is written is left to the door: it has a status, a text, and perhaps challenges.
//!
//! Somebody is known by a password or by a token. A token never adds a right to those that the rules
//! give its user, but where no rules are written those of another issuer are good for what they say.

mod challenge;
mod credentials;
mod denied;
mod giving;
mod htpasswd;
mod rules;
mod token;
mod verified;

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use tokio::sync::Semaphore;

pub(super) use challenge::TOKENS;
pub(super) use denied::Denied;
pub use rules::{Action, Pattern, Rule};
pub(super) use token::{Issued, Target};

use super::watched::Watched;
use super::{Error, Settings};
use credentials::Credentials;
use htpasswd::Users;
use token::{Access, Issuer, Own};

/// Is who sent a request; nobody, if that is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Who {
    name: Option<Arc<str>>,
    token: Option<Arc<Token>>,
}

/// Is by what somebody is known who has sent no password.
#[derive(Debug, PartialEq, Eq)]
struct Token {
    access: Access,
    /// Whether the rules are asked as well.
    is_ruled: bool,
}

impl Who {
    fn user(name: impl Into<Arc<str>>) -> Who {
        Who { name: Some(name.into()), token: None }
    }

    /// Gives the name; nobody has none.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn access(&self) -> Option<&Access> {
        self.token.as_deref().map(|token| &token.access)
    }

    fn is_ruled(&self) -> bool {
        self.token.as_ref().is_none_or(|token| token.is_ruled)
    }
}

/// Knows the users and the rules.
pub(super) struct Auth {
    users: Option<Watched<Users>>,
    own: Option<Own>,
    issuer: Option<Issuer>,
    rules: Vec<Rule>,
    /// Whether somebody has written rules, which then hold for everybody.
    is_ruled: bool,
    read_only: bool,
    no_delete: bool,
    /// Checking a password takes a processor for a tenth of a second: no more at a time than there
    /// are processors.
    checks: Semaphore,
}

impl Auth {
    /// Reads the files of users and keys, where there are some.
    pub(super) fn open(settings: &Settings) -> Result<Auth, Error> {
        let auth = &settings.auth;
        let users = auth.htpasswd.clone().map(|path| {
            let paths = vec![path.clone()];
            Watched::open(paths, move || Users::read(&path))
        });
        let users = users.transpose()?;
        let own = auth.tokens.as_ref().map(Own::open).transpose()?;
        let issuer = auth.issuer.as_ref().map(Issuer::open).transpose()?;
        let rules = settings.rules();
        match (&users, &issuer) {
            (None, _) if own.is_some() => return Err(Error::TokensForNobody),
            (None, None) => check_anonymous(&rules)?,
            _ => {}
        }
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Auth {
            users,
            own,
            issuer,
            rules,
            is_ruled: auth.rules.is_some(),
            read_only: settings.read_only,
            no_delete: settings.no_delete,
            checks: Semaphore::new(processors),
        })
    }

    /// Finds out who sent a request: nobody, or whom its password or its token proves.
    ///
    /// Where nobody is asked for either, what clients send all the same is of no account.
    pub(super) async fn who(
        &self,
        headers: &HeaderMap,
        report: impl Fn(&Error),
    ) -> Result<Who, Denied> {
        let Some(header) = headers.get(header::AUTHORIZATION) else { return Ok(Who::default()) };
        if !self.is_asking() {
            return Ok(Who::default());
        }
        match Credentials::read(header.as_bytes()).ok_or(Denied::Unreadable)? {
            Credentials::Password(user, password) => self.by_password(user, password, report).await,
            Credentials::Token(token) => self.by_token(&token, report),
        }
    }

    /// Finds out whom a password proves.
    pub(super) async fn by_password(
        &self,
        user: String,
        password: String,
        report: impl Fn(&Error),
    ) -> Result<Who, Denied> {
        // Some clients send a header even if they were given no name and no password.
        if user.is_empty() && password.is_empty() {
            return Ok(Who::default());
        }
        let users = self.users.as_ref().ok_or(Denied::Wrong)?.current(report);
        if !users.remembers(&user, &password) {
            let _permit = self.checks.acquire().await.map_err(|_| Denied::Unknown)?;
            let (name, all) = (user.clone(), users.clone());
            let checked = tokio::task::spawn_blocking(move || all.check(&name, &password)).await;
            if !checked.unwrap_or(false) {
                return Err(Denied::Wrong);
            }
        }
        Ok(Who::user(user))
    }

    /// Finds out whom a token proves. Which key it is held against is decided by what kind of key it
    /// claims, and each kind is taken from one of both only.
    fn by_token(&self, text: &str, report: impl Fn(&Error)) -> Result<Who, Denied> {
        let (claimed, is_ruled) = match (&self.own, &self.issuer) {
            (Some(own), issuer) if issuer.is_none() || token::is_shared_secret(text) => {
                let claimed = own.check(text, &report).map_err(Denied::Token)?;
                let is_there = |name: &String| self.knows(name, &report);
                if !claimed.user.as_ref().is_none_or(is_there) {
                    return Err(Denied::Token("the token's user is not there any more"));
                }
                (claimed, true)
            }
            (_, Some(issuer)) => {
                (issuer.check(text, &report).map_err(Denied::Token)?, self.is_ruled)
            }
            _ => return Err(Denied::Unreadable),
        };
        let token = Token { access: claimed.access, is_ruled };
        Ok(Who { name: claimed.user.map(Arc::from), token: Some(Arc::new(token)) })
    }

    fn knows(&self, name: &str, report: impl Fn(&Error)) -> bool {
        self.users.as_ref().is_some_and(|users| users.current(report).has(name))
    }

    /// Tells whether somebody may do something with a chart or a space. What no rule allows is
    /// denied.
    pub(super) fn permit<'a>(
        &self,
        who: &Who,
        action: Action,
        target: impl Into<Target<'a>>,
    ) -> Result<(), Denied> {
        self.is_done(action)?;
        let target = target.into();
        if !self.is_allowed(who, action, &target) {
            return Err(self.denied(who));
        }
        match who.access() {
            Some(access) if !access.allows(action, &target) => Err(Denied::Narrow),
            _ => Ok(()),
        }
    }

    /// Tells whether somebody may do something in any space at all.
    pub(super) fn permit_somewhere(&self, who: &Who, action: Action) -> Result<(), Denied> {
        self.is_done(action)?;
        let is_allowed = |rule: &Rule| rule.allows(who.name(), action, None);
        if who.is_ruled() && !self.rules.iter().any(is_allowed) {
            return Err(self.denied(who));
        }
        match who.access() {
            Some(access) if !access.allows_somewhere(action) => Err(Denied::Narrow),
            _ => Ok(()),
        }
    }

    /// Tells whether somebody may be told in a list that something is there.
    pub(super) fn may_list<'a>(&self, who: &Who, target: impl Into<Target<'a>>) -> bool {
        let target = target.into();
        match who.access() {
            Some(access) if access.lists() => self.is_allowed(who, Action::Read, &target),
            _ => self.permit(who, Action::Read, target).is_ok(),
        }
    }

    /// Asks for a password or a token where there are some: clients find out so whether they need one.
    pub(super) fn challenge(&self, who: &Who) -> Result<(), Denied> {
        let is_known = who.name.is_some() || who.token.is_some();
        if self.is_asking() && !is_known { Err(Denied::Unknown) } else { Ok(()) }
    }

    /// Tells whether somebody can be known here.
    fn is_asking(&self) -> bool {
        self.users.is_some() || self.issuer.is_some()
    }

    /// Tells whether tokens are taken.
    pub(super) fn takes_tokens(&self) -> bool {
        self.own.is_some() || self.issuer.is_some()
    }

    fn is_allowed(&self, who: &Who, action: Action, target: &Target<'_>) -> bool {
        let space = target.space.to_string();
        let is_allowed = |rule: &Rule| rule.allows(who.name(), action, Some(&space));
        !who.is_ruled() || self.rules.iter().any(is_allowed)
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
        match who.name() {
            Some(_) => Denied::Forbidden,
            None if self.is_asking() => Denied::Unknown,
            None => Denied::Closed,
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

#[cfg(test)]
mod tests;
