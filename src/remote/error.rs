//! What can go wrong with registries and repositories.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::credentials;
use crate::digest::{self, Digest};
use crate::error::{Classified, Kind};
use crate::name::Host;
use crate::{disk, oci};

/// Says why a registry or repository could not be used. `doing` says what was being done, such as
/// `get the manifest localhost:5000/myrepo/mychart:1.0.0`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An option cannot be used.
    #[error("cannot use {what}: {reason}")]
    Option {
        /// What the option is: "the proxy", "the CA file …".
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that an option names cannot be read.
    #[error(transparent)]
    Disk(#[from] disk::Error),
    /// The credentials cannot be had.
    #[error(transparent)]
    Credentials(#[from] credentials::Error),
    /// A text is no address of a server.
    #[error("cannot use the address {text:?}: {reason}")]
    Url {
        /// The text as given.
        text: String,
        /// The rule that it breaks.
        reason: String,
    },
    /// A repository cannot be on a registry.
    #[error("{repository} cannot be a repository of a registry: {reason}")]
    Name {
        /// The repository.
        repository: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// The server wants to know who asks, or refuses whom it knows.
    #[error("cannot {doing}: {host} {}{message}", refusal(*.status, *.is_known))]
    Unauthorized {
        /// What was being done.
        doing: String,
        /// Who refused.
        host: Host,
        /// Whether a credential was sent.
        is_known: bool,
        /// 401 or 403.
        status: u16,
        /// What the server says about it, after a colon, or nothing.
        message: String,
    },
    /// The server wants a login, and what is sent to it can be read by others.
    #[error("cannot {doing}: {host} wants a login, and no password goes over plain HTTP")]
    Plain {
        /// What was being done.
        doing: String,
        /// The server.
        host: Host,
    },
    /// The server sends clients with passwords to a stranger.
    #[error(
        "cannot {doing}: {host} wants its password to be sent to {realm}, which is another party"
    )]
    Realm {
        /// What was being done.
        doing: String,
        /// The server.
        host: Host,
        /// Where it sends its clients.
        realm: Host,
    },
    /// It is not there.
    #[error("cannot {doing}: it is not there{message}")]
    NotFound {
        /// What was being done.
        doing: String,
        /// What the server says about it, after a colon, or nothing.
        message: String,
    },
    /// The server wants fewer requests.
    #[error("cannot {doing}: {host} takes no more requests for now{}", later(.wait))]
    TooMany {
        /// What was being done.
        doing: String,
        /// The server.
        host: Host,
        /// How long it asks to wait.
        wait: Option<Duration>,
    },
    /// The server answered with an error.
    #[error("cannot {doing}: the server answered {status}{message}")]
    Server {
        /// What was being done.
        doing: String,
        /// The status of the answer.
        status: u16,
        /// What the server says about it, after a colon, or nothing.
        message: String,
    },
    /// No connection could be made.
    #[error("cannot {doing}: {host} cannot be reached: {reason}")]
    Connect {
        /// What was being done.
        doing: String,
        /// The server.
        host: Host,
        /// Why not.
        reason: String,
    },
    /// No encrypted connection could be made.
    #[error("cannot {doing}: no TLS with {host}: {reason}")]
    Tls {
        /// What was being done.
        doing: String,
        /// The server.
        host: Host,
        /// Why not.
        reason: String,
    },
    /// The server took too long.
    #[error("cannot {doing}: {host} takes too long to {step}")]
    Timeout {
        /// What was being done.
        doing: String,
        /// The server.
        host: Host,
        /// What it takes too long for.
        step: &'static str,
    },
    /// The connection broke.
    #[error("cannot {doing}: the connection to {host} broke")]
    Broken {
        /// What was being done.
        doing: String,
        /// The server.
        host: Host,
        /// How.
        source: io::Error,
    },
    /// The answer is larger than it may be.
    #[error("cannot {doing}: it is larger than {limit} bytes")]
    TooLarge {
        /// What was being done.
        doing: String,
        /// The most that is taken.
        limit: u64,
    },
    /// The bytes are not those that were asked for, or that were announced.
    #[error("cannot {doing}: the server's bytes are not what they should be")]
    Bytes {
        /// What was being done.
        doing: String,
        /// What is wrong with them.
        source: digest::Error,
    },
    /// The server kept something else than it was sent.
    #[error("cannot {doing}: the server says that it keeps {actual} in place of {expected}")]
    Kept {
        /// What was being done.
        doing: String,
        /// What it was sent.
        expected: Box<Digest>,
        /// What it says it has.
        actual: Box<Digest>,
    },
    /// A manifest cannot be read.
    #[error("cannot {doing}")]
    Document {
        /// What was being done.
        doing: String,
        /// Why not.
        source: oci::Error,
    },
    /// The server sends its clients somewhere else, where they must not go.
    #[error("cannot {doing}: the server redirects {reason}")]
    Redirect {
        /// What was being done.
        doing: String,
        /// Where to, and why not.
        reason: String,
    },
    /// The server does not answer as it should.
    #[error("cannot {doing}: {host} does not answer as it should: {reason}")]
    Protocol {
        /// What was being done.
        doing: String,
        /// The server.
        host: Host,
        /// What is wrong.
        reason: String,
    },
    /// What was to be sent cannot be read.
    #[error("cannot {doing}: what is to be sent cannot be read")]
    Source {
        /// What was being done.
        doing: String,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// Finds the error that reading what a client gave ended with, if it came from here.
    ///
    /// # Errors
    ///
    /// Gives back an error that came from elsewhere.
    pub fn from_read(error: io::Error) -> Result<Error, io::Error> {
        error.downcast::<Error>()
    }

    /// Wraps the error for [`io::Read`].
    pub(super) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }

    pub(super) fn pem(what: &str, path: &Path, reason: impl ToString) -> Error {
        let what = format!("the {what} {}", path.display());
        Error::Option { what, reason: reason.to_string() }
    }
}

fn refusal(status: u16, is_known: bool) -> &'static str {
    match (status, is_known) {
        (403, _) => "does not allow it",
        (_, true) => "does not take the credentials",
        (_, false) => "wants a login",
    }
}

fn later(wait: &Option<Duration>) -> String {
    wait.map(|wait| format!(" (try again in {} s)", wait.as_secs())).unwrap_or_default()
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Option { .. } | Error::Url { .. } | Error::Name { .. } => Kind::Invalid,
            Error::Disk(error) => error.kind(),
            Error::Credentials(error) => error.kind(),
            Error::Unauthorized { .. } | Error::Plain { .. } | Error::Realm { .. } => {
                Kind::Unauthorized
            }
            Error::NotFound { .. } => Kind::NotFound,
            Error::TooLarge { .. } => Kind::Invalid,
            Error::Bytes { .. } => Kind::Damaged,
            Error::Document { source, .. } => source.kind(),
            Error::Source { source, .. } => Kind::of_io(source),
            _ => Kind::Unreachable,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::Disk(error) => return error.hint(),
            Error::Credentials(error) => return error.hint(),
            Error::Unauthorized { host, status: 401, .. } => {
                return Some(format!("log in with `hreg login {host}`"));
            }
            Error::Unauthorized { host, is_known: false, .. } => {
                return Some(format!("log in with `hreg login {host}`"));
            }
            Error::Unauthorized { .. } => "ask whoever runs the registry for the right to do it",
            Error::Plain { .. } => "use https, or --plain-http if the network can be trusted",
            Error::Realm { .. } => {
                "passwords only go to the registry itself and to hosts of the same domain"
            }
            Error::Name { .. } => {
                "names on registries are lower-case letters and digits, with '.', '_' and '-' between"
            }
            Error::Connect { .. } | Error::Timeout { .. } => {
                "check the name, the network and the proxy variables"
            }
            Error::Tls { reason, .. } if reason.contains(PLAIN) => "use --plain-http",
            Error::Tls { reason, .. } if reason.contains("alert") => {
                "the server may want a certificate of the client: --cert-file and --key-file"
            }
            Error::Server { status: 400, message, .. } if message.contains("HTTPS server") => {
                "the server speaks TLS: name its CA with --ca-file"
            }
            Error::Tls { .. } => "name the registry's own CA with --ca-file",
            Error::TooMany { .. } => "try again later, or with fewer --jobs",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// What is said where TLS meets a server that does not speak it.
pub(super) const PLAIN: &str = "the server speaks plain HTTP";
