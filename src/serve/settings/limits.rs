//! What bounds the things that clients can use up, and what the file says of it.

use std::time::Duration;

use super::section::Section;
use crate::oci::MAX_DOCUMENT_BYTES;
use crate::serve::Error;

/// How many requests may come at once where that is not said, as a multiple of those in a second.
const BURST_SECONDS: u64 = 10;

/// The most of anything that is counted.
const MAX_COUNT: u64 = 1 << 30;

/// Bounds what clients can use up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How many connections may be open.
    pub connections: usize,
    /// How many of them one client may have.
    pub connections_per_client: usize,
    /// How often one client may ask; as often as it likes if there is none.
    pub requests: Option<Rate>,
    /// How long a client may take for the head of a request.
    pub header_timeout: Duration,
    /// How long a body is waited for before it must have come at the least rate.
    pub body_timeout: Duration,
    /// How long an answer waits for the client before it must have been taken at the least rate.
    pub send_timeout: Duration,
    /// The least rate of bodies and answers, in bytes a second.
    pub minimum_rate: u64,
    /// How long a connection may be open on which nothing happens.
    pub idle_timeout: Duration,
    /// How long running requests may take to end when the server stops.
    pub stop_timeout: Duration,
    /// The most bytes that one blob may have.
    pub blob_bytes: u64,
    /// The most bytes that one manifest may have.
    pub manifest_bytes: usize,
    /// How many uploads may be open.
    pub uploads: usize,
    /// How many of them one user may have; clients that nobody knows count as one.
    pub uploads_per_user: usize,
    /// How many of them may be for one repository.
    pub uploads_per_repository: usize,
    /// The most names on one page of a listing.
    pub page: usize,
}

/// Says how often a client may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many times a second, for as long as it likes.
    pub per_second: u32,
    /// How many times at once, after a while of silence.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            connections_per_client: 256,
            requests: None,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(60),
            send_timeout: Duration::from_secs(60),
            minimum_rate: 1 << 10,
            idle_timeout: Duration::from_secs(60),
            stop_timeout: Duration::from_secs(30),
            blob_bytes: 16 << 30,
            manifest_bytes: MAX_DOCUMENT_BYTES,
            uploads: 10_000,
            uploads_per_user: 1000,
            uploads_per_repository: 1000,
            page: 1000,
        }
    }
}

impl Limits {
    /// Reads the section `limits`; what it does not name stays as it is without it.
    pub(super) fn read(section: &mut Section<'_>) -> Result<Limits, Error> {
        let mut limits = Limits { requests: rate(section)?, ..Limits::default() };
        for (key, count) in [
            ("connections", &mut limits.connections),
            ("connectionsPerClient", &mut limits.connections_per_client),
            ("uploads", &mut limits.uploads),
            ("uploadsPerUser", &mut limits.uploads_per_user),
            ("uploadsPerRepository", &mut limits.uploads_per_repository),
            ("pageSize", &mut limits.page),
        ] {
            if let Some(number) = section.count(key, MAX_COUNT)? {
                *count = usize::try_from(number).unwrap_or(usize::MAX);
            }
        }
        for (key, time) in [
            ("headerTimeout", &mut limits.header_timeout),
            ("bodyTimeout", &mut limits.body_timeout),
            ("sendTimeout", &mut limits.send_timeout),
            ("idleTimeout", &mut limits.idle_timeout),
            ("stopTimeout", &mut limits.stop_timeout),
        ] {
            *time = section.duration(key)?.unwrap_or(*time);
        }
        limits.minimum_rate = section.size("minimumRate", None)?.unwrap_or(limits.minimum_rate);
        limits.blob_bytes = section.size("blobSize", None)?.unwrap_or(limits.blob_bytes);
        // No document of more is read, wherever it comes from.
        let manifest = section.size("manifestSize", Some(MAX_DOCUMENT_BYTES as u64))?;
        let manifest = manifest.map(|bytes| usize::try_from(bytes).unwrap_or(MAX_DOCUMENT_BYTES));
        limits.manifest_bytes = manifest.unwrap_or(limits.manifest_bytes);
        Ok(limits)
    }
}

fn rate(section: &mut Section<'_>) -> Result<Option<Rate>, Error> {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let Some(per_second) = section.count("requestsPerSecond", MAX_COUNT)? else { return Ok(None) };
    let burst = section.count("burst", MAX_COUNT)?;
    let burst = burst.unwrap_or_else(|| per_second.saturating_mul(BURST_SECONDS));
    Ok(Some(Rate { per_second: number(per_second), burst: number(burst) }))
}
