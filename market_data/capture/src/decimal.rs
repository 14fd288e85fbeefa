//! Decimal text to integers of 10⁻⁸ and back, exactly; no float in between.

use std::fmt;

/// Digits after the point that an integer of 10⁻⁸ can hold.
pub const DECIMALS_MAX: usize = 8;

/// Why a text is not a decimal of this project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalFault {
    /// Something other than digits around at most one point.
    #[error("is not a plain decimal number")]
    NotDecimal,
    /// A digit other than 0 stands behind the eighth decimal.
    #[error("has more than 8 decimals")]
    TooFine,
    /// Larger than 92233720368.54775807.
    #[error("is too large")]
    TooLarge,
}

/// The value of an unsigned decimal text in 10⁻⁸.
pub fn parse_e8(text: &str) -> Result<i64, DecimalFault> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(DecimalFault::NotDecimal);
    }
    let (kept, beyond) = fraction
        .split_at_checked(DECIMALS_MAX)
        .unwrap_or((fraction, ""));
    let mut value: i64 = 0;
    for digit in whole.bytes().chain(kept.bytes()) {
        value = push_digit(value, digit)?;
    }
    for _ in kept.len()..DECIMALS_MAX {
        value = value.checked_mul(10).ok_or(DecimalFault::TooLarge)?;
    }
    match beyond.bytes().find(|digit| *digit != b'0') {
        None => Ok(value),
        Some(digit) if digit.is_ascii_digit() => Err(DecimalFault::TooFine),
        Some(_) => Err(DecimalFault::NotDecimal),
    }
}

fn push_digit(value: i64, digit: u8) -> Result<i64, DecimalFault> {
    if !digit.is_ascii_digit() {
        return Err(DecimalFault::NotDecimal);
    }
    value
        .checked_mul(10)
        .and_then(|shifted| shifted.checked_add(i64::from(digit - b'0')))
        .ok_or(DecimalFault::TooLarge)
}

/// The largest power of ten, in 10⁻⁸, that divides the value: the step its decimals show. 0 shows none.
pub fn step_shown(value_e8: i64) -> Option<i64> {
    if value_e8 == 0 {
        return None;
    }
    let mut step = 1;
    while step < 100_000_000 && value_e8 % (step * 10) == 0 {
        step *= 10;
    }
    Some(step)
}

/// Shows a value of 10⁻⁸ as the shortest decimal text.
pub struct ShortDecimal(pub i64);

impl fmt::Display for ShortDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}", magnitude / 100_000_000)?;
        let fraction = format!("{:08}", magnitude % 100_000_000);
        match fraction.trim_end_matches('0') {
            "" => Ok(()),
            digits => write!(f, ".{digits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        let rows = [
            ("61837.63000000", Ok(6_183_763_000_000)),
            ("0.00001", Ok(1_000)),
            ("92233720368.54775807", Ok(i64::MAX)),
            ("92233720368.54775808", Err(DecimalFault::TooLarge)),
            ("1.000000000", Ok(100_000_000)),
            ("1.000000001", Err(DecimalFault::TooFine)),
            ("1.00000000x", Err(DecimalFault::NotDecimal)),
            ("", Err(DecimalFault::NotDecimal)),
            (".", Err(DecimalFault::NotDecimal)),
            ("-1", Err(DecimalFault::NotDecimal)),
            ("1e5", Err(DecimalFault::NotDecimal)),
            ("7", Ok(700_000_000)),
            (".5", Ok(50_000_000)),
            ("1.é0000000", Err(DecimalFault::NotDecimal)),
            ("1.0000000é", Err(DecimalFault::NotDecimal)),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_e8(text), expected, "{text}");
        }
    }

    #[test]
    fn the_step_is_the_last_decimal_that_is_not_zero() {
        assert_eq!(step_shown(6_183_763_000_000), Some(1_000_000));
        assert_eq!(step_shown(1_000), Some(1_000));
        assert_eq!(step_shown(500_000_000_000), Some(100_000_000));
        assert_eq!(step_shown(0), None);
    }

    #[test]
    fn what_is_shown_reads_back() {
        for value in [0, 1, 1_000, 123_456_789, 6_183_763_000_000, i64::MAX] {
            assert_eq!(parse_e8(&ShortDecimal(value).to_string()), Ok(value));
        }
        assert_eq!(ShortDecimal(1_000_000).to_string(), "0.01");
    }
}
