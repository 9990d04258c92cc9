//! One request: sent with what proves who asks, along redirects, and again where that may help.

use std::sync::Arc;

use ureq::http::Method;
use ureq::http::header::{AUTHORIZATION, CONTENT_LENGTH, EXPECT, HeaderValue, LOCATION};
use ureq::{Agent, AsSendBody, Body, SendBody};

use super::Error;
use super::challenge::Challenge;
use super::credential::Lookup;
use super::failure::{of_answer, of_library};
use super::guard::{Guard, Proof};
use super::options::Options;
use super::request::{Answer, Content, Request};
use super::response::Response;
use super::retry::Failure;
use super::scheme::may_go_on;
use super::transport::Transport;
use super::url::Url;
use crate::progress::Progress;

/// Exchanges requests and answers with servers; what they mean is left to those who use it.
pub(super) struct Exchange {
    pub(super) options: Options,
    pub(super) progress: Arc<dyn Progress>,
    pub(super) guard: Guard,
    transport: Transport,
}

/// From how many bytes on a server is asked whether it will take them, before they are sent: it may
/// find them too large, or want a new token, and would close the connection in the middle.
const ASKED_FIRST: u64 = 1 << 20;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

impl Exchange {
    pub(super) fn new(
        options: Options,
        lookup: Box<dyn Lookup>,
        progress: Arc<dyn Progress>,
    ) -> Result<Exchange, Error> {
        if HeaderValue::from_str(&options.user_agent).is_err() {
            let what = "the name of the client".to_owned();
            return Err(Error::Option { what, reason: "it must be ASCII".to_owned() });
        }
        let transport = Transport::new(&options)?;
        Ok(Exchange { options, progress, guard: Guard::new(lookup), transport })
    }

    /// Sends a request, again where that may help, and reads the answer of at most `limit` bytes.
    pub(super) fn call(&self, request: &Request<'_>, limit: u64) -> Result<Answer, Error> {
        self.retry(request.url.host(), || {
            let response = self.open(request)?;
            let (url, headers) = (response.url.clone(), response.headers().clone());
            let body = match request.method {
                Method::HEAD => Vec::new(),
                _ => response.read(limit, || request.doing())?,
            };
            Ok(Answer { url, headers, body })
        })
    }

    /// Sends a request once, with what proves who asks, and gives a successful answer.
    pub(super) fn open(&self, request: &Request<'_>) -> Result<Response, Failure> {
        self.prove(request, |proof| self.follow(request, proof))
    }

    /// Sends a request by `send` with the proof that is known, and once more with a new one where
    /// the server asks for it.
    pub(super) fn prove(
        &self,
        request: &Request<'_>,
        mut send: impl FnMut(Option<&HeaderValue>) -> Result<Response, Failure>,
    ) -> Result<Response, Failure> {
        let mut proof = self.known(request)?;
        let mut response = send(proof.as_ref().map(|proof| &proof.header))?;
        if response.status() == 401
            && let Some(access) = request.access
            && response.url.is_beside(request.url)
            && let Some(challenge) = Challenge::of(response.headers())
            && let Some(fresh) = self.answer(request, access, &challenge, proof.as_ref())?
        {
            response.discard();
            response = send(Some(&fresh.header))?;
            proof = Some(fresh);
        }
        match response.status() {
            200..=299 => Ok(response),
            _ => Err(refused(request, response, proof.as_ref())),
        }
    }

    /// Sends a request, and follows redirects. Credentials go no further than the first server,
    /// and nothing goes from https to http.
    fn follow(
        &self,
        request: &Request<'_>,
        proof: Option<&HeaderValue>,
    ) -> Result<Response, Failure> {
        let (mut url, mut proof) = (request.url.clone(), proof);
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(request, &url, proof, Content::of(request))?;
            if !matches!(response.status(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            let next = self.redirect(request, &response)?;
            proof = proof.filter(|_| next.is_beside(request.url));
            response.discard();
            url = next;
        }
        Err(elsewhere(request, format!("more than {MAX_REDIRECTS} times")))
    }

    /// Finds out where a redirect leads, if it may be followed.
    fn redirect(&self, request: &Request<'_>, response: &Response) -> Result<Url, Failure> {
        let location = response.header(&LOCATION);
        let location = location.ok_or_else(|| elsewhere(request, "without saying where to"))?;
        let next = response.url.join(location)?;
        if !may_go_on(&self.options, &response.url, &next) {
            return Err(elsewhere(request, format!("to {next}, which is not encrypted")));
        }
        let keeps_method = matches!(response.status(), 307 | 308);
        let may_carry = keeps_method && next.is_beside(request.url);
        if !request.is_read() && !may_carry {
            return Err(elsewhere(request, format!("what is sent to it to {next}")));
        }
        Ok(next)
    }

    /// Sends a request to one server.
    pub(super) fn send(
        &self,
        request: &Request<'_>,
        url: &Url,
        proof: Option<&HeaderValue>,
        content: Content<'_>,
    ) -> Result<Response, Failure> {
        let mut http = ureq::http::Request::builder().method(&request.method).uri(url.as_str());
        for (name, value) in request.headers {
            http = http.header(name, value);
        }
        if let Some(proof) = proof {
            http = http.header(AUTHORIZATION, proof);
        }
        let agent = self.transport.agent(url);
        let answer = match content {
            Content::Nothing => run(agent, http.body(SendBody::none())),
            Content::Bytes(bytes) => run(agent, http.body(bytes)),
            Content::Stream { reader, size } => {
                if size >= ASKED_FIRST {
                    http = http.header(EXPECT, "100-continue");
                }
                let http = http.header(CONTENT_LENGTH, size).body(SendBody::from_reader(reader));
                let patience = self.options.policy.allowance(size);
                let config =
                    |http| agent.configure_request(http).timeout_recv_response(Some(patience));
                run(agent, http.map(|http| config(http).build()))
            }
        };
        let answer =
            answer.map_err(|error| of_library(error, request.doing(), url.host().clone()))?;
        let policy = self.options.policy.clone();
        Ok(Response::new(url.clone(), request.method.clone(), policy, answer))
    }
}

fn run<S: AsSendBody>(
    agent: &Agent,
    request: Result<ureq::http::Request<S>, ureq::http::Error>,
) -> Result<ureq::http::Response<Body>, ureq::Error> {
    agent.run(request?)
}

fn elsewhere(request: &Request<'_>, reason: impl Into<String>) -> Failure {
    Failure::Final(Error::Redirect { doing: request.doing(), reason: reason.into() })
}

/// Classifies an answer that is no success, in the light of what proved who asks.
fn refused(request: &Request<'_>, response: Response, proof: Option<&Proof>) -> Failure {
    let status = response.status();
    if let Some(realm) = proof.and_then(|proof| proof.withheld.as_ref())
        && matches!(status, 401 | 403)
    {
        let (host, realm) = (request.url.host().clone(), realm.clone());
        return Failure::Final(Error::Realm { doing: request.doing(), host, realm });
    }
    let is_known = proof.is_some_and(|proof| proof.is_known);
    of_answer(response, request.doing(), is_known)
}
