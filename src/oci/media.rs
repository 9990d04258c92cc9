//! Media types: what OCI, Docker and the generations of Helm call their documents and blobs.

/// The manifest of an image, or of anything else that is kept like one.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A list of manifests.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// A manifest without a config, from a draft of OCI 1.1; some tools made them for signatures.
pub const OCI_ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";
/// Docker's image manifest, version 2, schema 2.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker's list of manifests.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// A chart's Chart.yaml as JSON, since Helm 3.0.0-alpha.2.
pub const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// A chart's archive, since Helm 3.7.0.
pub const CHART_CONTENT: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// A signed chart's provenance file, since Helm 3.7.0.
pub const CHART_PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

/// A chart's archive, from Helm 3.0.0-rc.1 to 3.6.
pub const CHART_CONTENT_TAR_GZIP: &str = "application/tar+gzip";
/// A chart's archive, from Helm 3.0.0-alpha.2 to beta.5.
pub const CHART_CONTENT_LAYER: &str = "application/vnd.cncf.helm.chart.content.layer.v1+tar";
/// A chart's archive, up to Helm 3.0.0-alpha.1.
pub const CHART_CONTENT_ALPHA_1: &str = "application/vnd.cncf.helm.chart.content.v1+tar";
/// A chart's name and version, which the archive lacked, in Helm 3.0.0-alpha.2.
pub const CHART_META_LAYER: &str = "application/vnd.cncf.helm.chart.meta.layer.v1+json";
/// A chart's name and version, which the archive lacked, up to Helm 3.0.0-alpha.1.
pub const CHART_META_ALPHA_1: &str = "application/vnd.cncf.helm.chart.meta.v1+json";

/// Tells whether layers of this type are not to be given away: those that OCI has called so, and
/// Docker's foreign ones.
pub fn is_nondistributable(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.oci.image.layer.nondistributable.v1.")
        || media_type.starts_with("application/vnd.docker.image.rootfs.foreign.")
}

/// Tells whether documents of this type list blobs.
pub fn is_manifest(media_type: &str) -> bool {
    [OCI_MANIFEST, OCI_ARTIFACT, DOCKER_MANIFEST].contains(&media_type)
}

/// Tells whether documents of this type list manifests.
pub fn is_index(media_type: &str) -> bool {
    [OCI_INDEX, DOCKER_LIST].contains(&media_type)
}

/// Tells whether a layer of this type is the archive of a whole chart.
pub fn is_chart_content(media_type: &str) -> bool {
    [CHART_CONTENT, CHART_CONTENT_TAR_GZIP, CHART_CONTENT_LAYER].contains(&media_type)
}

/// Tells whether a layer of this type is the archive of a chart without its name and version.
pub fn is_alpha_content(media_type: &str) -> bool {
    [CHART_CONTENT_LAYER, CHART_CONTENT_ALPHA_1].contains(&media_type)
}

/// Tells whether a layer of this type says what the archive beside it lacks.
pub fn is_chart_meta(media_type: &str) -> bool {
    [CHART_META_LAYER, CHART_META_ALPHA_1].contains(&media_type)
}
