//! Which door a request comes to, told by its path alone.

/// Names a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::serve) enum Door {
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
        match path {
            "/" => Door::Web,
            "/health" | "/ready" => Door::Probe,
            "/metrics" => Door::Metrics,
            "/v2" => Door::Oci,
            "/apidocs.json" => Door::Spaces,
            _ if path.starts_with("/v2/") => Door::Oci,
            _ if path.starts_with("/api/v1/") => Door::Spaces,
            _ if path.starts_with("/api/") => Door::Museum,
            _ => Door::Classic,
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
