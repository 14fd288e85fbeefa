//! Bytes to frames: a value that borrows from the bytes, or the name of the refusal.

use crate::encode::{Book, Candle, Counters, Floats, Hello, Instrument, Trade};
use crate::names::{Ending, Kind, Reason, State};
use crate::read::{Reader, Refusal};
use crate::{FRAME_BYTES_MAX, INSTRUMENTS_MAX, LEVEL_BYTES, LEVELS_MAX, PROTOCOL};
use alloc::vec::Vec;

const VENUES: [&str; 3] = ["binance", "sim", "replay"];
const CLOCKS: [&str; 2] = ["wall", "recorded"];
const FILTERS_FROM: [&str; 3] = ["exchange", "config", "inferred"];

/// One frame: its number, its time, what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame<'a> {
    /// Its number; of Skipped, the last frame left out.
    pub seq: i64,
    /// UTC nanoseconds.
    pub recv_ns: i64,
    /// What it says.
    pub body: Body<'a>,
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq)]
pub enum Body<'a> {
    /// The first frame of a reader.
    Hello {
        /// Everything but the instruments.
        head: Hello<'a>,
        /// In order of index.
        instruments: Vec<Instrument<'a>>,
    },
    /// Top of one instrument's book.
    Book {
        /// Everything but levels and floats.
        head: Book,
        /// Bids, best first.
        bids: Levels<'a>,
        /// Asks, best first.
        asks: Levels<'a>,
        /// The metrics.
        floats: Floats,
    },
    /// One trade.
    Trade(Trade),
    /// One minute.
    Candle(Candle),
    /// The state of one instrument, or with `None` of the feed.
    Status {
        /// Index of Hello.
        instrument: Option<u8>,
        /// Of its book.
        state: State,
        /// Why.
        reason: Reason,
        /// Snapshots so far.
        epoch: i64,
    },
    /// Nothing else happened for a second.
    Heartbeat,
    /// Book frames were left out for this reader.
    Skipped {
        /// The first frame of the range; `seq` is its last.
        from: i64,
        /// How many were left out.
        count: i64,
    },
    /// The feed ends on purpose.
    Goodbye {
        /// Why.
        reason: Ending,
        /// In order of index.
        counters: Vec<Counters>,
    },
}

/// Levels of one side as they stand in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels<'a>(&'a [u8]);

impl<'a> Levels<'a> {
    /// (ticks, lots), best first.
    pub fn iter(self) -> impl ExactSizeIterator<Item = [i64; 2]> + 'a {
        self.0.chunks_exact(LEVEL_BYTES).map(|level| {
            let word = |at: usize| {
                i64::from_le_bytes(level[at..at + 8].try_into().expect("a level has 16 bytes"))
            };
            [word(0), word(8)]
        })
    }
}

/// Reads the frame that begins `bytes`; also gives how many bytes it took, its length included.
///
/// # Errors
/// The name of the refusal. `Truncated` may only mean that more bytes have to come.
pub fn decode(bytes: &[u8]) -> Result<(Frame<'_>, usize), Refusal> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else {
        return Err(Refusal::Truncated {
            missing: 4 - bytes.len(),
        });
    };
    let length = u32::from_be_bytes(*length) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(Refusal::TooLong { bytes: length });
    }
    let body = rest.get(..length).ok_or_else(|| Refusal::Truncated {
        missing: length - rest.len(),
    })?;
    Ok((decode_body(body)?, 4 + length))
}

/// Reads a frame's body, what follows its length.
///
/// # Errors
/// The name of the refusal.
pub fn decode_body(body: &[u8]) -> Result<Frame<'_>, Refusal> {
    Reader::new(body).whole()?;
    let mut reader = Reader::new(body);
    let found = reader.outer()?;
    if found == 0 {
        return Err(Refusal::WrongLength { found });
    }
    let number = reader.int("kind")?;
    let kind = Kind::from_number(number).ok_or(Refusal::UnknownKind { kind: number })?;
    if found != elements(kind) {
        return Err(Refusal::WrongLength { found });
    }
    let seq = reader.within("seq", 0, i64::MAX)?;
    let recv_ns = reader.within("recv_ns", 0, i64::MAX)?;
    let body = match kind {
        Kind::Hello => hello(&mut reader)?,
        Kind::Book => book(&mut reader)?,
        Kind::Trade => Body::Trade(trade(&mut reader)?),
        Kind::Candle => Body::Candle(candle(&mut reader)?),
        Kind::Status => status(&mut reader)?,
        Kind::Heartbeat => Body::Heartbeat,
        Kind::Skipped => {
            let from = reader.within("from", 1, seq)?;
            let count = reader.within("count", 1, seq - from + 1)?;
            Body::Skipped { from, count }
        }
        Kind::Goodbye => goodbye(&mut reader)?,
    };
    Ok(Frame { seq, recv_ns, body })
}

const fn elements(kind: Kind) -> usize {
    match kind {
        Kind::Hello => 12,
        Kind::Book => 16,
        Kind::Trade => 9,
        Kind::Candle => 14,
        Kind::Status => 7,
        Kind::Heartbeat => 3,
        Kind::Skipped | Kind::Goodbye => 5,
    }
}

fn hello<'a>(reader: &mut Reader<'a>) -> Result<Body<'a>, Refusal> {
    reader.within("protocol", PROTOCOL, PROTOCOL)?;
    let head = Hello {
        build: reader.text("build")?,
        session: reader.text("session")?,
        venue: reader.one_of("venue", &VENUES)?,
        simulated: reader.boolean("simulated")?,
        clock: reader.one_of("clock", &CLOCKS)?,
        next_seq: reader.within("next_seq", 1, i64::MAX)?,
        catch_up: reader.within("catch_up", 0, i64::MAX)?,
    };
    let count = reader.array("instruments")?;
    if count > INSTRUMENTS_MAX {
        return Err(Refusal::OutOfRange {
            element: "instruments",
        });
    }
    let instruments = (0..count)
        .map(|index| instrument(reader, index))
        .collect::<Result<_, _>>()?;
    Ok(Body::Hello { head, instruments })
}

fn instrument<'a>(reader: &mut Reader<'a>, index: usize) -> Result<Instrument<'a>, Refusal> {
    row(reader, 10, index)?;
    Ok(Instrument {
        symbol: reader.text("symbol")?,
        base: reader.text("base")?,
        quote: reader.text("quote")?,
        tick_e8: reader.within("tick_e8", 1, i64::MAX)?,
        lot_e8: reader.within("lot_e8", 1, i64::MAX)?,
        qty_min_lots: reader.within("qty_min_lots", 0, i64::MAX)?,
        qty_max_lots: reader.within("qty_max_lots", 0, i64::MAX)?,
        notional_min_e8: reader.within("notional_min_e8", 0, i64::MAX)?,
        filters_from: reader.one_of("filters_from", &FILTERS_FROM)?,
    })
}

/// The beginning of one row of a list by index: its length, and its index, which must be its place.
fn row(reader: &mut Reader<'_>, elements: usize, index: usize) -> Result<(), Refusal> {
    let found = reader.array("instruments")?;
    if found != elements {
        return Err(Refusal::WrongLength { found });
    }
    reader
        .within("index", index as i64, index as i64)
        .map(|_| ())
}

fn index(reader: &mut Reader<'_>) -> Result<u8, Refusal> {
    reader
        .within("instrument", 0, INSTRUMENTS_MAX as i64 - 1)
        .map(|index| index as u8)
}

fn state(reader: &mut Reader<'_>) -> Result<State, Refusal> {
    let number = reader.int("state")?;
    State::from_number(number).ok_or(Refusal::OutOfRange { element: "state" })
}

fn book<'a>(reader: &mut Reader<'a>) -> Result<Body<'a>, Refusal> {
    let instrument = index(reader)?;
    let event_ns = reader.within("event_ns", 0, i64::MAX)?;
    let epoch = reader.within("epoch", 0, i64::MAX)?;
    let last_id = reader.within("last_id", 0, i64::MAX)?;
    let state = state(reader)?;
    let (bids, asks) = (levels(reader, "bids")?, levels(reader, "asks")?);
    let window_bid = reader.within("window_bid", 0, i64::MAX)?;
    let window_ask = reader.within("window_ask", 0, i64::MAX)?;
    let floats = Floats {
        imbalance_best: reader.float("imbalance_best", -1.0, 1.0)?,
        imbalance_top: reader.float("imbalance_top", -1.0, 1.0)?,
        imbalance_weighted: reader.float("imbalance_weighted", -1.0, 1.0)?,
        microprice: reader.float("microprice", 0.0, i64::MAX as f64)?,
    };
    let head = Book {
        instrument,
        event_ns,
        epoch,
        last_id,
        state,
        window_bid,
        window_ask,
    };
    Ok(Body::Book {
        head,
        bids,
        asks,
        floats,
    })
}

fn levels<'a>(reader: &mut Reader<'a>, element: &'static str) -> Result<Levels<'a>, Refusal> {
    let bytes = reader.bin(element)?;
    if !bytes.len().is_multiple_of(LEVEL_BYTES) || bytes.len() > LEVELS_MAX * LEVEL_BYTES {
        return Err(Refusal::OutOfRange { element });
    }
    Ok(Levels(bytes))
}

fn trade(reader: &mut Reader<'_>) -> Result<Trade, Refusal> {
    Ok(Trade {
        instrument: index(reader)?,
        event_ns: reader.within("event_ns", 0, i64::MAX)?,
        trade_id: reader.within("trade_id", 0, i64::MAX)?,
        price: reader.within("price", 1, i64::MAX)?,
        qty: reader.within("qty", 1, i64::MAX)?,
        aggressor: reader.within("aggressor", 0, 1)? as u8,
    })
}

fn candle(reader: &mut Reader<'_>) -> Result<Candle, Refusal> {
    Ok(Candle {
        instrument: index(reader)?,
        open_ns: reader.within("open_ns", 0, i64::MAX)?,
        open: reader.within("open", 1, i64::MAX)?,
        high: reader.within("high", 1, i64::MAX)?,
        low: reader.within("low", 1, i64::MAX)?,
        close: reader.within("close", 1, i64::MAX)?,
        volume: reader.within("volume", 0, i64::MAX)?,
        buy_volume: reader.within("buy_volume", 0, i64::MAX)?,
        trades: reader.within("trades", 0, i64::MAX)?,
        closed: reader.boolean("closed")?,
        origin: reader.within("origin", 0, 3)? as u8,
    })
}

fn status<'a>(reader: &mut Reader<'a>) -> Result<Body<'a>, Refusal> {
    let instrument = reader.within("instrument", -1, INSTRUMENTS_MAX as i64 - 1)?;
    let state = state(reader)?;
    let reason = Reason::from_name(reader.text("reason")?)
        .ok_or(Refusal::OutOfRange { element: "reason" })?;
    let epoch = reader.within("epoch", 0, i64::MAX)?;
    Ok(Body::Status {
        instrument: u8::try_from(instrument).ok(),
        state,
        reason,
        epoch,
    })
}

fn goodbye<'a>(reader: &mut Reader<'a>) -> Result<Body<'a>, Refusal> {
    let reason = Ending::from_name(reader.text("reason")?)
        .ok_or(Refusal::OutOfRange { element: "reason" })?;
    let count = reader.array("counters")?;
    if count > INSTRUMENTS_MAX {
        return Err(Refusal::OutOfRange {
            element: "counters",
        });
    }
    let counters = (0..count)
        .map(|index| counters(reader, index))
        .collect::<Result<_, _>>()?;
    Ok(Body::Goodbye { reason, counters })
}

fn counters(reader: &mut Reader<'_>, index: usize) -> Result<Counters, Refusal> {
    row(reader, 8, index)?;
    Ok(Counters {
        depth_messages: reader.within("depth_messages", 0, i64::MAX)?,
        book_ticker_checks: reader.within("book_ticker_checks", 0, i64::MAX)?,
        book_ticker_mismatches: reader.within("book_ticker_mismatches", 0, i64::MAX)?,
        resyncs: reader.within("resyncs", 0, i64::MAX)?,
        gaps: reader.within("gaps", 0, i64::MAX)?,
        trades: reader.within("trades", 0, i64::MAX)?,
        candles_closed: reader.within("candles_closed", 0, i64::MAX)?,
    })
}
