//! Why a server cannot be started.

use std::io;
use std::path::PathBuf;

use crate::chart::yaml;
use crate::disk;
use crate::error::{Classified, Kind};
use crate::upstream;

/// Says why a server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration file cannot be read.
    #[error(transparent)]
    Disk(#[from] disk::Error),
    /// The configuration file is no YAML.
    #[error("cannot read the configuration {}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: yaml::Error,
    },
    /// The configuration says something that the server does not know.
    #[error("cannot use the configuration {}: line {line}: {reason}", path.display())]
    Setting {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A registry is to be served, and nothing says which.
    #[error("a registry is to be served, and nothing says which")]
    NoPlace,
    /// Something is said of a registry, and none is to be served.
    #[error("{option} is about a registry, and none is to be served")]
    StrayOption {
        /// The option.
        option: &'static str,
    },
    /// The registry cannot be served.
    #[error(transparent)]
    Upstream(#[from] upstream::Error),
    /// The file of users cannot be used.
    #[error("cannot use the passwords of {}: line {line}: {reason}", path.display())]
    Passwords {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A certificate or a key cannot be used.
    #[error("cannot use {} for TLS: {reason}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Only a part of what TLS needs was named.
    #[error("TLS needs a certificate and its key")]
    HalfCertificate,
    /// A key for tokens cannot be used.
    #[error("cannot use {} for tokens: {reason}", path.display())]
    TokenKey {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Tokens are to be given, and there are no passwords to give them for.
    #[error("tokens are given for passwords, and no file of passwords is named")]
    TokensForNobody,
    /// A key for tokens cannot be made.
    #[error("the system gives no random bytes for a key")]
    NoRandom,
    /// Rules are for users of whom none can be known.
    #[error("the rule for the user {user} needs a file of passwords")]
    NoPasswords {
        /// The user.
        user: String,
    },
    /// Others could reach the server, and nothing says what they may do.
    #[error("cannot listen on {address}: others can reach it, and nobody is asked for a password")]
    Exposed {
        /// The address.
        address: String,
    },
    /// The address cannot be had.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address as given.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// The system gives no threads.
    #[error("cannot start the server's threads")]
    Runtime {
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// Tells whether it is the arguments of the command that are wrong.
    pub fn is_usage(&self) -> bool {
        matches!(self, Error::NoPlace | Error::StrayOption { .. })
    }
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Disk(error) => error.kind(),
            Error::Yaml { source, .. } => source.kind(),
            Error::Upstream(error) => error.kind(),
            Error::NoPlace
            | Error::StrayOption { .. }
            | Error::Certificate { .. }
            | Error::HalfCertificate
            | Error::Setting { .. }
            | Error::Passwords { .. }
            | Error::TokenKey { .. }
            | Error::TokensForNobody
            | Error::NoPasswords { .. } => Kind::Invalid,
            Error::NoRandom => Kind::System,
            Error::Exposed { .. } => Kind::Denied,
            Error::Bind { source, .. } if source.kind() == io::ErrorKind::AddrInUse => Kind::Exists,
            Error::Bind { source, .. } | Error::Runtime { source } => Kind::of_io(source),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Error::Disk(error) => return error.hint(),
            Error::Yaml { source, .. } => return source.hint(),
            Error::Upstream(error) => return error.hint(),
            Error::NoPlace => {
                "name it with --storage-registry-repo, or as registry.repo in the file".to_owned()
            }
            Error::StrayOption { .. } => "add --storage registry".to_owned(),
            Error::Exposed { .. } => "use an address of this machine alone, such as \
                 127.0.0.1:8099; or name a file of users with --htpasswd, or say \
                 --allow-anonymous read or --allow-anonymous write"
                .to_owned(),
            Error::NoPasswords { .. } | Error::TokensForNobody => {
                "name one, made by htpasswd -B, with --htpasswd or as auth.htpasswd".to_owned()
            }
            Error::Bind { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                "another program listens there; choose another port with --listen".to_owned()
            }
            Error::HalfCertificate => {
                "name both, with --tls-cert and --tls-key or as tls.certificate and tls.key"
                    .to_owned()
            }
            _ => return None,
        })
    }
}
