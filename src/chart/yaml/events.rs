//! From tokens to events: the grammar of one document.
//!
//! It is that of go-yaml version 2, as are the texts of errors. Nothing here recurses.

use std::collections::HashMap;

use super::Error;
use super::input::Mark;
use super::scan::Scanner;
use super::token::Token;

/// What a document is made of, in its order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    Scalar {
        text: String,
        plain: bool,
        tag: Option<String>,
        anchor: Option<usize>,
    },
    ListStart {
        anchor: Option<usize>,
    },
    MapStart {
        anchor: Option<usize>,
    },
    /// The end of the list or map that was begun last.
    End,
    /// Names an anchor by its number.
    Alias(usize),
}

/// Where a node is in the file, in bytes of UTF-8.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Where the entry begins that begins with the node: by its sign, or else by the node.
    pub(super) entry: usize,
    /// The end of the sign before the node.
    pub(super) sign: usize,
    /// Where the node begins, with its anchor and tag.
    pub(super) start: usize,
    /// Where the node begins behind its anchor and tag.
    pub(super) content: usize,
    /// The end of what was read of the node; white space behind a plain scalar counts to it.
    pub(super) end: usize,
}

/// What may come next.
#[derive(Clone, Copy)]
enum State {
    Start,
    Content,
    End,
    BlockEntry,
    /// An entry of a list that is no farther right than the key it belongs to.
    IndentlessEntry,
    BlockKey,
    BlockValue,
    FlowEntry {
        first: bool,
    },
    /// A map of one pair in a list in flow style.
    PairKey,
    PairValue,
    PairEnd,
    FlowKey {
        first: bool,
    },
    FlowValue,
    /// What follows a key in flow style that was no key by its sign.
    FlowEmptyValue,
}

/// The longest tag of YAML's own is shorter; of others the text has no meaning.
const LONGEST_TAG: usize = 256;

/// Gives the events of the first document of a file, one by one.
pub(super) struct Events<I> {
    scanner: Scanner<I>,
    state: State,
    /// What comes when the node that was begun has ended.
    after: Vec<State>,
    prefixes: HashMap<String, String>,
    anchors: HashMap<String, usize>,
    anchor_count: usize,
    place: Place,
}

impl<I: Iterator<Item = char>> Events<I> {
    pub(super) fn of(characters: I) -> Events<I> {
        Events {
            scanner: Scanner::of(characters),
            state: State::Start,
            after: vec![State::End],
            prefixes: HashMap::new(),
            anchors: HashMap::new(),
            anchor_count: 0,
            place: Place::default(),
        }
    }

    /// Tells where the last event came from.
    pub(super) fn mark(&self) -> Mark {
        self.scanner.taken_at()
    }

    /// Tells where the last event came from, byte by byte; of an end, only the end is told.
    pub(super) fn place(&self) -> Place {
        Place { end: self.scanner.taken_end(), ..self.place }
    }

    /// Tells at which byte the next token begins; behind the document that is where it ends.
    pub(super) fn next_byte(&self) -> usize {
        self.scanner.next_at().byte
    }

    /// Gives the next event; `None` is the end of the document.
    pub(super) fn next(&mut self) -> Result<Option<Event>, Error> {
        match self.state {
            State::Start => self.start(),
            State::Content => self.content().map(Some),
            // What stands behind the document is not read, but its first token.
            State::End => self.scanner.peek().map(|_| None),
            State::BlockEntry => self.block_entry().map(Some),
            State::IndentlessEntry => self.indentless_entry().map(Some),
            State::BlockKey => self.block_key().map(Some),
            State::BlockValue => self.block_value().map(Some),
            State::FlowEntry { first } => self.flow_entry(first).map(Some),
            State::PairKey => self.pair_key().map(Some),
            State::PairValue => self.pair_value().map(Some),
            State::PairEnd => Ok(Some(self.finish(State::FlowEntry { first: false }))),
            State::FlowKey { first } => self.flow_key(first).map(Some),
            State::FlowValue => self.flow_value(true).map(Some),
            State::FlowEmptyValue => self.flow_value(false).map(Some),
        }
    }

    fn fail(&self, message: &str) -> Error {
        self.scanner.next_at().fail(message)
    }

    /// Ends a list or map, and goes on with what is said.
    fn finish(&mut self, state: State) -> Event {
        self.state = state;
        Event::End
    }

    /// Goes on with what comes after the node that ends here.
    fn leave(&mut self) {
        self.state = self.after.pop().unwrap_or(State::End);
    }

    /// Ends the list or map whose last token is next.
    fn close(&mut self) -> Result<Event, Error> {
        self.scanner.take()?;
        self.leave();
        Ok(Event::End)
    }

    /// Gives the null that stands where nothing is written.
    fn empty(&mut self, state: State) -> Event {
        self.state = state;
        let here = self.scanner.taken_end();
        self.place = Place { sign: here, start: here, content: here, ..self.place };
        Event::Scalar { text: String::new(), plain: true, tag: None, anchor: None }
    }

    fn start(&mut self) -> Result<Option<Event>, Error> {
        self.directives()?;
        match self.scanner.peek()? {
            Token::End => Ok(None),
            Token::DocumentStart => {
                self.scanner.take()?;
                self.state = State::Content;
                self.next()
            }
            _ => self.node(true, false).map(Some),
        }
    }

    /// Reads the directives; behind one of them a document has to begin by its sign.
    fn directives(&mut self) -> Result<(), Error> {
        let mut versioned = false;
        let mut any = false;
        loop {
            match self.scanner.peek()? {
                Token::Version { .. } if versioned => {
                    return Err(self.fail("found duplicate %YAML directive"));
                }
                Token::Version { major, minor } if (*major, *minor) != (1, 1) => {
                    return Err(self.fail("found incompatible YAML document"));
                }
                Token::Version { .. } => versioned = true,
                Token::TagPrefix { .. } => {}
                Token::DocumentStart => return Ok(()),
                _ if any => return Err(self.fail("did not find expected <document start>")),
                _ => return Ok(()),
            }
            any = true;
            if let Token::TagPrefix { handle, prefix } = self.scanner.take()?
                && self.prefixes.insert(handle, prefix).is_some()
            {
                return Err(self.fail("found duplicate %TAG directive"));
            }
        }
    }

    fn content(&mut self) -> Result<Event, Error> {
        match self.scanner.peek()? {
            Token::Version { .. }
            | Token::TagPrefix { .. }
            | Token::DocumentStart
            | Token::DocumentEnd
            | Token::End => {
                self.leave();
                Ok(self.empty(self.state))
            }
            _ => self.node(true, false),
        }
    }

    /// Reads a node with its anchor and tag.
    fn node(&mut self, block: bool, indentless: bool) -> Result<Event, Error> {
        let is_alias = matches!(self.scanner.peek()?, Token::Alias(_));
        let (sign, start) = (self.scanner.taken_end(), self.next_byte());
        self.place = Place { sign, start, content: start, ..self.place };
        if is_alias {
            return self.alias();
        }
        let mut anchor = self.anchor()?;
        let tag = self.tag()?;
        if anchor.is_none() {
            anchor = self.anchor()?;
        }
        self.scanner.peek()?;
        self.place.content = self.next_byte();
        match self.scanner.peek()? {
            Token::BlockEntry if indentless => self.state = State::IndentlessEntry,
            Token::Scalar { .. } => return self.scalar(tag, anchor),
            Token::FlowListStart => return self.open(State::FlowEntry { first: true }, anchor),
            Token::FlowMapStart => return self.open(State::FlowKey { first: true }, anchor),
            Token::BlockListStart if block => return self.open(State::BlockEntry, anchor),
            Token::BlockMapStart if block => return self.open(State::BlockKey, anchor),
            _ if anchor.is_some() || tag.is_some() => {
                self.place.content = self.scanner.taken_end();
                self.leave();
                return Ok(Event::Scalar { text: String::new(), plain: true, tag, anchor });
            }
            _ => return Err(self.fail("did not find expected node content")),
        }
        Ok(Event::ListStart { anchor })
    }

    fn alias(&mut self) -> Result<Event, Error> {
        let Token::Alias(name) = self.scanner.take()? else {
            return Err(self.fail("did not find expected node content"));
        };
        self.leave();
        match self.anchors.get(&name) {
            Some(number) => Ok(Event::Alias(*number)),
            None => Err(self.fail(&format!("unknown anchor '{name}' referenced"))),
        }
    }

    /// Takes an anchor, if one is next; a name that is used again gets a new number.
    fn anchor(&mut self) -> Result<Option<usize>, Error> {
        if !matches!(self.scanner.peek()?, Token::Anchor(_)) {
            return Ok(None);
        }
        let Token::Anchor(name) = self.scanner.take()? else { return Ok(None) };
        self.anchor_count += 1;
        self.anchors.insert(name, self.anchor_count);
        Ok(Some(self.anchor_count))
    }

    /// Takes a tag, if one is next, and gives its whole name.
    fn tag(&mut self) -> Result<Option<String>, Error> {
        if !matches!(self.scanner.peek()?, Token::Tag { .. }) {
            return Ok(None);
        }
        let Token::Tag { handle, suffix } = self.scanner.take()? else { return Ok(None) };
        let prefix = match (self.prefixes.get(&handle), handle.as_str()) {
            (Some(prefix), _) => prefix,
            (None, "") => "",
            (None, "!") => "!",
            (None, "!!") => CORE,
            _ => return Err(self.fail("found undefined tag handle")),
        };
        let is_known = prefix.len() + suffix.len() <= LONGEST_TAG;
        Ok(Some(if is_known { format!("{prefix}{suffix}") } else { "!".to_owned() }))
    }

    fn scalar(&mut self, tag: Option<String>, anchor: Option<usize>) -> Result<Event, Error> {
        let Token::Scalar { text, plain } = self.scanner.take()? else {
            return Err(self.fail("did not find expected node content"));
        };
        self.leave();
        Ok(Event::Scalar { text, plain, tag, anchor })
    }

    /// Begins the list or map whose first token is next.
    fn open(&mut self, state: State, anchor: Option<usize>) -> Result<Event, Error> {
        self.scanner.take()?;
        self.state = state;
        Ok(match state {
            State::BlockEntry | State::FlowEntry { .. } => Event::ListStart { anchor },
            _ => Event::MapStart { anchor },
        })
    }

    /// Reads a node after which a state comes.
    fn node_then(&mut self, state: State, block: bool, indentless: bool) -> Result<Event, Error> {
        self.after.push(state);
        self.node(block, indentless)
    }

    /// Shows the token that an entry of a list or map may begin with, and remembers where.
    fn begin_entry(&mut self) -> Result<&Token, Error> {
        self.scanner.peek()?;
        self.place.entry = self.next_byte();
        self.scanner.peek()
    }

    fn block_entry(&mut self) -> Result<Event, Error> {
        match self.begin_entry()? {
            Token::BlockEnd => return self.close(),
            Token::BlockEntry => self.scanner.take()?,
            _ => return Err(self.fail("did not find expected '-' indicator")),
        };
        match self.scanner.peek()? {
            Token::BlockEntry | Token::BlockEnd => Ok(self.empty(State::BlockEntry)),
            _ => self.node_then(State::BlockEntry, true, false),
        }
    }

    fn indentless_entry(&mut self) -> Result<Event, Error> {
        if *self.begin_entry()? != Token::BlockEntry {
            self.leave();
            return Ok(Event::End);
        }
        self.scanner.take()?;
        match self.scanner.peek()? {
            Token::BlockEntry | Token::Key | Token::Value | Token::BlockEnd => {
                Ok(self.empty(State::IndentlessEntry))
            }
            _ => self.node_then(State::IndentlessEntry, true, false),
        }
    }

    fn block_key(&mut self) -> Result<Event, Error> {
        match self.begin_entry()? {
            Token::BlockEnd => return self.close(),
            Token::Key => self.scanner.take()?,
            _ => return Err(self.fail("did not find expected key")),
        };
        self.block_part(State::BlockValue)
    }

    fn block_value(&mut self) -> Result<Event, Error> {
        if *self.scanner.peek()? != Token::Value {
            return Ok(self.empty(State::BlockKey));
        }
        self.scanner.take()?;
        self.block_part(State::BlockKey)
    }

    /// Reads the key or the value of a pair in block style.
    fn block_part(&mut self, next: State) -> Result<Event, Error> {
        match self.scanner.peek()? {
            Token::Key | Token::Value | Token::BlockEnd => Ok(self.empty(next)),
            _ => self.node_then(next, true, true),
        }
    }

    fn flow_entry(&mut self, first: bool) -> Result<Event, Error> {
        if !self.next_in_flow(first, &Token::FlowListEnd, "did not find expected ',' or ']'")? {
            return self.close();
        }
        if *self.begin_entry()? == Token::Key {
            let Place { entry: start, .. } = self.place;
            let sign = self.scanner.taken_end();
            self.place = Place { sign, start, content: start, ..self.place };
            return self.open(State::PairKey, None);
        }
        self.node_then(State::FlowEntry { first: false }, false, false)
    }

    /// Takes the comma, and tells whether another entry follows.
    fn next_in_flow(&mut self, first: bool, end: &Token, problem: &str) -> Result<bool, Error> {
        if self.scanner.peek()? != end && !first {
            if *self.scanner.peek()? != Token::FlowEntry {
                return Err(self.fail(problem));
            }
            self.scanner.take()?;
        }
        Ok(self.scanner.peek()? != end)
    }

    fn pair_key(&mut self) -> Result<Event, Error> {
        match self.scanner.peek()? {
            Token::Value | Token::FlowEntry | Token::FlowListEnd => {
                // So libyaml does it, wherefore a `:` without a key is an error.
                self.scanner.take()?;
                Ok(self.empty(State::PairValue))
            }
            _ => self.node_then(State::PairValue, false, false),
        }
    }

    fn pair_value(&mut self) -> Result<Event, Error> {
        if *self.scanner.peek()? == Token::Value {
            self.scanner.take()?;
            if !matches!(self.scanner.peek()?, Token::FlowEntry | Token::FlowListEnd) {
                return self.node_then(State::PairEnd, false, false);
            }
        }
        Ok(self.empty(State::PairEnd))
    }

    fn flow_key(&mut self, first: bool) -> Result<Event, Error> {
        if !self.next_in_flow(first, &Token::FlowMapEnd, "did not find expected ',' or '}'")? {
            return self.close();
        }
        if *self.begin_entry()? != Token::Key {
            return self.node_then(State::FlowEmptyValue, false, false);
        }
        self.scanner.take()?;
        match self.scanner.peek()? {
            Token::Value | Token::FlowEntry | Token::FlowMapEnd => Ok(self.empty(State::FlowValue)),
            _ => self.node_then(State::FlowValue, false, false),
        }
    }

    fn flow_value(&mut self, keyed: bool) -> Result<Event, Error> {
        let next = State::FlowKey { first: false };
        if keyed && *self.scanner.peek()? == Token::Value {
            self.scanner.take()?;
            if !matches!(self.scanner.peek()?, Token::FlowEntry | Token::FlowMapEnd) {
                return self.node_then(next, false, false);
            }
        }
        Ok(self.empty(next))
    }
}

/// What `!!` stands for.
pub(super) const CORE: &str = "tag:yaml.org,2002:";
