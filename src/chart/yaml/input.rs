//! A few characters of lookahead, and where in the file they stand.

use std::collections::VecDeque;

use super::Error;

/// A place in the file, counted in characters from 0, and in bytes of UTF-8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) index: usize,
    pub(super) byte: usize,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Mark {
    /// Says what is wrong here.
    pub(super) fn fail(self, message: &str) -> Error {
        Error::Syntax { line: self.line + 1, column: self.column + 1, message: message.to_owned() }
    }
}

/// Gives the characters of a file one by one, and lets the next few be seen.
pub(super) struct Input<I> {
    characters: I,
    ahead: VecDeque<char>,
    mark: Mark,
}

impl<I: Iterator<Item = char>> Input<I> {
    pub(super) fn of(characters: I) -> Input<I> {
        Input { characters, ahead: VecDeque::with_capacity(16), mark: Mark::default() }
    }

    /// Tells where the next character is.
    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    /// Shows a character, 0 being the next one; `None` is the end of the file.
    pub(super) fn peek(&mut self, distance: usize) -> Option<char> {
        while self.ahead.len() <= distance {
            self.ahead.push_back(self.characters.next()?);
        }
        Some(self.ahead[distance])
    }

    /// Takes a character that is no line break.
    pub(super) fn take(&mut self) -> Option<char> {
        let character = self.peek(0)?;
        self.ahead.pop_front();
        self.mark.index += 1;
        self.mark.byte += character.len_utf8();
        self.mark.column += 1;
        Some(character)
    }

    /// Takes as many characters, none of which is a line break.
    pub(super) fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.take();
        }
    }

    /// Takes characters as long as they are of one kind.
    pub(super) fn skip_while(&mut self, belongs: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&belongs) {
            self.take();
        }
    }

    /// Takes a line break and tells what it is in text: all but two kinds are a line feed.
    pub(super) fn take_break(&mut self) -> Option<char> {
        let found = self.peek(0).filter(|character| is_break(*character))?;
        if found == '\r' && self.peek(1) == Some('\n') {
            self.take();
        }
        self.take();
        self.mark.column = 0;
        self.mark.line += 1;
        Some(if matches!(found, '\u{2028}' | '\u{2029}') { found } else { '\n' })
    }

    /// Takes a comment, if there is one, up to the end of its line.
    pub(super) fn skip_comment(&mut self) {
        if self.peek(0) == Some('#') {
            self.skip_while(|character| !is_break(character));
        }
    }

    /// Tells whether `---` or `...` stands here alone at the beginning of a line, and which.
    pub(super) fn document_marker(&mut self) -> Option<char> {
        let first = self.peek(0).filter(|first| self.mark.column == 0 && "-.".contains(*first))?;
        let whole = self.peek(1) == Some(first) && self.peek(2) == Some(first);
        (whole && ends_word(self.peek(3))).then_some(first)
    }

    /// Ends a line on which nothing but white space and a comment may be left.
    pub(super) fn end_line(&mut self) -> Result<(), Error> {
        self.skip_while(is_blank);
        self.skip_comment();
        if self.peek(0).is_some() && self.take_break().is_none() {
            return Err(self.mark.fail("did not find expected comment or line break"));
        }
        Ok(())
    }
}

/// Tells whether a character separates words on one line.
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// Tells whether YAML 1.1 ends a line with a character.
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Tells whether a word ends before a character, or at the end of the file.
pub(super) fn ends_word(character: Option<char>) -> bool {
    character.is_none_or(|character| is_blank(character) || is_break(character))
}

/// Tells whether a character may stand in an anchor or in the name of a directive.
pub(super) fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}
