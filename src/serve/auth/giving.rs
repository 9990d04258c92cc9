//! Giving tokens for passwords.

use super::token::{Entry, Place};
use super::{Action, Auth, Denied, Issued, Who};
use crate::serve::Error;

impl Auth {
    /// Tells whether tokens are given here.
    pub(in crate::serve) fn gives_tokens(&self) -> bool {
        self.own.is_some()
    }

    /// Gives a token that is good for what is asked for, as far as its user may do that; to nobody one
    /// for what anybody may do. There is none where so much is asked for that it would be too long.
    ///
    /// None is given for a token: it would outlast the one before, and the password with it.
    pub(in crate::serve) fn give<'a>(
        &self,
        who: &Who,
        scopes: impl IntoIterator<Item = &'a str>,
        report: impl Fn(&Error),
    ) -> Result<Option<Issued>, Denied> {
        let own = self.own.as_ref().ok_or(Denied::Closed)?;
        if who.token.is_some() {
            return Err(Denied::Token("a token is given for a password, and not for a token"));
        }
        let may = |action: Action, place: &Place| match place {
            Place::Catalog => self.permit_somewhere(who, action).is_ok(),
            Place::Chart(chart) => self.permit(who, action, chart).is_ok(),
            Place::Space(space) => self.permit(who, action, space).is_ok(),
        };
        let asked = Entry::of_scopes(scopes).into_iter();
        let access: Vec<Entry> = asked.filter_map(|entry| entry.narrowed(may)).collect();
        Ok(own.issue(who.name(), &access, report))
    }
}
