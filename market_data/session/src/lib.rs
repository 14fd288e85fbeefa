//! Records to frames and requests: the feed's state machine; pure.
//!
//! ```text
//! record ──▶ Session::on_record ──▶ Output: frames (bytes, in order of seq) and requests to the shell
//! ```
//!
//! `recv_ns` of the records is the only clock; whatever the session waits for, it does on the next `Tick`. The first
//! record begins the session: it publishes `starting` and asks for connection 1. Whoever replays the same records with
//! the same `Config` gets the same frames, byte for byte.
//!
//! What the shell owes: a `Tick` at least once a second of its clock (a live feed: every 100 ms); `recv_ns` that never
//! decreases; one answering record for every request (a connection that could not be opened is `Disconnected` with the
//! reason `http_<status>` if the venue answered by a status, `http_<status> after <seconds>` if it told how long to
//! wait); the number of a `Connect` request in its records.

/// One REST resource that is asked for.
mod ask;
/// The closed bars that are kept.
mod bars;
/// Updates that wait for a snapshot.
mod buffer;
/// One-minute candles of one instrument.
mod candles;
/// How a book that follows is checked.
mod check;
/// What a session is built from.
mod config;
/// When to open and close stream connections.
mod connections;
/// Which message goes to which instrument, and what concerns them all.
mod feed;
/// How a book follows the exchange: where a gap is detected.
mod follow;
/// One-minute bars built from trades.
mod from_trades;
/// One instrument: its state and what it publishes.
mod instrument;
/// What a record causes.
mod output;
/// The numbering of frames.
mod publish;
/// What can be asked of a session.
mod report;
/// Requests over REST and their answers.
mod rest;
/// The second book of a check.
mod second_book;
/// The session as its callers see it.
mod session;
/// What state an instrument is in, and what is published of it.
mod show;
/// Recent bookTickers that wait for their update.
mod tickers;

pub use config::{CANDLES_KEPT, Clock, Config, ConfigError, FiltersFrom, Instrument};
pub use output::{Frame, Output, Problem, Request};
pub use report::{Counted, FeedReport, InstrumentReport};
pub use session::Session;
