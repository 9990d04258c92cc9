//! Keychains, behind programs `docker-credential-NAME`, which Docker calls credential helpers.
//!
//! `get` reads a server from standard input and answers with JSON, `ServerURL`, `Username` and
//! `Secret`; where it has none, it fails with a fixed text. Source: docker/docker-credential-helpers.

use std::ffi::OsStr;
use std::io::{self, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::super::credential::Credential;
use crate::error::{Classified, Kind};

/// Says how long a helper may take. It may have to ask its user for a passphrase.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

/// Limits what a helper may answer, in bytes; tokens have a few thousand.
const MAX_BYTES: u64 = 256 << 10;

/// Limits how much of a helper's own words an error repeats, in characters.
const MAX_MESSAGE: usize = 200;

/// Says why a helper gave no credential.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The name leads to no program.
    #[error("its name may only have letters, digits, '.', '_' and '-'")]
    Name,
    /// The program is not installed.
    #[error("there is no such program in PATH")]
    Missing,
    /// The program cannot be run.
    #[error("it cannot be run: {0}")]
    Run(io::ErrorKind),
    /// The program took too long.
    #[error("it gave no answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The program says that it failed.
    #[error("it failed: {0}")]
    Failed(String),
    /// The answer is none of the protocol.
    #[error("its answer is not the JSON that was expected, or larger than {MAX_BYTES} bytes")]
    Answer,
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::Name | Error::Answer => Kind::Invalid,
            Error::Missing => Kind::NotFound,
            Error::Run(kind) => Kind::of_io(&(*kind).into()),
            Error::TimedOut(_) | Error::Failed(_) => Kind::System,
        }
    }
}

/// Gives the program of a helper.
pub(super) fn program(name: &str) -> String {
    format!("docker-credential-{name}")
}

/// Asks a helper, found in the folders of `path` or else of the process's own PATH.
pub(super) fn get(
    name: &str,
    server: &str,
    path: Option<&OsStr>,
    timeout: Duration,
) -> Result<Option<Credential>, Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_plain) {
        return Err(Error::Name);
    }
    let mut command = Command::new(program(name));
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let answer = Answer::of(command.arg("get"), server, timeout)?;
    // What does not read on ends the helper, which is no failure of its own.
    if answer.out.len() as u64 > MAX_BYTES {
        return Err(Error::Answer);
    }
    if answer.status.success() { answer.credential() } else { answer.failure() }
}

struct Answer {
    status: ExitStatus,
    out: Vec<u8>,
    err: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    username: String,
    secret: String,
}

impl Answer {
    fn of(command: &mut Command, server: &str, timeout: Duration) -> Result<Answer, Error> {
        let deadline = Instant::now() + timeout;
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::Missing,
            kind => Error::Run(kind),
        })?;
        let collected = collect(&mut child, server, deadline);
        if collected.is_none() {
            // One that has ended meanwhile cannot be killed, which is just as well.
            let _ = child.kill();
            let _ = child.wait();
        }
        collected.ok_or(Error::TimedOut(timeout))?
    }

    fn credential(self) -> Result<Option<Credential>, Error> {
        let Ok(Found { username, secret }) = serde_json::from_slice(&self.out) else {
            return Err(Error::Answer);
        };
        Ok(Some(match username.as_str() {
            // The protocol's way to say that the secret is an identity token.
            "<token>" => Credential::IdentityToken { token: secret },
            _ => Credential::Basic { username, password: secret },
        }))
    }

    fn failure(self) -> Result<Option<Credential>, Error> {
        const NOT_FOUND: &str = "credentials not found in native keychain";
        let (out, err) = (String::from_utf8_lossy(&self.out), String::from_utf8_lossy(&self.err));
        if out.trim() == NOT_FOUND || err.trim() == NOT_FOUND {
            return Ok(None);
        }
        // A helper says why it failed in plain words. What looks like an answer is a secret.
        let mut lines = [&out, &err].into_iter().flat_map(|text| text.lines()).map(str::trim);
        let message = lines.find(|line| !line.is_empty() && !line.contains(['{', '}', '"']));
        let message: String = message.unwrap_or_default().chars().take(MAX_MESSAGE).collect();
        let status = self.status;
        Err(Error::Failed(match message.as_str() {
            "" => status.to_string(),
            _ => format!("{status}: {}", message.escape_debug()),
        }))
    }
}

/// Tells the helper what is wanted and waits for all of its answer; gives nothing when the time is
/// up. Pipes are read by threads, which are left behind if a child of the helper keeps them open.
fn collect(child: &mut Child, server: &str, deadline: Instant) -> Option<Result<Answer, Error>> {
    let out = read(child.stdout.take());
    let err = read(child.stderr.take());
    if let Some(mut input) = child.stdin.take() {
        // A helper that ends without reading tells more by its exit code.
        let _ = input.write_all(server.as_bytes());
    }
    let left = || deadline.saturating_duration_since(Instant::now());
    let out = out.recv_timeout(left()).ok()?;
    let err = err.recv_timeout(left()).ok()?;
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(Ok(Answer { status, out, err })),
            Ok(None) if left().is_zero() => return None,
            Ok(None) => thread::sleep(pause.min(left())),
            Err(error) => return Some(Err(Error::Run(error.kind()))),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Reads a pipe to its end or to one byte above the limit; the rest is not wanted.
fn read(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            let _ = pipe.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    receiver
}
