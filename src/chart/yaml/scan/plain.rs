//! Scalars without quotes.

use super::fold::Folding;
use crate::chart::yaml::Error;
use crate::chart::yaml::input::{Input, ends_word, is_blank, is_break};

/// A scalar, and whether the next token begins a line.
pub(super) struct Plain {
    pub(super) text: String,
    pub(super) line_ended: bool,
}

/// Reads a plain scalar, whose further lines begin at column `indent` or behind.
pub(super) fn plain<I>(input: &mut Input<I>, indent: usize, in_flow: bool) -> Result<Plain, Error>
where
    I: Iterator<Item = char>,
{
    let mut folding = Folding::new();
    while input.document_marker().is_none() && input.peek(0) != Some('#') {
        while let Some(next) = input.peek(0).filter(|next| !ends_word(Some(*next))) {
            if next == ':' && ends_word(input.peek(1)) || in_flow && ",?[]{}".contains(next) {
                break;
            }
            folding.push(next);
            input.take();
        }
        if input.peek(0).is_none() || !ends_word(input.peek(0)) {
            break;
        }
        white_space(input, &mut folding, indent)?;
        if !in_flow && input.mark().column < indent {
            break;
        }
    }
    let line_ended = folding.is_between_lines();
    Ok(Plain { text: folding.finish(), line_ended })
}

fn white_space<I>(input: &mut Input<I>, folding: &mut Folding, indent: usize) -> Result<(), Error>
where
    I: Iterator<Item = char>,
{
    while let Some(next) = input.peek(0) {
        if is_break(next) {
            input.take_break().into_iter().for_each(|line_break| folding.push_break(line_break));
            continue;
        }
        if !is_blank(next) {
            break;
        }
        let indents = folding.is_between_lines() && input.mark().column < indent;
        if indents && next == '\t' {
            return Err(input.mark().fail("found a tab character that violates indentation"));
        }
        folding.push_blank(next);
        input.take();
    }
    Ok(())
}
