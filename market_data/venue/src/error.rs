//! Every way in which bytes of the venue can be bad. A reader answers by a value or by one of these, never by a panic.

use thiserror::Error;

/// What is wrong with a message, an answer or a number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// Not JSON, at that byte.
    #[error("not JSON at byte {at}")]
    NotJson {
        /// Which byte.
        at: usize,
    },
    /// JSON that ends too early.
    #[error("the text ends inside a value")]
    Truncated,
    /// Objects and arrays inside one another beyond the bound.
    #[error("nested deeper than {max}")]
    TooDeep {
        /// The bound.
        max: usize,
    },
    /// A field that must be there is not.
    #[error("field {field} is missing")]
    MissingField {
        /// Which.
        field: &'static str,
    },
    /// A field holds another type than it must.
    #[error("field {field} has another type or an unreadable number")]
    WrongType {
        /// Which.
        field: &'static str,
    },
    /// A decimal that is not `digits[.up to 8 digits]`.
    #[error("not a decimal of at most 8 places at byte {at}")]
    BadNumber {
        /// Where, in the text it was read from.
        at: usize,
    },
    /// A number beyond what 63 bits hold at 10⁻⁸.
    #[error("number at byte {at} is larger than 92233720368.54775807")]
    TooLarge {
        /// Where, in the text it was read from.
        at: usize,
    },
    /// A price that is no multiple of the tick.
    #[error("price {price_e8}e-8 is not a multiple of the tick {tick_e8}e-8")]
    OffTick {
        /// The price.
        price_e8: i64,
        /// The tick.
        tick_e8: i64,
    },
    /// A price of zero where there must be one.
    #[error("field {field} must not be zero")]
    Zero {
        /// Which.
        field: &'static str,
    },
    /// Update ids that cannot be: `0 < U <= u` does not hold.
    #[error("update ids U {first_id} and u {last_id}: 0 < U <= u must hold")]
    BadIds {
        /// `U`.
        first_id: u64,
        /// `u`.
        last_id: u64,
    },
    /// A USD-M futures message: its ids follow another rule, so a spot book made of it would be wrong.
    #[error("a USD-M futures message (field pu): only spot streams are understood")]
    FuturesMessage,
    /// More levels on one side than the bound.
    #[error("more than {max} levels on one side")]
    TooManyLevels {
        /// The bound.
        max: usize,
    },
    /// A snapshot whose side is not sorted, best first.
    #[error("snapshot side is not sorted best first at level {level}")]
    Unsorted {
        /// Which level.
        level: usize,
    },
    /// A message about another symbol than its stream's.
    #[error("a symbol that is not its stream's")]
    OtherSymbol,
    /// A kline whose prices or volumes contradict one another, or that is not one minute.
    #[error("kline of {open_ms} ms contradicts itself")]
    BadKline {
        /// Its open time.
        open_ms: i64,
    },
    /// A symbol's filters give no usable tick or lot.
    #[error("filter {filter} of the symbol gives no usable value")]
    BadFilter {
        /// Which.
        filter: &'static str,
    },
    /// A time that cannot be: negative, or beyond the year 2262.
    #[error("field {field} is not a time")]
    BadTime {
        /// Which.
        field: &'static str,
    },
}

impl Malformed {
    /// The word that contract, log and metrics use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not_json",
            Self::Truncated => "truncated",
            Self::TooDeep { .. } => "too_deep",
            Self::MissingField { .. } => "missing_field",
            Self::WrongType { .. } => "wrong_type",
            Self::BadNumber { .. } => "bad_number",
            Self::TooLarge { .. } => "too_large",
            Self::OffTick { .. } => "off_tick",
            Self::Zero { .. } => "zero",
            Self::BadIds { .. } => "bad_ids",
            Self::FuturesMessage => "futures_message",
            Self::TooManyLevels { .. } => "too_many_levels",
            Self::Unsorted { .. } => "unsorted",
            Self::OtherSymbol => "other_symbol",
            Self::BadKline { .. } => "bad_kline",
            Self::BadFilter { .. } => "bad_filter",
            Self::BadTime { .. } => "bad_time",
        }
    }
}
