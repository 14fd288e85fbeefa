//! The units of the instruments before a live session begins: the venue's, else the configuration's.

use std::collections::BTreeMap;
use std::time::Duration;

use capture::TableEntry;
use session::{FiltersFrom, Instrument};
use tracing::warn;
use venue::{ExchangeInfo, SymbolInfo, exchange_info_path, parse_venue_error};
use wire::State;

use crate::rest::{Answer, RestClient};

/// First wait after the venue did not say what an instrument's units are; it doubles up to `WAIT_MAX`.
const WAIT_MIN: Duration = Duration::from_secs(1);
/// Longest wait that the venue did not ask for.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// A venue that this place may not use is asked again after this time.
const FORBIDDEN_WAIT: Duration = Duration::from_secs(600);

/// Why there are no units.
#[derive(Debug, thiserror::Error)]
pub enum FiltersFault {
    /// The venue does not know the symbol, and no table does.
    #[error("symbols: {0} is not known to the venue")]
    UnknownSymbol(String),
    /// The table's entry cannot be used.
    #[error("instruments: {0}")]
    Table(#[from] capture::CaptureError),
    /// The venue's own units cannot be used.
    #[error("symbols: the venue's filters of {0} cannot be used")]
    Unusable(String),
}

/// One instrument, or how long to wait before asking again and what that means for the feed.
pub enum Found {
    /// Its units are known.
    Instrument(Instrument),
    /// Neither the venue nor the table says.
    NotYet(Duration, State),
}

/// Asks the venue once; falls back to the table if it does not answer. `tries` counts from 0.
pub async fn find(
    rest: &RestClient,
    symbol: &str,
    table: &BTreeMap<String, TableEntry>,
    tries: u32,
) -> Result<Found, FiltersFault> {
    let answer = rest.get(&exchange_info_path(symbol)).await;
    if let Some(info) = info_of(&answer, symbol) {
        let unusable = || FiltersFault::Unusable(symbol.to_owned());
        return from_venue(&info)
            .map(Found::Instrument)
            .ok_or_else(unusable);
    }
    if let Some(entry) = table.get(symbol) {
        warn!(
            symbol,
            status = answer.status,
            "the venue did not say its filters; the instrument table's are used"
        );
        return Ok(Found::Instrument(entry.instrument(symbol)?.into()));
    }
    if parse_venue_error(&answer.body).is_some_and(|error| error.is_unknown_symbol()) {
        return Err(FiltersFault::UnknownSymbol(symbol.to_owned()));
    }
    let wait = WAIT_MIN.saturating_mul(1 << tries.min(10)).min(WAIT_MAX);
    let asked = Duration::from_secs(answer.retry_after_s.into());
    let (wait, state) = match answer.status {
        403 | 451 => (FORBIDDEN_WAIT, State::GeoBlocked),
        418 => (asked.max(WAIT_MAX), State::Banned),
        _ => (asked.max(wait), State::Disconnected),
    };
    warn!(
        symbol,
        status = answer.status,
        ?wait,
        "neither the venue nor the instrument table says the filters"
    );
    Ok(Found::NotYet(wait, state))
}

fn info_of(answer: &Answer, symbol: &str) -> Option<SymbolInfo> {
    if answer.status != 200 {
        return None;
    }
    match ExchangeInfo::parse(&answer.body) {
        Ok(info) => info.symbol(symbol).cloned(),
        Err(malformed) => {
            warn!(symbol, error = %malformed, "exchangeInfo could not be read");
            None
        }
    }
}

/// `None` if a bound is not a multiple of the lot or a unit is not positive.
fn from_venue(info: &SymbolInfo) -> Option<Instrument> {
    let lots =
        |qty_e8: i64| (info.lot_e8 > 0 && qty_e8 % info.lot_e8 == 0).then(|| qty_e8 / info.lot_e8);
    Some(Instrument {
        symbol: info.symbol.clone(),
        base: info.base.clone(),
        quote: info.quote.clone(),
        tick_e8: info.tick_e8,
        lot_e8: info.lot_e8,
        qty_min_lots: lots(info.qty_min_e8)?,
        qty_max_lots: lots(info.qty_max_e8)?,
        notional_min_e8: info.notional_min_e8,
        filters_from: FiltersFrom::Exchange,
    })
}

/// An instrument of the session, as a recording's manifest has it.
#[must_use]
pub fn to_capture(instrument: &Instrument) -> capture::Instrument {
    capture::Instrument {
        symbol: instrument.symbol.clone(),
        base: instrument.base.clone(),
        quote: instrument.quote.clone(),
        tick_e8: instrument.tick_e8,
        lot_e8: instrument.lot_e8,
        qty_min_lots: instrument.qty_min_lots,
        qty_max_lots: instrument.qty_max_lots,
        notional_min_e8: instrument.notional_min_e8,
        filters_from: match instrument.filters_from {
            FiltersFrom::Exchange => capture::FiltersFrom::Exchange,
            FiltersFrom::Config => capture::FiltersFrom::Config,
            FiltersFrom::Inferred => capture::FiltersFrom::Inferred,
        },
    }
}
