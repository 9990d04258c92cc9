//! What go-yaml takes for a date: its formats, read as loosely as Go's `time.Parse` reads them.

/// Tells whether a text is a date, perhaps with a time of day.
pub(super) fn is_timestamp(text: &str) -> bool {
    parse(text).is_some()
}

fn parse(text: &str) -> Option<()> {
    let mut rest = text;
    let year = digits(&mut rest, 4, 4)?;
    skip(&mut rest, '-')?;
    let month = digits(&mut rest, 1, 2)?;
    skip(&mut rest, '-')?;
    let day = digits(&mut rest, 1, 2)?;
    within(day, 1..=days_in(year, month)?)?;
    match rest.chars().next() {
        None => {}
        Some('T' | 't') => {
            rest = &rest[1..];
            skip_clock(&mut rest)?;
            skip_zone(&mut rest)?;
        }
        Some(_) => {
            skip(&mut rest, ' ')?;
            rest = rest.trim_start_matches(' ');
            skip_clock(&mut rest)?;
        }
    }
    rest.is_empty().then_some(())
}

/// Skips hours, minutes, seconds, and a fraction of any length.
fn skip_clock(rest: &mut &str) -> Option<()> {
    within(digits(rest, 1, 2)?, 0..=23)?;
    skip(rest, ':')?;
    within(digits(rest, 1, 2)?, 0..=59)?;
    skip(rest, ':')?;
    within(digits(rest, 1, 2)?, 0..=59)?;
    if let Some(fraction) = rest.strip_prefix(['.', ','])
        && fraction.starts_with(|first: char| first.is_ascii_digit())
    {
        *rest = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
    }
    Some(())
}

fn skip_zone(rest: &mut &str) -> Option<()> {
    if skip(rest, 'Z').is_some() {
        return Some(());
    }
    *rest = rest.strip_prefix(['+', '-'])?;
    within(digits(rest, 2, 2)?, 0..=24)?;
    skip(rest, ':')?;
    within(digits(rest, 2, 2)?, 0..=60)
}

/// Takes as many digits as there are, up to `most`.
fn digits(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, behind) = rest.split_at_checked(count).filter(|_| count >= least)?;
    *rest = behind;
    number.parse().ok()
}

fn skip(rest: &mut &str, mark: char) -> Option<()> {
    *rest = rest.strip_prefix(mark)?;
    Some(())
}

fn within(number: u32, range: std::ops::RangeInclusive<u32>) -> Option<()> {
    range.contains(&number).then_some(())
}

fn days_in(year: u32, month: u32) -> Option<u32> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    })
}
