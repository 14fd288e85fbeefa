//! exchangeInfo: filters and status of the symbols, and the weight limit.

use crate::error::Malformed;
use crate::number::parse_e8;
use crate::rest::not_json;
use serde::Deserialize;

/// What we use of an exchangeInfo answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExchangeInfo {
    /// REST weight a minute, if the answer tells.
    pub weight_limit: Option<u32>,
    /// Its symbols.
    pub symbols: Vec<SymbolInfo>,
}

/// One symbol's filters, in 10⁻⁸.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolInfo {
    /// Upper-case symbol.
    pub symbol: String,
    /// What is traded.
    pub base: String,
    /// What it is paid in.
    pub quote: String,
    /// Whether it is traded.
    pub status: SymbolStatus,
    /// PRICE_FILTER tickSize; 1 where the filter is absent or its tick 0, which switches it off.
    pub tick_e8: i64,
    /// LOT_SIZE stepSize; 1 where it is absent or 0.
    pub lot_e8: i64,
    /// LOT_SIZE minQty, 0: none.
    pub qty_min_e8: i64,
    /// LOT_SIZE maxQty, 0: none.
    pub qty_max_e8: i64,
    /// NOTIONAL or MIN_NOTIONAL minNotional, 0: none.
    pub notional_min_e8: i64,
}

/// Whether a symbol is traded (enums.md, 2026-07).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolStatus {
    /// Traded.
    Trading,
    /// Not traded, market data goes on.
    Halt,
    /// Not traded, no market data.
    Break,
    /// Orders can only be cancelled; market data goes on, but no klines.
    CancelOnly,
    /// Anything else, END_OF_DAY among it: not traded.
    Other,
}

impl SymbolStatus {
    fn of(text: &str) -> Self {
        match text {
            "TRADING" => Self::Trading,
            "HALT" => Self::Halt,
            "BREAK" => Self::Break,
            "CANCEL_ONLY" => Self::CancelOnly,
            _ => Self::Other,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    rate_limits: Vec<RateLimit>,
    symbols: Vec<Symbol>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RateLimit {
    rate_limit_type: String,
    interval: String,
    interval_num: u32,
    limit: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Symbol {
    symbol: String,
    status: String,
    base_asset: String,
    quote_asset: String,
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    filter_type: String,
    tick_size: Option<String>,
    step_size: Option<String>,
    min_qty: Option<String>,
    max_qty: Option<String>,
    min_notional: Option<String>,
}

impl ExchangeInfo {
    /// Reads an answer, of one symbol or of many.
    ///
    /// # Errors
    /// What is wrong, by name.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let body: Body = serde_json::from_slice(body).map_err(|error| not_json(&error, body))?;
        let a_minute = |limit: &&RateLimit| {
            limit.rate_limit_type == "REQUEST_WEIGHT"
                && limit.interval == "MINUTE"
                && limit.interval_num == 1
        };
        Ok(Self {
            weight_limit: body
                .rate_limits
                .iter()
                .find(a_minute)
                .map(|limit| limit.limit),
            symbols: body
                .symbols
                .into_iter()
                .map(Symbol::read)
                .collect::<Result<_, _>>()?,
        })
    }

    /// One symbol of the answer.
    #[must_use]
    pub fn symbol(&self, symbol: &str) -> Option<&SymbolInfo> {
        self.symbols.iter().find(|info| info.symbol == symbol)
    }
}

impl Symbol {
    fn read(self) -> Result<SymbolInfo, Malformed> {
        let value =
            |kind: &'static str, of: fn(&Filter) -> Option<&String>| -> Result<i64, Malformed> {
                let text = self
                    .filters
                    .iter()
                    .find(|filter| filter.filter_type == kind)
                    .and_then(of);
                text.map_or(Ok(0), |text| {
                    parse_e8(text.as_bytes()).map_err(|_| Malformed::BadFilter { filter: kind })
                })
            };
        let notional = value("NOTIONAL", |filter| filter.min_notional.as_ref())?;
        let min_notional = value("MIN_NOTIONAL", |filter| filter.min_notional.as_ref())?;
        Ok(SymbolInfo {
            status: SymbolStatus::of(&self.status),
            tick_e8: value("PRICE_FILTER", |filter| filter.tick_size.as_ref())?.max(1),
            lot_e8: value("LOT_SIZE", |filter| filter.step_size.as_ref())?.max(1),
            qty_min_e8: value("LOT_SIZE", |filter| filter.min_qty.as_ref())?,
            qty_max_e8: value("LOT_SIZE", |filter| filter.max_qty.as_ref())?,
            notional_min_e8: notional.max(min_notional),
            symbol: self.symbol,
            base: self.base_asset,
            quote: self.quote_asset,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"timezone":"UTC","rateLimits":[{"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":300000},
        {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000}],"exchangeFilters":[],"symbols":[
        {"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","orderTypes":["LIMIT"],"filters":[
            {"filterType":"PRICE_FILTER","minPrice":"0.01000000","maxPrice":"1000000.00000000","tickSize":"0.01000000"},
            {"filterType":"LOT_SIZE","minQty":"0.00001000","maxQty":"9000.00000000","stepSize":"0.00001000"},
            {"filterType":"MARKET_LOT_SIZE","minQty":"0.00000000","maxQty":"107.1","stepSize":"0.00000000"},
            {"filterType":"NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true,"maxNotional":"9000000.00000000","avgPriceMins":5}]},
        {"symbol":"OLDPAIR","status":"CANCEL_ONLY","baseAsset":"OLD","quoteAsset":"PAIR","filters":[
            {"filterType":"MIN_NOTIONAL","minNotional":"0.00010000","applyToMarket":true,"avgPriceMins":5}]}]}"#;

    #[test]
    fn every_word_of_a_status_but_one_is_not_trading() {
        for (word, status) in [
            ("TRADING", SymbolStatus::Trading),
            ("HALT", SymbolStatus::Halt),
            ("BREAK", SymbolStatus::Break),
            ("CANCEL_ONLY", SymbolStatus::CancelOnly),
            ("END_OF_DAY", SymbolStatus::Other),
            ("trading", SymbolStatus::Other),
            ("", SymbolStatus::Other),
        ] {
            assert_eq!(SymbolStatus::of(word), status, "{word}");
        }
    }

    #[test]
    fn filters_and_status_are_read() {
        let info = ExchangeInfo::parse(BODY.as_bytes()).expect("well formed");
        assert_eq!(info.weight_limit, Some(6_000));
        let btc = info.symbol("BTCUSDT").expect("listed");
        assert_eq!(
            (btc.tick_e8, btc.lot_e8, btc.qty_min_e8),
            (1_000_000, 1_000, 1_000)
        );
        assert_eq!(
            (btc.qty_max_e8, btc.notional_min_e8),
            (900_000_000_000, 500_000_000)
        );
        assert_eq!(btc.status, SymbolStatus::Trading);
    }

    #[test]
    fn absent_filters_switch_nothing_on() {
        let info = ExchangeInfo::parse(BODY.as_bytes()).expect("well formed");
        let old = info.symbol("OLDPAIR").expect("listed");
        assert_eq!(
            (old.tick_e8, old.lot_e8, old.qty_min_e8, old.qty_max_e8),
            (1, 1, 0, 0)
        );
        assert_eq!(
            (old.notional_min_e8, old.status),
            (10_000, SymbolStatus::CancelOnly)
        );
    }

    #[test]
    fn a_filter_that_is_no_decimal_is_refused_by_its_name() {
        let body = BODY.replace(r#""tickSize":"0.01000000""#, r#""tickSize":"1e-2""#);
        assert_eq!(
            ExchangeInfo::parse(body.as_bytes()),
            Err(Malformed::BadFilter {
                filter: "PRICE_FILTER"
            })
        );
    }
}
