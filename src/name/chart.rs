//! Chart names.

use std::fmt;

use super::{Error, text_like};

/// Names a chart, as its Chart.yaml does.
///
/// Helm takes any name that is one path element; hreg takes those of them that a reference can
/// hold: at most 200 bytes, no white space or control character, none of `/ \ : @ %`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChartName(String);

impl ChartName {
    const MAX_BYTES: usize = 200;

    /// Checks a chart's name.
    pub fn parse(text: &str) -> Result<ChartName, Error> {
        let fail = |reason: &str| Err(Error::new("chart name", text, reason));
        if text.is_empty() || text == "." || text == ".." {
            return fail("it must name a file");
        }
        if text.len() > Self::MAX_BYTES {
            return fail("it is longer than 200 bytes");
        }
        if let Some(bad) = text.chars().find(|c| {
            c.is_whitespace() || c.is_control() || matches!(c, '/' | '\\' | ':' | '@' | '%')
        }) {
            return fail(&format!("it must not contain {bad:?}"));
        }
        Ok(ChartName(text.to_owned()))
    }

    /// Gives the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChartName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

text_like!(ChartName);
