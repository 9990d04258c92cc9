//! The order of keys: words by their letters, numbers in them by their size.

use serde_json::{Map, Value};

/// Gives what is in a map in go-yaml's order of keys (`sorter.go`).
///
/// That order runs in circles for some odd keys (a12 < a1b < a9 < a12), which sorting in the
/// standard library may answer with a panic, and Go with any order. So keys are put in one by one.
pub(super) fn sorted(map: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut all: Vec<_> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    all.sort_unstable_by_key(|(key, _)| *key);
    // Nearly all keys of charts are letters alone, whose order is the same.
    if all.iter().all(|(key, _)| key.bytes().all(|byte| byte.is_ascii_alphabetic())) {
        return all;
    }
    let mut sorted: Vec<(&str, &Value)> = Vec::with_capacity(all.len());
    for (key, value) in all {
        let place = sorted.partition_point(|(other, _)| precedes(other, key));
        sorted.insert(place, (key, value));
    }
    sorted
}

fn precedes(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let Some(place) = one.iter().zip(&other).position(|(a, b)| a != b) else {
        return one.len() < other.len();
    };
    let (a, b) = (one[place], other[place]);
    match (a.is_alphabetic(), b.is_alphabetic()) {
        (true, true) => return a < b,
        (false, false) => {}
        (_, is_letter) => return is_letter,
    }
    // A zero amid a number is no beginning of one: digits before it count as one digit.
    let continues = (a == '0' || b == '0') && ends_in_number(&one[..place]);
    let (size, length) = number_at(&one[place..], continues);
    let (other_size, other_length) = number_at(&other[place..], continues);
    (size, length, a) < (other_size, other_length, b)
}

/// Tells whether characters end in digits that are not all zeros.
fn ends_in_number(characters: &[char]) -> bool {
    let mut digits = characters.iter().rev().take_while(|character| character.is_ascii_digit());
    digits.any(|digit| *digit != '0')
}

/// Reads the number that characters begin with, and counts its digits.
fn number_at(characters: &[char], continues: bool) -> (i64, usize) {
    let digits = characters.iter().map_while(|character| character.to_digit(10));
    let start = (i64::from(continues), 0);
    digits.fold(start, |(number, length), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit)), length + 1)
    })
}
