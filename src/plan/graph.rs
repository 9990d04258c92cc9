//! The composition of a chart as a graph, in the languages that draw one.
//!
//! Sources: mermaid's flowchart syntax, and Graphviz' DOT language.

use std::fmt::Write as _;
use std::str::FromStr;

use super::compose::{Part, Role};

/// Names a language of graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// For mermaid, which many pages render by themselves.
    Mermaid,
    /// For Graphviz.
    Dot,
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Language, String> {
        match text {
            "mermaid" => Ok(Language::Mermaid),
            "dot" => Ok(Language::Dot),
            _ => Err("expected mermaid or dot".to_owned()),
        }
    }
}

/// Draws a chart, what it is made of, and which chart of the store each part came from.
pub fn draw(root: &Part, language: Language) -> String {
    let mut drawing = Drawing { language, text: String::new(), count: 0 };
    drawing.text += match language {
        Language::Mermaid => "flowchart TD\n",
        Language::Dot => "digraph {\n  node [shape=box]\n",
    };
    drawing.part(root, None);
    if language == Language::Dot {
        drawing.text += "}\n";
    }
    drawing.text
}

struct Drawing {
    language: Language,
    text: String,
    count: usize,
}

impl Drawing {
    fn part(&mut self, part: &Part, parent: Option<usize>) {
        let node = self.count;
        self.count += 1;
        let label = self.label(part);
        let text = &mut self.text;
        // Writing to a string does not fail.
        let _ = match (self.language, part.role) {
            (Language::Mermaid, Role::Stored) => writeln!(text, "  n{node}[\"{label}\"]"),
            (Language::Mermaid, _) => writeln!(text, "  n{node}(\"{label}\")"),
            (Language::Dot, Role::Stored) => writeln!(text, "  n{node} [label=\"{label}\"]"),
            (Language::Dot, _) => writeln!(text, "  n{node} [label=\"{label}\", style=rounded]"),
        };
        if let Some(parent) = parent {
            let _ = match self.language {
                Language::Mermaid => writeln!(text, "  n{parent} --> n{node}"),
                Language::Dot => writeln!(text, "  n{parent} -> n{node}"),
            };
        }
        for inner in &part.parts {
            self.part(inner, Some(node));
        }
    }

    fn label(&self, part: &Part) -> String {
        let (escape, line): (fn(char) -> String, _) = match self.language {
            Language::Mermaid => (escape_for_mermaid, "<br>"),
            Language::Dot => (escape_for_dot, "\\n"),
        };
        let escaped = |text: &str| text.chars().map(escape).collect::<String>();
        let from = match &part.reference {
            Some(reference) => reference.to_string(),
            None => format!("{} {}", part.chart, part.version),
        };
        format!("{}{line}{}", escaped(&part.name), escaped(&from))
    }
}

fn escape_for_mermaid(character: char) -> String {
    match character {
        '"' | '#' | '<' | '>' | '&' | '`' => format!("#{};", u32::from(character)),
        character if character.is_control() => " ".to_owned(),
        character => character.to_string(),
    }
}

fn escape_for_dot(character: char) -> String {
    match character {
        '"' | '\\' => format!("\\{character}"),
        character if character.is_control() => " ".to_owned(),
        character => character.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_stays_in_its_box() {
        let name = "a\"]<b>&#`\\\u{1b}\n".to_owned();
        let part = |name: String, parts| Part {
            chart: name.clone(),
            name,
            version: "1\"".to_owned(),
            role: Role::Kept,
            reference: None,
            digest: None,
            parts,
        };
        let root = part("end".to_owned(), vec![part(name, Vec::new())]);
        let mermaid = r##"flowchart TD
  n0("end<br>end 1#34;")
  n1("a#34;]#60;b#62;#38;#35;#96;\  <br>a#34;]#60;b#62;#38;#35;#96;\   1#34;")
  n0 --> n1
"##;
        assert_eq!(draw(&root, Language::Mermaid), mermaid);
        let dot = r#"digraph {
  node [shape=box]
  n0 [label="end\nend 1\"", style=rounded]
  n1 [label="a\"]<b>&#`\\  \na\"]<b>&#`\\   1\"", style=rounded]
  n0 -> n1
}
"#;
        assert_eq!(draw(&root, Language::Dot), dot);
    }
}
