//! Classic chart repositories: an index.yaml, and archives beside it or anywhere.

use std::fmt;

use ureq::http::Method;
use ureq::http::header::{ACCEPT, CONTENT_ENCODING, HeaderValue};

use super::download::{Download, Wanted};
use super::guard::Access;
use super::request::Request;
use super::url::Url;
use super::what::What;
use super::{Client, Error};
use crate::name::Host;

/// Is the address of a classic repository: that of the folder which holds its index.yaml.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepositoryUrl(Url);

/// The largest index that is read, in bytes.
pub const MAX_INDEX_BYTES: u64 = 64 << 20;

impl RepositoryUrl {
    /// Reads the address of a repository, with a slash at its end or without.
    pub fn parse(text: &str) -> Result<RepositoryUrl, Error> {
        let url = Url::parse(text)?;
        let folder = format!("{}{}/", url.origin(), url.path().trim_end_matches('/'));
        let mut folder = Url::parse(&folder)?;
        url.query().into_iter().for_each(|query| folder.set_query(query));
        Ok(RepositoryUrl(folder))
    }

    /// Gives the server.
    pub fn host(&self) -> &Host {
        self.0.host()
    }

    /// Gives the address of the repository's index.
    pub fn index(&self) -> Result<Url, Error> {
        self.resolve("index.yaml")
    }

    /// Gives the address of a chart that the index names, as Helm finds it: relative to the
    /// repository, with the repository's own query, which may hold what gives access. Another server,
    /// which `//HOST/…` leads to, is not told that, though Helm does.
    pub fn resolve(&self, reference: &str) -> Result<Url, Error> {
        let mut url = self.0.join(reference)?;
        let is_own = !reference.contains("://") && url.is_beside(&self.0);
        if let Some(query) = self.0.query().filter(|_| is_own) {
            url.set_query(query);
        }
        Ok(url)
    }

    /// Gives the address of a chart's provenance file.
    pub fn provenance(&self, chart: &Url) -> Result<Url, Error> {
        let mut url = Url::parse(&format!("{chart}.prov"))?;
        chart.query().into_iter().for_each(|query| url.set_query(query));
        Ok(url)
    }

    fn access(&self) -> Access {
        let path = self.0.path().trim_matches('/').to_owned();
        Access { host: self.0.host().clone(), path, scope: String::new() }
    }
}

impl fmt::Display for RepositoryUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::str::FromStr for RepositoryUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<RepositoryUrl, Error> {
        RepositoryUrl::parse(text)
    }
}

impl Client {
    /// Fetches the index of a repository, of at most 64 MiB.
    pub fn fetch_index(&self, repository: &RepositoryUrl) -> Result<Vec<u8>, Error> {
        let (url, access) = (repository.index()?, repository.access());
        let request = Request::new(Method::GET, &url, What::File(&url));
        let request = match self.may_know(&url) {
            true => request.access(&access),
            false => request,
        };
        let answer = self
            .exchange
            .call(&request, MAX_INDEX_BYTES)
            .map_err(|error| self.plainly(&url, error))?;
        match answer.header(&CONTENT_ENCODING) {
            None | Some("identity") => Ok(answer.body),
            Some(other) => Err(request.protocol(format!("it sends the index as {other:?}"))),
        }
    }

    /// Downloads a file of at most `limit` bytes: an archive, or a provenance file.
    ///
    /// Credentials for the repository go along where the file is on the same server. Whether the
    /// bytes are right is for the caller to check, by the digest in the index. Errors of the reader
    /// carry an [`Error`], which [`Error::from_read`] takes out.
    pub fn download(
        &self,
        repository: &RepositoryUrl,
        url: &Url,
        limit: u64,
    ) -> Result<Download, Error> {
        let is_own = url.is_beside(&repository.0) && self.may_know(url);
        let kinds = HeaderValue::from_static("application/gzip,application/octet-stream,*/*;q=0.5");
        let wanted = Wanted {
            url: url.clone(),
            access: is_own.then(|| repository.access()),
            what: What::File(url).to_string(),
            headers: vec![(ACCEPT, kinds)],
            expected: None,
            limit,
        };
        Download::start(self.exchange.clone(), wanted).map_err(|error| self.plainly(url, error))
    }

    /// Says why no login will help, where none is sent.
    fn plainly(&self, url: &Url, error: Error) -> Error {
        match error {
            Error::Unauthorized { doing, host, .. } if !self.may_know(url) => {
                Error::Plain { doing, host }
            }
            other => other,
        }
    }

    /// Tells whether credentials may go to a server at all: not in plain sight of a network, unless
    /// all is to be plain.
    fn may_know(&self, url: &Url) -> bool {
        url.is_https() || self.exchange.options.is_plain() || super::scheme::is_loopback(url.host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_as_helm_finds_them() {
        let repository = RepositoryUrl::parse("https://example.com/charts?key=1").unwrap();
        let at = |reference: &str| repository.resolve(reference).unwrap().as_str().to_owned();
        assert_eq!(
            repository.index().unwrap().as_str(),
            "https://example.com/charts/index.yaml?key=1"
        );
        assert_eq!(at("a-1.tgz"), "https://example.com/charts/a-1.tgz?key=1");
        assert_eq!(at("charts/a-1.tgz?x"), "https://example.com/charts/charts/a-1.tgz?key=1");
        assert_eq!(at("https://cdn.com/a.tgz?x=y"), "https://cdn.com/a.tgz?x=y");
        assert_eq!(at("//cdn.com/a.tgz"), "https://cdn.com/a.tgz");
        assert_eq!(at("//example.com/a.tgz"), "https://example.com/a.tgz?key=1");
        let chart = repository.resolve("a-1.tgz").unwrap();
        let provenance = repository.provenance(&chart).unwrap();
        assert_eq!(provenance.as_str(), "https://example.com/charts/a-1.tgz.prov?key=1");
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        for text in ["https://e.com/a", "https://e.com/a/", "https://e.com/a//"] {
            let repository = RepositoryUrl::parse(text).unwrap();
            assert_eq!(repository.to_string(), "https://e.com/a/");
        }
        let root = RepositoryUrl::parse("https://e.com").unwrap();
        assert_eq!(root.index().unwrap().as_str(), "https://e.com/index.yaml");
    }
}
