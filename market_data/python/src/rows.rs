//! Frames as rows of the event arrays: strategy/quantumflow/events.py has their layout, frames.py the same for a socket.

use wire::{Body, Floats, Frame, Levels};

/// Levels of one side that the engine keeps.
pub const DEPTH: usize = 20;
/// Words of one event head: 21 integers and 4 floats.
pub const HEAD_WORDS: usize = 25;
/// Words of one row of levels: side, level, (ticks, lots).
pub const ROW_WORDS: usize = 2 * DEPTH * 2;

/// `EventKind` of vocabulary.py.
mod kind {
    pub const BOOK: i64 = 1;
    pub const TRADE: i64 = 2;
    pub const CANDLE: i64 = 3;
    pub const STATUS: i64 = 4;
    pub const HEARTBEAT: i64 = 5;
}

/// Places in a head.
mod at {
    pub const KIND: usize = 0;
    pub const INSTRUMENT: usize = 1;
    pub const SEQ: usize = 2;
    pub const RECV_NS: usize = 3;
    pub const EVENT_NS: usize = 4;
    pub const EPOCH: usize = 5;
    pub const ID: usize = 6;
    pub const PRICE: usize = 7;
    pub const QTY: usize = 8;
    pub const SIDE: usize = 9;
    pub const STATE: usize = 10;
    pub const CODE: usize = 11;
    pub const CLOSED: usize = 12;
    pub const WINDOW_BID: usize = 13;
    pub const WINDOW_ASK: usize = 14;
    pub const LOW: usize = 15;
    pub const CLOSE: usize = 16;
    pub const VOLUME: usize = 17;
    pub const LEVELS_ROW: usize = 18;
    pub const BID_COUNT: usize = 19;
    pub const ASK_COUNT: usize = 20;
    pub const FLOATS: usize = 21;
}

/// Heads and levels of a batch, in words: floats as their bits.
#[derive(Debug, Default)]
pub struct Rows {
    /// `HEAD_WORDS` an event.
    pub heads: Vec<i64>,
    /// `ROW_WORDS` a book.
    pub levels: Vec<i64>,
}

impl Rows {
    /// Room for so many events, each of which may be a book.
    pub fn with_capacity(events: usize) -> Self {
        Self {
            heads: Vec::with_capacity(events * HEAD_WORDS),
            levels: Vec::with_capacity(events * ROW_WORDS),
        }
    }

    /// Events so far.
    pub fn len(&self) -> usize {
        self.heads.len() / HEAD_WORDS
    }

    /// Adds the event of a frame; what is none (Hello, Skipped, Goodbye) adds nothing.
    #[inline]
    pub fn add(&mut self, frame: &Frame<'_>) {
        let mut head = [0; HEAD_WORDS];
        head[at::SEQ] = frame.seq;
        head[at::RECV_NS] = frame.recv_ns;
        head[at::LEVELS_ROW] = -1;
        match &frame.body {
            Body::Book {
                head: book,
                bids,
                asks,
                floats,
            } => {
                head[at::KIND] = kind::BOOK;
                head[at::INSTRUMENT] = i64::from(book.instrument);
                head[at::EVENT_NS] = book.event_ns;
                head[at::EPOCH] = book.epoch;
                head[at::ID] = book.last_id;
                head[at::STATE] = book.state as i64;
                head[at::WINDOW_BID] = book.window_bid;
                head[at::WINDOW_ASK] = book.window_ask;
                head[at::LEVELS_ROW] = (self.levels.len() / ROW_WORDS) as i64;
                head[at::BID_COUNT] = self.side(*bids);
                head[at::ASK_COUNT] = self.side(*asks);
                head[at::FLOATS..].copy_from_slice(&bits(floats));
            }
            Body::Trade(trade) => {
                head[at::KIND] = kind::TRADE;
                head[at::INSTRUMENT] = i64::from(trade.instrument);
                head[at::EVENT_NS] = trade.event_ns;
                head[at::ID] = trade.trade_id;
                head[at::PRICE] = trade.price;
                head[at::QTY] = trade.qty;
                head[at::SIDE] = i64::from(trade.aggressor);
            }
            Body::Candle(candle) => {
                head[at::KIND] = kind::CANDLE;
                head[at::INSTRUMENT] = i64::from(candle.instrument);
                head[at::ID] = candle.open_ns;
                head[at::CODE] = i64::from(candle.origin);
                head[at::CLOSED] = i64::from(candle.closed);
                head[at::WINDOW_BID] = candle.open;
                head[at::WINDOW_ASK] = candle.high;
                head[at::LOW] = candle.low;
                head[at::CLOSE] = candle.close;
                head[at::VOLUME] = candle.volume;
            }
            Body::Status {
                instrument,
                state,
                epoch,
                ..
            } => {
                head[at::KIND] = kind::STATUS;
                head[at::INSTRUMENT] = instrument.map_or(-1, i64::from);
                head[at::EPOCH] = *epoch;
                head[at::STATE] = *state as i64;
            }
            Body::Heartbeat => {
                head[at::KIND] = kind::HEARTBEAT;
                head[at::INSTRUMENT] = -1;
            }
            Body::Hello { .. } | Body::Skipped { .. } | Body::Goodbye { .. } => return,
        }
        self.heads.extend_from_slice(&head);
    }

    /// The best levels of one side, filled up with nothing; how many there are.
    #[inline]
    fn side(&mut self, levels: Levels<'_>) -> i64 {
        let begin = self.levels.len();
        for level in levels.iter().take(DEPTH) {
            self.levels.extend_from_slice(&level);
        }
        let count = (self.levels.len() - begin) / 2;
        self.levels.resize(begin + 2 * DEPTH, 0);
        count as i64
    }
}

fn bits(floats: &Floats) -> [i64; 4] {
    [
        floats.imbalance_best,
        floats.imbalance_top,
        floats.imbalance_weighted,
        floats.microprice,
    ]
    .map(|float| float.to_bits() as i64)
}
