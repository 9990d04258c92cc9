//! From the text of a plan to a value: JSON with comments, or YAML.
//!
//! In either, a key that comes twice is a mistake: one of two charts would be lost without a word.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::mistake::WHOLE;
use super::{Mistake, Mistakes};
use crate::chart::yaml::{self, Shape};
use crate::error::Kind;

/// The bytes that a plan may have.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// Reads the text of a plan; one that begins with `{` or a comment of JSON is JSON.
pub(super) fn read(text: &[u8]) -> Result<Value, Mistakes> {
    let refuse = |message: String| {
        Mistakes(vec![Mistake { place: WHOLE.to_owned(), message, kind: Kind::Invalid }])
    };
    if text.len() > MAX_BYTES {
        return Err(refuse(format!("it has more than {MAX_BYTES} bytes")));
    }
    let plain = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    match plain.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err(refuse("it is empty".to_owned())),
        Some(b'{' | b'/') => {
            let read = serde_json::from_slice(&without_comments(plain)).map(|Unique(value)| value);
            read.map_err(|error| refuse(format!("it is no JSON: {error}")))
        }
        _ => yaml::parse_strict(plain, &Shape::Any)
            .map_err(|error| refuse(format!("it is neither JSON nor YAML: {error}"))),
    }
}

/// Writes spaces over comments, `//` and `/* */`, so that all else keeps its line and column.
fn without_comments(text: &[u8]) -> Vec<u8> {
    let mut plain = text.to_vec();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, is_comment) = match rest {
            [b'"', ..] => (quoted(rest), false),
            [b'/', b'/', ..] => (until(rest, b"\n"), true),
            [b'/', b'*', ..] => (2 + until(&rest[2..], b"*/") + 2, true),
            _ => (1, false),
        };
        let end = text.len().min(at + length);
        if is_comment {
            plain[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        at = end;
    }
    plain
}

/// Gives the length of the text in quotes that something begins with, or of all of it.
fn quoted(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|byte| match byte {
        b'"' => !std::mem::take(&mut escaped),
        byte => {
            escaped = *byte == b'\\' && !escaped;
            false
        }
    });
    end.map_or(text.len(), |end| end + 2)
}

/// Gives the number of bytes before an end, or of all of them.
fn until(text: &[u8], end: &[u8]) -> usize {
    text.windows(end.len()).position(|window| window == end).unwrap_or(text.len())
}

/// Is JSON in which no key comes twice.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unique, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Unique)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} is there twice")));
            }
            map.insert(key, entries.next_value::<Unique>()?.0);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn failure(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn reads_json_with_comments() {
        let text = "// a plan\n{ /* { \" */ \"a\": \"// no comment\", // \"b\": 1,\n\
                    \"c\": [1, -2, 0.5, null, true], \"d\": \"\\\\\" /**/ , \"e\": \"\\\"/*\"}\n// end";
        let expected = json!({
            "a": "// no comment", "c": [1, -2, 0.5, null, true], "d": "\\", "e": "\"/*"
        });
        assert_eq!(read(text.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn reads_yaml_as_helm_does() {
        let text = "# a plan\na: yes\nb: 012\nc: 'no'\n";
        assert_eq!(read(text.as_bytes()).unwrap(), json!({"a": true, "b": 10, "c": "no"}));
    }

    #[test]
    fn says_where_a_text_is_wrong() {
        let text = "{\n  \"a\": 1, // one\n  \"b\": x\n}";
        assert_eq!(
            failure(text),
            "the plan cannot be read: it is no JSON: expected value at line 3 column 8"
        );
        assert!(failure("a: [").contains("neither JSON nor YAML"));
        assert!(failure("{ /* never ends").contains("no JSON"));
        assert!(failure("{\"a").contains("no JSON"));
        assert!(failure("/").contains("no JSON"));
        assert!(failure(&"{\"a\":".repeat(100_000)).contains("recursion limit"));
        assert!(failure("\n\n").contains("it is empty"));
        assert!(failure(&" ".repeat(MAX_BYTES + 1)).contains("more than"));
    }

    #[test]
    fn refuses_a_key_that_comes_twice() {
        assert!(failure("{\"a\": {\"b\": 1, \"b\": 1}}").contains("the key \"b\" is there twice"));
        assert!(failure("a: 1\na: 2\n").contains('a'));
    }
}
