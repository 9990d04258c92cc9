//! Repositories: one chart in one space.

use std::fmt;

use super::{ChartName, Error, SpaceName, text_like};

/// Names one chart in one space; the unit that tags, versions and locks belong to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    /// The space that the chart lives in.
    pub space: SpaceName,
    /// The chart's name.
    pub chart: ChartName,
}

impl Repository {
    /// Reads `[HOST[:PORT]/]SPACE/CHART`, `oci://` in front allowed; a name alone is a chart of
    /// `library`.
    pub fn parse(text: &str) -> Result<Repository, Error> {
        match text.rsplit_once('/') {
            None => Ok(Repository { space: SpaceName::library(), chart: ChartName::parse(text)? }),
            Some((space, chart)) => {
                Ok(Repository { space: SpaceName::parse(space)?, chart: ChartName::parse(chart)? })
            }
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.space, self.chart)
    }
}

text_like!(Repository);
