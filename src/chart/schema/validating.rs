//! Checks values against a schema, by the crate `jsonschema`.
//!
//! Neither files nor registries are read for a reference; [`super::effort`] bounds what a schema
//! may ask for, and [`super::dialect`] says which draft it is of.

use std::thread;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Number, Value};

use super::{Error, MAX_VIOLATIONS, Violation, dialect, effort, format, pattern, wording};

/// The bytes that a schema may have.
const MAX_BYTES: usize = 4 << 20;
/// The memory that patterns in the names of properties may take, each.
const MAX_PATTERN_BYTES: usize = 1 << 20;
/// The stack for what the limits of `effort` let a schema ask for; only what is used takes memory.
const STACK_BYTES: usize = 256 << 20;

/// Checks values against a schema.
pub(super) fn validate(path: &str, schema: &[u8], values: &Value) -> Result<Vec<Violation>, Error> {
    let refused = |reason: String| Error::Refused { path: path.to_owned(), reason };
    if schema.len() > MAX_BYTES {
        return Err(refused(format!("it has more than {} MiB", MAX_BYTES >> 20)));
    }
    let schema = schema.strip_prefix(b"\xef\xbb\xbf").unwrap_or(schema);
    let schema: Value = serde_json::from_slice(schema)
        .map_err(|source| Error::Json { path: path.to_owned(), source })?;
    let checked = thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(STACK_BYTES);
        let checking = builder.spawn_scoped(scope, || check(path, schema, &plain(values)));
        let checking = checking.map_err(|error| refused(error.to_string()))?;
        checking.join().map_err(|_| refused("the validator failed on it".to_owned()))
    });
    checked?
}

fn check(path: &str, schema: Value, values: &Value) -> Result<Vec<Violation>, Error> {
    let (draft, schema) = dialect::read(schema);
    let excess = |excess| Error::Excess { path: path.to_owned(), excess };
    effort::bound(&schema, values).map_err(excess)?;
    let validator = compile(draft, &schema).map_err(|error| explain(path, &error))?;
    if validator.is_valid(values) {
        return Ok(Vec::new());
    }
    let errors = validator.iter_errors(values).take(MAX_VIOLATIONS);
    Ok(errors.map(|error| wording::violation(&error, values)).collect())
}

fn compile(draft: Draft, schema: &Value) -> Result<Validator, ValidationError<'static>> {
    let patterns = PatternOptions::regex().size_limit(MAX_PATTERN_BYTES);
    let options = jsonschema::options()
        .with_draft(draft)
        .offline()
        .should_validate_formats(true)
        .with_pattern_options(patterns.dfa_size_limit(MAX_PATTERN_BYTES))
        .with_keyword(dialect::PATTERN, pattern::keyword);
    let with_format = |options: jsonschema::ValidationOptions<'static>, (name, check)| {
        options.with_format(name, check)
    };
    format::FORMATS.into_iter().fold(options, with_format).build(schema)
}

/// Says why a schema cannot be used.
fn explain(path: &str, error: &ValidationError<'_>) -> Error {
    let path = path.to_owned();
    match error.kind() {
        ValidationErrorKind::Referencing(jsonschema::ReferencingError::Unretrievable {
            uri,
            ..
        }) => Error::Remote { path, reference: wording::shortened(uri) },
        _ => {
            let place = error.instance_path().as_str();
            let reason = wording::shortened(&error.to_string());
            let place = if place.is_empty() { "" } else { &format!(" at {place}") };
            Error::Refused { path, reason: format!("{reason}{place}") }
        }
    }
}

/// Writes every number as Helm has it when it validates: a floating-point one, without a fraction
/// where that is zero.
fn plain(value: &Value) -> Value {
    /// So far whole numbers are exact, and the same as floating-point ones.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => match number.as_f64() {
            #[allow(clippy::cast_possible_truncation)]
            Some(float) if float.fract() == 0.0 && float.abs() <= EXACT => {
                Value::from(float as i64)
            }
            Some(float) => Number::from_f64(float).map_or(Value::Null, Value::Number),
            None => value.clone(),
        },
        Value::Array(list) => list.iter().map(plain).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        _ => value.clone(),
    }
}
