//! An HTTP/1.1 server that answers as a test tells it to: rightly, wrongly, or not to the end.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Is a request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// How many requests of the same method and target came before it.
    pub(crate) nth: usize,
}

impl Seen {
    /// Gives method and target: `GET /v2/`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Is what the server answers.
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    end: End,
}

/// Says how an answer ends.
enum End {
    /// As it should, and the next request may come.
    Whole,
    /// The length is not told: the connection ends the body.
    Closed,
    /// The body comes in chunks, so that its length is not known before.
    Chunked,
    /// The body comes in chunks, and the connection ends before it is said to be the last.
    Unended,
    /// The connection ends although so many bytes were announced.
    Cut { announced: usize },
    /// The body is repeated for as long as anybody listens.
    Endless { pause: Duration },
    /// Nothing is answered at all, for as long as the client waits.
    Silent,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Vec::new(), end: End::Whole }
    }

    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(200).body(body)
    }

    pub(crate) fn silent() -> Reply {
        Reply { end: End::Silent, ..Reply::new(200) }
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Reply {
        Reply { body: body.into(), ..self }
    }

    /// Gives the bytes that are answered, once if they are repeated.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn header(mut self, name: &str, value: impl ToString) -> Reply {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn chunked(self) -> Reply {
        Reply { end: End::Chunked, ..self }
    }

    pub(crate) fn unended(self) -> Reply {
        Reply { end: End::Unended, ..self }
    }

    pub(crate) fn closed(self) -> Reply {
        Reply { end: End::Closed, ..self }
    }

    pub(crate) fn cut(self, announced: usize) -> Reply {
        Reply { end: End::Cut { announced }, ..self }
    }

    pub(crate) fn endless(self, pause: Duration) -> Reply {
        Reply { end: End::Endless { pause }, ..self }
    }
}

type Answer = dyn Fn(&Seen) -> Reply + Send + Sync;

/// Is a running server; it takes no more connections and answers nothing when this is dropped.
pub(crate) struct Server {
    port: u16,
    state: Arc<State>,
    listener: Option<JoinHandle<()>>,
}

struct State {
    answer: Box<Answer>,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    ended: AtomicBool,
    /// Answers without having read what comes with requests, and then closes the connection.
    refuses_bodies: bool,
}

impl Server {
    /// Starts a server on a free port of 127.0.0.1.
    pub(crate) fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
        Server::with(false, answer)
    }

    /// Starts a server that answers before it has read what comes with a request.
    pub(crate) fn impatient(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
        Server::with(true, answer)
    }

    fn with(
        refuses_bodies: bool,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            answer: Box::new(answer),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            refuses_bodies,
        });
        let shared = state.clone();
        let listener = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.ended.load(Ordering::Relaxed) {
                    return;
                }
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let shared = shared.clone();
                // A client that leaves in the middle is what some tests are about.
                std::thread::spawn(move || shared.serve(&stream).ok());
            }
        });
        Server { port, state, listener: Some(listener) }
    }

    /// Gives the host as the client is to name it.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Gives the same server under a name of another domain.
    pub(crate) fn other_name(&self) -> String {
        format!("localhost:{}", self.port)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// Lists methods and targets of all requests.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }

    /// Lists what came in Authorization headers; `-` for requests without one.
    pub(crate) fn proofs(&self) -> Vec<String> {
        let proof = |seen: &Seen| seen.header("authorization").unwrap_or("-").to_owned();
        self.seen().iter().map(proof).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.listener.take().unwrap().join().unwrap();
    }
}

impl State {
    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        while let Some(mut seen) = read(&mut reader)? {
            if !self.refuses_bodies {
                read_body(&mut reader, &mut seen)?;
            }
            if self.ended.load(Ordering::Relaxed) {
                return stream.shutdown(Shutdown::Both);
            }
            {
                let mut all = self.seen.lock().unwrap();
                let is_same = |one: &&Seen| one.target == seen.target && one.method == seen.method;
                seen.nth = all.iter().filter(is_same).count();
                all.push(seen.clone());
            }
            let goes_on = write(stream, &seen, (self.answer)(&seen))?;
            if !goes_on {
                return stream.shutdown(Shutdown::Both);
            }
        }
        Ok(())
    }
}

/// Reads a request, unless the client has left.
fn read(reader: &mut BufReader<&TcpStream>) -> std::io::Result<Option<Seen>> {
    let mut line = String::new();
    match reader.read_line(&mut line) {
        Ok(0) => return Ok(None),
        // This is what servers say to clients that speak TLS.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            reader.get_mut().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")?;
            return Ok(None);
        }
        result => result?,
    };
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Ok(Some(Seen { method, target, headers, body: Vec::new(), nth: 0 }))
}

/// Reads what comes with a request, and tells a client that waits for it to go on.
fn read_body(reader: &mut BufReader<&TcpStream>, seen: &mut Seen) -> std::io::Result<()> {
    if seen.header("expect").is_some() {
        reader.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
    seen.body = vec![0; length];
    reader.read_exact(&mut seen.body)
}

/// Writes an answer; tells whether another request may follow.
fn write(mut stream: &TcpStream, seen: &Seen, reply: Reply) -> std::io::Result<bool> {
    let Reply { status, headers, body, end } = reply;
    let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
    for (name, value) in &headers {
        head += &format!("{name}: {value}\r\n");
    }
    let is_told = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    match &end {
        End::Whole if !is_told => head += &format!("Content-Length: {}\r\n", body.len()),
        End::Cut { announced } => head += &format!("Content-Length: {announced}\r\n"),
        End::Chunked | End::Unended | End::Endless { .. } => {
            head += "Transfer-Encoding: chunked\r\n"
        }
        End::Whole | End::Closed | End::Silent => {}
    }
    if matches!(end, End::Silent) {
        // The client leaves when it has waited long enough.
        stream.read_exact(&mut [0])?;
        return Ok(false);
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    if seen.method == "HEAD" {
        return Ok(true);
    }
    let chunk =
        |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    match end {
        End::Chunked => stream.write_all(&[&chunk(&body)[..], b"0\r\n\r\n"].concat())?,
        End::Unended => stream.write_all(&chunk(&body))?,
        End::Endless { pause } => loop {
            stream.write_all(&chunk(&body))?;
            std::thread::sleep(pause);
        },
        _ => stream.write_all(&body)?,
    }
    Ok(matches!(end, End::Whole | End::Chunked))
}
