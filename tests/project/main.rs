//! Holds what stands beside the source to the program: generated files, documents, policy.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod generated;
