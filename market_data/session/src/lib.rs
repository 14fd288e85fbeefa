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
//! reason `http_<status>` if the venue answered by a status); the number of a `Connect` request in its records.

/// What a session is built from.
mod config;
/// What a record causes.
mod output;
/// What can be asked of a session.
mod report;
/// The session itself: which record goes where, and the numbering of frames.
mod session;

pub use config::{CANDLES_KEPT, Clock, Config, ConfigError, FiltersFrom, Instrument};
pub use output::{Frame, Output, Request};
pub use report::{Counted, FeedReport, InstrumentReport};
pub use session::Session;
