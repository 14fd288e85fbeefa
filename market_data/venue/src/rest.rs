//! Answers over REST, the paths that ask for them, and what they weigh.

use crate::error::Malformed;
use crate::field::need;
use crate::kline::Kline;
use crate::level::Update;
use crate::message::Ticker;
use crate::number::parse_e8;
use crate::scan::Cursor;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Rows of one klines answer, at most.
pub const KLINES_ROWS_MAX: usize = 1_000;
/// What one klines request weighs.
pub const KLINES_WEIGHT: u32 = 2;
/// What one exchangeInfo request weighs.
pub const EXCHANGE_INFO_WEIGHT: u32 = 20;
/// What one bookTicker request of one symbol weighs.
pub const BOOK_TICKER_WEIGHT: u32 = 2;

/// What one depth request weighs (rest-api.md, 2026-07).
#[must_use]
pub const fn depth_weight(limit: u32) -> u32 {
    match limit {
        0..=100 => 5,
        101..=500 => 25,
        501..=1_000 => 50,
        _ => 250,
    }
}

/// Asks for a snapshot.
#[must_use]
pub fn depth_path(symbol: &str, limit: u32) -> String {
    format!("/api/v3/depth?symbol={symbol}&limit={limit}")
}

/// Asks for one-minute klines from `start_ms` on.
#[must_use]
pub fn klines_path(symbol: &str, start_ms: i64) -> String {
    format!(
        "/api/v3/klines?symbol={symbol}&interval=1m&startTime={start_ms}&limit={KLINES_ROWS_MAX}"
    )
}

/// Asks for one symbol's filters and status: one unknown symbol fails a call that names several.
#[must_use]
pub fn exchange_info_path(symbol: &str) -> String {
    format!("/api/v3/exchangeInfo?symbol={symbol}")
}

/// Asks for the top of one book.
#[must_use]
pub fn book_ticker_path(symbol: &str) -> String {
    format!("/api/v3/ticker/bookTicker?symbol={symbol}")
}

/// Reads a snapshot: its levels into `update`, in 10⁻⁸; gives `lastUpdateId`.
///
/// # Errors
/// What is wrong, by name; a side that is not sorted best first, which the documentation shows but does not promise.
pub fn parse_depth(body: &[u8], update: &mut Update) -> Result<u64, Malformed> {
    update.clear();
    let mut cursor = Cursor::new(body);
    let (mut last_id, mut bids, mut asks) = (None, None, None);
    cursor.object(|cursor, key| {
        match key {
            b"lastUpdateId" => last_id = Some(cursor.attempt(Cursor::whole)?),
            b"bids" => bids = Some(cursor.attempt(|cursor| cursor.levels(&mut update.bids))?),
            b"asks" => asks = Some(cursor.attempt(|cursor| cursor.levels(&mut update.asks))?),
            _ => cursor.pass()?,
        }
        Ok(())
    })?;
    cursor.end()?;
    need(bids, "bids")?;
    need(asks, "asks")?;
    let unsorted = |level: Option<usize>| {
        level.map_or(Ok(()), |level| {
            Err(Malformed::Unsorted { level: level + 1 })
        })
    };
    unsorted(
        update
            .bids
            .windows(2)
            .position(|pair| pair[0].price <= pair[1].price),
    )?;
    unsorted(
        update
            .asks
            .windows(2)
            .position(|pair| pair[0].price >= pair[1].price),
    )?;
    match need(last_id, "lastUpdateId")? {
        last_id @ 1..=0x7fff_ffff_ffff_ffff => Ok(last_id),
        last_id => Err(Malformed::BadIds {
            first_id: last_id,
            last_id,
        }),
    }
}

/// A kline row: open time, open, high, low, close, volume, close time, quote volume, trades, buy volume, …
type Row<'a> = (
    u64,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    IgnoredAny,
    IgnoredAny,
    u64,
    &'a str,
    IgnoredAny,
    IgnoredAny,
);

/// Reads klines, oldest first, in 10⁻⁸. Which of them are closed is not said: the last row may still be open.
///
/// # Errors
/// What is wrong, by name; rows out of order are `BadKline`.
pub fn parse_klines(body: &[u8]) -> Result<Vec<Kline>, Malformed> {
    let rows: Vec<Row<'_>> =
        serde_json::from_slice(body).map_err(|error| not_json(&error, body))?;
    let mut klines: Vec<Kline> = Vec::with_capacity(rows.len());
    for row in rows {
        let kline = Kline {
            open_ns: 0,
            open: parse_e8(row.1.as_bytes())?,
            high: parse_e8(row.2.as_bytes())?,
            low: parse_e8(row.3.as_bytes())?,
            close: parse_e8(row.4.as_bytes())?,
            volume: parse_e8(row.5.as_bytes())?,
            buy_volume: parse_e8(row.9.as_bytes())?,
            trades: row.8.min(i64::MAX as u64) as i64,
            closed: false,
        }
        .checked(row.0)?;
        if klines
            .last()
            .is_some_and(|last| last.open_ns >= kline.open_ns)
        {
            return Err(Malformed::BadKline {
                open_ms: kline.open_ns / 1_000_000,
            });
        }
        klines.push(kline);
    }
    Ok(klines)
}

/// Reads the top of one book. It has no update id.
///
/// # Errors
/// What is wrong, by name.
pub fn parse_book_ticker(body: &[u8]) -> Result<Ticker, Malformed> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        bid_price: &'a str,
        bid_qty: &'a str,
        ask_price: &'a str,
        ask_qty: &'a str,
    }
    let body: Body<'_> = serde_json::from_slice(body).map_err(|error| not_json(&error, body))?;
    Ok(Ticker {
        last_id: 0,
        bid: parse_e8(body.bid_price.as_bytes())?,
        bid_qty: parse_e8(body.bid_qty.as_bytes())?,
        ask: parse_e8(body.ask_price.as_bytes())?,
        ask_qty: parse_e8(body.ask_qty.as_bytes())?,
    })
}

/// The body of a refused request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VenueError {
    /// The venue's number, e.g. −1121 for a symbol it does not know.
    pub code: i64,
    /// Its words.
    #[serde(default)]
    pub msg: String,
}

impl VenueError {
    /// The venue does not know the symbol: it was delisted, or never was there.
    #[must_use]
    pub const fn is_unknown_symbol(&self) -> bool {
        self.code == -1121
    }
}

/// Reads `{"code":…,"msg":…}`; `None` if the body is anything else (a proxy's page, nothing).
#[must_use]
pub fn parse_venue_error(body: &[u8]) -> Option<VenueError> {
    serde_json::from_slice(body).ok()
}

/// The byte at which serde_json gave up. Wrong types are told the same way: the byte says where to look.
pub(crate) fn not_json(error: &serde_json::Error, body: &[u8]) -> Malformed {
    if error.is_eof() {
        return Malformed::Truncated;
    }
    let lines = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1));
    Malformed::NotJson {
        at: lines.map(<[u8]>::len).sum::<usize>() + error.column().saturating_sub(1),
    }
}
