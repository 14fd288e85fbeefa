//! What the program is told: one strict JSON file, an error names its key.

use crate::decimal::{Price, Qty, parse_e8, text_e8};
use crate::market::generator::Opening;
use crate::market::spec::{Spec, SpecText};
use crate::protocol::streams::SYMBOLS_MAX;
use crate::remembered::Prices;
use capture::{Instrument, TableEntry};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Largest order of an instrument whose source names none: 10⁹ of the base asset.
const QTY_MAX_E8: i64 = 100_000_000_000_000_000;

/// Everything `exchange_sim` is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Loopback address of REST and WebSocket.
    pub listen: SocketAddr,
    /// Where the prices come from.
    pub market: Market,
    /// A script of faults.
    pub faults: Option<PathBuf>,
    /// Whether /control is served.
    pub control: bool,
    /// How much is logged.
    pub log_level: LogLevel,
    /// Replaced whole once a second and at exit.
    pub status_file: Option<PathBuf>,
    /// Where a generated market remembers its prices from one start to the next.
    pub state_file: Option<PathBuf>,
}

/// Where the prices come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Market {
    /// A seeded generator.
    Generator {
        /// The same seed and times make the same market.
        seed: u64,
        /// By upper-case symbol.
        symbols: BTreeMap<String, SpecText>,
    },
    /// Files, played.
    Recording {
        /// Text captures, or directories of recordings.
        files: Vec<PathBuf>,
        /// 1: as it was received; 0: as fast as it is read.
        speed: f64,
        /// Units where the files give none.
        #[serde(default)]
        instruments: BTreeMap<String, TableEntry>,
    },
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the words say it")]
pub enum LogLevel {
    Debug,
    Info,
    Warning,
    Error,
}

/// Reads the configuration; the error names the key.
pub fn parse(json: &[u8]) -> Result<Config, String> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let config: Config = serde_path_to_error::deserialize(&mut reader)
        .map_err(|fault| format!("{}: {}", fault.path(), fault.inner()))?;
    reader.end().map_err(|fault| fault.to_string())?;
    if !config.listen.ip().is_loopback() {
        return Err(format!("listen: {} is not on loopback", config.listen));
    }
    match &config.market {
        Market::Generator { symbols, .. } if symbols.is_empty() || symbols.len() > SYMBOLS_MAX => {
            Err(format!("market.generator.symbols: give 1 to {SYMBOLS_MAX}"))
        }
        Market::Recording { speed, .. } if !(speed.is_finite() && (0.0..=1e6).contains(speed)) => {
            Err(format!(
                "market.recording.speed: {speed} is not within 0 … 1000000"
            ))
        }
        Market::Generator { .. } | Market::Recording { .. } => Ok(config),
    }
}

/// Where each symbol opens: at its remembered price if there is one, else at the configured one.
pub fn openings(
    symbols: &BTreeMap<String, SpecText>,
    remembered: &Prices,
) -> Result<Vec<Opening>, String> {
    let opening = |(symbol, text): (&String, &SpecText)| {
        let key = |fault: &dyn ToString| format!("market.generator.symbols.{}", fault.to_string());
        let spec = text.check(symbol).map_err(|fault| key(&fault))?;
        let anchor = text.opening_price(symbol).map_err(|fault| key(&fault))?;
        let price = match remembered.get(symbol) {
            None => anchor,
            Some(text) => {
                let value =
                    parse_e8(text).map_err(|fault| format!("state_file: {symbol}: {fault}"))?;
                Price::from_e8((value / spec.tick_e8).max(1) * spec.tick_e8)
            }
        };
        Ok(Opening {
            spec,
            price,
            anchor,
        })
    };
    symbols.iter().map(opening).collect()
}

/// The prices to remember.
pub fn remembered(openings: impl Iterator<Item = (String, Price)>) -> Prices {
    openings
        .map(|(symbol, price)| (symbol, text_e8(price.e8())))
        .collect()
}

/// An instrument of a capture as this exchange lists it.
pub fn spec_of(instrument: &Instrument) -> Spec {
    let qty = |lots: i64, otherwise: i64| {
        Qty::from_e8(if lots == 0 {
            otherwise
        } else {
            lots.saturating_mul(instrument.lot_e8)
        })
    };
    Spec {
        symbol: instrument.symbol.clone(),
        base: instrument.base.clone(),
        quote: instrument.quote.clone(),
        tick_e8: instrument.tick_e8,
        lot_e8: instrument.lot_e8,
        qty_min: qty(instrument.qty_min_lots, instrument.lot_e8),
        qty_max: qty(
            instrument.qty_max_lots,
            QTY_MAX_E8 / instrument.lot_e8 * instrument.lot_e8,
        ),
        notional_min_e8: instrument.notional_min_e8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYMBOL: &str = r#"{"base":"BTC","quote":"USDT","price":"60000.00","tick":"0.01","lot":"0.00001","qty_min":"0.00001","qty_max":"9000","notional_min":"5"}"#;

    fn document(listen: &str, extra: &str) -> String {
        format!(
            r#"{{"listen":"{listen}","market":{{"generator":{{"seed":7,"symbols":{{"BTCUSDT":{SYMBOL}}}}}}},"faults":null,"control":true,"log_level":"info","status_file":null,"state_file":null{extra}}}"#
        )
    }

    #[test]
    fn what_is_wrong_is_named_by_its_key() {
        assert!(parse(document("127.0.0.1:0", "").as_bytes()).is_ok());
        let refusal = |text: String| parse(text.as_bytes()).expect_err("refused");
        assert!(refusal(document("0.0.0.0:1", "")).contains("not on loopback"));
        assert!(refusal(document("127.0.0.1:0", r#","sped":1"#)).contains("sped"));
        let other = document("127.0.0.1:0", "").replace(r#""seed":7"#, r#""seed":"x""#);
        assert!(refusal(other).starts_with("market"));
    }

    #[test]
    fn a_market_opens_where_it_was_left() {
        let config = parse(document("127.0.0.1:0", "").as_bytes()).expect("a configuration");
        let Market::Generator { symbols, .. } = config.market else {
            panic!("a generator")
        };
        let left = BTreeMap::from([("BTCUSDT".to_owned(), "61234.56".to_owned())]);
        let opening = openings(&symbols, &left).expect("openings").remove(0);
        assert_eq!(
            (opening.price.e8(), opening.anchor.e8()),
            (6_123_456_000_000, 6_000_000_000_000)
        );
        let bad = BTreeMap::from([("BTCUSDT".to_owned(), "much".to_owned())]);
        assert!(
            openings(&symbols, &bad)
                .expect_err("refused")
                .starts_with("state_file: BTCUSDT")
        );
    }
}
