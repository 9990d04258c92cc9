//! What Chart.yaml says is the same after it went through the JSON that is kept of it.

#![no_main]

use hreg::chart::metadata::Metadata;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut metadata = Metadata::default();
    if metadata.read_yaml(bytes).is_err() {
        return;
    }
    let valid = metadata.validate().is_ok();
    let json = metadata.to_json();
    let mut again = Metadata::from_json(&json).expect("the JSON is our own");
    assert_eq!(again.to_json(), json);
    if valid {
        again.validate().expect("a valid chart stays valid");
        assert_eq!(again.to_json(), json, "a valid chart is clean");
    }
});
