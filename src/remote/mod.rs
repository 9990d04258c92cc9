//! What speaks to the places where charts live: OCI registries and classic repositories.
//!
//! No environment is read here, and no store is known: what is sent or received, and where it is
//! kept, is left to `ops`.

mod credential;
pub mod credentials;

pub use credential::{Credential, Lookup};
