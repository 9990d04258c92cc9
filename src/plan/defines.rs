//! Named templates that go with the chart that defines them, though others include them.

use std::collections::BTreeSet;

use crate::chart::load::Chart;

/// Lists the names that templates of a chart, or of those in it, include and that `gone` defines,
/// where no other chart defines them too.
pub(super) fn missing<'a>(chart: &'a Chart, gone: &'a Chart) -> BTreeSet<&'a str> {
    let lost = named(gone, &["define", "block"]);
    if lost.is_empty() {
        return lost;
    }
    let defined = named(chart, &["define", "block"]);
    let included = named(chart, &["include", "template"]);
    lost.into_iter().filter(|name| included.contains(name) && !defined.contains(name)).collect()
}

/// The bytes of a name; a longer one is passed over.
const MAX_NAME: usize = 200;

/// Lists the names that follow certain words in templates: `define "name"`.
fn named<'a>(chart: &'a Chart, words: &[&str]) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for file in chart.files.iter().filter(|file| file.name.starts_with("templates/")) {
        let Ok(text) = std::str::from_utf8(&file.data) else { continue };
        let mut before = "";
        for part in text.split_inclusive('"') {
            if words.iter().any(|word| before.trim_end_matches([' ', '"']).ends_with(word))
                && before.ends_with(" \"")
                && part.len() <= MAX_NAME
            {
                names.insert(part.trim_end_matches('"'));
            }
            before = part;
        }
    }
    names.extend(chart.subcharts.iter().flat_map(|subchart| named(subchart, words)));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::load::File;

    fn chart(template: &str) -> Chart {
        let file =
            |name: &str, text: &str| File { name: name.to_owned(), data: text.into(), mode: 0o644 };
        let head = file("Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0");
        Chart::from_files(&[head, file("templates/a.yaml", template)]).unwrap()
    }

    #[test]
    fn finds_what_is_included_and_defined_no_more() {
        let gone =
            chart("{{ define \"a\" }}{{ end }}{{- block \"b\" . }}{{ end }}{{define \"c\"}}");
        let missing = |template: &str| -> Vec<String> {
            missing(&chart(template), &gone).into_iter().map(str::to_owned).collect()
        };
        assert_eq!(
            missing("{{ include \"a\" . }} {{template \"b\" .}} {{ include \"d\" }}"),
            ["a", "b"]
        );
        assert!(missing("{{ include \"a\" . }}{{- define \"a\" }}").is_empty());
        assert!(missing("x: \"a\" \"b\" {{ define \"b\" }}").is_empty());
    }
}
