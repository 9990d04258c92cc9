//! What a plan says, once it is read.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::digest::Digest;
use crate::name::{ChartName, Range, Repository, SpaceName, Version};

/// The place of the root in a plan.
pub(super) const ROOT: &str = "configs";

/// Says how to build a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Which rules it is built by, if the plan says so.
    pub semantics: Option<Semantics>,
    /// What the result is called.
    pub save: Save,
    /// What the result is made of.
    pub root: Node,
}

/// Names the result of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// The space that it goes to, if the plan says so.
    pub space: Option<SpaceName>,
    /// Its name.
    pub chart: ChartName,
    /// Its version.
    pub version: Version,
    /// What it says of itself; the root's own description where there is none.
    pub description: Option<String>,
}

/// Describes one chart of the result, and those in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands in the plan: `configs.db`.
    pub place: String,
    /// What it is taken from.
    pub package: Package,
    /// The values that it is given, if any are.
    pub config: Option<Map<String, Value>>,
    /// The charts in it, by the names that they get, in the plan's order.
    pub children: Vec<(ChartName, Node)>,
}

/// Says which chart a node is taken from.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// Where that chart is.
    pub source: Source,
    /// Its name there.
    pub chart: ChartName,
    /// Which versions of it will do.
    pub version: Wanted,
    /// The manifest that it must be, if the plan says so.
    pub digest: Option<Digest>,
    /// The subcharts of it that are left out.
    pub drop: Vec<String>,
}

impl Save {
    /// Gives what stands for one of which nothing could be read.
    pub(super) fn unread() -> Save {
        let version = Version::parse("0.0.0").expect("it is a version");
        Save { space: None, chart: unread_chart(), version, description: None }
    }
}

impl Node {
    /// Gives what stands for a node of which nothing could be read.
    pub(super) fn unread(place: String) -> Node {
        let version = Wanted::parse("*").expect("it is a range");
        let (chart, source) = (unread_chart(), Source::Unread);
        let package = Package { source, chart, version, digest: None, drop: Vec::new() };
        Node { place, package, config: None, children: Vec::new() }
    }

    /// Tells whether it is the whole result.
    pub fn is_root(&self) -> bool {
        self.place == ROOT
    }
}

impl Package {
    /// Gives the chart in the store that a node is taken from, if it is.
    pub fn repository(&self) -> Option<Repository> {
        match &self.source {
            Source::Stored(space) => {
                Some(Repository { space: space.clone(), chart: self.chart.clone() })
            }
            Source::Parent | Source::Unread => None,
        }
    }
}

fn unread_chart() -> ChartName {
    ChartName::parse("unread").expect("it is a name")
}

/// Says where the chart of a node is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a space of the store.
    Stored(SpaceName),
    /// In the chart that the parent node is taken from.
    Parent,
    /// Nobody knows: the plan has a mistake there. No plan that is free of mistakes has it.
    Unread,
}

/// Says which versions will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    text: String,
    /// The version of exactly that text, if it is one.
    pub exact: Option<Version>,
    /// The range, unless the text is a whole version, which stands for itself alone.
    pub range: Option<Range>,
}

impl Wanted {
    /// Reads a version or a range.
    pub fn parse(text: &str) -> Result<Wanted, crate::name::Error> {
        let exact = Version::parse(text).ok();
        let range = match Version::is_strict(text) && exact.is_some() {
            true => None,
            false => Some(Range::parse(text)?),
        };
        Ok(Wanted { text: text.to_owned(), exact, range })
    }

    /// Takes one version, and no other.
    pub fn of(version: &Version) -> Wanted {
        let text = version.as_str().to_owned();
        Wanted { text, exact: Some(version.clone()), range: None }
    }

    /// Tells whether a version will do.
    pub fn holds_for(&self, version: &Version) -> bool {
        let in_range = |range: &Range| range.contains(version.precedence());
        self.exact.as_ref() == Some(version) || self.range.as_ref().is_some_and(in_range)
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Names the rules that a plan is built by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Semantics {
    /// Today's Helm finds everything: defaults stay, `_config` is laid over them.
    #[default]
    Helm,
    /// As the registry that hreg descends from: `_config` is all the values that there are.
    Caicloud,
}

impl Semantics {
    /// Gives its name in a plan.
    pub fn as_str(self) -> &'static str {
        match self {
            Semantics::Helm => "helm",
            Semantics::Caicloud => "caicloud",
        }
    }
}

impl FromStr for Semantics {
    type Err = String;

    fn from_str(text: &str) -> Result<Semantics, String> {
        match text {
            "helm" => Ok(Semantics::Helm),
            "caicloud" => Ok(Semantics::Caicloud),
            _ => Err(format!("{text:?} is neither \"helm\" nor \"caicloud\"")),
        }
    }
}

impl fmt::Display for Semantics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
