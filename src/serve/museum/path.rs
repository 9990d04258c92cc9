//! What a path below `/api/` names.

use crate::name::{ChartName, Repository, SpaceName};

/// Says what a request is about. A version is checked where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resource {
    Charts(SpaceName),
    Chart(Repository),
    Version(Repository, String),
    Values(Repository, String),
    Templates(Repository, String),
    Provenance(SpaceName),
}

impl Resource {
    /// Reads a path. The first part that is `charts` ends the space: a space that has such a part
    /// cannot be named here.
    pub(super) fn parse(path: &str) -> Option<Resource> {
        let parts: Vec<&str> = path.split('/').collect();
        let Some(place) = parts.iter().position(|part| *part == "charts") else {
            let (last, space) = parts.split_last()?;
            return (*last == "prov").then(|| Some(Resource::Provenance(space_of(space)?)))?;
        };
        let space = space_of(&parts[..place])?;
        let in_space = |name: &str| {
            Some(Repository { space: space.clone(), chart: ChartName::parse(name).ok()? })
        };
        match parts[place + 1..] {
            [] => Some(Resource::Charts(space)),
            [name] => Some(Resource::Chart(in_space(name)?)),
            [name, version] => Some(Resource::Version(in_space(name)?, version.to_owned())),
            [name, version, "values"] => {
                Some(Resource::Values(in_space(name)?, version.to_owned()))
            }
            [name, version, "templates"] => {
                Some(Resource::Templates(in_space(name)?, version.to_owned()))
            }
            _ => None,
        }
    }

    /// Gives the space that a request is about.
    pub(super) fn space(&self) -> &SpaceName {
        match self {
            Resource::Charts(space) | Resource::Provenance(space) => space,
            Resource::Chart(chart)
            | Resource::Version(chart, _)
            | Resource::Values(chart, _)
            | Resource::Templates(chart, _) => &chart.space,
        }
    }

    /// Gives the chart that a request is about, if it is about one.
    pub(super) fn chart(&self) -> Option<&Repository> {
        match self {
            Resource::Charts(_) | Resource::Provenance(_) => None,
            Resource::Chart(chart)
            | Resource::Version(chart, _)
            | Resource::Values(chart, _)
            | Resource::Templates(chart, _) => Some(chart),
        }
    }

    /// Lists the methods that a resource answers.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Resource::Charts(_) => "GET, HEAD and POST",
            Resource::Chart(_) | Resource::Values(..) | Resource::Templates(..) => "GET and HEAD",
            Resource::Version(..) => "GET, HEAD and DELETE",
            Resource::Provenance(_) => "POST",
        }
    }
}

fn space_of(parts: &[&str]) -> Option<SpaceName> {
    match parts {
        [] => Some(SpaceName::library()),
        parts => SpaceName::parse(&parts.join("/")).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_space_and_what_is_in_it() {
        let space = |name: &str| SpaceName::parse(name).unwrap();
        let chart = |name: &str| Repository::parse(name).unwrap();
        for (path, expected) in [
            ("charts", Some(Resource::Charts(space("library")))),
            ("a/b/charts", Some(Resource::Charts(space("a/b")))),
            ("charts/x", Some(Resource::Chart(chart("library/x")))),
            ("charts/charts", Some(Resource::Chart(chart("library/charts")))),
            ("a/charts/x/1.0.0", Some(Resource::Version(chart("a/x"), "1.0.0".into()))),
            ("charts/x/1.0.0/values", Some(Resource::Values(chart("library/x"), "1.0.0".into()))),
            (
                "charts/x/1.0.0/templates",
                Some(Resource::Templates(chart("library/x"), "1.0.0".into())),
            ),
            ("prov", Some(Resource::Provenance(space("library")))),
            ("a/b/prov", Some(Resource::Provenance(space("a/b")))),
            ("charts/x/1.0.0/other", None),
            ("charts/..", None),
            ("../charts", None),
            ("_/charts", None),
            ("/charts", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(Resource::parse(path), expected, "{path}");
        }
    }
}
