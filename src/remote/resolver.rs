//! Addresses of hosts, remembered: the HTTP library asks before each request, even where a
//! connection is open, and each answer takes a thread.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver as Resolving};
use ureq::unversioned::transport::NextTimeout;

/// Asks the system, and remembers what it said for a minute.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    system: DefaultResolver,
    known: Mutex<HashMap<String, (Instant, ResolvedSocketAddrs)>>,
}

const KEPT: Duration = Duration::from_secs(60);

impl Resolving for Resolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let port = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let key = format!("{authority}|{port}");
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, addresses)) = known().get(&key)
            && when.elapsed() < KEPT
        {
            return Ok(addresses.clone());
        }
        let addresses = self.system.resolve(uri, config, timeout)?;
        known().insert(key, (Instant::now(), addresses.clone()));
        Ok(addresses)
    }
}
