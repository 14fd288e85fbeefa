//! An exchange on loopback that speaks Binance spot's REST and WebSocket protocol: generated or recorded markets, and
//! faults on top of either.

/// REST answers.
pub mod answer;
/// The configuration.
pub mod config;
/// What was sent, asked and done.
pub mod counts;
/// Prices and quantities.
pub mod decimal;
/// A market, its faults and its answers: pure.
pub mod exchange;
/// Faults on top of a market.
pub mod faults;
/// Both sides of a book as price levels.
pub mod levels;
/// One symbol as the exchange lists it.
pub mod listing;
/// A generated market.
pub mod market;
/// What goes out to stream connections.
pub mod outgoing;
/// A recorded market.
pub mod playback;
/// The venue's protocol as text.
pub mod protocol;
/// The prices that a generated market was left at.
pub mod remembered;
/// Sockets and the clock.
pub mod server;
/// The truth book and its past.
pub mod truth;
