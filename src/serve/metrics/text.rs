//! The text that Prometheus reads, version 0.0.4:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::fmt::{Display, Write as _};

/// The media type of the text.
pub(super) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Says what kind of number something is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It is several, each the count of what is not above a bound.
    Histogram,
}

/// Is the text as it is put together.
#[derive(Debug, Default)]
pub(super) struct Exposition(String);

impl Exposition {
    /// Begins the numbers of one name; what follows must be theirs.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    /// Adds a number.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            self.0.push(before);
            self.0.push_str(label);
            self.0.push_str("=\"");
            self.0.push_str(&escaped(text));
            self.0.push('"');
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        self.line(format_args!(" {value}"));
    }

    /// Adds a name that has one number.
    pub(super) fn single(&mut self, name: &str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    pub(super) fn finish(self) -> String {
        self.0
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = writeln!(self.0, "{text}");
    }
}

/// Writes the value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::{Exposition, Kind};

    #[test]
    fn text_is_written_as_prometheus_reads_it() {
        let mut out = Exposition::default();
        out.single("a_seconds", Kind::Gauge, "One\nline \\ of help.", 0.5);
        out.family("b_total", Kind::Counter, "Two.");
        out.sample("b_total", &[("x", "1"), ("y", "a\"b\\c\nd")], 2);
        assert_eq!(
            out.finish(),
            "# HELP a_seconds One\\nline \\\\ of help.\n# TYPE a_seconds gauge\na_seconds 0.5\n\
             # HELP b_total Two.\n# TYPE b_total counter\nb_total{x=\"1\",y=\"a\\\"b\\\\c\\nd\"} 2\n"
        );
    }
}
