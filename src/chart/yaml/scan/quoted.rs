//! Scalars in single or double quotes.

use super::fold::Folding;
use crate::chart::yaml::Error;
use crate::chart::yaml::input::{Input, ends_word, is_blank, is_break};

/// Reads a scalar in quotes of one kind; its lines may begin anywhere.
pub(super) fn quoted<I>(input: &mut Input<I>, quote: char) -> Result<String, Error>
where
    I: Iterator<Item = char>,
{
    let start = input.mark();
    input.skip(1);
    let mut folding = Folding::new();
    loop {
        if input.document_marker().is_some() {
            return Err(input.mark().fail("found unexpected document indicator"));
        }
        if input.peek(0).is_none() {
            return Err(start.fail("found unexpected end of stream"));
        }
        word(input, &mut folding, quote)?;
        if input.peek(0) == Some(quote) {
            input.skip(1);
            folding.settle();
            return Ok(folding.finish());
        }
        white_space(input, &mut folding);
    }
}

/// Reads up to white space or the last quote.
fn word<I>(input: &mut Input<I>, folding: &mut Folding, quote: char) -> Result<(), Error>
where
    I: Iterator<Item = char>,
{
    while let Some(next) = input.peek(0).filter(|next| !ends_word(Some(*next))) {
        match (next, input.peek(1)) {
            ('\'', Some('\'')) if quote == '\'' => {
                folding.push('\'');
                input.skip(2);
            }
            (next, _) if next == quote => break,
            ('\\', Some(after)) if quote == '"' && is_break(after) => {
                input.skip(1);
                input.take_break();
                folding.join_lines();
                break;
            }
            ('\\', _) if quote == '"' => folding.push(escape(input)?),
            (next, _) => {
                folding.push(next);
                input.take();
            }
        }
    }
    Ok(())
}

fn white_space<I: Iterator<Item = char>>(input: &mut Input<I>, folding: &mut Folding) {
    while let Some(next) = input.peek(0) {
        if is_blank(next) {
            folding.push_blank(next);
            input.take();
        } else if let Some(line_break) = input.take_break() {
            folding.push_break(line_break);
        } else {
            break;
        }
    }
}

/// Reads what follows a backslash, and that itself.
fn escape<I: Iterator<Item = char>>(input: &mut Input<I>) -> Result<char, Error> {
    let digits = match input.peek(1) {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        other => {
            let meant = other.and_then(short_escape);
            let meant = meant.ok_or_else(|| input.mark().fail("found unknown escape character"))?;
            input.skip(2);
            return Ok(meant);
        }
    };
    input.skip(2);
    let mut code: u32 = 0;
    for place in 0..digits {
        let digit = input.peek(place).and_then(|digit| digit.to_digit(16));
        let digit =
            digit.ok_or_else(|| input.mark().fail("did not find expected hexdecimal number"))?;
        code = code << 4 | digit;
    }
    let character = char::from_u32(code)
        .ok_or_else(|| input.mark().fail("found invalid Unicode character escape code"))?;
    input.skip(digits);
    Ok(character)
}

/// Gives what one letter behind a backslash means; go-yaml knows no `\/`.
fn short_escape(letter: char) -> Option<char> {
    Some(match letter {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        ' ' | '"' | '\'' | '\\' => letter,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}
