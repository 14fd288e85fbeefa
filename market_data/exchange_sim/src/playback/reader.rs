//! Reads a recorded message back into what it says: the mirror of `protocol::payload`.

use crate::decimal::{DecimalError, Price, Qty, parse_e8};
use crate::levels::{Level, LevelChange, Levels, Side, Top};
use crate::market::event::{BookTicker, Candle, Content, Depth, Trade};
use crate::protocol::streams::StreamKind;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A price and a quantity as text.
type Row<'a> = (&'a str, &'a str);

/// Why a recorded message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not the JSON of its stream.
    #[error("not a message of its stream: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A number that is none.
    #[error("{0}")]
    Decimal(#[from] DecimalError),
}

/// The outer form of a message.
#[derive(Deserialize)]
pub struct Envelope<'a> {
    /// Name of the stream.
    pub stream: &'a str,
    /// The message.
    #[serde(borrow)]
    pub data: &'a RawValue,
}

#[derive(Deserialize)]
struct DepthText<'a> {
    #[serde(rename = "E")]
    time_ms: i64,
    #[serde(rename = "U")]
    first_id: i64,
    #[serde(rename = "u")]
    last_id: i64,
    #[serde(borrow)]
    b: Vec<Row<'a>>,
    #[serde(borrow)]
    a: Vec<Row<'a>>,
}

#[derive(Deserialize)]
struct TradeText<'a> {
    #[serde(rename = "T")]
    time_ms: i64,
    t: i64,
    p: &'a str,
    q: &'a str,
    m: bool,
}

#[derive(Deserialize)]
struct TickerText<'a> {
    u: i64,
    b: &'a str,
    #[serde(rename = "B")]
    bid_qty: &'a str,
    a: &'a str,
    #[serde(rename = "A")]
    ask_qty: &'a str,
}

#[derive(Deserialize)]
struct KlineText<'a> {
    #[serde(rename = "E")]
    time_ms: i64,
    #[serde(borrow)]
    k: BarText<'a>,
}

#[derive(Deserialize)]
struct BarText<'a> {
    t: i64,
    f: i64,
    #[serde(rename = "L")]
    last_trade: i64,
    o: &'a str,
    c: &'a str,
    h: &'a str,
    l: &'a str,
    v: &'a str,
    n: i64,
    x: bool,
    q: &'a str,
    #[serde(rename = "V")]
    buy_volume: &'a str,
    #[serde(rename = "Q")]
    buy_quote_volume: &'a str,
}

#[derive(Deserialize)]
struct SnapshotText<'a> {
    #[serde(rename = "lastUpdateId")]
    last_update_id: i64,
    #[serde(borrow)]
    bids: Vec<Row<'a>>,
    #[serde(borrow)]
    asks: Vec<Row<'a>>,
}

/// One row of a klines answer.
type BarRow<'a> = (
    i64,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    i64,
    &'a str,
    i64,
    &'a str,
    &'a str,
    &'a str,
);

/// What a message of a stream says, and the exchange's time in milliseconds if it has one.
pub fn read(kind: StreamKind, data: &str) -> Result<(Content, Option<i64>), ReadError> {
    Ok(match kind {
        StreamKind::Depth => {
            let text: DepthText<'_> = serde_json::from_str(data)?;
            let (bids, asks) = (levels(&text.b)?, levels(&text.a)?);
            let depth = Depth {
                first_id: text.first_id,
                last_id: text.last_id,
                bids,
                asks,
            };
            (Content::Depth(depth), Some(text.time_ms))
        }
        StreamKind::Trade => {
            let text: TradeText<'_> = serde_json::from_str(data)?;
            let (price, qty) = level((text.p, text.q))?;
            (
                Content::Trade(Trade {
                    id: text.t,
                    price,
                    qty,
                    buyer_is_maker: text.m,
                }),
                Some(text.time_ms),
            )
        }
        StreamKind::BookTicker => {
            let text: TickerText<'_> = serde_json::from_str(data)?;
            let best =
                |row| Ok::<_, ReadError>(Some(level(row)?).filter(|level| !level.1.is_zero()));
            let top = Top {
                bid: best((text.b, text.bid_qty))?,
                ask: best((text.a, text.ask_qty))?,
            };
            (Content::BookTicker(BookTicker { id: text.u, top }), None)
        }
        StreamKind::Kline => {
            let KlineText { time_ms, k } = serde_json::from_str(data)?;
            (Content::Kline(bar(&k)?), Some(time_ms))
        }
    })
}

/// A REST snapshot: its id and levels. Rows of zero are not levels.
pub fn read_snapshot(body: &[u8]) -> Result<(i64, Levels), ReadError> {
    let text: SnapshotText<'_> = serde_json::from_slice(body)?;
    let mut book = Levels::default();
    for (side, rows) in [(Side::Bid, &text.bids), (Side::Ask, &text.asks)] {
        for (price, qty) in levels(rows)? {
            book.set(LevelChange { side, price, qty });
        }
    }
    Ok((text.last_update_id, book))
}

/// The closed bars of a klines answer.
pub fn read_klines(body: &[u8], now_ms: i64) -> Result<Vec<Candle>, ReadError> {
    let rows: Vec<BarRow<'_>> = serde_json::from_slice(body)?;
    let closed = rows.iter().filter(|row| row.6 < now_ms);
    closed
        .map(|row| {
            bar(&BarText {
                t: row.0,
                f: -1,
                last_trade: -1,
                o: row.1,
                h: row.2,
                l: row.3,
                c: row.4,
                v: row.5,
                n: row.8,
                x: true,
                q: row.7,
                buy_volume: row.9,
                buy_quote_volume: row.10,
            })
        })
        .collect()
}

fn bar(text: &BarText<'_>) -> Result<Candle, ReadError> {
    let price = |text| parse_e8(text).map(Price::from_e8);
    let money = |text| parse_e8(text).map(|value| i128::from(value) * 100_000_000);
    Ok(Candle {
        open_ms: text.t,
        open: price(text.o)?,
        high: price(text.h)?,
        low: price(text.l)?,
        close: price(text.c)?,
        volume_e8: parse_e8(text.v)?,
        quote_volume_e16: money(text.q)?,
        buy_volume_e8: parse_e8(text.buy_volume)?,
        buy_quote_volume_e16: money(text.buy_quote_volume)?,
        trades: text.n,
        first_trade: text.f,
        last_trade: text.last_trade,
        closed: text.x,
    })
}

fn levels(rows: &[Row<'_>]) -> Result<Vec<Level>, ReadError> {
    rows.iter().map(|row| level(*row)).collect()
}

fn level((price, qty): Row<'_>) -> Result<Level, ReadError> {
    Ok((
        Price::from_e8(parse_e8(price)?),
        Qty::from_e8(parse_e8(qty)?),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::event::MarketEvent;
    use crate::protocol::payload;

    fn there_and_back(content: Content) {
        let kind = payload::kind(&content);
        let event = MarketEvent {
            symbol: 0,
            time_ns: 1_760_000_000_123_000_000,
            content,
        };
        let combined = payload::message("BTCUSDT", &event).combined();
        let envelope: Envelope<'_> = serde_json::from_slice(&combined).expect("an envelope");
        let (content, _) = read(kind, envelope.data.get()).expect("readable");
        assert_eq!(content, event.content);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let level = |price, qty| (Price::from_e8(price), Qty::from_e8(qty));
        there_and_back(Content::Depth(Depth {
            first_id: 3,
            last_id: 9,
            bids: vec![level(5, 0)],
            asks: vec![level(7, 8), level(9, 1)],
        }));
        let trade = Trade {
            id: 4,
            price: Price::from_e8(6),
            qty: Qty::from_e8(100_000_000),
            buyer_is_maker: false,
        };
        there_and_back(Content::Trade(trade));
        let top = Top {
            bid: Some(level(5, 2)),
            ask: None,
        };
        there_and_back(Content::BookTicker(BookTicker { id: 9, top }));
        let mut candle = Candle::flat(1_760_000_000_000, Price::from_e8(6));
        candle.add(&trade);
        candle.closed = true;
        there_and_back(Content::Kline(candle));
    }
}
