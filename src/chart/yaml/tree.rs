//! From the tree to JSON, as `sigs.k8s.io/yaml` converts it: text where a field holds text.

use std::rc::Rc;

use serde_json::{Map, Number, Value};

use super::node::{Collection, Node};
use super::scalar::Scalar;
use super::{Error, Fault};

/// Tells where a document holds text, so that `1.10` or `yes` becomes text there.
///
/// Anywhere else it stays a number or a truth value, and whoever wants text refuses it.
#[derive(Debug)]
pub enum Shape {
    /// Whatever is written.
    Any,
    /// Text.
    Text,
    /// A list whose items all have one shape.
    List(&'static Shape),
    /// A map whose values all have one shape.
    Map(&'static Shape),
    /// A map with known keys: the same key first, then one that differs in case only.
    Record(&'static [(&'static str, &'static Shape)]),
}

impl Shape {
    fn item(&self) -> &'static Shape {
        match self {
            Shape::List(item) => item,
            _ => &Shape::Any,
        }
    }

    fn field(&self, key: &str) -> &'static Shape {
        let fields = match self {
            Shape::Map(value) => return value,
            Shape::Record(fields) => fields,
            _ => return &Shape::Any,
        };
        let exact = fields.iter().find(|(name, _)| *name == key);
        let field =
            exact.or_else(|| fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)));
        field.map_or(&Shape::Any, |(_, shape)| shape)
    }
}

/// Keeps the nodes of a list, or the entries of a map; an alias shares them.
#[derive(Debug, Clone, Default)]
pub(super) struct Branch(Rc<Vec<Entry>>);

/// A node of a list has no key.
type Entry = (Option<Rc<str>>, Node<Branch>);

impl Collection for Branch {
    type Text = Rc<str>;

    fn push(&mut self, key: Option<Rc<str>>, node: Node<Branch>) {
        Rc::make_mut(&mut self.0).push((key, node));
    }

    fn merge(&mut self, other: Branch) {
        // Of several maps, the first wins: as in go-yaml, where later entries overwrite.
        let entries = Rc::make_mut(&mut self.0);
        for (key, node) in other.0.iter().rev() {
            match (key, node) {
                (None, Node::Map(map)) => entries.extend(map.0.iter().cloned()),
                _ => break,
            }
        }
        entries.extend(other.0.iter().filter(|(key, _)| key.is_some()).cloned());
    }
}

impl Branch {
    /// Takes the entries out; those that an alias shares stay where they are, too.
    fn into_entries(self) -> Vec<Entry> {
        Rc::unwrap_or_clone(self.0)
    }
}

/// Turns trees into JSON, and lets go of them on the way.
pub(super) struct Converter {
    /// Whether a key that comes twice is refused; otherwise the last one wins.
    pub(super) strict: bool,
}

impl Converter {
    pub(super) fn convert(&self, node: Node<Branch>, shape: &Shape) -> Result<Value, Error> {
        match node {
            Node::Scalar(scalar) => convert_scalar(&scalar, matches!(shape, Shape::Text)),
            Node::List(items) => {
                let items = items.into_entries().into_iter();
                items.map(|(_, item)| self.convert(item, shape.item())).collect()
            }
            Node::Map(entries) => self.convert_map(entries, shape),
        }
    }

    fn convert_map(&self, entries: Branch, shape: &Shape) -> Result<Value, Error> {
        let entries = entries.into_entries();
        let mut map = Map::with_capacity(entries.len());
        for (key, node) in entries {
            let key = key.as_deref().unwrap_or_default();
            let value = self.convert(node, shape.field(key))?;
            if map.insert(key.to_owned(), value).is_some() && self.strict {
                return Err(Error::Duplicate { key: key.to_owned() });
            }
        }
        Ok(Value::Object(map))
    }
}

fn convert_scalar(scalar: &Scalar<Rc<str>>, as_text: bool) -> Result<Value, Error> {
    if as_text {
        return Ok(scalar.text().map_or(Value::Null, |text| Value::from(&*text)));
    }
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(*value),
        Scalar::Int(number) => Value::from(*number),
        Scalar::Uint(number) => Value::from(*number),
        Scalar::Float(number) => match Number::from_f64(*number) {
            Some(number) => Value::Number(number),
            None => return Err(Error::Value { fault: Fault::NotFinite(*number) }),
        },
        Scalar::Text(text) => Value::from(&**text),
    })
}
