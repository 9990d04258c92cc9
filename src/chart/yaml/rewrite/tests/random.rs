//! Random files and random changes.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::in_place;
use crate::chart::yaml::parse;

/// A node as it is written.
#[derive(Debug, Clone)]
enum Written {
    Scalar(&'static str),
    Block(&'static str),
    FlowList(Vec<Written>),
    FlowMap(Vec<(&'static str, Written)>),
    List(Vec<(Notes, Written)>),
    Map(Vec<(Notes, &'static str, Written)>),
}

/// Whether there are a comment above, a comment behind, and an empty line.
type Notes = (bool, bool, bool);

const SCALARS: &[&str] =
    &["1", "1.50", "yes", "'it''s'", "\"a\\nb\"", "~", "a b", "!!str 5", "", "{}", "[]"];
const BLOCKS: &[&str] = &["|", ">-", "|+", "|2-"];
const KEYS: &[&str] = &["a", "b", "'c d'", "yes", "1", "key"];

fn scalar() -> impl Strategy<Value = Written> {
    prop_oneof![
        4 => prop::sample::select(SCALARS.to_vec()).prop_map(Written::Scalar),
        1 => prop::sample::select(BLOCKS.to_vec()).prop_map(Written::Block),
    ]
}

fn flow() -> impl Strategy<Value = Written> {
    let words = vec!["1", "yes", "'a, b'", "{}", "word"];
    prop::sample::select(words).prop_map(Written::Scalar).prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Written::FlowList),
            keyed(inner).prop_map(Written::FlowMap),
        ]
    })
}

fn keyed<T: Clone + std::fmt::Debug + 'static>(
    inner: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Vec<(&'static str, T)>> {
    (prop::sample::subsequence(KEYS.to_vec(), 0..5).prop_shuffle(), prop::collection::vec(inner, 5))
        .prop_map(|(keys, values)| keys.into_iter().zip(values).collect())
}

fn map(inner: impl Strategy<Value = Written> + 'static) -> impl Strategy<Value = Written> {
    keyed((any::<Notes>(), inner)).prop_map(|entries| {
        Written::Map(entries.into_iter().map(|(key, (notes, node))| (notes, key, node)).collect())
    })
}

fn node() -> impl Strategy<Value = Written> {
    prop_oneof![3 => scalar(), 1 => flow()].prop_recursive(3, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec((any::<Notes>(), inner.clone()), 0..4).prop_map(Written::List),
            map(inner),
        ]
    })
}

/// Writes nodes, with a number in each comment.
struct Printer {
    text: String,
    comments: usize,
    step: usize,
}

impl Printer {
    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("# {}.", self.comments)
    }

    fn above(&mut self, notes: Notes, column: usize) {
        if notes.2 {
            self.text.push('\n');
        }
        if notes.0 {
            let comment = self.comment();
            self.text.push_str(&format!("{}{comment}\n", " ".repeat(column)));
        }
    }

    fn end(&mut self, notes: Notes) {
        if notes.1 {
            let comment = self.comment();
            self.text.push_str(&format!(" {comment}"));
        }
        self.text.push('\n');
    }

    fn print(&mut self, node: &Written, notes: Notes, column: usize) {
        match node {
            Written::List(items) if !items.is_empty() => {
                self.end(notes);
                for (notes, item) in items {
                    self.above(*notes, column);
                    self.text.push_str(&format!("{}-", " ".repeat(column)));
                    self.print(item, *notes, column + self.step);
                }
            }
            Written::Map(entries) if !entries.is_empty() => {
                self.end(notes);
                for entry in entries {
                    self.entry(entry, column);
                }
            }
            Written::Block(sign) => {
                self.text.push_str(&format!(" {sign}"));
                self.end(notes);
                // The number in a sign is counted from the key or dash.
                let column = column - self.step + 2;
                let indent = " ".repeat(column);
                self.text.push_str(&format!("{indent}# text\n{indent}more\n"));
            }
            _ => {
                let text = inline(node);
                self.text.push_str(if text.is_empty() { "" } else { " " });
                self.text.push_str(&text);
                self.end(notes);
            }
        }
    }

    fn entry(&mut self, (notes, key, node): &(Notes, &str, Written), column: usize) {
        self.above(*notes, column);
        self.text.push_str(&format!("{}{key}:", " ".repeat(column)));
        self.print(node, *notes, column + self.step);
    }
}

fn inline(node: &Written) -> String {
    match node {
        Written::Scalar(text) => (*text).to_owned(),
        Written::FlowList(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Written::FlowMap(entries) => {
            let pairs = entries.iter().map(|(key, node)| format!("{key}: {}", inline(node)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(" , "))
        }
        Written::List(_) => "[]".to_owned(),
        _ => "{}".to_owned(),
    }
}

/// Makes choices out of a seed.
struct Choices(u64);

impl Choices {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % count
    }

    fn value(&mut self) -> Value {
        match self.below(9) {
            0 => json!(null),
            1 => json!("no"),
            2 => json!(-1.5e30),
            3 => json!("a: b #c\n\u{2028}\u{7f}, {"),
            4 => json!({}),
            5 => json!([]),
            6 => json!({"x": self.value(), "y z": [self.value()]}),
            7 => json!([self.value(), {"n": self.value()}]),
            _ => json!("word"),
        }
    }

    /// Keeps about half of what is there.
    fn target(&mut self, old: &Map<String, Value>) -> Value {
        let mut map = old.clone();
        map.retain(|_, _| self.below(8) > 0);
        for value in map.values_mut() {
            if self.below(2) == 0 {
                self.change(value);
            }
        }
        if self.below(2) == 0 {
            map.insert("added".to_owned(), self.value());
        }
        Value::Object(map)
    }

    fn change(&mut self, value: &mut Value) {
        match value {
            Value::Object(map) if self.below(8) > 0 => {
                map.retain(|_, _| self.below(8) > 0);
                for inner in map.values_mut() {
                    if self.below(2) == 0 {
                        self.change(inner);
                    }
                }
                if self.below(3) == 0 {
                    map.insert(format!("new {}", self.below(3)), self.value());
                }
            }
            Value::Array(items) if self.below(8) > 0 => {
                items.retain(|_| self.below(8) > 0);
                for inner in items.iter_mut() {
                    if self.below(2) == 0 {
                        self.change(inner);
                    }
                }
                if self.below(3) == 0 {
                    items.insert(self.below(items.len() + 1), self.value());
                }
            }
            _ if self.below(2) == 0 => *value = self.value(),
            _ => {}
        }
    }
}

/// Entries of a file that few people write.
const ODD: &[&str] = &[
    "a: &x {p: 1, q: [1, 2]}",
    "b: *x # c",
    "c:\n  <<: *x # m\n  r: 1\n  # end",
    "d: [*x, 1]",
    "e: &y # why\n  - &z one\n  # k\n  - *z",
    "f: *y",
    "a: 5",
    "? g\n: *z",
    "*z : 2",
    "h: !!str 1 # c",
    "i: !foo {a: 1}",
    "j: |+\n  t\n\n",
    "k: >-\n    t\n   # no",
    "<<: *x",
    "l: &x\n  <<: [*x, {a: 2}]\n  p: 2",
    "m: &w\n- *x\n- - 1\n  - &v 2\n- k: *v # c\n  l: 2",
    "n:\n\n  # c\n\n  o: 1\n\n  # d",
    "&q o: *q",
    "p: {a, b: , ? c, 'd':1}",
    "s: a\n  b # c",
    "t: &u",
    "w:\n    - 1\n    # x\n    -\n    - # y\n      a: 1",
    "x: {a: &t [1, &s {k: v}], b: *s, c: *t}",
    "aa: !!map &ab {}",
    "ad: |\n\n  # x\n  \n   y\n     \n",
    "ae: \"a\\\n  b\" ",
    "af: [\n  1, # one\n  2\n  ]",
    "ag: [a: 1, b]",
];

/// What a file may begin and end with.
const FRAMES: &[(&str, &str)] = &[
    ("", "\n"),
    ("", ""),
    ("--- # doc\n", "\n"),
    ("%YAML 1.1\n---\n", "\n...\n"),
    ("", "\n---\nb: [\n"),
    ("# free\n\n", "\n\n# end"),
];

fn read_map(text: &str) -> Option<Map<String, Value>> {
    match parse(text.as_bytes()).ok()? {
        Value::Object(map) => Some(map),
        Value::Null => Some(Map::new()),
        _ => None,
    }
}

proptest! {
    #[test]
    fn an_odd_file_is_changed_in_place(
        entries in prop::collection::vec(prop::sample::select(ODD), 1..7),
        (head, tail) in prop::sample::select(FRAMES),
        windows: bool,
        seed: u64,
    ) {
        let mut text = format!("{head}{}{tail}", entries.join("\n"));
        if windows {
            text = text.replace('\n', "\r\n");
        }
        // An alias may stand before its anchor, which nobody reads.
        if let Some(old) = read_map(&text) {
            in_place(&text, &Choices(seed).target(&old));
        }
    }

    #[test]
    fn a_changed_file_reads_as_its_target(
        root in map(node()),
        step in 2..5usize,
        seed: u64,
        cut: bool,
    ) {
        let Written::Map(entries) = &root else { unreachable!("it was made as a map") };
        let mut printer = Printer { text: "# head\n\n".to_owned(), comments: 0, step };
        let mut parts = Vec::new();
        for entry in entries {
            let start = printer.text.len();
            printer.entry(entry, 0);
            parts.push(start..printer.text.len());
        }
        let mut text = printer.text;
        if cut {
            text.pop();
        }
        let old = read_map(&text).unwrap();
        let target = Choices(seed).target(&old);
        let changed = in_place(&text, &target);
        prop_assert!(changed.starts_with("# head\n"), "{changed}");
        for ((key, value), part) in old.iter().zip(parts) {
            let part = text.get(part).unwrap_or_default();
            if target.get(key) == Some(value) {
                prop_assert!(changed.contains(part), "{part:?} is not in\n{changed}");
            }
        }
    }
}
