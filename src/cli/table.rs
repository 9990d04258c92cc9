//! Tables without lines; no cell is ever cut.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::output::cell;

/// Lays out rows under their heading; no heading where none is given.
pub(crate) fn render<const N: usize>(heading: Option<[&str; N]>, rows: &[[String; N]]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    if let Some(heading) = heading {
        table.set_header(heading);
    }
    for row in rows {
        table.add_row(row.iter().map(|text| cell(text)));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim());
        text.push('\n');
    }
    text
}
