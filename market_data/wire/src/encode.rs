//! Writing frames: each function appends one frame, with its length, to the buffer.
//!
//! A frame that would be longer than `FRAME_BYTES_MAX` cannot be made from values inside the other bounds: the longest
//! is a Hello of 16 instruments, and its texts are bounded where they are read from the configuration.

use crate::names::{Ending, Kind, Reason, State};
use crate::{LEVEL_BYTES, LEVELS_MAX};
use alloc::vec::Vec;

/// An instrument as Hello lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instrument<'a> {
    /// Upper-case symbol.
    pub symbol: &'a str,
    /// What is traded.
    pub base: &'a str,
    /// What it is paid in.
    pub quote: &'a str,
    /// One tick in 10⁻⁸ of the quote currency.
    pub tick_e8: i64,
    /// One lot in 10⁻⁸ of the base currency.
    pub lot_e8: i64,
    /// Least order quantity.
    pub qty_min_lots: i64,
    /// Greatest order quantity, 0: none.
    pub qty_max_lots: i64,
    /// Least order value, 0: none.
    pub notional_min_e8: i64,
    /// `exchange`, `config` or `inferred`.
    pub filters_from: &'a str,
}

/// What Hello says besides its instruments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello<'a> {
    /// The build that every program of the appliance must share.
    pub build: &'a str,
    /// Id of this run of the feed.
    pub session: &'a str,
    /// `binance`, `sim` or `replay`.
    pub venue: &'a str,
    /// True if the prices come from a market generator.
    pub simulated: bool,
    /// `wall` or `recorded`.
    pub clock: &'a str,
    /// seq of the first live frame.
    pub next_seq: i64,
    /// Frames that repeat the present.
    pub catch_up: i64,
}

/// The head of a Book frame; its levels and floats are given apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Book {
    /// Index of Hello.
    pub instrument: u8,
    /// The exchange's time.
    pub event_ns: i64,
    /// Counts the snapshots, from 1.
    pub epoch: i64,
    /// The last update applied.
    pub last_id: i64,
    /// Feed state.
    pub state: State,
    /// Worst bid inside which the book is known, 0: whole.
    pub window_bid: i64,
    /// Worst ask inside which the book is known, 0: whole.
    pub window_ask: i64,
}

/// The four floats of a Book frame, 0.0 when a side is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Floats {
    /// At the best level.
    pub imbalance_best: f64,
    /// Over the levels sent.
    pub imbalance_top: f64,
    /// Over the levels sent, each weighted.
    pub imbalance_weighted: f64,
    /// In ticks.
    pub microprice: f64,
}

/// One trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Index of Hello.
    pub instrument: u8,
    /// The exchange's time.
    pub event_ns: i64,
    /// The exchange's id.
    pub trade_id: i64,
    /// Ticks.
    pub price: i64,
    /// Lots.
    pub qty: i64,
    /// 0: a buyer took from the asks; 1: a seller hit the bids.
    pub aggressor: u8,
}

/// One minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candle {
    /// Index of Hello.
    pub instrument: u8,
    /// The minute's first nanosecond.
    pub open_ns: i64,
    /// Ticks.
    pub open: i64,
    /// Ticks.
    pub high: i64,
    /// Ticks.
    pub low: i64,
    /// Ticks.
    pub close: i64,
    /// Lots.
    pub volume: i64,
    /// Lots of aggressive buyers.
    pub buy_volume: i64,
    /// How many trades.
    pub trades: i64,
    /// Whether the minute is over.
    pub closed: bool,
    /// Where it came from: 0 REST, 1 kline stream, 2 trades, 3 trades but not from the minute's first.
    pub origin: u8,
}

/// What Goodbye counts for one instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Depth updates that came, used or not.
    pub depth_messages: i64,
    /// Comparisons of the book's top with a bookTicker of the same id.
    pub book_ticker_checks: i64,
    /// Those that differed.
    pub book_ticker_mismatches: i64,
    /// Times a book that was there was built anew.
    pub resyncs: i64,
    /// Times updates were found missing.
    pub gaps: i64,
    /// Trades published.
    pub trades: i64,
    /// Closed candles published.
    pub candles_closed: i64,
}

/// Appends a Hello.
pub fn hello(
    out: &mut Vec<u8>,
    seq: i64,
    recv_ns: i64,
    head: &Hello<'_>,
    instruments: &[Instrument<'_>],
) {
    let start = open(out, 12, Kind::Hello, seq, recv_ns);
    put_int(out, crate::PROTOCOL);
    put_str(out, head.build);
    put_str(out, head.session);
    put_str(out, head.venue);
    put_bool(out, head.simulated);
    put_str(out, head.clock);
    put_int(out, head.next_seq);
    put_int(out, head.catch_up);
    put_array(out, instruments.len());
    for (index, instrument) in instruments.iter().enumerate() {
        put_array(out, 10);
        put_int(out, index as i64);
        put_str(out, instrument.symbol);
        put_str(out, instrument.base);
        put_str(out, instrument.quote);
        put_int(out, instrument.tick_e8);
        put_int(out, instrument.lot_e8);
        put_int(out, instrument.qty_min_lots);
        put_int(out, instrument.qty_max_lots);
        put_int(out, instrument.notional_min_e8);
        put_str(out, instrument.filters_from);
    }
    close(out, start);
}

/// Appends a Book. `bids` and `asks` are levels best first as (ticks, lots), at most `LEVELS_MAX` of them.
pub fn book(
    out: &mut Vec<u8>,
    seq: i64,
    recv_ns: i64,
    head: &Book,
    bids: &[[i64; 2]],
    asks: &[[i64; 2]],
    floats: &Floats,
) {
    let start = open(out, 16, Kind::Book, seq, recv_ns);
    put_int(out, i64::from(head.instrument));
    put_int(out, head.event_ns);
    put_int(out, head.epoch);
    put_int(out, head.last_id);
    put_int(out, head.state as i64);
    put_levels(out, bids);
    put_levels(out, asks);
    put_int(out, head.window_bid);
    put_int(out, head.window_ask);
    put_f64(out, floats.imbalance_best);
    put_f64(out, floats.imbalance_top);
    put_f64(out, floats.imbalance_weighted);
    put_f64(out, floats.microprice);
    close(out, start);
}

/// Appends a Trade.
pub fn trade(out: &mut Vec<u8>, seq: i64, recv_ns: i64, trade: &Trade) {
    let start = open(out, 9, Kind::Trade, seq, recv_ns);
    put_int(out, i64::from(trade.instrument));
    put_int(out, trade.event_ns);
    put_int(out, trade.trade_id);
    put_int(out, trade.price);
    put_int(out, trade.qty);
    put_int(out, i64::from(trade.aggressor));
    close(out, start);
}

/// Appends a Candle.
pub fn candle(out: &mut Vec<u8>, seq: i64, recv_ns: i64, candle: &Candle) {
    let start = open(out, 14, Kind::Candle, seq, recv_ns);
    put_int(out, i64::from(candle.instrument));
    for value in [
        candle.open_ns,
        candle.open,
        candle.high,
        candle.low,
        candle.close,
    ] {
        put_int(out, value);
    }
    for value in [candle.volume, candle.buy_volume, candle.trades] {
        put_int(out, value);
    }
    put_bool(out, candle.closed);
    put_int(out, i64::from(candle.origin));
    close(out, start);
}

/// Appends a Status; `instrument` `None` speaks of the whole feed.
pub fn status(
    out: &mut Vec<u8>,
    seq: i64,
    recv_ns: i64,
    instrument: Option<u8>,
    state: State,
    reason: Reason,
    epoch: i64,
) {
    let start = open(out, 7, Kind::Status, seq, recv_ns);
    put_int(out, instrument.map_or(-1, i64::from));
    put_int(out, state as i64);
    put_str(out, reason.name());
    put_int(out, epoch);
    close(out, start);
}

/// Appends a Heartbeat.
pub fn heartbeat(out: &mut Vec<u8>, seq: i64, recv_ns: i64) {
    let start = open(out, 3, Kind::Heartbeat, seq, recv_ns);
    close(out, start);
}

/// Appends a Skipped: of the frames `from … to`, `count` Book frames were left out for this reader.
pub fn skipped(out: &mut Vec<u8>, to: i64, recv_ns: i64, from: i64, count: i64) {
    let start = open(out, 5, Kind::Skipped, to, recv_ns);
    put_int(out, from);
    put_int(out, count);
    close(out, start);
}

/// Appends a Goodbye with the counters of every instrument, in order of index.
pub fn goodbye(out: &mut Vec<u8>, seq: i64, recv_ns: i64, reason: Ending, counters: &[Counters]) {
    let start = open(out, 5, Kind::Goodbye, seq, recv_ns);
    put_str(out, reason.name());
    put_array(out, counters.len());
    for (index, row) in counters.iter().enumerate() {
        put_array(out, 8);
        put_int(out, index as i64);
        for value in [
            row.depth_messages,
            row.book_ticker_checks,
            row.book_ticker_mismatches,
            row.resyncs,
        ] {
            put_int(out, value);
        }
        for value in [row.gaps, row.trades, row.candles_closed] {
            put_int(out, value);
        }
    }
    close(out, start);
}

/// Leaves room for the length and writes what every frame begins with.
fn open(out: &mut Vec<u8>, elements: usize, kind: Kind, seq: i64, recv_ns: i64) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    put_array(out, elements);
    put_int(out, kind as i64);
    put_int(out, seq);
    put_int(out, recv_ns);
    start
}

/// Writes the length into the room that `open` left.
fn close(out: &mut [u8], start: usize) {
    let length = out.len() - start - 4;
    debug_assert!(
        length <= crate::FRAME_BYTES_MAX,
        "a frame inside the bounds is never longer"
    );
    out[start..start + 4].copy_from_slice(&(length as u32).to_be_bytes());
}

fn put_int(out: &mut Vec<u8>, value: i64) {
    match value {
        0..=0x7f => out.push(value as u8),
        0x80..=0xff => out.extend_from_slice(&[0xcc, value as u8]),
        0x100..=0xffff => put_tagged(out, 0xcd, (value as u16).to_be_bytes()),
        0x1_0000..=0xffff_ffff => put_tagged(out, 0xce, (value as u32).to_be_bytes()),
        0x1_0000_0000.. => put_tagged(out, 0xcf, value.to_be_bytes()),
        -32..=-1 => out.push(value as u8),
        -0x80..=-33 => out.extend_from_slice(&[0xd0, value as u8]),
        -0x8000..=-0x81 => put_tagged(out, 0xd1, (value as i16).to_be_bytes()),
        -0x8000_0000..=-0x8001 => put_tagged(out, 0xd2, (value as i32).to_be_bytes()),
        _ => put_tagged(out, 0xd3, value.to_be_bytes()),
    }
}

fn put_f64(out: &mut Vec<u8>, value: f64) {
    put_tagged(out, 0xcb, value.to_be_bytes());
}

fn put_tagged<const N: usize>(out: &mut Vec<u8>, tag: u8, bytes: [u8; N]) {
    out.push(tag);
    out.extend_from_slice(&bytes);
}

fn put_bool(out: &mut Vec<u8>, value: bool) {
    out.push(if value { 0xc3 } else { 0xc2 });
}

fn put_str(out: &mut Vec<u8>, text: &str) {
    let length = text.len();
    match length {
        0..=31 => out.push(0xa0 | length as u8),
        32..=0xff => out.extend_from_slice(&[0xd9, length as u8]),
        _ => put_tagged(out, 0xda, (length as u16).to_be_bytes()),
    }
    out.extend_from_slice(text.as_bytes());
}

/// Levels as bin: two little-endian words each.
fn put_levels(out: &mut Vec<u8>, levels: &[[i64; 2]]) {
    debug_assert!(levels.len() <= LEVELS_MAX, "the caller keeps the bound");
    let length = levels.len() * LEVEL_BYTES;
    match length {
        0..=0xff => out.extend_from_slice(&[0xc4, length as u8]),
        _ => put_tagged(out, 0xc5, (length as u16).to_be_bytes()),
    }
    let start = out.len();
    out.resize(start + length, 0);
    for (place, [price, qty]) in out[start..].chunks_exact_mut(LEVEL_BYTES).zip(levels) {
        place[..8].copy_from_slice(&price.to_le_bytes());
        place[8..].copy_from_slice(&qty.to_le_bytes());
    }
}

fn put_array(out: &mut Vec<u8>, elements: usize) {
    match elements {
        0..=15 => out.push(0x90 | elements as u8),
        _ => put_tagged(out, 0xdc, (elements as u16).to_be_bytes()),
    }
}
