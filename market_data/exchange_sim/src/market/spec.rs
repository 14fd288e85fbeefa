//! What an instrument is: its names and filters, in 10⁻⁸.

use crate::decimal::{DecimalError, Price, Qty, parse_e8};
use serde::Deserialize;

/// An instrument as the configuration writes it: decimal strings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecText {
    base: String,
    quote: String,
    /// Opening price; only a generated market needs it.
    price: Option<String>,
    tick: String,
    lot: String,
    qty_min: String,
    qty_max: String,
    notional_min: String,
}

/// An instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Upper case.
    pub symbol: String,
    /// What is traded.
    pub base: String,
    /// What it is paid in.
    pub quote: String,
    /// Smallest step of a price, 10⁻⁸.
    pub tick_e8: i64,
    /// Smallest step of a quantity, 10⁻⁸.
    pub lot_e8: i64,
    /// Smallest order.
    pub qty_min: Qty,
    /// Largest order.
    pub qty_max: Qty,
    /// Smallest price times quantity, 10⁻⁸.
    pub notional_min_e8: i64,
}

/// Why an instrument of the configuration cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A number that is none.
    #[error("{key}: {reason}")]
    Decimal {
        /// Where it stands, from the symbol on.
        key: String,
        /// What is wrong.
        reason: DecimalError,
    },
    /// Zero where something is needed.
    #[error("{key}: must be more than zero")]
    Zero {
        /// Where it stands.
        key: String,
    },
    /// Not a multiple of its step.
    #[error("{key}: not a multiple of {step}")]
    OffStep {
        /// Where it stands.
        key: String,
        /// `tick` or `lot`.
        step: &'static str,
    },
    /// Not upper-case letters and digits.
    #[error("{0}: a symbol is 2 to 20 upper-case letters and digits")]
    Symbol(String),
    /// A generated market without an opening price.
    #[error("{0}.price: missing; a generated market opens somewhere")]
    NoPrice(String),
}

impl SpecText {
    /// The checked instrument.
    pub fn check(&self, symbol: &str) -> Result<Spec, SpecError> {
        let well_formed = symbol
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !well_formed || !(2..=20).contains(&symbol.len()) {
            return Err(SpecError::Symbol(symbol.to_owned()));
        }
        let number = |key: &str, text: &str| number(symbol, key, text);
        let positive = |key: &str, text: &str| match number(key, text)? {
            0 => Err(SpecError::Zero {
                key: format!("{symbol}.{key}"),
            }),
            value => Ok(value),
        };
        Ok(Spec {
            symbol: symbol.to_owned(),
            base: self.base.clone(),
            quote: self.quote.clone(),
            tick_e8: positive("tick", &self.tick)?,
            lot_e8: positive("lot", &self.lot)?,
            qty_min: Qty::from_e8(positive("qty_min", &self.qty_min)?),
            qty_max: Qty::from_e8(positive("qty_max", &self.qty_max)?),
            notional_min_e8: number("notional_min", &self.notional_min)?,
        })
    }

    /// The opening price, a multiple of the tick.
    pub fn opening_price(&self, symbol: &str) -> Result<Price, SpecError> {
        let text = self
            .price
            .as_ref()
            .ok_or_else(|| SpecError::NoPrice(symbol.to_owned()))?;
        let (price, tick) = (
            number(symbol, "price", text)?,
            number(symbol, "tick", &self.tick)?,
        );
        let key = || format!("{symbol}.price");
        match price {
            0 => Err(SpecError::Zero { key: key() }),
            price if tick > 0 && price % tick != 0 => Err(SpecError::OffStep {
                key: key(),
                step: "tick",
            }),
            price => Ok(Price::from_e8(price)),
        }
    }
}

fn number(symbol: &str, key: &str, text: &str) -> Result<i64, SpecError> {
    parse_e8(text).map_err(|reason| SpecError::Decimal {
        key: format!("{symbol}.{key}"),
        reason,
    })
}
