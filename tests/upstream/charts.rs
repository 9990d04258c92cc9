//! Charts as they are on a registry: manifest, Chart.yaml as JSON, content and provenance.

use hreg::digest::Digest;
use hreg::oci::media;
use serde_json::{Value, json};

use crate::registry::Registry;

/// Is a chart that can be put on a registry. Its archive is none: nobody looks into it here.
#[derive(Clone)]
pub(crate) struct Chart {
    pub(crate) meta: Vec<u8>,
    pub(crate) content: Vec<u8>,
    pub(crate) content_type: &'static str,
    pub(crate) provenance: Option<Vec<u8>>,
    pub(crate) created: Option<String>,
}

/// Makes a chart whose bytes are those of no other name or version.
pub(crate) fn chart(name: &str, version: &str) -> Chart {
    let meta = json!({ "apiVersion": "v2", "name": name, "version": version });
    Chart {
        meta: meta.to_string().into_bytes(),
        content: format!("archive of {name} {version}").into_bytes(),
        content_type: media::CHART_CONTENT,
        provenance: None,
        created: None,
    }
}

impl Chart {
    /// Gives the chart other content under the same name and version.
    pub(crate) fn content(self, content: impl Into<Vec<u8>>) -> Chart {
        Chart { content: content.into(), ..self }
    }

    pub(crate) fn signed(self) -> Chart {
        Chart { provenance: Some([b"signature of ", &self.content[..]].concat()), ..self }
    }

    /// Puts the chart under a tag; gives the manifest's digest.
    pub(crate) fn put(&self, registry: &Registry, repository: &str, tag: &str) -> Digest {
        let manifest = self.manifest(registry, repository);
        digest_of(&registry.put_manifest(repository, tag, &manifest))
    }

    /// Puts the chart's blobs, and gives the manifest.
    pub(crate) fn manifest(&self, registry: &Registry, repository: &str) -> Value {
        let config = registry.put_blob(repository, media::CHART_CONFIG, &self.meta);
        let content = registry.put_blob(repository, self.content_type, &self.content);
        let provenance = self.provenance.as_ref();
        let provenance =
            provenance.map(|bytes| registry.put_blob(repository, media::CHART_PROVENANCE, bytes));
        let layers: Vec<Value> = [content].into_iter().chain(provenance).collect();
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": media::OCI_MANIFEST,
            "config": config,
            "layers": layers,
        });
        if let Some(created) = &self.created {
            manifest["annotations"] = json!({ "org.opencontainers.image.created": created });
        }
        manifest
    }

    pub(crate) fn content_digest(&self) -> Digest {
        Digest::of(&self.content)
    }

    pub(crate) fn meta_digest(&self) -> Digest {
        Digest::of(&self.meta)
    }
}

/// Puts a chart of the repository's own name under the version's own tag.
pub(crate) fn put(registry: &Registry, repository: &str, version: &str) -> Digest {
    let name = repository.rsplit('/').next().unwrap();
    chart(name, version).put(registry, repository, &version.replace('+', "_"))
}

/// Puts an image with layers of these bytes; gives its descriptor.
pub(crate) fn put_image(registry: &Registry, repository: &str, tag: &str, layer: &[u8]) -> Value {
    let config = "application/vnd.oci.image.config.v1+json";
    let layer_type = "application/vnd.oci.image.layer.v1.tar+gzip";
    let image = json!({
        "schemaVersion": 2,
        "mediaType": media::OCI_MANIFEST,
        "config": registry.put_blob(repository, config, b"{}"),
        "layers": [registry.put_blob(repository, layer_type, layer)],
    });
    registry.put_manifest(repository, tag, &image)
}

/// Puts an index of manifests.
pub(crate) fn put_index(
    registry: &Registry,
    repository: &str,
    tag: &str,
    listed: &[Value],
) -> Digest {
    let index = json!({ "schemaVersion": 2, "mediaType": media::OCI_INDEX, "manifests": listed });
    digest_of(&registry.put_manifest(repository, tag, &index))
}

pub(crate) fn digest_of(descriptor: &Value) -> Digest {
    descriptor["digest"].as_str().unwrap().parse().unwrap()
}
