//! What a market says: the contents of the public streams, before any text.

use crate::decimal::{Price, Qty};
use crate::levels::{Level, Top};

/// Something that one symbol's market says at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct MarketEvent {
    /// Index of the symbol.
    pub symbol: usize,
    /// The exchange's time.
    pub time_ns: i64,
    /// What it says.
    pub content: Content,
}

/// The contents of one message.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Levels that changed, absolute.
    Depth(Depth),
    /// A trade.
    Trade(Trade),
    /// The best levels.
    BookTicker(BookTicker),
    /// A bar of a minute.
    Kline(Candle),
}

/// Levels that changed since the last such event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// First update id in it.
    pub first_id: i64,
    /// Last update id in it.
    pub last_id: i64,
    /// Bids, best first; zero removes.
    pub bids: Vec<Level>,
    /// Asks, best first; zero removes.
    pub asks: Vec<Level>,
}

/// One trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Number, +1 a trade.
    pub id: i64,
    /// Price of the maker's order.
    pub price: Price,
    /// How much.
    pub qty: Qty,
    /// True if the buyer's order rested: the seller was the aggressor.
    pub buyer_is_maker: bool,
}

/// The best levels at an update id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookTicker {
    /// The update id in force.
    pub id: i64,
    /// Both best levels.
    pub top: Top,
}

/// One bar of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candle {
    /// First millisecond.
    pub open_ms: i64,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Base quantity, 10⁻⁸.
    pub volume_e8: i64,
    /// Price times quantity, 10⁻¹⁶.
    pub quote_volume_e16: i128,
    /// Base quantity of aggressive buyers, 10⁻⁸.
    pub buy_volume_e8: i64,
    /// Price times quantity of aggressive buyers, 10⁻¹⁶.
    pub buy_quote_volume_e16: i128,
    /// Number of trades.
    pub trades: i64,
    /// First trade's number; −1 without trades.
    pub first_trade: i64,
    /// Last trade's number; −1 without trades.
    pub last_trade: i64,
    /// True once the minute is over.
    pub closed: bool,
}
