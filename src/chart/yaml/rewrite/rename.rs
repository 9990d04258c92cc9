//! Keys that get other names, in place.

use serde_json::{Map, Value};

use super::layout::{Entry, Key, Kind, Layout, Link, Node, layout};
use super::lines::{Edits, Lines};
use super::style::{self, flow_text, inline};
use super::{decode, read, reads_as, with_mark};
use crate::chart::yaml::{Error, Shape};

/// Is the path of a key, and the name that it gets.
pub type Rename = (Vec<String>, String);

/// Gives keys other names, so that their comments, and all below them, stay as they are written.
///
/// Paths have the names that are in the file. What has no such key, has the new one already, or is
/// tied to other places by anchors and merges, stays as it is: whoever needs it changed
/// [rewrites](super::rewrite) the outcome. Fails where the file cannot be read.
pub fn rename(text: &[u8], renames: &[Rename]) -> Result<Vec<u8>, Error> {
    let mut value = read(text, &Shape::Any)?;
    let characters = decode(text)?;
    let Layout { root: Some(root), .. } = layout(&characters)? else { return Ok(text.to_vec()) };
    let mut edits = Edits::default();
    // The deepest first: the paths of the others are still what they were.
    let mut renames: Vec<&Rename> = renames.iter().collect();
    renames.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    for (path, name) in renames {
        let Some((key, parents)) = path.split_last() else { continue };
        let place = find(&root, parents).and_then(|map| key_of(&characters, map, key));
        let Some((range, is_flow)) = place else { continue };
        let written = if is_flow { flow_text(name) } else { inline(&Value::from(name.as_str())) };
        let Some(written) = written else { continue };
        if let Some(map) = map_at(&mut value, parents)
            && move_key(map, key, name)
        {
            edits.push(range, written);
        }
    }
    let changed = edits.apply(&characters, None).map(|changed| with_mark(text, changed));
    Ok(changed.filter(|changed| reads_as(changed, &Shape::Any, &value)).unwrap_or(text.to_vec()))
}

/// Finds the map that a path of keys leads to.
fn find<'n>(root: &'n Node, path: &[String]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, key| Some(&entry(node, key)?.node))
}

/// Finds the entry of a key that is in a map once, by itself.
fn entry<'n>(map: &'n Node, key: &str) -> Option<&'n Entry> {
    let Kind::Map(entries) = &map.kind else { return None };
    let is_it = |entry: &&Entry| matches!(&entry.key, Key::Text(text, _) if **text == *key);
    let mut found = entries.iter().filter(is_it);
    let entry = found.next()?;
    (found.next().is_none() && matches!(entry.key, Key::Text(_, Link::None))).then_some(entry)
}

/// Finds where a key is written, and whether that is in brackets.
fn key_of(text: &str, map: &Node, key: &str) -> Option<(std::ops::Range<usize>, bool)> {
    let entry = entry(map, key)?;
    let before = text.get(entry.start..entry.node.sign)?.strip_suffix(':')?;
    let written = before.trim_end();
    // What is tagged, or written with its own sign, is left alone.
    let is_simple = !written.is_empty() && !written.starts_with(['?', '!', '&', '*']);
    let range = entry.start..entry.start + written.len();
    is_simple.then(|| (range, style::is_flow(Lines(text), map)))
}

fn map_at<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Map<String, Value>> {
    path.iter().try_fold(value, |value, key| value.get_mut(key))?.as_object_mut()
}

/// Moves a value to another key, unless there is one.
fn move_key(map: &mut Map<String, Value>, from: &str, to: &str) -> bool {
    if map.contains_key(to) {
        return false;
    }
    let value = map.shift_remove(from);
    value.map(|value| map.insert(to.to_owned(), value)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(text: &str, renames: &[(&str, &str)]) -> String {
        let path = |path: &str| path.split('/').map(str::to_owned).collect();
        let renames: Vec<Rename> =
            renames.iter().map(|(from, to)| (path(from), (*to).to_owned())).collect();
        String::from_utf8(rename(text.as_bytes(), &renames).unwrap()).unwrap()
    }

    #[test]
    fn comments_and_spelling_stay() {
        let text =
            "# head\na: 1\n# the database\ndb: # here\n  x: 'y'\n  \"in\" : {p: 1, q: 2}\n# end\n";
        let expected = "# head\na: 1\n# the database\npg: # here\n  x: 'y'\n  \"on\" : {p: 1, \"no\": 2}\n# end\n";
        assert_eq!(renamed(text, &[("db", "pg"), ("db/in", "on"), ("db/in/q", "no")]), expected);
    }

    #[test]
    fn what_cannot_be_renamed_by_itself_stays() {
        for text in [
            "a: 1\nb: 2\n",
            "? a\n: 1\n",
            "a: 1\na: 2\n",
            "&x a: 1\nc: *x\n",
            "!!str a: 1\n",
            "[a]\n",
            "",
            "# a\n",
        ] {
            assert_eq!(renamed(text, &[("a", "b"), ("none", "c"), ("none/a", "c")]), text);
        }
        // The name is another one where it is merged.
        let merged = "x: &x {a: 1}\ny: {<<: *x}\n";
        assert_eq!(renamed(merged, &[("x/a", "b")]), merged);
        assert!(rename(b"a: [", &[]).is_err());
    }
}
