//! Forms of several parts, and charts to send in them.

use crate::environment::Environment;
use crate::world::{Answer, Serving};

const BOUNDARY: &str = "----part-of-a-test";

impl Serving {
    /// Sends a form with files.
    pub(crate) fn send_form(&self, line: &str, files: &[(&str, &[u8])]) -> Answer {
        self.try_form(line, files).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// Sends a form with files that may not be answered.
    pub(crate) fn try_form(
        &self,
        line: &str,
        files: &[(&str, &[u8])],
    ) -> Result<Answer, ureq::Error> {
        let mut body = Vec::new();
        for (name, bytes) in files {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"x\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend(head.as_bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}");
        self.try_ask(line, &[&kind], &body)
    }
}

/// Packs a small chart; charts with different notes differ.
pub(crate) fn archive(test: &Environment, name: &str, version: &str, note: &str) -> Vec<u8> {
    let folder = format!("made/{name}");
    test.chart_in(&folder, name, version);
    test.write(&format!("{folder}/templates/NOTES.txt"), note);
    test.archive(&folder, "made/chart.tgz");
    std::fs::read(test.path("made/chart.tgz")).unwrap()
}
