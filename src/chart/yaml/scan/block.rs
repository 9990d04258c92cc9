//! Scalars behind `|` and `>`.

use crate::chart::yaml::Error;
use crate::chart::yaml::input::{Input, is_blank, is_break};

/// What becomes of the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

/// Reads a scalar in a block whose parent begins at column `parent`.
///
/// A last line that the end of the file ends has no line break.
pub(super) fn block<I>(input: &mut Input<I>, parent: Option<usize>) -> Result<String, Error>
where
    I: Iterator<Item = char>,
{
    let literal = input.take() == Some('|');
    let (chomping, increment) = header(input)?;
    let mut indent = increment.map(|increment| parent.unwrap_or(0) + increment);
    let mut text = String::new();
    let mut last_break = None;
    let mut breaks = String::new();
    let mut after_blank = false;
    empty_lines(input, &mut indent, parent, &mut breaks)?;
    while Some(input.mark().column) == indent
        && let Some(first) = input.peek(0)
    {
        let folds = !literal && !after_blank && !is_blank(first) && last_break == Some('\n');
        match last_break {
            _ if folds && breaks.is_empty() => text.push(' '),
            Some(line_break) if !folds => text.push(line_break),
            _ => {}
        }
        text.push_str(&breaks);
        breaks.clear();
        after_blank = is_blank(first);
        while let Some(next) = input.peek(0).filter(|next| !is_break(*next)) {
            text.push(next);
            input.take();
        }
        last_break = input.take_break();
        empty_lines(input, &mut indent, parent, &mut breaks)?;
    }
    text.extend(last_break.filter(|_| chomping != Chomping::Strip));
    if chomping == Chomping::Keep {
        text.push_str(&breaks);
    }
    Ok(text)
}

/// Reads the rest of the first line: a sign and a digit, in either order.
fn header<I>(input: &mut Input<I>) -> Result<(Chomping, Option<usize>), Error>
where
    I: Iterator<Item = char>,
{
    let mut chomping = take_sign(input);
    let increment = take_digit(input)?;
    if chomping.is_none() && increment.is_some() {
        chomping = take_sign(input);
    }
    input.end_line()?;
    Ok((chomping.unwrap_or(Chomping::Clip), increment))
}

fn take_sign<I: Iterator<Item = char>>(input: &mut Input<I>) -> Option<Chomping> {
    let chomping = match input.peek(0)? {
        '+' => Chomping::Keep,
        '-' => Chomping::Strip,
        _ => return None,
    };
    input.skip(1);
    Some(chomping)
}

fn take_digit<I: Iterator<Item = char>>(input: &mut Input<I>) -> Result<Option<usize>, Error> {
    let Some(digit) = input.peek(0).and_then(|next| next.to_digit(10)) else { return Ok(None) };
    if digit == 0 {
        return Err(input.mark().fail("found an indentation indicator equal to 0"));
    }
    input.skip(1);
    Ok(Some(digit as usize))
}

/// Reads indentation and empty lines; the first time they settle how far the block is indented.
fn empty_lines<I>(
    input: &mut Input<I>,
    indent: &mut Option<usize>,
    parent: Option<usize>,
    breaks: &mut String,
) -> Result<(), Error>
where
    I: Iterator<Item = char>,
{
    let mut widest = 0;
    loop {
        let is_inside = |column| indent.is_none_or(|indent| column < indent);
        while is_inside(input.mark().column) && input.peek(0) == Some(' ') {
            input.skip(1);
        }
        widest = widest.max(input.mark().column);
        if is_inside(input.mark().column) && input.peek(0) == Some('\t') {
            let problem = "found a tab character where an indentation space is expected";
            return Err(input.mark().fail(problem));
        }
        let Some(line_break) = input.take_break() else { break };
        breaks.push(line_break);
    }
    let least = parent.map_or(1, |parent| parent + 1);
    indent.get_or_insert(widest.max(least));
    Ok(())
}
