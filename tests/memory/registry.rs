//! A registry that keeps everything in files, and takes no memory for it: a child may be counted as
//! large as the process that starts it.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

/// Starts a registry on a free port of 127.0.0.1, which serves until the process ends. Gives the
/// host. Repositories share what they have.
pub(crate) fn start(folder: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, folder) = (stream.unwrap(), folder.clone());
            // A client that leaves is seen where the answer is missed.
            std::thread::spawn(move || serve(&stream, &folder).ok());
        }
    });
    host
}

/// Is the beginning of a request.
struct Head {
    method: String,
    target: String,
    length: u64,
}

fn serve(stream: &TcpStream, folder: &Path) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(head) = read_head(&mut reader)? {
        let path = folder.join(name(&head.target));
        match head.method.as_str() {
            "GET" | "HEAD" => give(stream, &head, &path)?,
            "POST" => write!(&*stream, "HTTP/1.1 202 \r\nLocation: {}1\r\n", head.target)
                .and_then(|()| (&*stream).write_all(b"Content-Length: 0\r\n\r\n"))?,
            _ => {
                io::copy(&mut reader.by_ref().take(head.length), &mut File::create(path)?)?;
                (&*stream).write_all(b"HTTP/1.1 201 \r\nContent-Length: 0\r\n\r\n")?;
            }
        }
    }
    Ok(())
}

fn read_head(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Head>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let mut head = Head { method, target, length: 0 };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim().to_lowercase().split_once(": ") {
            Some(("content-length", length)) => head.length = length.parse().unwrap(),
            Some(_) => {}
            None => return Ok(Some(head)),
        }
    }
}

/// Gives the digest or tag that a request is about.
fn name(target: &str) -> PathBuf {
    let name = target.rsplit_once("digest=").or(target.rsplit_once('/'));
    name.map_or(target, |(_, name)| name).replace("%3A", ":").into()
}

fn give(mut stream: &TcpStream, head: &Head, path: &Path) -> io::Result<()> {
    let Ok(mut file) = File::open(path) else {
        return stream.write_all(b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n");
    };
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let length = file.metadata()?.len();
    write!(stream, "HTTP/1.1 200 \r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n")?;
    match head.method == "GET" {
        true => io::copy(&mut file, &mut stream).map(drop),
        false => Ok(()),
    }
}
