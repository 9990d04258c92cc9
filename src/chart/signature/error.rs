//! What can be wrong with signatures and keys. No text here ever holds a secret.

use super::super::yaml;
use crate::error::{Classified, Kind};

/// Says why a provenance file cannot be verified or made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This hreg was built without OpenPGP.
    #[error("signatures are not supported: hreg was built without the feature `provenance`")]
    Unsupported,
    /// A file is too large.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// Which file.
        what: &'static str,
        /// How large it may be.
        limit: usize,
    },
    /// There is no clear-signed message.
    #[error("signature block not found: the provenance file is no clear-signed message ({reason})")]
    NoMessage {
        /// Why it is none.
        reason: String,
    },
    /// The keyring is in GnuPG's own format.
    #[error("the keyring is a keybox, which GnuPG keeps to itself")]
    Keybox,
    /// There are no keys.
    #[error("the keyring has no key that can be read")]
    NoKeys,
    /// Nobody in the keyring signed.
    #[error("signature made by unknown entity: the keyring has no key {issuer}")]
    UnknownSigner {
        /// Who signed, as the signature says: the end of a fingerprint, or several.
        issuer: String,
    },
    /// The text is not what was signed.
    #[error("the signature by {fingerprint} is invalid: the text is not what was signed")]
    Invalid {
        /// The fingerprint of the key.
        fingerprint: String,
    },
    /// The signature is genuine but does not count.
    #[error("the signature by {fingerprint} does not count: {reason}")]
    Refused {
        /// The fingerprint of the key.
        fingerprint: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// No key in the keyring has the name.
    #[error("private key not found: the keyring has none named {name:?}, only {names:?}")]
    NoSuchKey {
        /// The name that was looked for.
        name: String,
        /// The names that are there.
        names: Vec<String>,
    },
    /// Several keys may be meant.
    #[error("more than one key contain the id {name:?}: {names:?}")]
    Ambiguous {
        /// The name that was looked for; empty if none was given.
        name: String,
        /// The names of the keys that have it.
        names: Vec<String>,
    },
    /// A key cannot sign.
    #[error("the key of {name:?} cannot sign: {reason}")]
    CannotSign {
        /// The key's first name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A key needs a passphrase.
    #[error("the key of {name:?} is locked with a passphrase")]
    Locked {
        /// The key's first name.
        name: String,
    },
    /// A passphrase is wrong.
    #[error("the passphrase does not unlock the key of {name:?}")]
    WrongPassphrase {
        /// The key's first name.
        name: String,
    },
    /// The metadata would end before its end.
    #[error("the metadata has a line `...`, which would end it")]
    Metadata,
    /// The checksums cannot be written.
    #[error("the checksums cannot be written")]
    Yaml(#[from] yaml::Error),
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Unsupported => Kind::Unsupported,
            Error::NoSuchKey { .. } => Kind::NotFound,
            Error::UnknownSigner { .. } | Error::Invalid { .. } | Error::Refused { .. } => {
                Kind::Denied
            }
            _ => Kind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::Unsupported => "build hreg with `--features provenance`",
            Error::Keybox | Error::NoKeys => "`gpg --export > pubring.gpg` writes a keyring",
            Error::UnknownSigner { .. } => "add the signer's key to the keyring, if you trust it",
            Error::NoSuchKey { .. } => {
                "`gpg --export-secret-keys > secring.gpg` writes a keyring to sign with"
            }
            Error::Ambiguous { .. } => "give the whole name, or a fingerprint",
            Error::Locked { .. } => "name a file with its passphrase by --passphrase-file",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
