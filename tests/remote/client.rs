//! A client that is quick to try again, with credentials that a test gives it.

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hreg::digest::Digest;
use hreg::name::{Host, Repository, Tag};
use hreg::oci::{Descriptor, Document};
use hreg::progress::Progress;
use hreg::remote::{
    Client, Credential, Error, Lookup, ManifestName, Options, Policy, Source, Uploaded, credentials,
};

use crate::server::Server;

/// Remembers what was waited for.
#[derive(Default)]
pub(crate) struct Waits(Mutex<Vec<String>>);

impl Waits {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Progress for Waits {
    fn start(&self, _total: usize) {}
    fn advance(&self, _name: &str) {}
    fn waiting(&self, what: &str) {
        self.0.lock().unwrap().push(what.to_owned());
    }
}

/// Has the same credential for everybody who asks, so that a client which sends it to the wrong
/// server is found out.
struct Same(Option<Credential>);

impl Lookup for Same {
    fn find(&self, _: &Host, _: &str) -> Result<Option<Credential>, credentials::Error> {
        Ok(self.0.clone())
    }
}

/// A client, and what it waited for.
pub(crate) struct Tested {
    pub(crate) client: Client,
    pub(crate) waits: Arc<Waits>,
}

/// Gives options that make no test wait; what is to be given up soon is set by the test.
pub(crate) fn options() -> Options {
    let policy = Policy {
        retries: 3,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(2),
        longest_wait: Duration::from_secs(1),
        worthwhile: 1000,
        ..Policy::default()
    };
    Options { policy, ..Options::default() }
}

/// Gives options that give up silent servers soon.
pub(crate) fn hasty() -> Options {
    let mut options = options();
    options.policy.stall = Duration::from_millis(50);
    options.policy.retries = 1;
    options
}

pub(crate) fn client_with(options: Options, credential: Option<Credential>) -> Tested {
    let waits = Arc::new(Waits::default());
    let client = Client::new(options, Box::new(Same(credential)), waits.clone()).unwrap();
    Tested { client, waits }
}

pub(crate) fn anonymous() -> Tested {
    client_with(options(), None)
}

pub(crate) fn known() -> Tested {
    client_with(options(), Some(password()))
}

pub(crate) fn password() -> Credential {
    Credential::Basic { username: "user".to_owned(), password: "hunter2".to_owned() }
}

/// What `password` is in an Authorization header.
pub(crate) const BASIC: &str = "Basic dXNlcjpodW50ZXIy";

pub(crate) fn repository(server: &Server) -> Repository {
    Repository::parse(&format!("{}/space/chart", server.host())).unwrap()
}

pub(crate) fn tag(text: &str) -> ManifestName {
    ManifestName::Tag(Tag::parse(text).unwrap())
}

/// A manifest as Helm writes it, and its digest.
pub(crate) fn manifest() -> (Document, Digest) {
    let config = Digest::of(b"{}");
    let text = format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"{config}","size":2}},"layers":[]}}"#
    );
    let document = Document::parse(text.into_bytes(), None).unwrap();
    let digest = document.digest();
    (document, digest)
}

/// Reads a blob to its end.
pub(crate) fn fetch(tested: &Tested, server: &Server, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let descriptor = Descriptor::new("a/b", Digest::of(bytes), bytes.len() as u64);
    let mut reader =
        tested.client.blob(&repository(server), &descriptor).map_err(|error| explain(&error))?;
    let mut all = Vec::new();
    reader.read_to_end(&mut all).map(|_| all).map_err(|error| match Error::from_read(error) {
        Ok(error) => explain(&error),
        Err(error) => error.to_string(),
    })
}

/// Sends a blob.
pub(crate) fn send(tested: &Tested, server: &Server, bytes: &[u8]) -> Result<Uploaded, Error> {
    let source: Source<'_> = &|| Ok(Box::new(std::io::Cursor::new(bytes.to_vec())));
    let (digest, size) = (Digest::of(bytes), bytes.len() as u64);
    tested.client.upload(&repository(server), &digest, size, source, None)
}

/// Gives an error with its cause, as it will be printed.
pub(crate) fn explain(error: &Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    let text = format!("{error}{}", cause.unwrap_or_default());
    assert!(!text.contains("hunter2") && !format!("{error:?}").contains("hunter2"), "{text}");
    text
}

/// Makes sure that an error says something.
pub(crate) fn says<T: std::fmt::Debug>(result: Result<T, Error>, expected: &str) {
    let text = explain(&result.unwrap_err());
    assert!(text.contains(expected), "{text}");
}
