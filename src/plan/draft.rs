//! A plan that may have mistakes: what can be read of it is checked as well, so that all mistakes are
//! told at once.

use serde_json::Value;

use super::mistake::WHOLE;
use super::{Mistake, Mistakes, Node, Plan};
use crate::error::Kind;

/// Is a plan as far as it could be read.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The plan; where there is a mistake, something else stands in place of what was meant.
    pub plan: Plan,
    /// The nodes that can have no place in the plan, for there is a mistake in their names.
    pub(super) loose: Vec<Node>,
    /// What is wrong with it so far.
    pub mistakes: Vec<Mistake>,
    pub(super) value: Value,
}

impl Draft {
    /// Gives the plan.
    ///
    /// # Errors
    ///
    /// Lists the mistakes, if there are any.
    pub fn finished(self) -> Result<Plan, Mistakes> {
        match self.mistakes.is_empty() {
            true => Ok(self.plan),
            false => Err(self.in_order(self.mistakes.clone())),
        }
    }

    /// Gives the nodes that all others are in.
    pub fn roots(&self) -> impl Iterator<Item = &Node> {
        std::iter::once(&self.plan.root).chain(&self.loose)
    }

    /// Adds what is wrong with a field, unless there is a mistake in it already.
    pub fn refuse(&mut self, place: &str, message: String) {
        if !self.is_wrong_at(place) {
            let place = place.to_owned();
            self.mistakes.push(Mistake { place, message, kind: Kind::Invalid });
        }
    }

    /// Tells whether a mistake was found at a place, in what is there, or in what that is in: then
    /// nobody knows what was meant.
    pub fn is_wrong_at(&self, place: &str) -> bool {
        let is_in = |inner: &str, outer: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let places = || self.mistakes.iter().map(|mistake| mistake.place.as_str());
        places().any(|wrong| wrong == WHOLE || is_in(wrong, place) || is_in(place, wrong))
    }

    /// Puts mistakes into the order in which what they are about stands in the plan.
    pub fn in_order(&self, mut mistakes: Vec<Mistake>) -> Mistakes {
        mistakes.sort_by_cached_key(|mistake| position(&self.value, &mistake.place));
        Mistakes(mistakes)
    }
}

/// Gives the position of a place: that of each key among its neighbours. What is missing comes after
/// what is there.
fn position(value: &Value, place: &str) -> Vec<usize> {
    let (mut value, mut rest, mut position) = (value, place, Vec::new());
    while !rest.is_empty() {
        // A key may have dots in it.
        let leads = |key: &str| {
            let after = rest.strip_prefix(key);
            after.is_some_and(|after| after.is_empty() || after.starts_with('.'))
        };
        let keys = value.as_object().into_iter().flatten().enumerate();
        let leading = keys.filter(|(_, (key, _))| leads(key));
        let Some((index, (key, inner))) = leading.max_by_key(|(_, (key, _))| key.len()) else {
            position.push(usize::MAX);
            break;
        };
        position.push(index);
        value = inner;
        rest = rest[key.len()..].trim_start_matches('.');
    }
    position
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str) -> Draft {
        Draft::read(text.as_bytes()).unwrap()
    }

    fn places(mistakes: &Mistakes) -> Vec<&str> {
        mistakes.0.iter().map(|mistake| mistake.place.as_str()).collect()
    }

    #[test]
    fn goes_on_from_what_can_be_read() {
        let package = r#"{"independent": true, "space": "s", "chart": "c", "version": "1"}"#;
        let draft = draft(&format!(
            r#"{{"save": 1, "configs": {{"package": {{}},
                "a": {{"package": {package}}},
                "b.c": {{"package": 1, "d": {{"package": {package}}}}}}}}}"#
        ));
        let taken = |node: &Node| node.package.repository().map(|chart| chart.to_string());
        let [root, loose] = draft.roots().collect::<Vec<_>>()[..] else { panic!("there are two") };
        assert_eq!((taken(root), taken(loose)), (None, None));
        for (parent, name) in [(root, "a"), (loose, "d")] {
            let [(child, node)] = &parent.children[..] else { panic!("there is one") };
            assert_eq!((child.as_str(), taken(node).as_deref()), (name, Some("s/c")));
        }
        assert!(draft.finished().is_err());
    }

    #[test]
    fn mistakes_come_in_the_order_of_the_plan() {
        let draft = draft(r#"{"configs": {"b": {}, "b.c": {"x": 1}, "a": {}}, "save": {}}"#);
        let found = ["save.space", "configs.d", "configs.a", "configs.b.c.x", "configs.b", "plan"];
        let mistake = |place: &&str| Mistake {
            place: (*place).to_owned(),
            message: String::new(),
            kind: Kind::Invalid,
        };
        let ordered = draft.in_order(found.iter().map(mistake).collect());
        let expected =
            ["configs.b", "configs.b.c.x", "configs.a", "configs.d", "save.space", "plan"];
        assert_eq!(places(&ordered), expected);
    }

    #[test]
    fn one_mistake_is_told_once() {
        let mut draft = draft(r#"{"configs": {}, "save": {"space": 1, "chart": "c"}}"#);
        for (place, is_wrong) in [
            ("save.space", true),
            ("save.version", true),
            ("save", true),
            ("save.space.x", true),
            ("save.chart", false),
            ("save.spa", false),
            ("configs.package.chart", true),
        ] {
            assert_eq!(draft.is_wrong_at(place), is_wrong, "{place}");
        }
        let before = draft.mistakes.len();
        draft.refuse("save.space", String::new());
        assert_eq!(draft.mistakes.len(), before);
        draft.refuse("save.chart", String::new());
        assert_eq!(draft.mistakes.len(), before + 1);
    }
}
