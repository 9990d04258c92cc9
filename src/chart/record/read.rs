//! Reading JSON into structs, as Go's `json.Unmarshal` does.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Number, Value};

use crate::chart::yaml::Shape;
use crate::error::{Classified, Kind};

/// Reads a JSON value onto what is there already.
pub trait Read {
    /// Tells where the YAML form of this holds text.
    const SHAPE: Shape;

    /// Takes the value over; null changes nothing, unless Go says otherwise.
    fn read(&mut self, value: &Value, place: &Place<'_>) -> Result<(), Error>;
}

/// Tells where in a document a value stands, and how unknown keys are taken there.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    step: Step<'a>,
    strict: bool,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    /// Names a whole document, whose unknown keys are ignored.
    pub fn root() -> Place<'static> {
        Place { step: Step::Root, strict: false }
    }

    /// Names a whole document, whose unknown keys are errors.
    pub fn strict_root() -> Place<'static> {
        Place { step: Step::Root, strict: true }
    }

    /// Names what stands under a key.
    pub fn field(&'a self, key: &'a str) -> Place<'a> {
        Place { step: Step::Field(self, key), strict: self.strict }
    }

    /// Names an item of a list, counted from 0.
    pub fn item(&'a self, number: usize) -> Place<'a> {
        Place { step: Step::Item(self, number), strict: self.strict }
    }

    /// Makes the error for a value of the wrong type.
    pub fn mismatch(&self, value: &Value, wanted: &'static str) -> Error {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        Error::Mismatch { place: self.to_string(), found, wanted }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Step::Root => formatter.write_str("the document"),
            Step::Field(Place { step: Step::Root, .. }, key) => formatter.write_str(key),
            Step::Field(parent, key) => write!(formatter, "{parent}.{key}"),
            Step::Item(parent, number) => write!(formatter, "{parent}[{number}]"),
        }
    }
}

/// Says why a JSON value does not fit.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value has the wrong type.
    #[error("json: cannot unmarshal {found} into {place}, which is a {wanted}")]
    Mismatch {
        /// Where the value stands.
        place: String,
        /// The type of the value.
        found: &'static str,
        /// The type that belongs there.
        wanted: &'static str,
    },
    /// A list of records has a null in it.
    #[error("validation: {place} must not contain empty or null nodes")]
    Null {
        /// The list.
        place: String,
    },
    /// A key is not known, where unknown ones are errors.
    #[error("json: unknown field {key:?} in {place}")]
    Unknown {
        /// The record.
        place: String,
        /// The key.
        key: String,
    },
    /// A text is no point in time.
    #[error("parsing time {text:?} in {place}: expected RFC 3339, such as 2006-01-02T15:04:05Z")]
    Time {
        /// Where the text stands.
        place: String,
        /// The text.
        text: String,
    },
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

impl Read for String {
    const SHAPE: Shape = Shape::Text;

    fn read(&mut self, value: &Value, place: &Place<'_>) -> Result<(), Error> {
        match value {
            Value::Null => {}
            Value::String(text) => text.clone_into(self),
            _ => return Err(place.mismatch(value, "string")),
        }
        Ok(())
    }
}

impl Read for bool {
    const SHAPE: Shape = Shape::Any;

    fn read(&mut self, value: &Value, place: &Place<'_>) -> Result<(), Error> {
        match value {
            Value::Null => {}
            Value::Bool(flag) => *self = *flag,
            _ => return Err(place.mismatch(value, "bool")),
        }
        Ok(())
    }
}

/// A value of any type: its numbers become floats and its keys are sorted, as in Go.
impl Read for Value {
    const SHAPE: Shape = Shape::Any;

    fn read(&mut self, value: &Value, _: &Place<'_>) -> Result<(), Error> {
        *self = as_interface(value);
        Ok(())
    }
}

fn as_interface(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().and_then(Number::from_f64);
            number.map_or(Value::Null, Value::Number)
        }
        Value::Array(items) => items.iter().map(as_interface).collect(),
        Value::Object(map) => {
            let sorted: BTreeMap<_, _> = map.iter().collect();
            sorted.into_iter().map(|(key, value)| (key.clone(), as_interface(value))).collect()
        }
        _ => value.clone(),
    }
}

/// A list: items are read onto the items there, and what is beyond them goes.
impl<T: Read + Default> Read for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);

    fn read(&mut self, value: &Value, place: &Place<'_>) -> Result<(), Error> {
        let items = match value {
            Value::Null => &[],
            Value::Array(items) => items.as_slice(),
            _ => return Err(place.mismatch(value, "list")),
        };
        self.truncate(items.len());
        self.reserve_exact(items.len() - self.len());
        for (number, item) in items.iter().enumerate() {
            if number == self.len() {
                self.push(T::default());
            }
            if item.is_null() && matches!(T::SHAPE, Shape::Record(_)) {
                return Err(Error::Null { place: place.to_string() });
            }
            self[number].read(item, &place.item(number))?;
        }
        Ok(())
    }
}

/// A map: entries are added to those there.
impl<T: Read + Default> Read for BTreeMap<String, T> {
    const SHAPE: Shape = Shape::Map(&T::SHAPE);

    fn read(&mut self, value: &Value, place: &Place<'_>) -> Result<(), Error> {
        match value {
            Value::Null => self.clear(),
            Value::Object(entries) => {
                for (key, value) in entries {
                    let mut entry = T::default();
                    entry.read(value, &place.field(key))?;
                    self.insert(key.clone(), entry);
                }
            }
            _ => return Err(place.mismatch(value, "map")),
        }
        Ok(())
    }
}

/// Reads a map with known keys, calling `set` with the name of the field that each key means.
///
/// Keys come in sorted order, as Helm's way from YAML to JSON gives them: where two of them mean
/// one field, the last of them wins.
pub(in crate::chart) fn read_record(
    value: &Value,
    place: &Place<'_>,
    names: &[&'static str],
    set: &mut dyn FnMut(&'static str, &Value, &Place<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let map = match value {
        Value::Null => return Ok(()),
        Value::Object(map) => map,
        _ => return Err(place.mismatch(value, "map")),
    };
    let mut sorted: Vec<_> = map.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    for (key, value) in sorted {
        let exact = names.iter().find(|name| *name == key);
        let found = exact.or_else(|| names.iter().find(|name| name.eq_ignore_ascii_case(key)));
        match found {
            Some(name) => set(name, value, &place.field(name))?,
            None if place.strict => {
                return Err(Error::Unknown { place: place.to_string(), key: key.clone() });
            }
            None => {}
        }
    }
    Ok(())
}

/// Implements [`Read`] for a struct: which key is which field, in the order of the fields.
macro_rules! record {
    ($type:ty { $($name:literal => $field:ident: $value:ty),* $(,)? }) => {
        impl $type {
            /// Reads onto one field, by its exact name.
            pub(in crate::chart) fn read_field(
                &mut self,
                name: &str,
                value: &serde_json::Value,
                place: &$crate::chart::record::Place<'_>,
            ) -> Result<(), $crate::chart::record::Error> {
                use $crate::chart::record::Read;
                match name {
                    $($name => <$value as Read>::read(&mut self.$field, value, place),)*
                    _ => Ok(()),
                }
            }
        }

        impl $crate::chart::record::Read for $type {
            const SHAPE: $crate::chart::yaml::Shape = $crate::chart::yaml::Shape::Record(&[
                $(($name, &<$value as $crate::chart::record::Read>::SHAPE)),*
            ]);

            fn read(
                &mut self,
                value: &serde_json::Value,
                place: &$crate::chart::record::Place<'_>,
            ) -> Result<(), $crate::chart::record::Error> {
                let names = [$($name),*];
                $crate::chart::record::read_record(value, place, &names, &mut
                    |name, value, place| self.read_field(name, value, place))
            }
        }
    };
}
pub(in crate::chart) use record;
