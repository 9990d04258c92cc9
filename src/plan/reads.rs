//! Which values of its subcharts a chart's own templates read.

use crate::chart::load::Chart;

/// Tells whether the templates of a chart name the values of a subchart: `.Values.db`,
/// `index .Values "db"`, or `.Subcharts.db`. One that comes by them in another way is not found.
pub(super) fn reads(chart: &Chart, name: &str) -> bool {
    let plain = [format!(".Values.{name}"), format!(".Subcharts.{name}")];
    let quoted = format!("Values \"{name}\"");
    chart.files.iter().filter(|file| file.name.starts_with("templates/")).any(|file| {
        let text = String::from_utf8_lossy(&file.data);
        text.contains(&quoted) || plain.iter().any(|path| holds(&text, path))
    })
}

/// Tells whether a text holds a path whose last name ends there.
fn holds(text: &str, path: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    text.match_indices(path).any(|(place, _)| !goes_on(&text[place + path.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::load::File;

    fn reads_db(template: &str) -> bool {
        let file =
            |name: &str, text: &str| File { name: name.to_owned(), data: text.into(), mode: 0o644 };
        let head = file("Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0");
        let chart = Chart::from_files(&[head, file("templates/a.yaml", template)]).unwrap();
        reads(&chart, "db")
    }

    #[test]
    fn finds_what_templates_read() {
        for template in [
            "{{ .Values.db }}",
            "{{ $.Values.db.port }}",
            "{{ index $.Values \"db\" \"port\" }}",
            "{{ get .Values \"db\" }}",
            "{{ .Values.dbs }}{{ .Values.db}}",
            "{{ include \"x\" .Subcharts.db }}",
        ] {
            assert!(reads_db(template), "{template}");
        }
        for template in ["{{ .Values.dbs }}", "{{ .Values.other.db }}", "db", "{{ .Values.db_x }}"]
        {
            assert!(!reads_db(template), "{template}");
        }
    }
}
