//! One line of a text capture: its receive time and the JSON behind it.

use crate::error::LineFault;

/// Receive times before 2001 and after 2096 are of another unit or no times at all.
const TIME_NS: std::ops::Range<i64> = 1_000_000_000_000_000_000..4_000_000_000_000_000_000;

/// Digits of such a time: so many always fit 64 bits.
const TIME_DIGITS: usize = 19;

/// A line, split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// UTC nanoseconds.
    pub recv_ns: i64,
    /// What stands behind the space, without the line's end.
    pub json: &'a [u8],
}

/// Splits a line without its end; `None` for a blank one.
pub fn split_line(text: &[u8]) -> Result<Option<Line<'_>>, LineFault> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(None);
    }
    let space = text
        .iter()
        .position(|byte| *byte == b' ')
        .ok_or(LineFault::NoTime)?;
    let (digits, rest) = text.split_at(space);
    if !digits.iter().all(u8::is_ascii_digit) || digits.is_empty() {
        return Err(LineFault::NoTime);
    }
    match whole(digits) {
        Some(recv_ns) if TIME_NS.contains(&recv_ns) => Ok(Some(Line {
            recv_ns,
            json: rest.trim_ascii_start(),
        })),
        _ => {
            let shown = String::from_utf8_lossy(digits);
            Err(LineFault::NotNanoseconds(shown.chars().take(32).collect()))
        }
    }
}

/// The value of digits; `None` beyond what any time needs.
fn whole(digits: &[u8]) -> Option<i64> {
    if digits.len() > TIME_DIGITS {
        let zeros = digits.len() - TIME_DIGITS;
        let (beyond, digits) = digits.split_at(zeros);
        return beyond
            .iter()
            .all(|digit| *digit == b'0')
            .then(|| whole(digits))?;
    }
    let value = digits
        .iter()
        .fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
    i64::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_time_and_json() {
        let line = split_line(b"1723161254206652067 {\"a\":1}\r\n")
            .expect("sound")
            .expect("not blank");
        assert_eq!(
            (line.recv_ns, line.json),
            (1_723_161_254_206_652_067, b"{\"a\":1}".as_slice())
        );
        assert_eq!(split_line(b"  \t"), Ok(None));
        let zeros = split_line(b"0001723161254206652067 1");
        assert_eq!(
            zeros.map(|line| line.map(|line| line.recv_ns)),
            Ok(Some(1_723_161_254_206_652_067))
        );
    }

    #[test]
    fn a_line_without_a_nanosecond_time_is_refused() {
        assert_eq!(split_line(b"{\"a\":1}"), Err(LineFault::NoTime));
        assert_eq!(split_line(b"172x {\"a\":1}"), Err(LineFault::NoTime));
        assert_eq!(
            split_line(b"1723161254206 {}"),
            Err(LineFault::NotNanoseconds("1723161254206".into()))
        );
        assert_eq!(
            split_line(b"99999999999999999999 {}"),
            Err(LineFault::NotNanoseconds("99999999999999999999".into()))
        );
    }
}
