//! The table of all that the API answers: the router and the OpenAPI document are made of it.

use std::pin::Pin;

use super::{Answer, call::Call, charts, manifests, spaces, versions};

/// Runs what answers a request.
type Handler = fn(Call) -> Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Is one line of the table.
pub(super) struct Route {
    pub(super) method: &'static str,
    /// The path behind the prefix, with names of what varies in braces.
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    pub(super) takes: Takes,
    pub(super) gives: Gives,
    pub(super) handler: Handler,
}

/// Says what a request sends besides its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    /// The parameters of a part of a list.
    Page,
    /// The parameter with the name of a space.
    Space,
    /// A form with an archive.
    Archive,
    /// A form with an archive, or a plan.
    ArchiveOrPlan,
    /// A map.
    Map,
}

/// Says what an answer to a request that succeeds has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    /// Nothing, with status 204.
    Nothing,
    /// A list of texts.
    Names,
    /// A list of metadata.
    MetadataList,
    Metadata,
    /// Values, as text.
    Values,
    /// The values that were sent.
    Map,
    /// A link to a space, with status 201.
    NewSpace,
    /// A link to a version, with status 201.
    NewVersion,
    /// A link to a version.
    Version,
    /// An archive.
    Archive,
}

/// Makes the handler of a line.
macro_rules! handler {
    ($function:path) => {
        |call| Box::pin($function(call))
    };
}

/// All that the API answers.
pub(super) static ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/spaces",
        summary: "List spaces",
        takes: Takes::Page,
        gives: Gives::Names,
        handler: handler!(spaces::list),
    },
    Route {
        method: "POST",
        path: "/spaces",
        summary: "Create a space",
        takes: Takes::Space,
        gives: Gives::NewSpace,
        handler: handler!(spaces::create),
    },
    Route {
        method: "DELETE",
        path: "/spaces/{space}",
        summary: "Delete a space and all in it",
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        handler: handler!(spaces::remove),
    },
    Route {
        method: "GET",
        path: "/spaces/{space}/metadata",
        summary: "List the metadata of every version of every chart",
        takes: Takes::Page,
        gives: Gives::MetadataList,
        handler: handler!(manifests::of_space),
    },
    Route {
        method: "GET",
        path: "/spaces/{space}/metadata/latest",
        summary: "List the metadata of the latest version of each chart",
        takes: Takes::Page,
        gives: Gives::MetadataList,
        handler: handler!(manifests::latest_of_space),
    },
    Route {
        method: "GET",
        path: "/spaces/{space}/charts",
        summary: "List charts",
        takes: Takes::Page,
        gives: Gives::Names,
        handler: handler!(charts::list),
    },
    Route {
        method: "POST",
        path: "/spaces/{space}/charts",
        summary: "Upload a packaged chart, or build one by a plan",
        takes: Takes::ArchiveOrPlan,
        gives: Gives::NewVersion,
        handler: handler!(charts::add),
    },
    Route {
        method: "DELETE",
        path: "/spaces/{space}/charts/{chart}",
        summary: "Delete a chart and all its versions",
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        handler: handler!(charts::delete),
    },
    Route {
        method: "GET",
        path: "/spaces/{space}/charts/{chart}/metadata",
        summary: "List the metadata of every version of a chart",
        takes: Takes::Page,
        gives: Gives::MetadataList,
        handler: handler!(manifests::of_chart),
    },
    Route {
        method: "GET",
        path: "/spaces/{space}/charts/{chart}/metadata/latest",
        summary: "Get the metadata of the latest version of a chart",
        takes: Takes::Nothing,
        gives: Gives::Metadata,
        handler: handler!(manifests::latest_of_chart),
    },
    Route {
        method: "GET",
        path: "/spaces/{space}/charts/{chart}/versions",
        summary: "List the versions of a chart, ascending",
        takes: Takes::Page,
        gives: Gives::Names,
        handler: handler!(versions::list),
    },
    Route {
        method: "GET",
        path: "/spaces/{space}/charts/{chart}/versions/{version}",
        summary: "Download the archive exactly as it was stored",
        takes: Takes::Nothing,
        gives: Gives::Archive,
        handler: handler!(versions::download),
    },
    Route {
        method: "PUT",
        path: "/spaces/{space}/charts/{chart}/versions/{version}",
        summary: "Replace a version that is there",
        takes: Takes::Archive,
        gives: Gives::Version,
        handler: handler!(versions::replace),
    },
    Route {
        method: "DELETE",
        path: "/spaces/{space}/charts/{chart}/versions/{version}",
        summary: "Delete a version",
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        handler: handler!(versions::delete),
    },
    Route {
        method: "GET",
        path: "/spaces/{space}/charts/{chart}/versions/{version}/manifests/metadata",
        summary: "Get the metadata of a version",
        takes: Takes::Nothing,
        gives: Gives::Metadata,
        handler: handler!(manifests::metadata),
    },
    Route {
        method: "PUT",
        path: "/spaces/{space}/charts/{chart}/versions/{version}/manifests/metadata",
        summary: "Replace the fields of Chart.yaml",
        takes: Takes::Map,
        gives: Gives::Metadata,
        handler: handler!(manifests::put_metadata),
    },
    Route {
        method: "GET",
        path: "/spaces/{space}/charts/{chart}/versions/{version}/manifests/values",
        summary: "Get the values of a version with those of the charts in it",
        takes: Takes::Nothing,
        gives: Gives::Values,
        handler: handler!(manifests::values),
    },
    Route {
        method: "PUT",
        path: "/spaces/{space}/charts/{chart}/versions/{version}/manifests/values",
        summary: "Replace values.yaml",
        takes: Takes::Map,
        gives: Gives::Map,
        handler: handler!(manifests::put_values),
    },
];

/// Lists the paths, each once.
pub(super) fn paths() -> Vec<&'static str> {
    let mut paths: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_path_stand_together() {
        let paths = paths();
        let mut sorted = paths.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), paths.len());
    }
}
