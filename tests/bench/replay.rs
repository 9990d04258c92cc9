//! Sends recorded requests to a registry, and reads the answers, with no work of its own: the least
//! time in which any client could do what was recorded.
//!
//! Usage: `replay ADDRESS CONNECTIONS [SECONDS] < PLAN`. A plan is a sequence of requests, each
//! after two numbers of four bytes, little end first: which chart it is for, and how many bytes it
//! has. The requests for a chart are sent one after the other on one connection, and each connection
//! takes the next chart when it is done with one, until the time is over. A zero byte stands for the
//! place that the answer before it named. It prints how many microseconds each chart took.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

type Chart = Vec<Vec<u8>>;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().expect("the first argument is an address");
    let connections = arguments.next().and_then(|text| text.parse().ok());
    let connections: usize = connections.expect("the second argument is a number");
    let seconds = arguments.next().map(|text| text.parse().expect("the third is a number"));
    let mut plan = Vec::new();
    std::io::stdin().read_to_end(&mut plan).expect("the plan can be read");
    let charts = charts(&plan);
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(3600));
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| send_all(&address, &charts, &next, end));
        }
    });
}

fn send_all(address: &str, charts: &[Chart], next: &AtomicUsize, end: Instant) {
    let mut stream = TcpStream::connect(address).expect("the registry listens");
    stream.set_nodelay(true).expect("the option is known");
    let mut buffer = vec![0; 256 << 10];
    while let Some(chart) = charts.get(next.fetch_add(1, Ordering::Relaxed)) {
        let start = Instant::now();
        if start > end {
            return;
        }
        send(&mut stream, chart, &mut buffer);
        println!("{}", start.elapsed().as_micros());
    }
}

fn charts(mut plan: &[u8]) -> Vec<Chart> {
    let mut charts: Vec<Chart> = Vec::new();
    while let Some((numbers, rest)) = plan.split_first_chunk::<8>() {
        let number = |at: usize| {
            let bytes = [numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]];
            u32::from_le_bytes(bytes) as usize
        };
        let (chart, (request, rest)) = (number(0), rest.split_at(number(4)));
        charts.resize_with(charts.len().max(chart + 1), Chart::new);
        charts[chart].push(request.to_owned());
        plan = rest;
    }
    charts
}

fn send(stream: &mut TcpStream, chart: &Chart, buffer: &mut [u8]) {
    let mut place = Vec::new();
    for request in chart {
        let line = request.iter().position(|byte| *byte == b'\n').unwrap_or(0);
        let whole = match request[..line].iter().position(|byte| *byte == 0) {
            Some(gap) => &put_in(&place, &request[..gap], &request[gap + 1..]),
            None => request,
        };
        stream.write_all(whole).expect("the registry takes the request");
        place = receive(stream, request.starts_with(b"HEAD"), buffer);
    }
}

/// Puts a place into a request, and begins a query with what followed one.
fn put_in(place: &[u8], before: &[u8], after: &[u8]) -> Vec<u8> {
    let mut whole = [before, place, after].concat();
    if !place.contains(&b'?') && after.starts_with(b"&") {
        whole[before.len() + place.len()] = b'?';
    }
    whole
}

/// Reads an answer to its end, and gives the place that it names.
fn receive(stream: &mut TcpStream, is_head: bool, buffer: &mut [u8]) -> Vec<u8> {
    let mut length = 0;
    let end = loop {
        let count = stream.read(&mut buffer[length..]).expect("the registry answers");
        assert!(count > 0, "the registry has closed the connection");
        length += count;
        if let Some(end) = buffer[..length].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = std::str::from_utf8(&buffer[..end]).expect("the lines are text");
    let value = |name: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let body = value("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut left = if is_head { 0 } else { end + body - length };
    let status = head.as_bytes()[9];
    assert!(status == b'2' || head.contains(" 404 "), "{head}");
    let path = |place: &str| match place.strip_prefix('/') {
        Some(_) => Some(place.to_owned()),
        None => place.splitn(4, '/').nth(3).map(|path| format!("/{path}")),
    };
    let place = value("location").and_then(path).unwrap_or_default().into_bytes();
    while left > 0 {
        let count = stream.read(buffer).expect("the registry answers");
        assert!(count > 0, "the registry has closed the connection");
        left -= count.min(left);
    }
    place
}
