//! A field of a message: not there, there, or there and not readable.

use crate::error::Malformed;

/// A field as it was found.
pub(crate) type Found<T> = Option<Result<T, Malformed>>;

/// A field that must be there, and readable. What it was that could not be read is kept where the message's own
/// structure is at stake (too many levels); else the field's name says more than the byte.
#[inline(always)]
pub(crate) fn need<T>(found: Found<T>, field: &'static str) -> Result<T, Malformed> {
    match found {
        Some(Ok(value)) => Ok(value),
        Some(Err(
            error @ (Malformed::TooManyLevels { .. }
            | Malformed::TooLarge { .. }
            | Malformed::BadNumber { .. }),
        )) => Err(error),
        Some(Err(_)) => Err(Malformed::WrongType { field }),
        None => Err(Malformed::MissingField { field }),
    }
}
