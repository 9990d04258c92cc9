//! Rules: who may do what in which spaces.

/// Says what somebody wants to do in a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// To list and to read.
    Read,
    /// To add what is not there.
    Push,
    /// To put something else under a version or a tag that is there.
    Overwrite,
    /// To delete.
    Delete,
}

impl Action {
    /// All actions.
    pub const ALL: [Action; 4] = [Action::Read, Action::Push, Action::Overwrite, Action::Delete];

    /// Gives the word that stands for it in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Push => "push",
            Action::Overwrite => "overwrite",
            Action::Delete => "delete",
        }
    }
}

/// Stands for spaces: a name, in which `*` is any text, also one with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Takes a pattern as it is written.
    pub fn new(text: impl Into<String>) -> Pattern {
        Pattern(text.into())
    }

    /// Tells whether a space is one of them.
    pub fn matches(&self, space: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else { return self.0 == space };
        let Some(mut left) = space.strip_prefix(first) else { return false };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        // The first place that fits leaves the most for what follows.
        for part in middle.split('*') {
            match left.find(part) {
                Some(place) => left = &left[place + part.len()..],
                None => return false,
            }
        }
        left.ends_with(last)
    }
}

/// Allows actions in spaces to users; there are no rules that forbid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The spaces that it is for.
    pub spaces: Vec<Pattern>,
    /// The users: names, [`Rule::KNOWN`], or [`Rule::ANONYMOUS`].
    pub users: Vec<String>,
    /// What they may do.
    pub actions: Vec<Action>,
}

impl Rule {
    /// Stands for everybody, also who has not said who he is.
    pub const ANONYMOUS: &str = "anonymous";

    /// Stands for every user who has given a password.
    pub const KNOWN: &str = "*";

    /// Allows actions in all spaces.
    pub(in crate::serve) fn everywhere(user: &str, actions: &[Action]) -> Rule {
        let (spaces, users) = (vec![Pattern::new("*")], vec![user.to_owned()]);
        Rule { spaces, users, actions: actions.to_vec() }
    }

    /// Tells whether it allows something in a space; without one, whether in any space.
    pub(super) fn allows(&self, user: Option<&str>, action: Action, space: Option<&str>) -> bool {
        let is_for = |name: &String| match name.as_str() {
            Rule::ANONYMOUS => true,
            Rule::KNOWN => user.is_some(),
            name => user == Some(name),
        };
        let is_in = |space| self.spaces.iter().any(|pattern| pattern.matches(space));
        self.actions.contains(&action) && self.users.iter().any(is_for) && space.is_none_or(is_in)
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Pattern, Rule};

    #[test]
    fn a_star_is_any_text() {
        for (pattern, fitting, others) in [
            ("team", &["team"][..], &["", "team/a", "steam"][..]),
            ("*", &["", "team", "a/b/c"], &[]),
            ("team/*", &["team/a", "team/a/b"], &["team", "steam/a"]),
            ("*-test", &["a-test", "a/b-test"], &["test", "a-tests"]),
            ("a*b*a", &["aba", "a/b/a", "abba"], &["aa", "ab", "ba"]),
            ("a**a", &["aa", "aba"], &["a"]),
            ("ab*ba", &["abba"], &["aba"]),
        ] {
            let pattern = Pattern::new(pattern);
            assert!(fitting.iter().all(|space| pattern.matches(space)), "{pattern:?}");
            assert!(!others.iter().any(|space| pattern.matches(space)), "{pattern:?}");
        }
    }

    #[test]
    fn a_rule_is_for_those_it_names() {
        let allows = |users: &str, user| {
            let rule = Rule::everywhere(users, &[Action::Push]);
            assert!(!rule.allows(user, Action::Overwrite, Some("a")), "another action");
            rule.allows(user, Action::Push, Some("a"))
        };
        assert!(allows("ann", Some("ann")) && !allows("ann", Some("bob")) && !allows("ann", None));
        assert!(allows("*", Some("bob")) && !allows("*", None));
        assert!(allows("anonymous", Some("bob")) && allows("anonymous", None));
    }
}
