//! Random charts and plans over them, and what should come of each: by rules of its own, without
//! any of the code that is tested.

use serde_json::{Map, Value, json};

/// Is a chart.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    pub(super) name: String,
    pub(super) values: Map<String, Value>,
    /// The charts in it, all of them listed.
    pub(super) subcharts: Vec<Chart>,
}

/// Is a node of a plan.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) key: String,
    pub(super) from: From,
    pub(super) config: Map<String, Value>,
    pub(super) children: Vec<Node>,
}

/// Says where the chart of a node is from.
#[derive(Debug, Clone)]
pub(super) enum From {
    /// It is one of the sources.
    Stored(usize),
    /// It has this name in its parent's source.
    Parent(String),
}

/// Says what global values there are.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(dead_code, reason = "each of the tests that have this file makes one of them")]
pub(super) enum Globals {
    /// Each is of one type wherever it comes.
    Alike,
    /// They are any values.
    Any,
}

/// Is a plan, and the charts that it is over.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) sources: Vec<Chart>,
    pub(super) root: Node,
}

impl Case {
    pub(super) fn new(seed: u64, globals: Globals) -> Case {
        let mut dice = Dice { state: seed, globals };
        let count = 1 + dice.below(3);
        let sources = (0..count).map(|index| dice.chart(&format!("src{index}"), 0)).collect();
        let mut case = Case { sources, root: Node::empty("shop", From::Stored(0)) };
        let chart = case.sources[0].clone();
        case.root = dice.node("shop", From::Stored(0), &chart, &case.sources, 0);
        case
    }

    /// Gives the plan's `configs`.
    pub(super) fn configs(&self) -> Value {
        self.root.plan()
    }

    /// Gives the charts as the plan arranges them, with their own values under the new names.
    pub(super) fn arranged(&self) -> Chart {
        self.root.arrange(self.chart(&self.root, None), self)
    }

    /// Gives all that the plan says of values, in the form of `helm --values`.
    pub(super) fn user(&self) -> Map<String, Value> {
        self.root.user()
    }

    fn chart<'a>(&'a self, node: &Node, parent: Option<&'a Chart>) -> &'a Chart {
        match &node.from {
            From::Stored(index) => &self.sources[*index],
            From::Parent(name) => {
                let mut there = parent.unwrap().subcharts.iter();
                there.find(|chart| chart.name == *name).unwrap()
            }
        }
    }
}

impl Node {
    fn empty(key: &str, from: From) -> Node {
        Node { key: key.to_owned(), from, config: Map::new(), children: Vec::new() }
    }

    fn plan(&self) -> Value {
        let package = match &self.from {
            From::Stored(index) => json!({
                "independent": true, "space": "library", "chart": format!("src{index}"),
                "version": "1.0.0"
            }),
            From::Parent(name) => json!({"independent": false, "chart": name, "version": "1.0.0"}),
        };
        let mut plan = json!({"package": package, "_config": self.config});
        for child in &self.children {
            plan[&child.key] = child.plan();
        }
        plan
    }

    fn user(&self) -> Map<String, Value> {
        let mut values = self.config.clone();
        for child in &self.children {
            let below = values.remove(&child.key).unwrap_or_else(|| json!({}));
            let merged = merged(below, Value::Object(child.user()));
            values.insert(child.key.clone(), merged);
        }
        values
    }

    fn takers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        let takes = move |from: &From| matches!(from, From::Parent(taken) if taken == name);
        self.children.iter().filter(move |child| takes(&child.from))
    }

    fn arrange(&self, chart: &Chart, case: &Case) -> Chart {
        let mut subcharts: Vec<Chart> = Vec::new();
        let arranged = |child: &Node| child.arrange(case.chart(child, Some(chart)), case);
        for subchart in &chart.subcharts {
            let before = subcharts.len();
            subcharts.extend(self.takers(&subchart.name).map(arranged));
            if subcharts.len() == before {
                let instead = self.children.iter().find(|child| child.key == subchart.name);
                subcharts.push(instead.map_or_else(|| subchart.clone(), arranged));
            }
        }
        for child in &self.children {
            if !subcharts.iter().any(|subchart| subchart.name == child.key) {
                subcharts.push(arranged(child));
            }
        }
        Chart { name: self.key.clone(), values: self.rename(&chart.values, chart), subcharts }
    }

    /// Gives values that are about a chart under the names that the plan gives to those in it.
    fn rename(&self, values: &Map<String, Value>, chart: &Chart) -> Map<String, Value> {
        let mut renamed = Map::new();
        for (key, value) in values {
            let mut takers = self.takers(key).peekable();
            if takers.peek().is_none() {
                renamed.insert(key.clone(), value.clone());
            }
            let subchart = chart.subcharts.iter().find(|subchart| subchart.name == *key);
            for taker in takers {
                let inner = value.as_object().unwrap();
                let value = taker.rename(inner, subchart.unwrap());
                renamed.insert(taker.key.clone(), Value::Object(value));
            }
        }
        renamed
    }
}

fn merged(below: Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(mut below), Value::Object(above)) => {
            for (key, value) in above {
                let before = below.remove(&key);
                let value =
                    before.map_or_else(|| value.clone(), |before| merged(before, value.clone()));
                below.insert(key, value);
            }
            Value::Object(below)
        }
        (_, above) => above,
    }
}

/// Throws numbers that follow from the seed (splitmix64).
struct Dice {
    state: u64,
    globals: Globals,
}

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn chart(&mut self, name: &str, depth: usize) -> Chart {
        let count = self.below(4 - depth);
        let names = ["s", "t", "u"].iter().take(count);
        let subcharts: Vec<Chart> =
            names.map(|name| self.chart(&format!("{name}{depth}"), depth + 1)).collect();
        let mut values = self.values(2);
        self.say_of(&mut values, &subcharts);
        Chart { name: name.to_owned(), values, subcharts }
    }

    /// Says something of some charts in another, in its values.
    fn say_of(&mut self, values: &mut Map<String, Value>, subcharts: &[Chart]) {
        for subchart in subcharts {
            if self.below(2) == 0 {
                let mut inner = self.values(2);
                self.say_of(&mut inner, &subchart.subcharts);
                values.insert(subchart.name.clone(), Value::Object(inner));
            }
        }
    }

    fn values(&mut self, depth: usize) -> Map<String, Value> {
        let mut values = Map::new();
        for key in ["a", "b", "c"] {
            if self.below(2) == 0 {
                values.insert(key.to_owned(), self.value(depth));
            }
        }
        if depth == 2 && self.below(3) == 0 {
            values.insert("global".to_owned(), Value::Object(self.global()));
        }
        values
    }

    fn global(&mut self) -> Map<String, Value> {
        if self.globals == Globals::Any {
            return self.values(1);
        }
        let mut values = Map::new();
        for key in ["a", "b"] {
            if self.below(2) == 0 {
                values.insert(key.to_owned(), json!(self.below(100)));
            }
            if self.below(2) == 0 {
                values.insert(format!("map-{key}"), json!({key: self.below(100)}));
            }
        }
        values
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(8) {
            0 | 1 => json!(self.below(100)),
            2 => Value::Null,
            3 => json!(format!("text {}", self.below(100))),
            4 => json!([self.below(100), {"a": self.below(100)}]),
            _ if depth == 0 => json!(true),
            _ => Value::Object(self.values(depth - 1)),
        }
    }

    fn node(
        &mut self,
        key: &str,
        from: From,
        chart: &Chart,
        sources: &[Chart],
        depth: usize,
    ) -> Node {
        let mut node = Node::empty(key, from);
        let fresh = |node: &Node| format!("n{depth}{}", node.children.len());
        for subchart in &chart.subcharts {
            for _ in 0..self.below(3) {
                let key = match self.below(3) {
                    0 if !node.children.iter().any(|child| child.key == subchart.name) => {
                        subchart.name.clone()
                    }
                    _ => fresh(&node),
                };
                let from = From::Parent(subchart.name.clone());
                let child = self.node(&key, from, subchart, sources, depth + 1);
                node.children.push(child);
            }
        }
        for _ in 0..self.below(3).saturating_sub(depth) {
            let index = self.below(sources.len());
            let free = |name: &&Chart| !node.children.iter().any(|child| child.key == name.name);
            let key = match chart.subcharts.iter().find(free) {
                // It takes the place of a subchart, unless that one is taken elsewhere.
                Some(subchart)
                    if self.below(2) == 0 && node.takers(&subchart.name).next().is_none() =>
                {
                    subchart.name.clone()
                }
                _ => fresh(&node),
            };
            let child = self.node(&key, From::Stored(index), &sources[index], sources, depth + 1);
            node.children.push(child);
        }
        node.config = self.values(2);
        for child in node.children.clone() {
            if self.below(3) == 0 {
                node.config.insert(child.key, Value::Object(self.values(2)));
            }
        }
        node
    }
}
