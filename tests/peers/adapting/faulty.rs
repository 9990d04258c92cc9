//! A proxy before a registry, which fails for some repositories and counts what is asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Is the proxy; it lives as long as the test program.
pub(super) struct Faulty {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Faulty {
    /// Starts one before a registry; `fault` gives the status that a path is answered with in its place.
    pub(super) fn start(registry: &str, fault: fn(&str) -> Option<&'static str>) -> Faulty {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, registry) = (asked.clone(), registry.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (log, registry) = (log.clone(), registry.clone());
                // A client that leaves in the middle is no failure here.
                std::thread::spawn(move || pass(&client, &registry, fault, &log).ok());
            }
        });
        Faulty { address, asked }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Gives the requests since this was last asked.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// Passes one request on, and the whole answer back.
fn pass(
    mut client: &TcpStream,
    registry: &str,
    fault: fn(&str) -> Option<&'static str>,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(client).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let head: Vec<String> = lines
        .take_while(|line| !matches!(line, Ok(line) if line.is_empty()))
        .collect::<Result<_, _>>()?;
    let mut words = first.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(()) };
    log.lock().unwrap().push(format!("{method} {path}"));
    if let Some(status) = fault(path) {
        let close = "Content-Length: 0\r\nConnection: close\r\n\r\n";
        return client.write_all(format!("HTTP/1.1 {status}\r\n{close}").as_bytes());
    }
    let mut server = TcpStream::connect(registry)?;
    let head = head.iter().filter(|line| !line.to_lowercase().starts_with("connection:"));
    let head: String = head.map(|line| format!("{line}\r\n")).collect();
    // The connection ends with the answer.
    server.write_all(format!("{method} {path} HTTP/1.0\r\n{head}\r\n").as_bytes())?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    client.write_all(&answer)
}
