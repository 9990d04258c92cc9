//! A record as a line: names and values for people, or JSON for programs. Nothing that a client sent
//! can end a line, begin another value, or reach a terminal as more than text.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;

use crate::serve::{AccessRecord, Event, LogFormat, Record};

/// Is a value of a record.
enum Value<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    Seconds(f64),
}

type Field<'a> = (&'static str, Value<'a>);

/// Adds a record to what is to be written, as one line.
pub(crate) fn write(out: &mut String, format: LogFormat, record: &Record) {
    let time = Timestamp::try_from(record.time).unwrap_or_default();
    let (time, level) = (format!("{time:.6}"), record.level().as_str());
    let fields = fields(&record.event);
    // Writing to memory does not fail.
    let _ = match (format, &record.event) {
        // What the command says before all else, and those who start it look for.
        (LogFormat::Text, Event::Started { what, address }) => {
            writeln!(out, "Note: serving {} on {address}", crate::cli::output::cell(what))
        }
        (LogFormat::Text, _) => {
            let fields = fields.iter().map(|(name, value)| format!(" {name}={}", text(value)));
            writeln!(out, "{time} {level}{}", fields.collect::<String>())
        }
        (LogFormat::Json, _) => {
            let fields = fields.iter().map(|(name, value)| format!(",\"{name}\":{}", json(value)));
            let fields: String = fields.collect();
            writeln!(out, "{{\"time\":\"{time}\",\"level\":\"{level}\"{fields}}}")
        }
    };
}

/// Names the values of a record, in the order that they are written in.
fn fields(event: &Event) -> Vec<Field<'_>> {
    let words = |text: &'static str| ("message", Value::Text(text.into()));
    match event {
        Event::Started { what, address } => {
            vec![words("serving"), ("store", borrowed(what)), ("address", borrowed(address))]
        }
        Event::Failed { message, request } => {
            let request = request.as_deref().map(|request| ("request", borrowed(request)));
            [("message", borrowed(message))].into_iter().chain(request).collect()
        }
        Event::Warned { message } => vec![("message", borrowed(message))],
        Event::Waiting { what } => {
            let message = format!("waiting for {what}");
            vec![("message", Value::Text(message.into()))]
        }
        Event::Dropped { count } => {
            vec![words("records were left out"), ("count", Value::Number(*count))]
        }
        Event::Request(access) => request(access),
    }
}

fn request(access: &AccessRecord) -> Vec<Field<'_>> {
    let client = Value::Text(access.client.to_string().into());
    let mut fields = vec![
        ("message", Value::Text("request".into())),
        ("request", borrowed(&access.request)),
        ("client", client),
    ];
    fields.extend(access.user.as_deref().map(|user| ("user", borrowed(user))));
    fields.push(("method", borrowed(&access.method)));
    fields.push(("path", borrowed(&access.path)));
    fields.push(("protocol", borrowed(access.protocol)));
    fields.extend(access.status.map(|status| ("status", Value::Number(status.into()))));
    fields.push(("received", Value::Number(access.received)));
    fields.push(("sent", Value::Number(access.sent)));
    fields.push(("seconds", Value::Seconds(access.duration.as_secs_f64())));
    fields.extend(access.agent.as_deref().map(|agent| ("agent", borrowed(agent))));
    fields
}

fn borrowed(text: &str) -> Value<'_> {
    Value::Text(text.into())
}

fn text(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) if is_plain(text) => text.to_string(),
        other => json(other),
    }
}

/// Tells whether a text can be told from what is around it without quotes.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\=".contains(&byte);
    !text.is_empty() && text.bytes().all(is_plain)
}

fn json(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Number(number) => number.to_string(),
        Value::Seconds(seconds) => format!("{seconds:.6}"),
    }
}

/// Writes a text as JSON does, with all that is not shown, or turns writing around, as escapes.
fn quoted(text: &str) -> String {
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            // All of them are in the first plane, so four digits are enough.
            letter if is_hidden(letter) => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn line(format: LogFormat, event: Event) -> String {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_001);
        let mut out = String::new();
        write(&mut out, format, &Record { time, event });
        out
    }

    fn access(path: &str, agent: &str) -> Event {
        Event::Request(Box::new(AccessRecord {
            request: "00ff".to_owned(),
            client: [192, 0, 2, 1].into(),
            user: Some("ann".to_owned()),
            method: "GET".to_owned(),
            path: path.to_owned(),
            protocol: "HTTP/1.1",
            status: Some(200),
            received: 0,
            sent: 12,
            duration: Duration::from_micros(1500),
            agent: Some(agent.to_owned()),
        }))
    }

    #[test]
    fn a_request_is_one_line() {
        assert_eq!(
            line(LogFormat::Text, access("/v2/", "Helm/3.17.3")),
            "2023-11-14T22:13:20.000001Z info message=request request=00ff client=192.0.2.1 \
             user=ann method=GET path=/v2/ protocol=HTTP/1.1 status=200 received=0 sent=12 \
             seconds=0.001500 agent=Helm/3.17.3\n"
        );
        let json: serde_json::Value =
            serde_json::from_str(&line(LogFormat::Json, access("/v2/", "a \"b\"\u{7f}"))).unwrap();
        assert_eq!(json["time"], "2023-11-14T22:13:20.000001Z");
        assert_eq!(json["status"], 200);
        assert_eq!(json["seconds"], 0.0015);
        assert_eq!(json["agent"], "a \"b\"\u{7f}");
    }

    #[test]
    fn no_text_is_more_than_text() {
        for evil in ["a\nb", "\u{1b}[2J", "a user=root", "\u{202e}", "\u{9b}x", "\"", "\\", ""] {
            for format in LogFormat::ALL {
                for event in
                    [access(evil, evil), Event::Failed { message: evil.to_owned(), request: None }]
                {
                    let line = line(format, event);
                    let inner = line.strip_suffix('\n').unwrap();
                    assert!(
                        !inner.contains(|c: char| c.is_control() || c == '\u{202e}'),
                        "{line:?}"
                    );
                    assert!(!inner.contains("ath=a user=root"), "{line:?}");
                    if format == LogFormat::Json {
                        serde_json::from_str::<serde_json::Value>(&line).unwrap();
                    }
                }
            }
        }
    }
}
