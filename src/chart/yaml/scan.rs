//! From characters to tokens: where blocks begin and end, and which words are keys.
//!
//! The rules are those of go-yaml version 2, which are libyaml's for YAML 1.1 with a few of its own;
//! later versions of YAML, and their parsers, differ in what may be indented how, in tabs, in flow
//! style and in line breaks. The texts of errors are go-yaml's.

mod block;
mod fold;
mod plain;
mod property;
mod quoted;

use std::collections::VecDeque;

use super::Error;
use super::input::{Input, Mark, ends_word, is_break};
use super::token::Token;

/// How many characters a key may have that is no `?` before it.
const MAX_KEY: usize = 1024;

/// Where a key may have begun, of which only a `:` behind it will tell.
#[derive(Clone, Copy)]
struct Candidate {
    possible: bool,
    /// Whether nothing but a key can stand there.
    required: bool,
    /// The token that it begins with, counted from the first of the file.
    number: usize,
    mark: Mark,
}

/// Cuts a file into tokens, and holds no more of them than a key of one line can have.
pub(super) struct Scanner<I> {
    input: Input<I>,
    /// What is not taken yet, where each stands, and the byte behind it.
    tokens: VecDeque<(Token, Mark, usize)>,
    /// How many tokens were taken already, and where the last of them stood.
    taken: usize,
    taken_at: Mark,
    taken_end: usize,
    /// One for the block context, and one for each open bracket; the numbers never fall.
    candidates: Vec<Candidate>,
    indent: Option<usize>,
    indents: Vec<Option<usize>>,
    key_allowed: bool,
}

impl<I: Iterator<Item = char>> Scanner<I> {
    pub(super) fn of(characters: I) -> Scanner<I> {
        let input = Input::of(characters);
        let none = Candidate { possible: false, required: false, number: 0, mark: Mark::default() };
        Scanner {
            input,
            tokens: VecDeque::new(),
            taken: 0,
            taken_at: Mark::default(),
            taken_end: 0,
            candidates: vec![none],
            indent: None,
            indents: Vec::new(),
            key_allowed: true,
        }
    }

    /// Tells where the next token stands.
    pub(super) fn next_at(&self) -> Mark {
        self.tokens.front().map_or_else(|| self.input.mark(), |(_, mark, _)| *mark)
    }

    /// Tells where the token stood that was taken last.
    pub(super) fn taken_at(&self) -> Mark {
        self.taken_at
    }

    /// Tells at which byte the token ended that was taken last.
    ///
    /// Behind a plain scalar, white space counts to it.
    pub(super) fn taken_end(&self) -> usize {
        self.taken_end
    }

    /// Shows the next token; at the end of the file that is always [`Token::End`].
    pub(super) fn peek(&mut self) -> Result<&Token, Error> {
        while self.tokens.is_empty() || self.may_become_key()? {
            self.fetch()?;
        }
        let (token, _, _) = self.tokens.front().expect("the loop ends with a token there");
        Ok(token)
    }

    /// Takes the token that [`Scanner::peek`] shows.
    pub(super) fn take(&mut self) -> Result<Token, Error> {
        if *self.peek()? == Token::End {
            self.taken_at = self.next_at();
            return Ok(Token::End);
        }
        let (token, mark, end) = self.tokens.pop_front().expect("one was shown");
        self.taken += 1;
        self.taken_at = mark;
        self.taken_end = end;
        Ok(token)
    }

    /// Tells whether a key may turn out to begin with the next token.
    fn may_become_key(&mut self) -> Result<bool, Error> {
        let first = self.candidates.partition_point(|candidate| candidate.number < self.taken);
        for place in first..self.candidates.len() {
            if self.candidates[place].number > self.taken {
                break;
            }
            if self.is_open(place)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tells whether a candidate can still be a key; one that had to be and cannot is an error.
    fn is_open(&mut self, place: usize) -> Result<bool, Error> {
        let now = self.input.mark();
        let candidate = &mut self.candidates[place];
        if !candidate.possible {
            return Ok(false);
        }
        if candidate.mark.line == now.line && candidate.mark.index + MAX_KEY >= now.index {
            return Ok(true);
        }
        candidate.possible = false;
        if candidate.required {
            return Err(now.fail("could not find expected ':'"));
        }
        Ok(false)
    }

    fn in_flow(&self) -> bool {
        self.candidates.len() > 1
    }

    fn candidate(&mut self) -> &mut Candidate {
        self.candidates.last_mut().expect("that of the block context is never removed")
    }

    /// Remembers that a key may begin here.
    fn open_candidate(&mut self) -> Result<(), Error> {
        if !self.key_allowed {
            return Ok(());
        }
        let mark = self.input.mark();
        let required = !self.in_flow() && self.indent == Some(mark.column);
        self.drop_candidate()?;
        let number = self.taken + self.tokens.len();
        *self.candidate() = Candidate { possible: true, required, number, mark };
        Ok(())
    }

    fn drop_candidate(&mut self) -> Result<(), Error> {
        let mark = self.input.mark();
        let candidate = self.candidate();
        if candidate.possible && candidate.required {
            return Err(mark.fail("could not find expected ':'"));
        }
        candidate.possible = false;
        Ok(())
    }

    /// Adds a token that ends here.
    fn push(&mut self, token: Token, mark: Mark) {
        self.tokens.push_back((token, mark, self.input.mark().byte));
    }

    /// Begins a block where that is farther right than the one around it.
    fn indent(&mut self, mark: Mark, place: Option<usize>, token: Token) {
        if !self.in_flow() && self.indent < Some(mark.column) {
            self.indents.push(self.indent);
            self.indent = Some(mark.column);
            self.tokens.insert(place.unwrap_or(self.tokens.len()), (token, mark, mark.byte));
        }
    }

    /// Ends all blocks that are farther right than a column.
    fn dedent(&mut self, column: Option<usize>) {
        while !self.in_flow() && self.indent > column {
            self.push(Token::BlockEnd, self.input.mark());
            self.indent = self.indents.pop().flatten();
        }
    }

    /// Reads up to a token, and that.
    fn fetch(&mut self) -> Result<(), Error> {
        self.skip_to_token();
        self.dedent(Some(self.input.mark().column));
        let Some(first) = self.input.peek(0) else { return self.fetch_end() };
        if first == '%' && self.input.mark().column == 0 {
            return self.fetch_directive();
        }
        if let Some(marker) = self.input.document_marker() {
            return self.fetch_document(marker);
        }
        let stands_alone = ends_word(self.input.peek(1));
        match first {
            '[' => self.fetch_flow_start(Token::FlowListStart),
            '{' => self.fetch_flow_start(Token::FlowMapStart),
            ']' => self.fetch_flow_end(Token::FlowListEnd),
            '}' => self.fetch_flow_end(Token::FlowMapEnd),
            ',' => self.fetch_flow_entry(),
            '-' if stands_alone => self.fetch_block_entry(),
            '?' if stands_alone || self.in_flow() => self.fetch_key(),
            ':' if stands_alone || self.in_flow() => self.fetch_value(),
            '*' | '&' | '!' => self.fetch_property(first),
            '|' | '>' if !self.in_flow() => self.fetch_block_scalar(),
            '\'' | '"' => self.fetch_quoted(first),
            '-' | '?' | ':' => self.fetch_plain(),
            _ if !"\t#|>%@`".contains(first) && !is_break(first) => self.fetch_plain(),
            _ => Err(self.input.mark().fail("found character that cannot start any token")),
        }
    }

    /// Takes blanks, comments and line breaks; a tab must not stand where a key may begin.
    fn skip_to_token(&mut self) {
        loop {
            let tabs = self.in_flow() || !self.key_allowed;
            self.input.skip_while(|next| next == ' ' || tabs && next == '\t');
            self.input.skip_comment();
            if self.input.take_break().is_none() {
                return;
            }
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
    }

    fn fetch_end(&mut self) -> Result<(), Error> {
        self.dedent(None);
        let now = self.input.mark();
        for candidate in &mut self.candidates {
            if candidate.possible && candidate.required {
                return Err(now.fail("could not find expected ':'"));
            }
            candidate.possible = false;
        }
        self.key_allowed = false;
        self.push(Token::End, self.input.mark());
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), Error> {
        self.dedent(None);
        self.drop_candidate()?;
        self.key_allowed = false;
        let mark = self.input.mark();
        let token = property::directive(&mut self.input)?;
        self.push(token, mark);
        Ok(())
    }

    fn fetch_document(&mut self, marker: char) -> Result<(), Error> {
        self.dedent(None);
        self.drop_candidate()?;
        self.key_allowed = false;
        let token = if marker == '-' { Token::DocumentStart } else { Token::DocumentEnd };
        let mark = self.input.mark();
        self.input.skip(3);
        self.push(token, mark);
        Ok(())
    }

    fn fetch_flow_start(&mut self, token: Token) -> Result<(), Error> {
        self.open_candidate()?;
        let number = self.taken + self.tokens.len();
        let mark = self.input.mark();
        self.candidates.push(Candidate { possible: false, required: false, number, mark });
        self.key_allowed = true;
        self.push_sign(token);
        Ok(())
    }

    fn fetch_flow_end(&mut self, token: Token) -> Result<(), Error> {
        self.drop_candidate()?;
        if self.in_flow() {
            self.candidates.pop();
        }
        self.key_allowed = false;
        self.push_sign(token);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.drop_candidate()?;
        self.key_allowed = true;
        self.push_sign(Token::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Error> {
        self.begin_block(Token::BlockListStart, "block sequence entries")?;
        self.drop_candidate()?;
        self.key_allowed = true;
        self.push_sign(Token::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Error> {
        self.begin_block(Token::BlockMapStart, "mapping keys")?;
        self.drop_candidate()?;
        self.key_allowed = !self.in_flow();
        self.push_sign(Token::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Error> {
        let last = self.candidates.len() - 1;
        if self.is_open(last)? {
            let Candidate { number, mark, .. } = self.candidates[last];
            let place = number - self.taken;
            self.tokens.insert(place, (Token::Key, mark, mark.byte));
            self.indent(mark, Some(place), Token::BlockMapStart);
            self.candidates[last].possible = false;
            self.key_allowed = false;
        } else {
            self.begin_block(Token::BlockMapStart, "mapping values")?;
            self.key_allowed = !self.in_flow();
        }
        self.push_sign(Token::Value);
        Ok(())
    }

    /// Begins a block with a sign, where one may stand.
    fn begin_block(&mut self, token: Token, what: &str) -> Result<(), Error> {
        let mark = self.input.mark();
        if !self.in_flow() && !self.key_allowed {
            return Err(mark.fail(&format!("{what} are not allowed in this context")));
        }
        self.indent(mark, None, token);
        Ok(())
    }

    fn push_sign(&mut self, token: Token) {
        let mark = self.input.mark();
        self.input.skip(1);
        self.push(token, mark);
    }

    fn fetch_property(&mut self, sign: char) -> Result<(), Error> {
        self.open_candidate()?;
        self.key_allowed = false;
        let mark = self.input.mark();
        let token = match sign {
            '*' => Token::Alias(property::anchor(&mut self.input)?),
            '&' => Token::Anchor(property::anchor(&mut self.input)?),
            _ => property::tag(&mut self.input)?,
        };
        self.push(token, mark);
        Ok(())
    }

    fn fetch_block_scalar(&mut self) -> Result<(), Error> {
        self.drop_candidate()?;
        self.key_allowed = true;
        let mark = self.input.mark();
        let text = block::block(&mut self.input, self.indent)?;
        self.push(Token::Scalar { text, plain: false }, mark);
        Ok(())
    }

    fn fetch_quoted(&mut self, quote: char) -> Result<(), Error> {
        self.open_candidate()?;
        self.key_allowed = false;
        let mark = self.input.mark();
        let text = quoted::quoted(&mut self.input, quote)?;
        self.push(Token::Scalar { text, plain: false }, mark);
        Ok(())
    }

    fn fetch_plain(&mut self) -> Result<(), Error> {
        self.open_candidate()?;
        let mark = self.input.mark();
        let indent = self.indent.map_or(0, |indent| indent + 1);
        let in_flow = self.in_flow();
        let scalar = plain::plain(&mut self.input, indent, in_flow)?;
        self.key_allowed = scalar.line_ended;
        self.push(Token::Scalar { text: scalar.text, plain: true }, mark);
        Ok(())
    }
}
