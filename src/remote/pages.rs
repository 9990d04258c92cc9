//! Lists that come in pages: tags and repositories.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use ureq::http::Method;
use ureq::http::header::LINK;

use super::guard::Access;
use super::request::Request;
use super::url::Url;
use super::what::What;
use super::{Client, Error};
use crate::name::{Host, Repository};

/// The most names that are taken.
const MAX_NAMES: usize = 100_000;

/// The most pages that are asked for.
const MAX_PAGES: usize = 2000;

/// The largest page, in bytes: servers may give all names at once.
const MAX_PAGE_BYTES: u64 = 32 << 20;

/// The longest name that is taken, in bytes; registries take no longer ones.
const MAX_NAME_BYTES: usize = 255;

#[derive(Deserialize)]
struct Page {
    tags: Option<Names>,
    repositories: Option<Names>,
}

/// Holds the names of one page, of which there are no more than are taken: a page of a few MiB
/// could hold millions.
#[derive(Default)]
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Names, D::Error> {
        deserializer.deserialize_seq(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Names, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = items.next_element::<String>()? {
            if name.len() > MAX_NAME_BYTES || names.len() >= MAX_NAMES {
                return Err(A::Error::custom(format!(
                    "a list has at most {MAX_NAMES} names of at most {MAX_NAME_BYTES} bytes"
                )));
            }
            names.push(name);
        }
        Ok(Names(names))
    }
}

impl Client {
    /// Lists the tags of a repository, as they come.
    ///
    /// # Errors
    ///
    /// Fails, besides on what any request fails on, on more than 100,000 tags, and on pages that
    /// do not end or lead to another server.
    pub fn tags(&self, repository: &Repository) -> Result<Vec<String>, Error> {
        let place = self.place(repository)?;
        let url = place.url("tags/list")?;
        self.names(url, What::Tags(repository), &place.access(&["pull"]), |page| page.tags)
    }

    /// Lists the repositories of a registry, as far as it tells them; many do not.
    pub fn catalogue(&self, host: &Host) -> Result<Vec<String>, Error> {
        let url = Url::parse(&format!("{}/v2/_catalog", self.base(host)))?;
        let scope = "registry:catalog:*".to_owned();
        let access = Access { host: host.clone(), path: String::new(), scope };
        self.names(url, What::Catalogue(host), &access, |page| page.repositories)
    }

    fn names(
        &self,
        mut first: Url,
        what: What<'_>,
        access: &Access,
        list: impl Fn(Page) -> Option<Names>,
    ) -> Result<Vec<String>, Error> {
        let size = self.exchange.options.page_size;
        let (mut names, mut seen) = (Vec::new(), HashSet::new());
        first.add_query("n", &size.to_string());
        let mut url = first.clone();
        for _ in 0..MAX_PAGES {
            let request = Request::new(Method::GET, &url, what).access(access);
            let answer = self.exchange.call(&request, MAX_PAGE_BYTES)?;
            let page: Page = serde_json::from_slice(&answer.body)
                .map_err(|error| request.protocol(format!("its list cannot be read: {error}")))?;
            let Names(page) = list(page).unwrap_or_default();
            let count = page.len();
            let new = page.into_iter().filter(|name| seen.insert(name.clone()));
            let before = names.len();
            names.extend(new);
            if names.len() > MAX_NAMES {
                return Err(request.protocol(format!("it lists more than {MAX_NAMES} names")));
            }
            let last = names.last().filter(|_| count >= size);
            let Some(next) = next(&request, answer.header(&LINK), &first, last)? else {
                return Ok(names);
            };
            if count > 0 && names.len() == before {
                // A server that cannot turn pages gives the same one again.
                return match answer.header(&LINK) {
                    None => Ok(names),
                    Some(_) => Err(request.protocol("its pages go round in circles")),
                };
            }
            url = next;
        }
        Err(Request::new(Method::GET, &url, what).protocol("its pages do not end"))
    }
}

/// Finds the next page: where the Link leads, or, after a full page without one, behind its last
/// name, as older registries want to be asked.
fn next(
    request: &Request<'_>,
    link: Option<&str>,
    first: &Url,
    last: Option<&String>,
) -> Result<Option<Url>, Error> {
    if let Some(target) = link.and_then(next_link) {
        let next = request.url.join(target)?;
        if !next.is_beside(first) {
            return Err(request.protocol(format!("its next page is elsewhere, at {next}")));
        }
        if next == *request.url {
            return Err(request.protocol("its pages go round in circles"));
        }
        return Ok(Some(next));
    }
    Ok(last.map(|last| {
        let mut next = first.clone();
        next.add_query("last", last);
        next
    }))
}

/// Finds the target of the link that is called next (RFC 8288).
fn next_link(header: &str) -> Option<&str> {
    // A target may hold commas, so links are told apart by their angle brackets.
    header.split('<').skip(1).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let is_next = parameters.split([';', ',']).any(|parameter| {
            let (name, value) = parameter.trim().split_once('=').unwrap_or_default();
            name.eq_ignore_ascii_case("rel")
                && value.trim_matches('"').split(' ').any(|word| word.eq_ignore_ascii_case("next"))
        });
        is_next.then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::next_link;

    #[test]
    fn the_next_page_is_found() {
        assert_eq!(
            next_link(r#"</v2/a/tags/list?n=2&last=b>; rel="next""#),
            Some("/v2/a/tags/list?n=2&last=b")
        );
        assert_eq!(next_link("<a>; rel=prev, <b>; title=x; REL=Next"), Some("b"));
        assert_eq!(next_link("<?last=a,b>; rel=next"), Some("?last=a,b"));
        for none in ["", "<a>", "<a>; rel=prev", "a; rel=next", "<a; rel=next", "<a>; rel=nextish"]
        {
            assert_eq!(next_link(none), None, "{none}");
        }
    }
}
