//! The page that is written on, and how each style of text fills its lines.

use super::STEP;
use super::quoting::{is_break, is_printable};

/// The last column that does not make the next space a line end.
const WIDTH: usize = 80;

/// Holds the text so far, and where on its line the next character comes.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    /// Characters on the line so far.
    column: usize,
    /// Whether the last that was written was white space.
    is_spaced: bool,
    /// Whether there is nothing on the line but indentation, dashes and question marks.
    is_indented: bool,
}

impl Default for Page {
    fn default() -> Page {
        Page { text: String::new(), column: 0, is_spaced: true, is_indented: true }
    }
}

impl Page {
    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn is_indented(&self) -> bool {
        self.is_indented
    }

    /// Goes to a column: of this line where nothing else is on it, otherwise of the next.
    pub(super) fn start_line(&mut self, indent: usize) {
        let is_there = self.column == indent && self.is_spaced;
        if !self.is_indented || (self.column >= indent && !is_there) {
            self.put_break('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.is_spaced = true;
        self.is_indented = true;
    }

    /// Writes `-`, `?` or `:`, which a map or list may follow on the same line.
    pub(super) fn mark_block(&mut self, mark: &str) {
        let was_indented = self.is_indented;
        self.mark_open(mark);
        self.is_spaced = false;
        self.is_indented = was_indented;
    }

    /// Writes a mark behind a space, which needs none behind it.
    pub(super) fn mark_open(&mut self, mark: &str) {
        self.put_space();
        mark.chars().for_each(|character| self.put(character));
        self.is_spaced = true;
        self.is_indented = false;
    }

    /// Writes a mark without a space before it.
    pub(super) fn mark_close(&mut self, mark: &str) {
        mark.chars().for_each(|character| self.put(character));
        self.close();
    }

    pub(super) fn write_plain(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.put_space();
        self.write_lines(text, indent, may_fold, false);
        self.close();
    }

    pub(super) fn write_single_quoted(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.put_space();
        self.put('\'');
        self.is_spaced = false;
        self.is_indented = false;
        self.write_lines(text, indent, may_fold, true);
        self.mark_close("'");
    }

    pub(super) fn write_double_quoted(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.put_space();
        self.put('"');
        self.is_spaced = false;
        self.is_indented = false;
        // go-yaml asks of the beginning of the text whether a character is a byte order mark.
        let escapes_all = text.starts_with('\u{feff}');
        let mut was_space = true;
        for (place, character) in text.char_indices() {
            let rest = &text[place + character.len_utf8()..];
            if escapes_all || needs_escape(character) {
                escape(character).chars().for_each(|character| self.put(character));
                was_space = false;
                continue;
            }
            let is_inside = place > 0 && !rest.is_empty();
            if character == ' ' && may_fold && !was_space && self.column > WIDTH && is_inside {
                self.start_line(indent);
                if rest.starts_with(' ') {
                    self.put('\\');
                }
            } else {
                self.put(character);
            }
            was_space = character == ' ';
        }
        self.mark_close("\"");
    }

    /// Writes lines as they are below a `|`.
    pub(super) fn write_literal(&mut self, text: &str, indent: usize) {
        self.put_space();
        self.put('|');
        if text.starts_with(|first| first == ' ' || is_break(first)) {
            STEP.to_string().chars().for_each(|digit| self.put(digit));
        }
        let mut ends = text.chars().rev();
        match (ends.next().is_some_and(is_break), ends.next().is_none_or(is_break)) {
            (false, _) => self.put('-'),
            (true, true) => self.put('+'),
            (true, false) => {}
        }
        self.put_break('\n');
        self.is_spaced = true;
        self.is_indented = true;
        let mut at_start = true;
        for character in text.chars() {
            if is_break(character) {
                self.put_break(character);
            } else {
                if at_start {
                    self.start_line(indent);
                }
                self.put(character);
            }
            at_start = is_break(character);
            self.is_indented = at_start;
        }
    }

    /// Writes text that needs no escapes, but for apostrophes within such.
    fn write_lines(&mut self, text: &str, indent: usize, may_fold: bool, is_quoted: bool) {
        if self.fits(text, may_fold) {
            self.text.push_str(text);
            self.column += text.len();
            return;
        }
        let (mut was_space, mut was_break) = (false, false);
        for (place, character) in text.char_indices() {
            if is_break(character) {
                if !was_break && character == '\n' {
                    self.put_break('\n');
                }
                self.put_break(character);
                self.is_indented = true;
                was_break = true;
                continue;
            }
            let rest = &text[place + character.len_utf8()..];
            let is_inside = !is_quoted || (place > 0 && !rest.is_empty());
            let folds = may_fold && !was_space && self.column > WIDTH && is_inside;
            if character == ' ' {
                if folds && !rest.starts_with(' ') {
                    self.start_line(indent);
                } else {
                    self.put(' ');
                }
                was_space = true;
                continue;
            }
            if was_break {
                self.start_line(indent);
            }
            if is_quoted && character == '\'' {
                self.put('\'');
            }
            self.put(character);
            self.is_indented = false;
            (was_space, was_break) = (false, false);
        }
    }

    /// Tells whether a text, as most are, is of simple characters alone, and fits on the line.
    fn fits(&self, text: &str, may_fold: bool) -> bool {
        let is_simple = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'\'';
        let is_short = !may_fold || self.column + text.len() <= WIDTH || !text.contains(' ');
        is_short && text.bytes().all(is_simple)
    }

    fn close(&mut self) {
        self.is_spaced = false;
        self.is_indented = false;
    }

    fn put_space(&mut self) {
        if !self.is_spaced {
            self.put(' ');
        }
    }

    fn put(&mut self, character: char) {
        self.text.push(character);
        self.column += 1;
    }

    fn put_break(&mut self, character: char) {
        self.text.push(character);
        self.column = 0;
    }
}

fn needs_escape(character: char) -> bool {
    !is_printable(character) || is_break(character) || matches!(character, '"' | '\\')
}

fn escape(character: char) -> String {
    let letter = match character {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' | '\\' => character,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            return match u32::from(character) {
                point @ ..=0xff => format!("\\x{point:02X}"),
                point @ ..=0xffff => format!("\\u{point:04X}"),
                point => format!("\\U{point:08X}"),
            };
        }
    };
    format!("\\{letter}")
}
