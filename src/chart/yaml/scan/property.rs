//! What stands before nodes and documents: anchors, aliases, tags, directives.

use crate::chart::yaml::Error;
use crate::chart::yaml::input::{Input, ends_word, is_blank, is_word};
use crate::chart::yaml::token::Token;

/// Reads the name behind `&` or `*`.
pub(super) fn anchor<I: Iterator<Item = char>>(input: &mut Input<I>) -> Result<String, Error> {
    input.skip(1);
    let name = word(input);
    let next = input.peek(0);
    let ends = ends_word(next) || next.is_some_and(|next| "?:,]}%@`".contains(next));
    if name.is_empty() || !ends {
        let problem = "did not find expected alphabetic or numeric character";
        return Err(input.mark().fail(problem));
    }
    Ok(name)
}

/// Reads `!<URI>`, `!handle!suffix` or `!suffix`.
pub(super) fn tag<I: Iterator<Item = char>>(input: &mut Input<I>) -> Result<Token, Error> {
    let token = if input.peek(1) == Some('<') {
        input.skip(2);
        let suffix = uri(input, String::new())?;
        if input.take() != Some('>') {
            return Err(input.mark().fail("did not find the expected '>'"));
        }
        Token::Tag { handle: String::new(), suffix }
    } else {
        short_tag(input)?
    };
    if !ends_word(input.peek(0)) {
        return Err(input.mark().fail("did not find expected whitespace or line break"));
    }
    Ok(token)
}

fn short_tag<I: Iterator<Item = char>>(input: &mut Input<I>) -> Result<Token, Error> {
    let handle = handle(input)?;
    if handle.len() > 1 && handle.ends_with('!') {
        return Ok(Token::Tag { handle, suffix: uri(input, String::new())? });
    }
    let begun = handle[1..].to_owned();
    let suffix = if begun.is_empty() && !input.peek(0).is_some_and(is_uri) {
        begun
    } else {
        uri(input, begun)?
    };
    Ok(match suffix.as_str() {
        "" => Token::Tag { handle: String::new(), suffix: "!".to_owned() },
        _ => Token::Tag { handle: "!".to_owned(), suffix },
    })
}

/// Reads `!`, `!word` or `!word!`.
fn handle<I: Iterator<Item = char>>(input: &mut Input<I>) -> Result<String, Error> {
    if input.peek(0) != Some('!') {
        return Err(input.mark().fail("did not find expected '!'"));
    }
    input.skip(1);
    let mut handle = format!("!{}", word(input));
    if input.peek(0) == Some('!') {
        input.skip(1);
        handle.push('!');
    }
    Ok(handle)
}

/// Reads on behind what has been read of a URI.
fn uri<I: Iterator<Item = char>>(input: &mut Input<I>, begun: String) -> Result<String, Error> {
    let mut bytes = begun.into_bytes();
    while let Some(next) = input.peek(0).filter(|next| is_uri(*next)) {
        if next == '%' {
            let digits = [1, 2].map(|place| input.peek(place).and_then(|digit| digit.to_digit(16)));
            let [Some(high), Some(low)] = digits else {
                return Err(input.mark().fail("did not find URI escaped octet"));
            };
            bytes.push((high << 4 | low) as u8);
            input.skip(3);
        } else {
            bytes.extend(next.to_string().bytes());
            input.take();
        }
    }
    if bytes.is_empty() {
        return Err(input.mark().fail("did not find expected tag URI"));
    }
    String::from_utf8(bytes)
        .map_err(|_| input.mark().fail("found an incorrect trailing UTF-8 octet"))
}

fn is_uri(character: char) -> bool {
    is_word(character) || ";/?:@&=+$,.!~*'()[]%".contains(character)
}

fn word<I: Iterator<Item = char>>(input: &mut Input<I>) -> String {
    let mut word = String::new();
    while let Some(next) = input.peek(0).filter(|next| is_word(*next)) {
        word.push(next);
        input.take();
    }
    word
}

/// Reads a line that begins with `%`.
pub(super) fn directive<I: Iterator<Item = char>>(input: &mut Input<I>) -> Result<Token, Error> {
    input.skip(1);
    let name = word(input);
    if name.is_empty() {
        return Err(input.mark().fail("could not find expected directive name"));
    }
    if !ends_word(input.peek(0)) {
        return Err(input.mark().fail("found unexpected non-alphabetical character"));
    }
    let token = match name.as_str() {
        "YAML" => version(input)?,
        "TAG" => tag_prefix(input)?,
        _ => return Err(input.mark().fail("found unknown directive name")),
    };
    input.end_line()?;
    Ok(token)
}

fn version<I: Iterator<Item = char>>(input: &mut Input<I>) -> Result<Token, Error> {
    input.skip_while(is_blank);
    let major = number(input)?;
    if input.peek(0) != Some('.') {
        return Err(input.mark().fail("did not find expected digit or '.' character"));
    }
    input.skip(1);
    Ok(Token::Version { major, minor: number(input)? })
}

fn number<I: Iterator<Item = char>>(input: &mut Input<I>) -> Result<u8, Error> {
    let mut number = None;
    for length in 0.. {
        let Some(digit) = input.peek(0).and_then(|next| next.to_digit(10)) else { break };
        if length == 2 {
            return Err(input.mark().fail("found extremely long version number"));
        }
        number = Some(number.unwrap_or(0) * 10 + digit as u8);
        input.skip(1);
    }
    number.ok_or_else(|| input.mark().fail("did not find expected version number"))
}

fn tag_prefix<I: Iterator<Item = char>>(input: &mut Input<I>) -> Result<Token, Error> {
    input.skip_while(is_blank);
    let handle = handle(input)?;
    if handle.len() > 1 && !handle.ends_with('!') {
        return Err(input.mark().fail("did not find expected '!'"));
    }
    if !input.peek(0).is_some_and(is_blank) {
        return Err(input.mark().fail("did not find expected whitespace"));
    }
    input.skip_while(is_blank);
    let prefix = uri(input, String::new())?;
    if !ends_word(input.peek(0)) {
        return Err(input.mark().fail("did not find expected whitespace or line break"));
    }
    Ok(Token::TagPrefix { handle, prefix })
}
