//! Manifests and indexes, read from the bytes that their digest covers.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::{Descriptor, media};
use crate::digest::Digest;
use crate::error::{Classified, Kind};

/// The largest document that is read, in bytes: what registries and clients agree on.
pub const MAX_DOCUMENT_BYTES: usize = 4 << 20;

/// Lists the blobs that something is made of. Unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// What kind of artifact this is, where that is not the config's media type.
    pub artifact_type: Option<String>,
    /// What describes the layers; only an artifact manifest has none.
    pub config: Option<Descriptor>,
    /// The contents.
    pub layers: Vec<Descriptor>,
    /// The contents, as an artifact manifest calls them.
    pub blobs: Vec<Descriptor>,
    /// The document that this one is about: a signature's chart.
    pub subject: Option<Descriptor>,
    /// Notes, by name.
    pub annotations: BTreeMap<String, String>,
}

/// Lists manifests. Unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// What kind of artifact this is.
    pub artifact_type: Option<String>,
    /// The manifests.
    pub manifests: Vec<Descriptor>,
    /// The document that this one is about.
    pub subject: Option<Descriptor>,
    /// Notes, by name.
    pub annotations: BTreeMap<String, String>,
}

/// Says what a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A list of blobs.
    Manifest(Box<Manifest>),
    /// A list of manifests.
    Index(Box<Index>),
}

/// Holds a manifest or an index, and the bytes it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    bytes: Vec<u8>,
    media_type: String,
    body: Body,
}

/// Every member that is known, of whatever kind the document is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    schema_version: Option<u64>,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    blobs: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    subject: Option<Descriptor>,
    annotations: Option<BTreeMap<String, String>>,
}

impl Document {
    /// Reads a document of at most 4 MiB.
    ///
    /// `content_type` is what came with it, if anything. Where the document names its own media
    /// type, both must be the same; where nothing does, as in the manifests that Helm pushes, a
    /// list of manifests makes it an index.
    ///
    /// # Errors
    ///
    /// Fails on what is too large or no JSON, on types other than manifests and indexes of OCI and
    /// Docker, and on a document that could be read as both, for two readers may then see two
    /// different things (CVE-2021-41190).
    pub fn parse(bytes: Vec<u8>, content_type: Option<&str>) -> Result<Document, Error> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(Error::TooLarge { size: bytes.len() });
        }
        let members: Members =
            serde_json::from_slice(&bytes).map_err(|source| Error::Json { source })?;
        let media_type = members.media_type(content_type)?;
        let body = members.body(media::is_index(&media_type));
        Ok(Document { bytes, media_type, body })
    }

    /// Gives the bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Computes the SHA-256 digest of the bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// Gives the media type, which a server is to send along.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Gives what the document says.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Gives the manifest, if the document is one.
    pub fn manifest(&self) -> Option<&Manifest> {
        match &self.body {
            Body::Manifest(manifest) => Some(manifest),
            Body::Index(_) => None,
        }
    }

    /// Lists the blobs that the document refers to: its config first.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        let manifest = self.manifest().into_iter();
        manifest.flat_map(|found| found.config.iter().chain(&found.layers).chain(&found.blobs))
    }

    /// Tells whether the document refers to a blob.
    pub fn names_blob(&self, digest: &Digest) -> bool {
        self.blobs().any(|blob| blob.digest == *digest)
    }

    /// Lists the manifests that the document refers to.
    pub fn manifests(&self) -> impl Iterator<Item = &Descriptor> {
        let manifests: &[Descriptor] = match &self.body {
            Body::Manifest(_) => &[],
            Body::Index(index) => &index.manifests,
        };
        manifests.iter()
    }

    /// Lists all that the document is made of: blobs, then manifests. The subject is not among
    /// them, because it need not be there.
    pub fn descriptors(&self) -> impl Iterator<Item = &Descriptor> {
        self.blobs().chain(self.manifests())
    }

    /// Gives the document that this one is about, if it says so.
    pub fn subject(&self) -> Option<&Descriptor> {
        match &self.body {
            Body::Manifest(manifest) => manifest.subject.as_ref(),
            Body::Index(index) => index.subject.as_ref(),
        }
    }

    /// Gives the document's notes, by name.
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        match &self.body {
            Body::Manifest(manifest) => &manifest.annotations,
            Body::Index(index) => &index.annotations,
        }
    }

    /// Tells what kind of artifact this is: as the document says, or else its config's media type.
    pub fn artifact_type(&self) -> Option<&str> {
        let (said, config) = match &self.body {
            Body::Manifest(manifest) => (&manifest.artifact_type, manifest.config.as_ref()),
            Body::Index(index) => (&index.artifact_type, None),
        };
        let said = said.as_deref().filter(|said| !said.is_empty());
        said.or(config.map(|config| config.media_type.as_str()))
    }
}

impl Members {
    fn body(self, is_index: bool) -> Body {
        let (artifact_type, subject) = (self.artifact_type, self.subject);
        let annotations = self.annotations.unwrap_or_default();
        if is_index {
            let manifests = self.manifests.unwrap_or_default();
            return Body::Index(Box::new(Index { artifact_type, manifests, subject, annotations }));
        }
        Body::Manifest(Box::new(Manifest {
            artifact_type,
            config: self.config,
            layers: self.layers.unwrap_or_default(),
            blobs: self.blobs.unwrap_or_default(),
            subject,
            annotations,
        }))
    }

    /// Finds out the media type, and checks that the members fit it.
    fn media_type(&self, content_type: Option<&str>) -> Result<String, Error> {
        if let Some(version) = self.schema_version.filter(|version| *version != 2) {
            return Err(Error::SchemaVersion { version });
        }
        let lists_blobs = self.config.is_some() || self.layers.is_some();
        let lists_manifests = self.manifests.is_some();
        let own = self.media_type.clone().filter(|own| !own.is_empty());
        let media_type = match (own, content_type.map(essence)) {
            (Some(own), Some(sent)) if own != sent => {
                return Err(Error::TwoTypes { own, sent: sent.to_owned() });
            }
            (Some(own), _) => own,
            (None, Some(sent)) => sent.to_owned(),
            (None, None) if lists_manifests => media::OCI_INDEX.to_owned(),
            (None, None) => media::OCI_MANIFEST.to_owned(),
        };
        let (fits, foreign) = match media_type.as_str() {
            index if media::is_index(index) => (lists_manifests, lists_blobs),
            media::OCI_ARTIFACT => (true, lists_manifests),
            manifest if media::is_manifest(manifest) => (lists_blobs, lists_manifests),
            _ => return Err(Error::MediaType { media_type }),
        };
        if !fits || foreign {
            return Err(Error::Members { media_type });
        }
        Ok(media_type)
    }
}

/// Cuts the parameters off a content type.
fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Reads null as nothing, for so Go writes an empty list.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Says why bytes are no manifest and no index.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are too many bytes.
    #[error("the manifest has {size} bytes; at most {MAX_DOCUMENT_BYTES} are read")]
    TooLarge {
        /// The number of bytes.
        size: usize,
    },
    /// The bytes are no JSON, or a member is not what it should be.
    #[error("the manifest cannot be read")]
    Json {
        /// Where and why.
        source: serde_json::Error,
    },
    /// This is a manifest of another generation.
    #[error("the manifest has schemaVersion {version}: expected 2")]
    SchemaVersion {
        /// The version that it says.
        version: u64,
    },
    /// The document and what came with it disagree on what it is.
    #[error("the manifest calls itself {own:?}, but was sent as {sent:?}")]
    TwoTypes {
        /// What the document says.
        own: String,
        /// What came with it.
        sent: String,
    },
    /// This is something else.
    #[error("{media_type:?} is no manifest type that is known")]
    MediaType {
        /// What it says it is.
        media_type: String,
    },
    /// A manifest has no blobs, an index no manifests, or a document both.
    #[error(
        "the members do not fit {media_type:?}: a manifest has config and layers, an index has manifests"
    )]
    Members {
        /// What it says it is.
        media_type: String,
    },
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::SchemaVersion { .. } | Error::MediaType { .. } => Kind::Unsupported,
            _ => Kind::Invalid,
        }
    }
}

#[cfg(test)]
mod tests;
