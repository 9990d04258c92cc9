//! The page as plain text.

use super::page::{Block, Item};

/// Writes the page.
pub(super) fn write(blocks: &[Block]) -> String {
    blocks.iter().map(block).collect::<Vec<String>>().join("\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Title(text) | Block::Text(text) => format!("{}\n", plain(text)),
        Block::Heading(text) => format!("{text}:\n"),
        Block::Commands(commands) => {
            commands.iter().map(|command| format!("  {}\n", plain(command))).collect()
        }
        Block::List(items) => list(items),
    }
}

fn list(items: &[Item]) -> String {
    let width = items.iter().map(|item| item.name.chars().count()).max().unwrap_or_default();
    let line = |item: &Item| format!("  {:width$}  {}", plain(&item.name), plain(&item.text));
    items.iter().map(|item| line(item).trim_end().to_owned() + "\n").collect()
}

/// Leaves nothing that a terminal would take for more than text.
fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}
