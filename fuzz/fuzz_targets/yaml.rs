//! What `check` accepts is what `parse` reads, and what `emit` writes reads back as it was.

#![no_main]

use hreg::chart::yaml::{self, Root};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    match (yaml::parse(bytes), yaml::check(bytes)) {
        (Ok(value), Ok(root)) => {
            assert_eq!(root, root_of(&value));
            let written = yaml::emit(&value).expect("whatever was read can be written");
            let again = yaml::parse(written.as_bytes());
            assert_eq!(again.expect("what was written can be read"), value, "{written}");
        }
        (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
        (one, other) => panic!("parsed it is {one:?}, checked it is {other:?}"),
    }
});

fn root_of(value: &Value) -> Root {
    match value {
        Value::Null => Root::Null,
        Value::Array(_) => Root::List,
        Value::Object(_) => Root::Map,
        _ => Root::Scalar,
    }
}
