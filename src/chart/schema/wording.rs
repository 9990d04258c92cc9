//! What is wrong with a value, in the words of a violation.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use super::Violation;
use super::dialect::PATTERN;

/// The number of characters that a rule is cut to.
const MAX_SHOWN: usize = 300;

/// Says what the error says, without the value: it may be secret.
pub(super) fn violation(error: &ValidationError<'_>, values: &Value) -> Violation {
    let place = error.instance_path().as_str();
    let keyword = match error.kind() {
        Kind::Custom { keyword, .. } if keyword == PATTERN => "pattern",
        Kind::FalseSchema => error.schema_path().as_str().rsplit('/').next().unwrap_or_default(),
        kind => kind.keyword(),
    };
    Violation {
        path: path(place, values),
        rule: format!("{} ({keyword})", shortened(&rule(error, keyword))),
    }
}

fn rule(error: &ValidationError<'_>, keyword: &str) -> String {
    match error.kind() {
        Kind::Type { kind: TypeKind::Single(one) } => format!("must be {}", one.as_str()),
        Kind::Type { kind: TypeKind::Multiple(some) } => {
            let names: Vec<_> = some.iter().map(|one| one.as_str()).collect();
            format!("must be {}", names.join(" or "))
        }
        Kind::Required { property } => format!("must have {property}"),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            format!("must not have {}", quoted(unexpected))
        }
        Kind::FalseSchema if keyword == "additionalProperties" => {
            "must have no properties but those that are named".to_owned()
        }
        Kind::FalseSchema => "must not be there".to_owned(),
        Kind::Enum { options } => format!("must be one of {options}"),
        Kind::Constant { expected_value } => format!("must be {expected_value}"),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::Format { format } => format!("must be a {format}"),
        Kind::Custom { .. } | Kind::Pattern { .. } => "must match the pattern".to_owned(),
        Kind::PropertyNames { error: inner } => {
            format!("must not have the property {}: its name {}", inner.instance(), rule(inner, ""))
        }
        kind => sized(kind),
    }
}

fn sized(kind: &Kind) -> String {
    match kind {
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinItems { limit } => format!("must have at least {limit} items"),
        Kind::MaxItems { limit } => format!("must have at most {limit} items"),
        Kind::MinProperties { limit } => format!("must have at least {limit} properties"),
        Kind::MaxProperties { limit } => format!("must have at most {limit} properties"),
        Kind::AdditionalItems { limit } => format!("must have at most {limit} items"),
        Kind::UniqueItems => "must have no item twice".to_owned(),
        Kind::Contains => "must have items as the schema says".to_owned(),
        Kind::AnyOf { .. } => "must be as one of its schemas says".to_owned(),
        Kind::OneOfNotValid { .. } => "must be as one of its schemas says".to_owned(),
        Kind::OneOfMultipleValid { .. } => {
            "must be as one of its schemas says, and not as several do".to_owned()
        }
        Kind::Not { .. } => "must not be as its schema says".to_owned(),
        _ => "must be as the schema says".to_owned(),
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| Value::from(name.as_str()).to_string()).collect();
    names.join(", ")
}

/// Cuts a text that may be of any length.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Writes a JSON pointer as `--set` would have the path.
fn path(pointer: &str, values: &Value) -> String {
    let (mut path, mut place) = (String::new(), Some(values));
    for part in pointer.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        if let Some(list) = place.and_then(Value::as_array) {
            path.push_str(&format!("[{key}]"));
            place = key.parse::<usize>().ok().and_then(|index| list.get(index));
            continue;
        }
        super::join(&mut path, &key);
        place = place.and_then(|place| place.get(&key));
    }
    path
}
