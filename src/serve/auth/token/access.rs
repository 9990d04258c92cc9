//! What a token is good for: its claim `access`, and the scopes by which clients ask for it.
//!
//! Both are those of distribution: a type, a name, and actions, as in
//! `repository:team/mychart:pull,push`. Here a name that ends with `/*` stands for a space with all
//! that is in it, which distribution does not know: doors other than the registry's are about spaces.

use serde::{Deserialize, Serialize};

use crate::name::{ChartName, Repository, SpaceName};
use crate::serve::auth::Action;

/// The only name that the type `registry` has.
const CATALOG: &str = "catalog";

/// What stands for all of a space behind its name.
const WHOLE: &str = "/*";

/// Is one entry of the claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::serve::auth) struct Entry {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    actions: Vec<String>,
}

impl Entry {
    /// Reads scopes, of which each text may have several, with spaces between them. What is no scope
    /// is passed over, as nothing can be granted for it.
    pub(in crate::serve::auth) fn of_scopes<'a>(
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for entry in texts.into_iter().flat_map(str::split_whitespace).filter_map(Entry::of_scope) {
            let same = |one: &&mut Entry| one.kind == entry.kind && one.name == entry.name;
            match entries.iter_mut().find(same) {
                Some(one) => one.actions.extend(entry.actions),
                None => entries.push(entry),
            }
        }
        entries
    }

    /// Reads one scope; a name may have a host with a port, and a type a class in brackets.
    fn of_scope(text: &str) -> Option<Entry> {
        let (kind, rest) = text.split_once(':')?;
        let (name, actions) = rest.rsplit_once(':')?;
        let kind = kind.split('(').next().unwrap_or(kind);
        let actions = actions.split(',').map(str::to_owned).collect();
        Some(Entry { kind: kind.to_owned(), name: name.to_owned(), actions })
    }

    /// Leaves of the actions those that somebody may do; without any there is no entry.
    pub(in crate::serve::auth) fn narrowed(
        self,
        may: impl Fn(Action, &Place) -> bool,
    ) -> Option<Entry> {
        let place = Place::of(&self)?;
        let is_asked = |word: &str| self.actions.iter().any(|asked| asked == word || asked == "*");
        let may_one =
            |word: &&str| is_asked(word) && rights(word).iter().any(|action| may(*action, &place));
        let words: &[&str] = match place {
            Place::Catalog => &["*"],
            _ => &["pull", "push", "delete"],
        };
        let actions: Vec<String> =
            words.iter().copied().filter(|word| may_one(word)).map(str::to_owned).collect();
        (!actions.is_empty()).then_some(Entry { actions, ..self })
    }
}

/// Finds the rights that an action of distribution stands for. There a push replaces what a tag
/// named, so it stands for overwriting too; rules may know better.
fn rights(word: &str) -> &'static [Action] {
    match word {
        "pull" => &[Action::Read],
        "push" => &[Action::Push, Action::Overwrite],
        "delete" => &[Action::Delete],
        "*" => &Action::ALL,
        _ => &[],
    }
}

/// Is what an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::serve::auth) enum Place {
    /// The list of all repositories.
    Catalog,
    /// One chart.
    Chart(Repository),
    /// A space, and all in it.
    Space(SpaceName),
}

impl Place {
    fn of(entry: &Entry) -> Option<Place> {
        match (entry.kind.as_str(), entry.name.strip_suffix(WHOLE)) {
            ("registry", None) if entry.name == CATALOG => Some(Place::Catalog),
            ("repository", Some(space)) => SpaceName::parse(space).ok().map(Place::Space),
            ("repository", None) => Repository::parse(&entry.name).ok().map(Place::Chart),
            _ => None,
        }
    }

    fn covers(&self, target: &Target<'_>) -> bool {
        match self {
            Place::Catalog => false,
            Place::Space(space) => space == target.space,
            Place::Chart(chart) => {
                chart.space == *target.space && Some(&chart.chart) == target.chart
            }
        }
    }
}

/// Is what a request is about: a chart, or a space as a whole.
#[derive(Debug, Clone, Copy)]
pub(in crate::serve) struct Target<'a> {
    pub(in crate::serve::auth) space: &'a SpaceName,
    chart: Option<&'a ChartName>,
}

impl<'a> From<&'a SpaceName> for Target<'a> {
    fn from(space: &'a SpaceName) -> Target<'a> {
        Target { space, chart: None }
    }
}

impl<'a> From<&'a Repository> for Target<'a> {
    fn from(repository: &'a Repository) -> Target<'a> {
        Target { space: &repository.space, chart: Some(&repository.chart) }
    }
}

/// Is all that a token is good for. What nobody here knows is good for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::serve::auth) struct Access(Vec<(Place, Vec<Action>)>);

impl Access {
    pub(in crate::serve::auth) fn of(entries: &[Entry]) -> Access {
        let known = entries.iter().filter_map(|entry| {
            let words = entry.actions.iter();
            let actions = words.flat_map(|word| rights(word)).copied().collect();
            Some((Place::of(entry)?, actions))
        });
        Access(known.collect())
    }

    /// Tells whether it is good for doing something with a chart or a space.
    pub(in crate::serve::auth) fn allows(&self, action: Action, target: &Target<'_>) -> bool {
        self.0.iter().any(|(place, actions)| actions.contains(&action) && place.covers(target))
    }

    /// Tells whether it is good for doing something anywhere.
    pub(in crate::serve::auth) fn allows_somewhere(&self, action: Action) -> bool {
        self.0.iter().any(|(_, actions)| actions.contains(&action))
    }

    /// Tells whether it is good for lists of what is there.
    pub(in crate::serve::auth) fn lists(&self) -> bool {
        let is_catalog = |(place, actions): &(Place, Vec<Action>)| {
            *place == Place::Catalog && actions.contains(&Action::Read)
        };
        self.0.iter().any(is_catalog)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(scopes: &str) -> Access {
        Access::of(&Entry::of_scopes([scopes]))
    }

    fn allows(scopes: &str, action: Action, name: &str) -> bool {
        match name.strip_suffix(WHOLE) {
            Some(space) => {
                access(scopes).allows(action, &(&SpaceName::parse(space).unwrap()).into())
            }
            None => access(scopes).allows(action, &(&Repository::parse(name).unwrap()).into()),
        }
    }

    #[test]
    fn a_scope_is_good_for_what_it_names_alone() {
        for (scope, name, expected) in [
            ("repository:team/a:pull", "team/a", true),
            ("repository:team/a:pull", "team/b", false),
            ("repository:team/a:pull", "team/*", false),
            ("repository:team/a:pull", "team/a/b", false),
            ("repository:a:pull", "library/a", true),
            ("repository:library/a:pull", "a", true),
            ("repository:team/*:pull", "team/a", true),
            ("repository:team/*:pull", "team/*", true),
            ("repository:team/*:pull", "team/sub/a", false),
            ("repository:*:pull", "team/a", false),
            ("repository:/*:pull", "team/a", false),
            ("repository(plugin):team/a:pull", "team/a", true),
            ("repository:localhost:5000/a/b:pull", "localhost:5000/a/b", true),
            ("other:team/a:pull", "team/a", false),
            ("registry:catalog:*", "team/a", false),
            ("repository:team/a", "team/a", false),
            ("repository:team/a:", "team/a", false),
            ("repository:team/a:PULL", "team/a", false),
            ("", "team/a", false),
        ] {
            assert_eq!(allows(scope, Action::Read, name), expected, "{scope} {name}");
        }
        assert!(access("registry:catalog:*").lists() && !access("registry:other:*").lists());
        assert!(!access("repository:catalog:*").lists());
    }

    #[test]
    fn actions_stand_for_rights() {
        let rights = |words: &str| {
            Action::ALL.map(|action| allows(&format!("repository:a:{words}"), action, "a"))
        };
        assert_eq!(rights("pull"), [true, false, false, false]);
        assert_eq!(rights("pull,push"), [true, true, true, false]);
        assert_eq!(rights("delete"), [false, false, false, true]);
        assert_eq!(rights("*"), [true; 4]);
        assert_eq!(rights("read,write"), [false; 4]);
    }

    #[test]
    fn scopes_of_one_name_are_one_entry() {
        let entries =
            Entry::of_scopes(["repository:a:pull repository:b:pull", "repository:a:push"]);
        let [first, second] = &entries[..] else { panic!("{entries:?}") };
        assert_eq!(
            (first.name.as_str(), &first.actions[..]),
            ("a", &["pull".into(), "push".into()][..])
        );
        assert_eq!(second.name, "b");
    }

    #[test]
    fn only_what_one_may_do_is_left() {
        let narrowed = |scope: &str, mays: &[Action]| {
            let entry = Entry::of_scopes([scope]).remove(0);
            let entry = entry.narrowed(|action, _| mays.contains(&action));
            entry.map(|entry| entry.actions.join(","))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(narrowed("repository:a:pull,push", &[Action::Read]), some("pull"));
        assert_eq!(narrowed("repository:a:*", &Action::ALL), some("pull,push,delete"));
        assert_eq!(narrowed("repository:a:push", &[Action::Overwrite]), some("push"));
        assert_eq!(narrowed("repository:a:delete", &[Action::Push]), None);
        assert_eq!(narrowed("repository:a:other", &Action::ALL), None);
        assert_eq!(narrowed("registry:catalog:*", &[Action::Read]), some("*"));
        assert_eq!(narrowed("registry:other:*", &Action::ALL), None);
    }
}
