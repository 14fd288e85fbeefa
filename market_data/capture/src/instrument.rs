//! An instrument's units and bounds: from the configuration's table, or inferred from what a capture shows.

use serde::{Deserialize, Serialize};

use crate::decimal::{ShortDecimal, parse_e8, step_shown};
use crate::error::{CaptureError, InstrumentFault};

/// Quote assets by which a symbol is split where no table says how; the longest that fits wins.
const QUOTES: [&str; 22] = [
    "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD1", "USDP", "DAI", "BTC", "ETH", "BNB", "EUR",
    "TRY", "BRL", "JPY", "GBP", "AUD", "ARS", "MXN", "PLN", "UAH", "ZAR",
];

/// Who says what an instrument's units are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FiltersFrom {
    /// The venue's exchangeInfo.
    Exchange,
    /// The configuration's table.
    Config,
    /// The decimals seen in a capture.
    Inferred,
}

impl FiltersFrom {
    /// The word of PROTOCOL.md.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Config => "config",
            Self::Inferred => "inferred",
        }
    }
}

/// One instrument. Units in 10⁻⁸ of the quote and base asset; bounds in lots, 0: no such filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Upper case.
    pub symbol: String,
    /// What is traded.
    pub base: String,
    /// What it is paid with.
    pub quote: String,
    /// Smallest step of a price.
    pub tick_e8: i64,
    /// Smallest step of a quantity.
    pub lot_e8: i64,
    /// Smallest order.
    pub qty_min_lots: i64,
    /// Largest order.
    pub qty_max_lots: i64,
    /// Smallest worth of an order, in 10⁻⁸ of the quote asset.
    pub notional_min_e8: i64,
    /// Who says so.
    pub filters_from: FiltersFrom,
}

/// One entry of the configuration's instrument table: decimal texts, as the venue would give them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    /// What is traded.
    pub base: String,
    /// What it is paid with.
    pub quote: String,
    /// Smallest step of a price.
    pub tick: String,
    /// Smallest step of a quantity.
    pub lot: String,
    /// Smallest order; "0": no such filter.
    pub qty_min: String,
    /// Largest order; "0": no such filter.
    pub qty_max: String,
    /// Smallest worth of an order; "0": no such filter.
    pub notional_min: String,
}

impl TableEntry {
    /// The entry as integers, or the key that cannot be used.
    pub fn instrument(&self, symbol: &str) -> Result<Instrument, CaptureError> {
        self.checked(symbol)
            .map_err(|fault| CaptureError::Instrument {
                symbol: symbol.to_owned(),
                fault,
            })
    }

    fn checked(&self, symbol: &str) -> Result<Instrument, InstrumentFault> {
        let tick_e8 = unit("tick", &self.tick)?;
        let lot_e8 = unit("lot", &self.lot)?;
        Ok(Instrument {
            symbol: symbol.to_owned(),
            base: self.base.clone(),
            quote: self.quote.clone(),
            tick_e8,
            lot_e8,
            qty_min_lots: lots("qty_min", &self.qty_min, lot_e8)?,
            qty_max_lots: lots("qty_max", &self.qty_max, lot_e8)?,
            notional_min_e8: amount("notional_min", &self.notional_min)?,
            filters_from: FiltersFrom::Config,
        })
    }
}

fn amount(key: &'static str, value: &str) -> Result<i64, InstrumentFault> {
    parse_e8(value).map_err(|fault| InstrumentFault::Decimal {
        key,
        value: value.to_owned(),
        fault,
    })
}

fn unit(key: &'static str, value: &str) -> Result<i64, InstrumentFault> {
    match amount(key, value)? {
        0 => Err(InstrumentFault::ZeroUnit(key)),
        unit => Ok(unit),
    }
}

fn lots(key: &'static str, value: &str, lot_e8: i64) -> Result<i64, InstrumentFault> {
    let qty_e8 = amount(key, value)?;
    if qty_e8 % lot_e8 != 0 {
        let lot = ShortDecimal(lot_e8).to_string();
        return Err(InstrumentFault::OffLot {
            key,
            value: value.to_owned(),
            lot,
        });
    }
    Ok(qty_e8 / lot_e8)
}

/// The smallest steps seen in one symbol's prices and quantities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepsSeen {
    /// In 10⁻⁸; none: no price other than 0 was seen.
    pub price_e8: Option<i64>,
    /// In 10⁻⁸; none: no quantity other than 0 was seen.
    pub qty_e8: Option<i64>,
}

impl StepsSeen {
    /// Notes a price.
    pub fn price(&mut self, value_e8: i64) {
        self.price_e8 = smaller(self.price_e8, step_shown(value_e8));
    }

    /// Notes a quantity.
    pub fn qty(&mut self, value_e8: i64) {
        self.qty_e8 = smaller(self.qty_e8, step_shown(value_e8));
    }

    /// Both together.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        Self {
            price_e8: smaller(self.price_e8, other.price_e8),
            qty_e8: smaller(self.qty_e8, other.qty_e8),
        }
    }

    /// The instrument that these steps show: their decimals as units, one lot as the smallest order, no other bound.
    pub fn instrument(&self, symbol: &str) -> Result<Instrument, CaptureError> {
        self.inferred(symbol)
            .map_err(|fault| CaptureError::Instrument {
                symbol: symbol.to_owned(),
                fault,
            })
    }

    fn inferred(&self, symbol: &str) -> Result<Instrument, InstrumentFault> {
        let quote = QUOTES
            .iter()
            .filter(|quote| symbol.len() > quote.len() && symbol.ends_with(**quote))
            .max_by_key(|quote| quote.len())
            .ok_or_else(|| InstrumentFault::UnknownQuote(symbol.to_owned()))?;
        Ok(Instrument {
            symbol: symbol.to_owned(),
            base: symbol[..symbol.len() - quote.len()].to_owned(),
            quote: (*quote).to_owned(),
            tick_e8: self.price_e8.ok_or(InstrumentFault::NothingSeen("price"))?,
            lot_e8: self
                .qty_e8
                .ok_or(InstrumentFault::NothingSeen("quantity"))?,
            qty_min_lots: 1,
            qty_max_lots: 0,
            notional_min_e8: 0,
            filters_from: FiltersFrom::Inferred,
        })
    }
}

fn smaller(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(change: impl FnOnce(&mut TableEntry)) -> Result<Instrument, CaptureError> {
        let mut entry = TableEntry {
            base: "BTC".into(),
            quote: "USDT".into(),
            tick: "0.01".into(),
            lot: "0.00001".into(),
            qty_min: "0.00001".into(),
            qty_max: "9000".into(),
            notional_min: "5".into(),
        };
        change(&mut entry);
        entry.instrument("BTCUSDT")
    }

    #[test]
    fn a_table_entry_becomes_integers() {
        let instrument = entry(|_| ()).expect("the entry is sound");
        assert_eq!((instrument.tick_e8, instrument.lot_e8), (1_000_000, 1_000));
        assert_eq!(
            (instrument.qty_min_lots, instrument.qty_max_lots),
            (1, 900_000_000)
        );
        assert_eq!(instrument.notional_min_e8, 500_000_000);
    }

    #[test]
    fn a_wrong_entry_names_its_key() {
        type Change = fn(&mut TableEntry);
        let rows: [(Change, &str); 3] = [
            (|e| e.tick = "0".into(), "tick must be greater than 0"),
            (
                |e| e.lot = "x".into(),
                "lot \"x\" is not a plain decimal number",
            ),
            (
                |e| e.qty_min = "0.000011".into(),
                "qty_min 0.000011 is not a multiple of the lot 0.00001",
            ),
        ];
        for (change, expected) in rows {
            let message = entry(change).expect_err("the entry is wrong").to_string();
            assert_eq!(message, format!("BTCUSDT: {expected}"));
        }
    }

    #[test]
    fn units_are_inferred_from_decimals() {
        let mut steps = StepsSeen::default();
        steps.price(268_380_000_000);
        steps.price(268_381_000_000);
        steps.qty(0);
        steps.qty(30_292_000);
        let instrument = steps.instrument("ETHUSDT").expect("everything was seen");
        assert_eq!(
            (instrument.base.as_str(), instrument.quote.as_str()),
            ("ETH", "USDT")
        );
        assert_eq!((instrument.tick_e8, instrument.lot_e8), (1_000_000, 1_000));
        assert_eq!(
            steps
                .instrument("ETHXXX")
                .expect_err("no such quote")
                .to_string(),
            "ETHXXX: base and quote cannot be told from the name; add [instruments.ETHXXX] with base, quote, tick and lot"
        );
    }
}
