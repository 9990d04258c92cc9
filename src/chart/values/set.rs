//! The language of Helm's `--set`: `a.b=c,list={x,y},servers[0].port=80`.
//!
//! What is accepted, what each text means and the words of the errors follow Helm 3.17.3, its
//! oddities included, for scripts rely on them. Whose values these are, and that a null deletes a
//! chart's default, is left to `coalesce`.

mod scanner;

use serde_json::{Map, Value};

use crate::error::{Classified, Kind};
use scanner::Scanner;

/// The highest index of a list that may be set.
const MAX_INDEX: usize = 65536;
/// The number of dots that a name may have.
const MAX_DOTS: usize = 30;
/// The number of maps and lists that a name may lead through. Helm has no limit for lists; this one
/// keeps what is built shallow enough for every reader of JSON.
const MAX_DEPTH: usize = 100;
/// The number of list places that one text may add. Helm has no limit; one index of 65536 takes
/// five bytes to write and megabytes to hold.
const MAX_PLACES: usize = 1 << 20;

/// Tells how the text after `=` becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// As `--set`: whole numbers, `true`, `false` and `null` are what they look like.
    Infer,
    /// As `--set-string`: all is text.
    Text,
    /// As `--set-json`: each value is JSON, an empty one null.
    Json,
}

/// Sets what `text` says in `values`, over what is there.
///
/// A name that leads to a list or a map keeps what else is in it. The text has at most 30 dots in
/// a name and indexes up to 65536, as Helm has it; a name may lead through at most 100 maps and
/// lists, and a text may add at most 1,048,576 list places.
///
/// # Errors
///
/// Fails where Helm does. `values` may by then hold a part of what the text says.
pub fn set(text: &str, typing: Typing, values: &mut Map<String, Value>) -> Result<(), Error> {
    let mut setter = Setter { text: Scanner::new(text), typing, places: MAX_PLACES };
    while setter.member(values, Position::default())? == Flow::More {}
    Ok(())
}

/// Tells whether there may be text left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    More,
    /// The text is over. A map or list that was begun for a name that ends here is not kept.
    End,
}

/// Says how deep a name has led.
#[derive(Debug, Clone, Copy, Default)]
struct Position {
    dots: usize,
    depth: usize,
}

impl Position {
    /// Goes through a dot into a map.
    fn dot(self) -> Result<Position, Error> {
        if self.dots == MAX_DOTS {
            return Err(Error::Dots);
        }
        Position { dots: self.dots + 1, ..self }.inner()
    }

    /// Goes into a list, or into a map that is in a list: Helm does not count the dot there.
    fn inner(self) -> Result<Position, Error> {
        if self.depth == MAX_DEPTH {
            return Err(Error::Depth);
        }
        Ok(Position { depth: self.depth + 1, ..self })
    }
}

/// Reads assignments from a text and makes them.
struct Setter<'a> {
    text: Scanner<'a>,
    typing: Typing,
    /// The number of list places that may yet be added.
    places: usize,
}

impl Setter<'_> {
    /// Reads a name up to the end of its assignment, and sets it in `map`.
    fn member(&mut self, map: &mut Map<String, Value>, at: Position) -> Result<Flow, Error> {
        let (name, stop) = self.text.until(&['=', '[', ',', '.']);
        match stop {
            None if name.is_empty() => Ok(Flow::End),
            None => Err(Error::NoValue { name }),
            Some('[') => self.list_member(map, name, at),
            Some('.') => self.map_member(map, name, at),
            Some('=') => {
                let (value, flow) = self.value()?;
                insert(map, name, value);
                Ok(flow)
            }
            Some(_) => Err(Error::NoValueBeforeComma { name }),
        }
    }

    /// Goes on into the map that `name` holds or is to hold.
    fn map_member(
        &mut self,
        map: &mut Map<String, Value>,
        name: String,
        at: Position,
    ) -> Result<Flow, Error> {
        let at = at.dot()?;
        if let Some(found) = map.get_mut(&name) {
            let Value::Object(inner) = found else {
                return Err(Error::mismatch(&name, found, "map"));
            };
            let flow = self.member(inner, at)?;
            return emptiness(inner, flow, name);
        }
        let mut inner = Map::new();
        let flow = self.member(&mut inner, at)?;
        let flow = emptiness(&inner, flow, name.clone())?;
        if !inner.is_empty() {
            insert(map, name, Value::Object(inner));
        }
        Ok(flow)
    }

    /// Goes on into the list that `name` holds or is to hold.
    fn list_member(
        &mut self,
        map: &mut Map<String, Value>,
        name: String,
        at: Position,
    ) -> Result<Flow, Error> {
        let index = self.index()?;
        let at = at.inner()?;
        if let Some(found) = map.get_mut(&name) {
            let Value::Array(list) = found else {
                return Err(Error::mismatch(&name, found, "list"));
            };
            return self.item(list, index, at);
        }
        let mut list = Vec::new();
        let flow = self.item(&mut list, index, at)?;
        insert(map, name, Value::Array(list));
        Ok(flow)
    }

    /// Reads what follows the `]` of an index, and sets it in `list`.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, at: Position) -> Result<Flow, Error> {
        let index = usize::try_from(index).map_err(|_| Error::NegativeIndex { index })?;
        let (unexpected, stop) = self.text.until(&['[', '.', '=']);
        if !unexpected.is_empty() {
            return Err(Error::AfterIndex { text: unexpected });
        }
        match stop {
            None => Ok(Flow::End),
            Some('=') => {
                let (value, _) = self.value()?;
                *self.place(list, index)? = value;
                Ok(Flow::More)
            }
            Some('[') => self.list_item(list, index, at),
            Some(_) => self.map_item(list, index, at),
        }
    }

    /// Goes on into the list that is or is to be at `index`.
    fn list_item(
        &mut self,
        list: &mut Vec<Value>,
        index: usize,
        at: Position,
    ) -> Result<Flow, Error> {
        let inner_index = self.index()?;
        let at = at.inner()?;
        if let Some(found) = list.get_mut(index).filter(|found| !found.is_null()) {
            let Value::Array(inner) = found else {
                return Err(Error::mismatch(&format!("[{index}]"), found, "list"));
            };
            return self.item(inner, inner_index, at);
        }
        let mut inner = Vec::new();
        let flow = self.item(&mut inner, inner_index, at)?;
        if flow == Flow::More {
            *self.place(list, index)? = Value::Array(inner);
        }
        Ok(flow)
    }

    /// Goes on into the map that is or is to be at `index`; anything else there makes way.
    fn map_item(
        &mut self,
        list: &mut Vec<Value>,
        index: usize,
        at: Position,
    ) -> Result<Flow, Error> {
        let at = at.inner()?;
        if let Some(found) = list.get_mut(index) {
            if !found.is_object() {
                *found = Value::Object(Map::new());
            }
            let inner = found.as_object_mut().expect("it was made a map if it was none");
            return self.member(inner, at);
        }
        let mut inner = Map::new();
        let flow = self.member(&mut inner, at)?;
        // Helm forgets a new map whose last value is an empty text: `a[0].b=` gives `a: []`.
        if flow == Flow::More {
            *self.place(list, index)? = Value::Object(inner);
        }
        Ok(flow)
    }

    /// Finds the place at `index`, filling the list up with nulls.
    fn place<'list>(
        &mut self,
        list: &'list mut Vec<Value>,
        index: usize,
    ) -> Result<&'list mut Value, Error> {
        if index > MAX_INDEX {
            return Err(Error::LargeIndex { index });
        }
        let missing = (index + 1).saturating_sub(list.len());
        self.places = self.places.checked_sub(missing).ok_or(Error::Places)?;
        list.resize_with(list.len() + missing, || Value::Null);
        Ok(&mut list[index])
    }

    /// Reads an index and its `]`.
    fn index(&mut self) -> Result<i64, Error> {
        let (text, stop) = self.text.until(&[']']);
        if stop.is_none() {
            return Err(Error::OpenIndex);
        }
        text.parse().map_err(|source| Error::Index { text, source })
    }

    /// Reads the value after `=`, and the comma after it.
    fn value(&mut self) -> Result<(Value, Flow), Error> {
        if self.typing == Typing::Json {
            return Ok((self.json()?, Flow::More));
        }
        if self.text.is_at_end() {
            return Ok((Value::String(String::new()), Flow::End));
        }
        if self.text.take('{') {
            return Ok((self.braced_list()?, Flow::More));
        }
        let (text, _) = self.text.until(&[',']);
        Ok((typed(text, self.typing), Flow::More))
    }

    /// Reads `x,y}` and a comma after it.
    fn braced_list(&mut self) -> Result<Value, Error> {
        let mut list = Vec::new();
        loop {
            let (text, stop) = self.text.until(&[',', '}']);
            let stop = stop.ok_or(Error::OpenList)?;
            list.push(typed(text, self.typing));
            if stop == '}' {
                self.text.take(',');
                return Ok(Value::Array(list));
            }
        }
    }

    /// Reads one JSON value and the blanks and comma after it; nothing is null.
    fn json(&mut self) -> Result<Value, Error> {
        if self.text.skip_blanks_and_comma() {
            return Ok(Value::Null);
        }
        let value = self.text.json().map_err(|source| Error::Json { source })?;
        self.text.skip_blanks_and_comma();
        Ok(value)
    }
}

/// Puts a value into a map, unless its name is empty: Helm ignores such.
fn insert(map: &mut Map<String, Value>, name: String, value: Value) {
    if !name.is_empty() {
        map.insert(name, value);
    }
}

/// Refuses `a.=1`, which leaves the map `a` empty though there was a value.
fn emptiness(inner: &Map<String, Value>, flow: Flow, name: String) -> Result<Flow, Error> {
    if flow == Flow::More && inner.is_empty() {
        return Err(Error::EmptyMap { name });
    }
    Ok(flow)
}

/// Gives a plain text the type it looks like.
///
/// Whole numbers of 64 bits are numbers, but a leading zero keeps a text, such as a phone number, as
/// it is. Fractions are texts.
fn typed(text: String, typing: Typing) -> Value {
    if typing == Typing::Text {
        return Value::String(text);
    }
    if text.eq_ignore_ascii_case("true") {
        return Value::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::Bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::Null;
    }
    match text.parse::<i64>() {
        Ok(number) if text == "0" || !text.starts_with('0') => Value::from(number),
        _ => Value::String(text),
    }
}

/// Says why a text sets nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text ends within a name.
    #[error("key {name:?} has no value")]
    NoValue {
        /// The last part of the name.
        name: String,
    },
    /// A name ends with a comma.
    #[error("key {name:?} has no value (cannot end with ,)")]
    NoValueBeforeComma {
        /// The last part of the name.
        name: String,
    },
    /// There is a value, but no name for it after the dot.
    #[error("key map {name:?} has no value")]
    EmptyMap {
        /// The part of the name before the dot.
        name: String,
    },
    /// A name leads into something that is no list or no map.
    #[error("unable to parse key: {name} is a {found}, not a {expected}")]
    Mismatch {
        /// The part of the name that holds it, or its index.
        name: String,
        /// The type of what is there.
        found: &'static str,
        /// The type that the name asks for.
        expected: &'static str,
    },
    /// An index is no number.
    #[error("error parsing index: {text:?}")]
    Index {
        /// What stands between the brackets.
        text: String,
        /// Why it is no number.
        source: std::num::ParseIntError,
    },
    /// An index is not closed.
    #[error("error parsing index: it must terminate with ']'")]
    OpenIndex,
    /// An index is below zero.
    #[error("negative {index} index not allowed")]
    NegativeIndex {
        /// The index.
        index: i64,
    },
    /// An index is too high.
    #[error("index of {index} is greater than maximum supported index of {MAX_INDEX}")]
    LargeIndex {
        /// The index.
        index: usize,
    },
    /// Something other than `=`, `.` or `[` follows an index.
    #[error("unexpected data at end of array index: {text:?}")]
    AfterIndex {
        /// What follows it.
        text: String,
    },
    /// A list in braces is not closed.
    #[error("list must terminate with '}}'")]
    OpenList,
    /// A name has too many dots.
    #[error("value name nested level is greater than maximum supported nested level of {MAX_DOTS}")]
    Dots,
    /// A name leads through too many maps and lists.
    #[error("a value name leads through more than {MAX_DEPTH} maps and lists")]
    Depth,
    /// The indexes would make too many list places.
    #[error("the indexes would add more than {MAX_PLACES} list places")]
    Places,
    /// A value is no JSON.
    #[error("the value is not JSON")]
    Json {
        /// Where and why.
        source: serde_json::Error,
    },
}

impl Error {
    /// Says that `found`, which `name` leads to, is not what the name asks for.
    fn mismatch(name: &str, found: &Value, expected: &'static str) -> Error {
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "list",
            Value::Object(_) => "map",
        };
        Error::Mismatch { name: name.to_owned(), found, expected }
    }
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

#[cfg(test)]
mod tests;
