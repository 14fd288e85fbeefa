//! Bytes of Binance spot to events; pure.
//!
//! The stream's hot messages (depthUpdate, trade, bookTicker) are read by a scanner of our own, without an allocation,
//! straight into integers of 10⁻⁸ and from there into ticks and lots. Every way in which a message can be bad is a
//! named error. What the venue may add – fields, event types – is passed over; what we use must be there.

/// Waiting between tries: full jitter.
mod backoff;
/// Every way in which bytes can be bad.
mod error;
/// exchangeInfo: filters and status of the symbols.
mod exchange_info;
/// A field of a message, there or not.
mod field;
/// Klines, from the stream and over REST.
mod kline;
/// Levels of a book side, as they came and in ticks and lots.
mod level;
/// Messages of the stream.
mod message;
/// Decimal text to integers of 10⁻⁸, and those to ticks or lots.
mod number;
/// Answers over REST, and the paths that ask for them.
mod rest;
/// A cursor over JSON text.
mod scan;
/// Names of the streams.
mod stream;
/// The REST weight budget and what forbids REST.
mod weight;

pub use backoff::Backoff;
pub use error::Malformed;
pub use exchange_info::{ExchangeInfo, SymbolInfo, SymbolStatus};
pub use kline::Kline;
pub use level::{Level, Odd, Update, lots, ticks};
pub use message::{Message, Ticker, parse_message};
pub use number::{E8, Unit, parse_e8, read_e8, read_plain_level};
pub use rest::{
    BOOK_TICKER_WEIGHT, EXCHANGE_INFO_WEIGHT, KLINES_ROWS_MAX, KLINES_WEIGHT, VenueError,
    book_ticker_path, depth_path, depth_weight, exchange_info_path, klines_path, parse_book_ticker,
    parse_depth, parse_klines, parse_venue_error,
};
pub use stream::{stream_of, stream_path};
pub use weight::{Forbidden, Weight};
