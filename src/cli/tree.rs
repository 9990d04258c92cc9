//! What a chart is made of, drawn as a tree.

use super::output::cell;
use crate::plan::compose::{Part, Role};

/// Draws a chart and the charts in it, a line each: the name, and where it came from.
pub(crate) fn draw(root: &Part) -> String {
    let mut lines = Vec::new();
    collect(root, String::new(), "", &mut lines);
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    lines.iter().map(|(name, from)| format!("{name:width$}  {from}\n")).collect()
}

fn collect(part: &Part, lead: String, inner: &str, lines: &mut Vec<(String, String)>) {
    lines.push((format!("{lead}{}", cell(&part.name)), origin(part)));
    for (place, child) in part.parts.iter().enumerate() {
        let is_last = place + 1 == part.parts.len();
        let (branch, below) =
            if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
        collect(child, format!("{inner}{branch}"), &format!("{inner}{below}"), lines);
    }
}

/// Says where a part came from.
fn origin(part: &Part) -> String {
    let own = format!("{} {}", cell(&part.chart), cell(&part.version));
    match (&part.reference, part.role) {
        (Some(reference), _) => {
            let digest = part.digest.map(|digest| format!(" {}", digest.short()));
            format!("{reference}{}", digest.unwrap_or_default())
        }
        (None, Role::Kept) => format!("{own} (kept)"),
        (None, _) => format!("{own} (embedded)"),
    }
}
