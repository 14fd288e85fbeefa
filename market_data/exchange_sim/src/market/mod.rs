//! A generated market: seeded, pure, with time as an argument.

/// Bars of a minute.
pub mod candles;
/// What a market says.
pub mod event;
/// The order flow that the hidden state drives.
pub mod flow;
/// All symbols of one generated market.
pub mod generator;
/// Bars of the time before the market opened.
pub mod history;
/// One symbol's generated market.
pub mod instrument;
/// The hidden state: regime, pressure, fair value.
pub mod latent;
/// The limit order book.
pub mod matching;
/// Seeded random numbers.
pub mod random;
/// What an instrument is.
pub mod spec;
