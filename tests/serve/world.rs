//! A running server, and a client that shows answers as they are.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::{Request, Response};

use crate::environment::Environment;

/// Is a store with a server over it; both end with it.
pub(crate) struct World {
    pub(crate) test: Environment,
    pub(crate) server: Serving,
}

/// Is a running server.
pub(crate) struct Serving {
    process: Child,
    address: String,
    agent: Agent,
    /// What it has written to standard error, but for the first line.
    lines: Arc<Mutex<Vec<String>>>,
}

impl World {
    /// Starts a server over an empty store.
    pub(crate) fn start() -> World {
        World::over(Environment::new())
    }

    /// Starts a server over a store that is there.
    pub(crate) fn over(test: Environment) -> World {
        World::with(test, &[])
    }

    /// Starts a server with further arguments.
    pub(crate) fn with(test: Environment, arguments: &[&str]) -> World {
        let server = Serving::start(&test, arguments);
        World { test, server }
    }

    /// Ends the server at once, and starts it anew.
    pub(crate) fn restart(self) -> World {
        let World { test, server } = self;
        drop(server);
        World::over(test)
    }
}

impl std::ops::Deref for World {
    type Target = Serving;

    fn deref(&self) -> &Serving {
        &self.server
    }
}

impl Serving {
    /// Starts a server on a free port, and waits until it says where.
    pub(crate) fn start(test: &Environment, arguments: &[&str]) -> Serving {
        let all = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        Serving::of(test.command(&all))
    }

    /// Starts a prepared command.
    pub(crate) fn of(mut command: Command) -> Serving {
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let first = lines.next().expect("the server says where it is").unwrap();
        let (_, address) = first.split_once("://").unwrap_or_else(|| panic!("{first}"));
        // Where it is said in JSON, the address ends with a quote.
        let address = address.split('"').next().unwrap().to_owned();
        let kept = Arc::<Mutex<Vec<String>>>::default();
        let keeping = kept.clone();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| keeping.lock().unwrap().push(line));
        });
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .allow_non_standard_methods(true)
            .build();
        Serving { process, address, agent: config.into(), lines: kept }
    }

    /// Gives what the server has written to standard error by now, but for its first line.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Waits until the server has written a line with a text to standard error.
    pub(crate) fn line_with(&self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            if let Some(line) = self.lines().into_iter().find(|line| line.contains(text)) {
                return line;
            }
            assert!(begun.elapsed().as_secs() < 60, "no {text} in {:#?}", self.lines());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Gives host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.process.id()).unwrap();
        let id = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// Waits until the server has ended by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    /// Sends a request; headers are given as `Name: value`.
    pub(crate) fn ask(&self, line: &str, headers: &[&str], body: &[u8]) -> Answer {
        self.try_ask(line, headers, body).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// Sends a request that may not be answered.
    pub(crate) fn try_ask(
        &self,
        line: &str,
        headers: &[&str],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let (method, target) = line.split_once(' ').unwrap();
        let uri = format!("http://{}{target}", self.address);
        let mut request = Request::builder().method(method).uri(uri);
        for header in headers {
            let (name, value) = header.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let response = match (method, body) {
            ("GET" | "HEAD" | "DELETE", []) => self.agent.run(request.body(()).unwrap()),
            _ => self.agent.run(request.body(body).unwrap()),
        };
        Answer::read(response?)
    }

    /// Sends a request as it is written, and gives the first line of the answer.
    pub(crate) fn raw(&self, line: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head =
            format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
    }

    /// Asks for something that may end before it is whole.
    pub(crate) fn try_get(&self, target: &str) -> Option<Answer> {
        let response = self.agent.get(format!("http://{}{target}", self.address)).call().ok()?;
        Answer::read(response).ok()
    }

    /// Asks for something, with nothing more said.
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.ask(&format!("GET {target}"), &[], b"")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Nothing is lost where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Is what the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: Response<()>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn read(response: Response<ureq::Body>) -> Result<Answer, ureq::Error> {
        let (head, mut body) = response.into_parts();
        let body = body.with_config().limit(1 << 30).read_to_vec()?;
        Ok(Answer { status: head.status.as_u16(), head: Response::from_parts(head, ()), body })
    }

    /// Gives a header; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.head.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Gives a header each time it comes.
    pub(crate) fn headers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.head.headers().get_all(name).iter().map(|value| value.to_str().unwrap())
    }

    /// Gives the body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Reads the body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
