//! Which door a request comes to, told by its path alone: for what is done with requests before a door
//! has seen them, or for all doors alike.

use axum::http::StatusCode;
use axum::response::Response;

use super::refusal::Refusal;
use super::state::State;
use super::{classic, museum, oci, space_api};

/// Names a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// The OCI API.
    Oci,
    /// Classic repositories, and every path that no other door has.
    Classic,
    /// The API of spaces.
    Spaces,
    /// The API of ChartMuseum.
    Museum,
    /// The page for people.
    Web,
    /// What probes ask for.
    Probe,
    /// The metrics.
    Metrics,
}

impl Door {
    /// All doors.
    pub(super) const ALL: [Door; 7] = [
        Door::Oci,
        Door::Classic,
        Door::Spaces,
        Door::Museum,
        Door::Web,
        Door::Probe,
        Door::Metrics,
    ];

    /// Finds the door of a path. What is no path, as the `*` of OPTIONS, is the classic door's too.
    pub(super) fn of(path: &str) -> Door {
        let is_below = |folder: &str| {
            path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match path {
            "/" => Door::Web,
            "/health" | "/ready" => Door::Probe,
            "/metrics" => Door::Metrics,
            "/apidocs.json" => Door::Spaces,
            _ if is_below("/v2") => Door::Oci,
            _ if is_below("/api/v1") => Door::Spaces,
            _ if is_below("/api") => Door::Museum,
            _ => Door::Classic,
        }
    }

    /// Refuses a request in the words of the door.
    pub(super) fn refuse(self, state: &State, status: StatusCode, text: &str) -> Response {
        let refusal = || Refusal::status(status, text);
        match self {
            Door::Oci => oci::refuse(state, status, text),
            Door::Spaces => space_api::refuse(state, refusal()),
            Door::Museum => museum::refuse(state, refusal()),
            Door::Classic | Door::Web | Door::Probe | Door::Metrics => {
                classic::refuse(state, refusal())
            }
        }
    }

    /// Gives the word that stands for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Door::Oci => "oci",
            Door::Classic => "classic",
            Door::Spaces => "spaces",
            Door::Museum => "chartmuseum",
            Door::Web => "web",
            Door::Probe => "probe",
            Door::Metrics => "metrics",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Door;

    #[test]
    fn a_path_leads_to_one_door() {
        for (path, expected) in [
            ("/", "web"),
            ("/v2", "oci"),
            ("/v2/", "oci"),
            ("/v2/a/b/manifests/v1", "oci"),
            ("/v2x", "classic"),
            ("/index.yaml", "classic"),
            ("/api/v1/spaces", "spaces"),
            ("/api/v1", "spaces"),
            ("/api/v1x", "chartmuseum"),
            ("/api", "chartmuseum"),
            ("/apidocs.json", "spaces"),
            ("/api/charts", "chartmuseum"),
            ("/ready", "probe"),
            ("/metrics", "metrics"),
            ("*", "classic"),
        ] {
            assert_eq!(Door::of(path).as_str(), expected, "{path}");
        }
        for (index, door) in Door::ALL.into_iter().enumerate() {
            assert_eq!(door as usize, index, "tables are in this order");
        }
    }
}
