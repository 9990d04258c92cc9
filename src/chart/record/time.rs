//! Points in time, as Go reads them in JSON.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::{Error, Place, Read};
use crate::chart::yaml::Shape;

/// Holds a point in time as the RFC 3339 text that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// Checks a text by Go's rules: RFC 3339, but for an hour of one digit or a comma.
    pub fn parse(text: &str) -> Option<Timestamp> {
        is_time(text).then(|| Timestamp(text.to_owned()))
    }

    /// Gives the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Go's zero time.
impl Default for Timestamp {
    fn default() -> Timestamp {
        Timestamp("0001-01-01T00:00:00Z".to_owned())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Read for Timestamp {
    const SHAPE: Shape = Shape::Any;

    fn read(&mut self, value: &Value, place: &Place<'_>) -> Result<(), Error> {
        match value {
            Value::Null => {}
            Value::String(text) => {
                *self = Timestamp::parse(text)
                    .ok_or_else(|| Error::Time { place: place.to_string(), text: text.clone() })?;
            }
            _ => return Err(place.mismatch(value, "time")),
        }
        Ok(())
    }
}

fn is_time(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else { return false };
    let clock_length = rest.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(rest.len());
    let (clock, rest) = rest.split_at(clock_length);
    is_date(date) && is_clock(clock) && is_zone(skip_fraction(rest))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether a text is two digits that mean a number up to `most`.
fn is_two_digits(text: &str, most: u32) -> bool {
    text.len() == 2 && is_digits(text) && text.parse().is_ok_and(|number: u32| number <= most)
}

fn is_date(text: &str) -> bool {
    let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] else { return false };
    if year.len() != 4 || !is_digits(year) || !is_two_digits(month, 12) {
        return false;
    }
    let year: u32 = year.parse().unwrap_or_default();
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        "00" => return false,
        "02" if is_leap => 29,
        "02" => 28,
        "04" | "06" | "09" | "11" => 30,
        _ => 31,
    };
    day != "00" && is_two_digits(day, days)
}

fn is_clock(text: &str) -> bool {
    let [hour, minute, second] = text.split(':').collect::<Vec<_>>()[..] else { return false };
    let is_hour = hour.len() == 1 && is_digits(hour) || is_two_digits(hour, 23);
    is_hour && is_two_digits(minute, 59) && is_two_digits(second, 59)
}

/// Skips a point or comma and at least one digit; anything else stays, to fail as a zone.
fn skip_fraction(text: &str) -> &str {
    match text.strip_prefix(['.', ',']) {
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_digit()) => {
            rest.trim_start_matches(|digit: char| digit.is_ascii_digit())
        }
        _ => text,
    }
}

fn is_zone(text: &str) -> bool {
    let offset = text.strip_prefix(['+', '-']).and_then(|rest| rest.split_once(':'));
    let is_offset = |(hour, minute)| is_two_digits(hour, 24) && is_two_digits(minute, 60);
    text == "Z" || offset.is_some_and(is_offset)
}
