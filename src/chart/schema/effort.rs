//! Bounds what a validation takes, before it is begun.
//!
//! A schema of a few lines can ask for more checks than there are atoms (each definition referring
//! twice to the next), or never end. Which schemas meet which values is walked through here, every
//! pair once; the number of times that a validator comes to each pair follows from that.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::Excess;

/// How many checks, weighted by what they look at, a validation may take.
const MAX_CHECKS: u64 = 4_000_000;
/// How often what stands beside `unevaluatedProperties` is checked again to find what it leaves over.
const REPEATED: u64 = 8;
/// How many pairs of a schema and a value are looked at.
const MAX_PAIRS: usize = 1_000_000;
/// How deep checks may lie in each other.
const MAX_DEPTH: usize = 1024;
/// How deep all schemas that are referred to are when laid end to end: so far may a chain of
/// references lead.
const MAX_HEIGHT: usize = 10_000;
/// How many schemas may have an id of their own, and how many patterns there may be.
const MAX_BASES: usize = 16;
const MAX_PATTERNS: usize = 500;

/// Fails if validating the value by the schema would take too much.
pub(super) fn bound(schema: &Value, value: &Value) -> Result<(), Excess> {
    let mut bounds = Bounds::of(schema)?;
    match bounds.visit(schema, value, 0)? {
        checks if checks > MAX_CHECKS => Err(Excess::Checks),
        _ => Ok(()),
    }
}

struct Bounds<'a> {
    /// The document, and the schemas in it that have an id: what a reference may begin from.
    bases: Vec<&'a Value>,
    /// The schemas that have an anchor.
    anchors: HashMap<&'a str, Vec<&'a Value>>,
    /// The checks that each pair takes; none yet where they are being counted.
    pairs: HashMap<(*const Value, *const Value), Option<u64>>,
    /// The size of each list or map among the values, with all in it.
    weights: HashMap<*const Value, u64>,
}

impl<'a> Bounds<'a> {
    fn of(document: &'a Value) -> Result<Bounds<'a>, Excess> {
        let mut bounds = Bounds {
            bases: vec![document],
            anchors: HashMap::new(),
            pairs: HashMap::new(),
            weights: HashMap::new(),
        };
        let mut found = Found::default();
        bounds.index(document, &mut found);
        if bounds.bases.len() > MAX_BASES || found.patterns > MAX_PATTERNS {
            return Err(Excess::Checks);
        }
        let mut targets: Vec<&Value> =
            found.references.into_keys().flat_map(|reference| bounds.targets(reference)).collect();
        targets.push(document);
        targets.sort_by_key(|target| std::ptr::from_ref(*target));
        targets.dedup_by_key(|target| std::ptr::from_ref(*target));
        let height = |target: &&Value| found.heights.get(&std::ptr::from_ref(*target));
        match targets.iter().filter_map(height).sum::<usize>() {
            height if height > MAX_HEIGHT => Err(Excess::Depth),
            _ => Ok(bounds),
        }
    }

    /// Remembers ids, anchors and references, wherever they stand, and gives the height.
    fn index(&mut self, part: &'a Value, found: &mut Found<'a>) -> usize {
        let mut height = 0;
        match part {
            Value::Array(list) => {
                for inner in list {
                    height = height.max(self.index(inner, found));
                }
            }
            Value::Object(map) => {
                self.index_map(part, map, found);
                for inner in map.values() {
                    height = height.max(self.index(inner, found));
                }
            }
            _ => return 0,
        }
        found.heights.insert(part, height + 1);
        height + 1
    }

    fn index_map(&mut self, part: &'a Value, map: &'a Map<String, Value>, found: &mut Found<'a>) {
        for (keyword, value) in map {
            match (keyword.as_str(), value) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                    found.references.insert(reference, ());
                }
                ("$id" | "id", Value::String(id)) => match id.split_once('#') {
                    Some(("", anchor)) => self.anchors.entry(anchor).or_default().push(part),
                    _ => self.bases.push(part),
                },
                ("$anchor" | "$dynamicAnchor", Value::String(anchor)) => {
                    self.anchors.entry(anchor).or_default().push(part);
                }
                ("patternProperties", Value::Object(patterns)) => found.patterns += patterns.len(),
                ("pattern" | super::dialect::PATTERN, _) => found.patterns += 1,
                _ => {}
            }
        }
    }

    /// Lists the schemas that a reference may mean: whichever document its address is of.
    fn targets(&self, reference: &str) -> Vec<&'a Value> {
        let fragment = reference.split_once('#').map_or("", |(_, fragment)| fragment);
        if fragment.is_empty() {
            return self.bases.clone();
        }
        let pointer = percent_decoded(fragment);
        let pointed = self.bases.iter().filter_map(|base| base.pointer(&pointer));
        let anchored = self.anchors.get(fragment).into_iter().flatten().copied();
        pointed.chain(anchored).collect()
    }

    /// Counts the checks of a value by a schema.
    fn visit(&mut self, schema: &'a Value, value: &'a Value, depth: usize) -> Result<u64, Excess> {
        let Value::Object(keywords) = schema else { return Ok(1) };
        let pair = (std::ptr::from_ref(schema), std::ptr::from_ref(value));
        match self.pairs.get(&pair) {
            Some(Some(checks)) => return Ok(*checks),
            Some(None) => return Err(Excess::Endless),
            None if depth >= MAX_DEPTH => return Err(Excess::Depth),
            None if self.pairs.len() >= MAX_PAIRS => return Err(Excess::Checks),
            None => self.pairs.insert(pair, None),
        };
        let mut checks = 1 + self.weight(value);
        for (keyword, inner) in keywords {
            checks = checks.saturating_add(self.keyword(keyword, inner, value, depth + 1)?);
        }
        if ["unevaluatedItems", "unevaluatedProperties"]
            .iter()
            .any(|word| keywords.contains_key(*word))
        {
            checks = checks.saturating_mul(REPEATED);
        }
        self.pairs.insert(pair, Some(checks));
        Ok(checks)
    }

    /// Counts the checks of a value by one keyword.
    fn keyword(
        &mut self,
        keyword: &str,
        inner: &'a Value,
        value: &'a Value,
        depth: usize,
    ) -> Result<u64, Excess> {
        let mut checks = size(inner);
        for (schema, value) in self.met(keyword, inner, value) {
            checks = checks.saturating_add(self.visit(schema, value, depth)?);
        }
        if keyword == "not" {
            // What is found wrong holds a copy of that schema.
            checks = checks.saturating_add(self.weight(inner));
        }
        Ok(checks)
    }

    /// Lists which schemas of a keyword may meet which values.
    fn met(
        &self,
        keyword: &str,
        inner: &'a Value,
        value: &'a Value,
    ) -> Vec<(&'a Value, &'a Value)> {
        match (keyword, inner) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                self.targets(reference).into_iter().map(|target| (target, value)).collect()
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter().map(|schema| (schema, value)).collect()
            }
            ("dependencies" | "dependentSchemas", Value::Object(schemas)) => {
                schemas.values().map(|schema| (schema, value)).collect()
            }
            ("if" | "then" | "else" | "not", schema) => vec![(schema, value)],
            ("properties", Value::Object(schemas)) => {
                let inner = |(key, schema)| Some((schema, value.get(key)?));
                schemas.iter().filter_map(inner).collect()
            }
            ("patternProperties", Value::Object(schemas)) => {
                schemas.values().flat_map(|schema| each(schema, value)).collect()
            }
            ("items" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter().zip(value.as_array().into_iter().flatten()).collect()
            }
            (
                "additionalItems"
                | "additionalProperties"
                | "contains"
                | "items"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties",
                schema,
            ) => each(schema, value).collect(),
            _ => Vec::new(),
        }
    }

    /// Gives the size of a value.
    fn weight(&mut self, value: &Value) -> u64 {
        let own = match value {
            Value::String(text) => return 1 + text.len() as u64 / 64,
            Value::Array(_) | Value::Object(_) => std::ptr::from_ref(value),
            _ => return 1,
        };
        if let Some(weight) = self.weights.get(&own) {
            return *weight;
        }
        let inner = children(value).map(|inner| self.weight(inner)).sum::<u64>();
        self.weights.insert(own, inner + 1);
        inner + 1
    }
}

/// Holds what stands anywhere in a schema.
#[derive(Default)]
struct Found<'a> {
    references: HashMap<&'a str, ()>,
    heights: HashMap<*const Value, usize>,
    patterns: usize,
}

fn size(value: &Value) -> u64 {
    match value {
        Value::Array(list) => list.len() as u64,
        Value::Object(map) => map.len() as u64,
        _ => 1,
    }
}

fn each<'a>(schema: &'a Value, value: &'a Value) -> impl Iterator<Item = (&'a Value, &'a Value)> {
    children(value).map(move |inner| (schema, inner))
}

fn children(value: &Value) -> impl Iterator<Item = &Value> {
    let list = value.as_array().into_iter().flatten();
    list.chain(value.as_object().into_iter().flat_map(Map::values))
}

/// Reads the escapes of an address.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escape = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
