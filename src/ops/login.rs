//! Logging in to registries, and out.

use super::{Error, transfer};
use crate::name::Host;
use crate::remote::credentials::Files;
use crate::remote::{self, Client, Credential};
use crate::storage::Wait;

/// Keeps a credential for a registry, or for what is below a path of it, once the registry has
/// taken it: `client` must use this very credential.
pub fn login(
    client: &Client,
    files: &Files,
    host: &Host,
    path: &str,
    credential: &Credential,
    wait: Wait<'_>,
) -> Result<(), Error> {
    client.check(host).map_err(|error| match error {
        remote::Error::Unauthorized { host, status: 401, message, .. } => {
            transfer::Error::LoginRefused { host, message }
        }
        error => error.into(),
    })?;
    Ok(files.store(host, path, credential, wait).map_err(transfer::Error::from)?)
}

/// Forgets the credential for a registry.
pub fn logout(files: &Files, host: &Host, path: &str, wait: Wait<'_>) -> Result<(), Error> {
    match files.erase(host, path, wait).map_err(transfer::Error::from)? {
        true => Ok(()),
        false => Err(transfer::Error::NotLoggedIn { host: host.clone() }.into()),
    }
}
