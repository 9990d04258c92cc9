//! A server of a few files over plain HTTP, on this machine and a free port.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Holds files by their path, each with its media type.
type Files = BTreeMap<String, (String, Vec<u8>)>;

/// Serves files until the test program ends.
pub(crate) struct Server {
    address: String,
    files: Arc<Mutex<Files>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = Server { address, files: Arc::default(), asked: Arc::default() };
        let (files, asked) = (server.files.clone(), server.asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (files, asked) = (files.clone(), asked.clone());
                std::thread::spawn(move || answer(stream, &files, &asked));
            }
        });
        server
    }

    /// Gives host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Serves a file from now on; the path begins with a slash.
    pub(crate) fn put(&self, path: &str, media_type: &str, bytes: impl Into<Vec<u8>>) {
        let file = (media_type.to_owned(), bytes.into());
        self.files.lock().unwrap().insert(path.to_owned(), file);
    }

    /// Tells what has been asked for so far, such as `GET /index.yaml`, and forgets it.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// Answers one request; the connection ends with it.
fn answer(mut stream: TcpStream, files: &Mutex<Files>, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    lines.find(String::is_empty);
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    asked.lock().unwrap().push(format!("{method} {path}"));
    let found = files.lock().unwrap().get(path).cloned();
    let (status, (media_type, bytes)) = match found {
        Some(file) => ("200 OK", file),
        None => ("404 Not Found", ("text/plain".to_owned(), Vec::new())),
    };
    let length = bytes.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    // Whoever has asked may have gone by now.
    let _ = stream.write_all(head.as_bytes());
    if method != "HEAD" {
        let _ = stream.write_all(&bytes);
    }
}
