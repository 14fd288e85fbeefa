//! Decimal text to integers of 10⁻⁸, and those to ticks or lots. No float anywhere.

use crate::error::Malformed;

/// One, in units of 10⁻⁸.
pub const E8: i64 = 100_000_000;

/// Reads a whole text as a decimal: `digits`, or `digits.digits` with at most 8 places.
///
/// # Errors
/// `BadNumber` for anything else (signs and exponents included), `TooLarge` beyond 63 bits.
pub fn parse_e8(text: &[u8]) -> Result<i64, Malformed> {
    let (value, end) = read_e8(text, 0)?;
    if end == text.len() {
        Ok(value)
    } else {
        Err(Malformed::BadNumber { at: end })
    }
}

/// Reads a decimal that begins at `at`; also gives where it ends.
///
/// The venue writes 8 places, so that form has a way of its own: two loads of eight digits, no loop.
///
/// # Errors
/// As `parse_e8`; what stands behind the number is not looked at.
#[inline]
pub fn read_e8(bytes: &[u8], at: usize) -> Result<(i64, usize), Malformed> {
    match read_eight_places(bytes, at) {
        // A ninth place, or anything else that is no end, is for the other way to tell.
        Some((value, end)) if bytes.get(end) == Some(&b'"') => Ok((value, end)),
        _ => read_any(bytes, at),
    }
}

const ZEROS: u64 = 0x3030_3030_3030_3030;
const POINTS: u64 = 0x2e2e_2e2e_2e2e_2e2e;

/// The longest level in the venue's own form: `["1234567.12345678","1234567.12345678"]`.
const PLAIN_LEVEL_BYTES: usize = 39;

/// Reads `["price","qty"]` in the venue's own form: no space, eight places, at most seven digits before the point.
/// Gives both in 10⁻⁸ and where it ends; `None` for any other form, and near the end of the text.
#[inline(always)]
#[must_use]
pub fn read_plain_level(bytes: &[u8], at: usize) -> Option<(i64, i64, usize)> {
    let text: &[u8; PLAIN_LEVEL_BYTES + 1] = bytes.get(at..)?.first_chunk()?;
    let (price, end) = read_eight_places(text, 2)?;
    let (qty, last) = read_eight_places(text, end + 3)?;
    let plain =
        text[..2] == *b"[\"" && text[end..end + 3] == *b"\",\"" && text[last..last + 2] == *b"\"]";
    plain.then_some((price, qty, at + last + 2))
}

/// One to seven digits, a point, exactly eight digits. The only form that is not looked at byte by byte.
#[inline(always)]
fn read_eight_places(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    let head = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    let point = first_zero_byte(head ^ POINTS)?;
    let tail = u64::from_le_bytes(*bytes.get(at + point + 1..)?.first_chunk()?);
    // Digits move to the top of the word, text zeros fill the bottom: "61837." becomes "00061837". A point that
    // comes first leaves nothing to move, and is none of this form.
    let whole = head.checked_shl(64 - 8 * point as u32)? | (ZEROS >> (8 * point));
    if !(eight_digits(whole) && eight_digits(tail)) {
        return None;
    }
    let value = eight_digit_value(whole) * E8 as u64 + eight_digit_value(tail);
    Some((value as i64, at + point + 9))
}

/// Which byte of the word, in memory order, is the first that is zero.
#[inline(always)]
fn first_zero_byte(word: u64) -> Option<usize> {
    let marks = word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080;
    (marks != 0).then(|| (marks.trailing_zeros() / 8) as usize)
}

#[inline(always)]
fn eight_digits(word: u64) -> bool {
    let high = word & 0xf0f0_f0f0_f0f0_f0f0;
    let carried = word.wrapping_add(0x0606_0606_0606_0606) & 0xf0f0_f0f0_f0f0_f0f0;
    high | (carried >> 4) == 0x3333_3333_3333_3333
}

/// Eight text digits, the first in the lowest byte, as a number: neighbours are joined in pairs, then in fours.
#[inline(always)]
fn eight_digit_value(word: u64) -> u64 {
    let digits = word - ZEROS;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    low.wrapping_add(high) >> 32
}

/// Any decimal, digit by digit.
#[cold]
fn read_any(bytes: &[u8], start: usize) -> Result<(i64, usize), Malformed> {
    let mut at = start;
    let mut value: u64 = 0;
    let digit = |at: usize| {
        bytes
            .get(at)
            .map(|byte| byte.wrapping_sub(b'0'))
            .filter(|digit| *digit <= 9)
    };
    while let Some(next) = digit(at) {
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(u64::from(next)))
            .ok_or(Malformed::TooLarge { at: start })?;
        at += 1;
    }
    if at == start {
        return Err(Malformed::BadNumber { at });
    }
    let mut places = 0;
    let mut fraction: u64 = 0;
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        while let Some(next) = digit(at) {
            if places == 8 {
                return Err(Malformed::BadNumber { at });
            }
            fraction = fraction * 10 + u64::from(next);
            places += 1;
            at += 1;
        }
        if places == 0 {
            return Err(Malformed::BadNumber { at });
        }
    }
    let value = value
        .checked_mul(E8 as u64)
        .and_then(|value| value.checked_add(fraction * 10_u64.pow(8 - places)))
        .and_then(|value| i64::try_from(value).ok())
        .ok_or(Malformed::TooLarge { at: start })?;
    Ok((value, at))
}

/// A tick or a lot: turns integers of 10⁻⁸ into whole multiples, or says that one is none.
///
/// A division would cost more than reading the number. A multiple of an odd number is divided by multiplying with its
/// inverse modulo 2⁶⁴; anything else lands above `quotient_max`. Powers of two are shifted out first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    e8: i64,
    shift: u32,
    inverse: u64,
    quotient_max: u64,
}

impl Unit {
    /// A unit of `e8` · 10⁻⁸; `None` unless it is positive.
    #[must_use]
    pub fn new(e8: i64) -> Option<Self> {
        if e8 <= 0 {
            return None;
        }
        let shift = e8.trailing_zeros();
        let odd = (e8 as u64) >> shift;
        // Newton: an odd number is its own inverse to 3 bits, each step doubles the bits.
        let mut inverse = odd;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        }
        Some(Self {
            e8,
            shift,
            inverse,
            quotient_max: u64::MAX / odd,
        })
    }

    /// Its size in 10⁻⁸.
    #[must_use]
    pub const fn e8(self) -> i64 {
        self.e8
    }

    /// How many units `value_e8` is; `None` if that is no whole number.
    #[inline(always)]
    #[must_use]
    pub const fn count(self, value_e8: i64) -> Option<i64> {
        let value = value_e8 as u64;
        let shifted = value >> self.shift;
        let quotient = shifted.wrapping_mul(self.inverse);
        if quotient <= self.quotient_max && shifted << self.shift == value && value_e8 >= 0 {
            Some(quotient as i64)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_venues_own_forms_are_read_exactly() {
        let cases: [(&str, i64); 9] = [
            ("61837.63000000", 6_183_763_000_000),
            ("0.00000000", 0),
            ("0.00000001", 1),
            ("9999999.99999999", 999_999_999_999_999),
            ("12345678.00000001", 1_234_567_800_000_001),
            ("92233720368.54775807", i64::MAX),
            ("10", 1_000_000_000),
            ("0.0024", 240_000),
            ("007.5", 750_000_000),
        ];
        for (text, value) in cases {
            assert_eq!(parse_e8(text.as_bytes()), Ok(value), "{text}");
            let quoted = format!("{text}\",\"1");
            assert_eq!(
                read_e8(quoted.as_bytes(), 0),
                Ok((value, text.len())),
                "{text} quoted"
            );
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused_by_name() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1.0",
            "+1",
            "1e5",
            "1.123456789",
            "0x10",
            "1,0",
            "1.0 ",
            "61a37.63000000",
            "61837.6300000x",
        ] {
            assert!(
                matches!(parse_e8(text.as_bytes()), Err(Malformed::BadNumber { .. })),
                "{text}"
            );
        }
        for text in [
            "92233720368.54775808",
            "99999999999999999999999",
            "184467440737.09551616",
        ] {
            assert!(
                matches!(parse_e8(text.as_bytes()), Err(Malformed::TooLarge { .. })),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_eight_place_text_is_read_as_it_was_written(value in 0..=i64::MAX) {
            let text = format!("{}.{:08}", value / E8, value % E8);
            prop_assert_eq!(parse_e8(text.as_bytes()), Ok(value));
            let quoted = format!("[\"{text}\",\"");
            prop_assert_eq!(read_e8(quoted.as_bytes(), 2), Ok((value, text.len() + 2)));
        }

        #[test]
        fn both_ways_of_reading_agree_on_any_bytes(bytes in proptest::collection::vec(prop_oneof![b'0'..=b'9', Just(b'.'), Just(b'"'), any::<u8>()], 0..40)) {
            if let Some((value, end)) = read_eight_places(&bytes, 0)
                && bytes.get(end) == Some(&b'"')
            {
                prop_assert_eq!(Ok((value, end)), read_any(&bytes, 0));
            }
        }

        #[test]
        fn counting_units_is_dividing(e8 in prop_oneof![1..=E8, 1..=i64::MAX], value in prop_oneof![0..1_000 * E8, 0..=i64::MAX], times in 0..1_000_000_i64) {
            let unit = Unit::new(e8).expect("positive");
            prop_assert_eq!(unit.count(value), (value % e8 == 0).then_some(value / e8));
            if let Some(multiple) = e8.checked_mul(times) {
                prop_assert_eq!(unit.count(multiple), Some(times));
            }
            prop_assert_eq!(unit.count(-value - 1), None);
        }
    }
}
