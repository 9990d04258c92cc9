//! The names that charts go by: spaces, charts, versions and ranges of them, tags, hosts, references.
//!
//! A value of these types is well formed by construction; it is checked once, where text comes in.
//! How a name becomes a folder is left to `storage`, what it stands for to `store`.

mod chart;
mod host;
mod range;
mod reference;
mod repository;
mod space;
mod tag;
mod version;

pub use chart::ChartName;
pub use host::Host;
pub use range::Range;
pub use reference::Reference;
pub use repository::Repository;
pub use space::SpaceName;
pub use tag::Tag;
pub use version::{Precedence, Version};

use crate::digest;
use crate::error::{Classified, Kind};

/// Says why a text is no name of the kind that was expected.
#[derive(Debug, thiserror::Error)]
#[error("invalid {what} {text:?}: {reason}")]
pub struct Error {
    /// What the text was to be: "tag", "chart name" and so on.
    pub what: &'static str,
    /// The text as given.
    pub text: String,
    /// The rule that it breaks.
    pub reason: String,
}

impl Error {
    fn new(what: &'static str, text: &str, reason: impl Into<String>) -> Error {
        Error { what, text: text.to_owned(), reason: reason.into() }
    }
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn hint(&self) -> Option<String> {
        (self.what == "reference").then(|| {
            "a reference is [HOST[:PORT]/]SPACE/CHART[:TAG][@DIGEST], such as library/mychart:1.0.0"
                .to_owned()
        })
    }
}

impl From<(&str, digest::Error)> for Error {
    fn from((text, error): (&str, digest::Error)) -> Error {
        Error::new("reference", text, error.to_string())
    }
}

/// Implements what every name shares: parsing by `FromStr`, printing, serde as a string.
macro_rules! text_like {
    ($type:ty) => {
        impl std::str::FromStr for $type {
            type Err = $crate::name::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <$type>::parse(text)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                <$type>::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
use text_like;

#[cfg(test)]
mod tests;
