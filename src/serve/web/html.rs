//! The page in HTML, with nothing in it that runs or comes from elsewhere.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::page::{Block, Item};

/// How the page looks.
const STYLE: &str = include_str!("style.css");

/// Gives what browsers are to keep to: the style of the page, known by its hash, and nothing else.
pub(super) fn policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        let hash = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
        let hash = STANDARD.encode(hash);
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        )
    })
}

/// Writes the page.
pub(super) fn write(blocks: &[Block]) -> String {
    let title = blocks.iter().find_map(|block| match block {
        Block::Title(text) => Some(escaped(text)),
        _ => None,
    });
    let body: String = blocks.iter().map(block).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
         </body>\n</html>\n",
        title.unwrap_or_default()
    )
}

fn block(block: &Block) -> String {
    match block {
        Block::Title(text) => format!("<h1>{}</h1>\n", escaped(text)),
        Block::Heading(text) => format!("<h2>{}</h2>\n", escaped(text)),
        Block::Text(text) => format!("<p>{}</p>\n", escaped(text)),
        Block::Commands(commands) => {
            let lines: Vec<String> = commands.iter().map(|command| escaped(command)).collect();
            format!("<pre><code>{}</code></pre>\n", lines.join("\n"))
        }
        Block::List(items) => {
            format!("<dl>\n{}</dl>\n", items.iter().map(item).collect::<String>())
        }
    }
}

fn item(item: &Item) -> String {
    let (name, text) = (escaped(&item.name), escaped(&item.text));
    let name = match &item.link {
        Some(link) => format!("<a href=\"{}\">{name}</a>", escaped(link)),
        None => name,
    };
    format!("<dt>{name}</dt>\n<dd>{text}</dd>\n")
}

/// Writes text so that it is text, in an element and in an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_text() {
        let evil = "<script>\"'&".to_owned();
        let item = Item { name: evil.clone(), link: Some(evil.clone()), text: evil.clone() };
        let page = write(&[
            Block::Title(evil.clone()),
            Block::Text(evil.clone()),
            Block::Commands(vec![evil]),
            Block::List(vec![item]),
        ]);
        let escaped = "&lt;script&gt;&quot;&#39;&amp;";
        assert_eq!(page.matches(escaped).count(), 7, "{page}");
        assert!(!page.contains("<script"), "{page}");
    }
}
