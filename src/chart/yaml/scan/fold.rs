//! Text over several lines, which are joined as it is read.

/// What stood since the last character that is no white space.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Blanks,
    /// Line breaks; the first is a line feed that counts as a blank if no other follows.
    Folded,
    /// Line breaks, each of which counts.
    Kept,
}

/// Joins lines: one line feed becomes a blank, of several the first is dropped.
///
/// Nothing is held but the text.
pub(super) struct Folding {
    text: String,
    /// How much of the text stays if nothing but white space follows.
    settled: usize,
    gap: Gap,
}

impl Folding {
    pub(super) fn new() -> Folding {
        Folding { text: String::new(), settled: 0, gap: Gap::Blanks }
    }

    /// Tells whether a line has ended since the last character that is no white space.
    pub(super) fn is_between_lines(&self) -> bool {
        self.gap != Gap::Blanks
    }

    /// Adds a character that is no white space.
    pub(super) fn push(&mut self, character: char) {
        self.settle();
        self.text.push(character);
        self.settled = self.text.len();
    }

    /// Adds a blank; those at the ends of a line do not count.
    pub(super) fn push_blank(&mut self, blank: char) {
        if self.gap == Gap::Blanks {
            self.text.push(blank);
        }
    }

    /// Adds a line break.
    pub(super) fn push_break(&mut self, line_break: char) {
        if self.gap != Gap::Blanks {
            self.text.push(line_break);
            return;
        }
        self.text.truncate(self.settled);
        self.gap = if line_break == '\n' { Gap::Folded } else { Gap::Kept };
        if self.gap == Gap::Kept {
            self.text.push(line_break);
        }
    }

    /// Goes on to the next line without a blank between the two.
    pub(super) fn join_lines(&mut self) {
        self.settle();
        self.gap = Gap::Kept;
    }

    /// Counts the white space that stood here, since more text follows.
    pub(super) fn settle(&mut self) {
        if self.gap == Gap::Folded && self.text.len() == self.settled {
            self.text.push(' ');
        }
        self.gap = Gap::Blanks;
        self.settled = self.text.len();
    }

    /// Gives the text without the white space behind it.
    pub(super) fn finish(mut self) -> String {
        self.text.truncate(self.settled);
        self.text
    }
}
