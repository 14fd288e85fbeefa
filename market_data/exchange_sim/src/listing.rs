//! One symbol as the exchange lists it: filters, status, truth book, bars.

use crate::market::candles::Candles;
use crate::market::spec::Spec;
use crate::truth::Truth;
use serde::Deserialize;

/// What the exchange lets one do with a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Everything.
    Trading,
    /// Nothing, for a while.
    Halt,
    /// Nothing, for a planned while.
    Break,
    /// Nothing but cancelling.
    CancelOnly,
    /// The symbol does not exist any more.
    Delisted,
}

impl Status {
    /// The venue's word; a delisted symbol has none.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Trading => Some("TRADING"),
            Self::Halt => Some("HALT"),
            Self::Break => Some("BREAK"),
            Self::CancelOnly => Some("CANCEL_ONLY"),
            Self::Delisted => None,
        }
    }
}

/// One symbol.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Names and filters.
    pub spec: Spec,
    /// What may be done with it.
    pub status: Status,
    /// The truth book.
    pub truth: Truth,
    /// Bars of a minute.
    pub candles: Candles,
}

impl Listing {
    /// A symbol that trades and has no past.
    pub fn new(spec: Spec) -> Self {
        Self {
            spec,
            status: Status::Trading,
            truth: Truth::default(),
            candles: Candles::default(),
        }
    }
}
