//! Tables without lines; no cell is ever cut.

use unicode_width::UnicodeWidthStr as _;

use super::output::cell;

const GAP: usize = 2;

/// Lays out rows under their heading; no heading where none is given.
pub(crate) fn render<const N: usize>(heading: Option<[&str; N]>, rows: &[[String; N]]) -> String {
    let heading = heading.map(|heading| heading.map(str::to_owned));
    let cells = |row: &[String; N]| row.each_ref().map(|text| cell(text));
    let rows: Vec<[String; N]> = heading.iter().chain(rows).map(cells).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns(cell).max(*width);
        }
    }
    let mut text = String::with_capacity(rows.len() * (widths.iter().sum::<usize>() + N * GAP));
    for row in &rows {
        write_row(row, &widths, &mut text);
    }
    text
}

/// Gives the width of a cell, which has no control characters. ASCII is not looked up letter by
/// letter: in a long listing that took longer than all the rest of its layout.
fn columns(cell: &str) -> usize {
    if cell.is_ascii() { cell.len() } else { cell.width() }
}

/// Writes cells one below the other, and nothing after the last one that is not empty.
fn write_row(row: &[String], widths: &[usize], text: &mut String) {
    let start = text.len();
    for (cell, width) in row.iter().zip(widths) {
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', width - columns(cell) + GAP));
    }
    let end = text[start..].trim_end().len();
    text.truncate(start + end);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows =
            [["a", "b\n", ""], ["long", "\u{56fe}\u{8868}", "x"]].map(|row| row.map(str::to_owned));
        let table = render(Some(["REF", "NAME", "VERSION"]), &rows);
        let expected = "REF   NAME  VERSION\n\
                        a     b\\n\n\
                        long  \u{56fe}\u{8868}  x\n";
        assert_eq!(table, expected);
        assert_eq!(render(None, &rows[..1]), "a  b\\n\n");
        assert_eq!(render(None::<[&str; 1]>, &[]), "");
    }
}
