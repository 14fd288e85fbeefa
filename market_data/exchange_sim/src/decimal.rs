//! Prices and quantities as integers of 10⁻⁸, and their text with eight decimals.

/// One unit in 10⁻⁸.
pub const ONE_E8: i64 = 100_000_000;

const DECIMALS: usize = 8;

/// A price in 10⁻⁸ of the quote currency; never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(i64);

/// A quantity in 10⁻⁸ of the base currency; never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Qty(i64);

/// Why a text is not a price or a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not digits with at most one point.
    #[error("`{0}` is not a decimal number")]
    NotDecimal(String),
    /// Digits beyond the eighth decimal that are not zero.
    #[error("`{0}` has more than eight decimals")]
    TooFine(String),
    /// Does not fit 63 bits at 10⁻⁸.
    #[error("`{0}` is too large")]
    TooLarge(String),
}

impl Price {
    /// From 10⁻⁸; a negative number is a mistake of the caller.
    pub fn from_e8(value: i64) -> Self {
        debug_assert!(value >= 0, "a price is never negative");
        Self(value)
    }

    /// In 10⁻⁸.
    pub fn e8(self) -> i64 {
        self.0
    }
}

impl Qty {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From 10⁻⁸; a negative number is a mistake of the caller.
    pub fn from_e8(value: i64) -> Self {
        debug_assert!(value >= 0, "a quantity is never negative");
        Self(value)
    }

    /// In 10⁻⁸.
    pub fn e8(self) -> i64 {
        self.0
    }

    /// True if there is nothing.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// Reads digits with an optional point into 10⁻⁸.
pub fn parse_e8(text: &str) -> Result<i64, DecimalError> {
    let not_decimal = || DecimalError::NotDecimal(text.to_owned());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with('.') {
        return Err(not_decimal());
    }
    if fraction.bytes().skip(DECIMALS).any(|byte| byte != b'0') {
        return Err(DecimalError::TooFine(text.to_owned()));
    }
    let too_large = || DecimalError::TooLarge(text.to_owned());
    let kept = &fraction[..fraction.len().min(DECIMALS)];
    let mut value: i64 = 0;
    for byte in whole.bytes().chain(kept.bytes()) {
        let digit = i64::from(byte - b'0');
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(digit))
            .ok_or_else(too_large)?;
    }
    for _ in kept.len()..DECIMALS {
        value = value.checked_mul(10).ok_or_else(too_large)?;
    }
    Ok(value)
}

/// Writes 10⁻⁸ with all eight decimals, as the venue does.
pub fn write_e8(out: &mut Vec<u8>, value: i64) {
    write_integer(out, value / ONE_E8);
    out.push(b'.');
    let mut fraction = [b'0'; DECIMALS];
    let mut rest = value % ONE_E8;
    for place in fraction.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&fraction);
}

/// Writes an integer.
pub fn write_integer(out: &mut Vec<u8>, value: i64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// The text of 10⁻⁸ with all eight decimals.
pub fn text_e8(value: i64) -> String {
    let mut out = Vec::with_capacity(24);
    write_e8(&mut out, value);
    out.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_decimal_is_refused_by_kind() {
        for text in ["", ".", "1.", ".5", "-1", "1e5", "1,0", "٣", "1.2.3"] {
            assert_eq!(
                parse_e8(text),
                Err(DecimalError::NotDecimal(text.to_owned()))
            );
        }
        assert_eq!(
            parse_e8("0.000000001"),
            Err(DecimalError::TooFine("0.000000001".to_owned()))
        );
        assert_eq!(
            parse_e8("92233720369"),
            Err(DecimalError::TooLarge("92233720369".to_owned()))
        );
    }

    #[test]
    fn the_venues_cap_fits() {
        assert_eq!(parse_e8("92233720368.54775807"), Ok(i64::MAX));
        assert_eq!(text_e8(i64::MAX), "92233720368.54775807");
    }

    proptest! {
        #[test]
        fn text_and_number_are_the_same_thing(value in 0..=i64::MAX) {
            prop_assert_eq!(parse_e8(&text_e8(value)), Ok(value));
        }

        #[test]
        fn integers_are_written_as_the_standard_library_does(value in any::<i64>()) {
            let mut out = Vec::new();
            write_integer(&mut out, value);
            prop_assert_eq!(String::from_utf8(out), Ok(value.to_string()));
        }
    }
}
