//! Requests: how many, by door, method and status; how long they took; and their bytes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::text::{Exposition, Kind};
use crate::serve::door::Door;

/// The methods that are told apart; all others are the last.
const METHODS: [&str; 8] = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "other"];

/// The most that a status can be, and one more.
const STATUSES: usize = 600;

/// Where those are counted that were not answered before the client had gone, and those with a status
/// that is none.
const NONE: usize = 0;

/// The bounds of the histogram of durations, in microseconds: a manifest takes less than the first,
/// a large blob over a slow network more than the last.
const BOUNDS: [u64; 16] = [
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    5_000_000,
    30_000_000,
    120_000_000,
];

/// Says what was asked for, as far as it is counted.
#[derive(Debug, Clone, Copy)]
pub(in crate::serve) struct Asked {
    /// The door.
    pub(in crate::serve) door: Door,
    method: usize,
}

impl Asked {
    pub(in crate::serve) fn of(method: &Method, path: &str) -> Asked {
        let known = METHODS.iter().position(|known| *known == method.as_str());
        Asked { door: Door::of(path), method: known.unwrap_or(METHODS.len() - 1) }
    }
}

/// Counts requests.
pub(in crate::serve) struct Requests {
    begun: AtomicU64,
    doors: [OfDoor; Door::ALL.len()],
}

/// Counts the requests to one door.
struct OfDoor {
    /// A number for each method and status.
    ended: Box<[AtomicU64]>,
    /// One more than there are bounds: the last is for what is above them.
    durations: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
}

impl Requests {
    pub(super) fn new() -> Requests {
        let number = || AtomicU64::new(0);
        let door = |_| OfDoor {
            ended: std::iter::repeat_with(number).take(METHODS.len() * STATUSES).collect(),
            durations: std::array::from_fn(|_| number()),
            microseconds: number(),
            received: number(),
            sent: number(),
        };
        Requests { begun: number(), doors: Door::ALL.map(door) }
    }

    fn door(&self, door: Door) -> &OfDoor {
        &self.doors[door as usize]
    }

    /// Counts a request whose head has come.
    pub(in crate::serve) fn begun(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts bytes of a request's body.
    pub(in crate::serve) fn received(&self, door: Door, bytes: u64) {
        self.door(door).received.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts a request whose answer has ended, or which has none.
    pub(in crate::serve) fn ended(
        &self,
        asked: Asked,
        status: Option<StatusCode>,
        duration: Duration,
        sent: u64,
    ) {
        let door = self.door(asked.door);
        let status = status.map_or(NONE, |status| usize::from(status.as_u16()));
        let status = if status < STATUSES { status } else { NONE };
        door.ended[asked.method * STATUSES + status].fetch_add(1, Ordering::Relaxed);
        let microseconds = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS.partition_point(|bound| *bound < microseconds);
        door.durations[place].fetch_add(1, Ordering::Relaxed);
        door.microseconds.fetch_add(microseconds, Ordering::Relaxed);
        door.sent.fetch_add(sent, Ordering::Relaxed);
    }

    pub(super) fn write(&self, out: &mut Exposition) {
        let ended = self.write_ended(out);
        // What ends meanwhile has begun before.
        let running = self.begun.load(Ordering::Relaxed).saturating_sub(ended);
        let help = "Requests that are being answered.";
        out.single("hreg_http_requests_running", Kind::Gauge, help, running);
        self.write_durations(out);
        let help = "Bytes of the bodies of requests.";
        self.write_bytes(out, "hreg_http_received_bytes_total", help, |door| &door.received);
        let help = "Bytes of the bodies of answers.";
        self.write_bytes(out, "hreg_http_sent_bytes_total", help, |door| &door.sent);
    }

    /// Writes how many requests have ended, and gives the number of all.
    fn write_ended(&self, out: &mut Exposition) -> u64 {
        const NAME: &str = "hreg_http_requests_total";
        let help =
            "Requests that have been answered, or whose clients have gone before (status none).";
        out.family(NAME, Kind::Counter, help);
        let mut all = 0;
        for (name, door) in self.named() {
            for (place, number) in door.ended.iter().enumerate() {
                let number = number.load(Ordering::Relaxed);
                if number == 0 {
                    continue;
                }
                all += number;
                let (method, status) = (METHODS[place / STATUSES], place % STATUSES);
                let status = if status == NONE { "none".to_owned() } else { status.to_string() };
                let labels = [("door", name), ("method", method), ("status", status.as_str())];
                out.sample(NAME, &labels, number);
            }
        }
        all
    }

    fn write_durations(&self, out: &mut Exposition) {
        const NAME: &str = "hreg_http_request_duration_seconds";
        let help = "Time from the head of a request to the last byte of its answer.";
        out.family(NAME, Kind::Histogram, help);
        for (name, door) in self.named() {
            let mut all = 0;
            for (place, number) in door.durations.iter().enumerate() {
                all += number.load(Ordering::Relaxed);
                let bound = BOUNDS.get(place).map(|bound| seconds(*bound).to_string());
                let bound = bound.as_deref().unwrap_or("+Inf");
                out.sample(&format!("{NAME}_bucket"), &[("door", name), ("le", bound)], all);
            }
            let sum = seconds(door.microseconds.load(Ordering::Relaxed));
            out.sample(&format!("{NAME}_sum"), &[("door", name)], sum);
            out.sample(&format!("{NAME}_count"), &[("door", name)], all);
        }
    }

    fn write_bytes(
        &self,
        out: &mut Exposition,
        name: &str,
        help: &str,
        bytes: impl Fn(&OfDoor) -> &AtomicU64,
    ) {
        out.family(name, Kind::Counter, help);
        for (door, counts) in self.named() {
            out.sample(name, &[("door", door)], bytes(counts).load(Ordering::Relaxed));
        }
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, &OfDoor)> {
        Door::ALL.map(Door::as_str).into_iter().zip(&self.doors)
    }
}

fn seconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(requests: &Requests) -> String {
        let mut out = Exposition::default();
        requests.write(&mut out);
        out.finish()
    }

    #[test]
    fn a_request_is_counted_once_and_where_it_belongs() {
        let requests = Requests::new();
        let get = Asked::of(&Method::GET, "/v2/secret/name/manifests/v1");
        requests.begun();
        requests.begun();
        assert!(text(&requests).contains("\nhreg_http_requests_running 2\n"));
        requests.received(get.door, 7);
        requests.ended(get, Some(StatusCode::OK), Duration::from_micros(100), 12);
        requests.ended(get, None, Duration::from_secs(3600), 0);
        let text = text(&requests);
        for line in [
            r#"hreg_http_requests_total{door="oci",method="GET",status="200"} 1"#,
            r#"hreg_http_requests_total{door="oci",method="GET",status="none"} 1"#,
            "hreg_http_requests_running 0",
            r#"hreg_http_request_duration_seconds_bucket{door="oci",le="0.0001"} 1"#,
            r#"hreg_http_request_duration_seconds_bucket{door="oci",le="120"} 1"#,
            r#"hreg_http_request_duration_seconds_bucket{door="oci",le="+Inf"} 2"#,
            r#"hreg_http_request_duration_seconds_sum{door="oci"} 3600.0001"#,
            r#"hreg_http_request_duration_seconds_count{door="oci"} 2"#,
            r#"hreg_http_received_bytes_total{door="oci"} 7"#,
            r#"hreg_http_sent_bytes_total{door="oci"} 12"#,
            r#"hreg_http_sent_bytes_total{door="web"} 0"#,
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("secret"), "no name that somebody gave is a label");
    }

    #[test]
    fn nobody_can_make_new_labels() {
        let requests = Requests::new();
        for name in ["BREW", "X", "get"] {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            let odd = StatusCode::from_u16(999).unwrap();
            requests.ended(Asked::of(&method, "/x"), Some(odd), Duration::ZERO, 0);
        }
        let line = r#"hreg_http_requests_total{door="classic",method="other",status="none"} 3"#;
        assert!(text(&requests).contains(line));
    }
}
