//! What can be asked of a session at any moment: for the status file, /metrics and Goodbye.

use wire::{Counters, Reason, State};

/// One instrument, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstrumentReport {
    /// Of its book.
    pub state: State,
    /// Why.
    pub reason: Reason,
    /// Snapshots it was built from so far.
    pub epoch: i64,
    /// Last update applied.
    pub last_id: u64,
    /// Counted since the session began.
    pub counted: Counted,
}

/// Counted for one instrument since the session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Depth updates that came, used or not.
    pub depth_messages: u64,
    /// Levels in them.
    pub depth_levels: u64,
    /// bookTicker messages.
    pub book_tickers: u64,
    /// Comparisons of the book's top with a bookTicker of the same id.
    pub book_ticker_checks: u64,
    /// Those that differed.
    pub book_ticker_mismatches: u64,
    /// Tickers that left the full ring before a diff of their id came.
    pub book_tickers_dropped: u64,
    /// Comparisons of the book with a fresh snapshot.
    pub rest_checks: u64,
    /// Those that differed.
    pub rest_mismatches: u64,
    /// Snapshots that could not be compared: too old, malformed or never answered.
    pub rest_checks_unusable: u64,
    /// Times a book that was there was built anew.
    pub resyncs: u64,
    /// Times updates were found missing.
    pub gaps: u64,
    /// Updates already applied.
    pub duplicates: u64,
    /// Updates that began before the book's end and went beyond it, other than the first.
    pub overlaps: u64,
    /// Prices of levels off the tick, left out: orders from before the tick was made coarser.
    pub off_tick: u64,
    /// Quantities of levels that were no whole lots; a few are normal, many mean a wrong lot.
    pub off_lot: u64,
    /// Snapshots that ended before the first buffered update.
    pub snapshots_too_old: u64,
    /// Trades published.
    pub trades: u64,
    /// Trades already published.
    pub trade_duplicates: u64,
    /// Trade ids that never came.
    pub trades_missed: u64,
    /// Closed candles published.
    pub candles_closed: u64,
    /// Messages of this instrument that could not be read.
    pub malformed: u64,
}

impl Counted {
    /// What Goodbye says of it.
    #[must_use]
    pub fn goodbye(&self) -> Counters {
        Counters {
            depth_messages: self.depth_messages as i64,
            book_ticker_checks: self.book_ticker_checks as i64,
            book_ticker_mismatches: self.book_ticker_mismatches as i64,
            resyncs: self.resyncs as i64,
            gaps: self.gaps as i64,
            trades: self.trades as i64,
            candles_closed: self.candles_closed as i64,
        }
    }
}

/// The whole feed, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedReport {
    /// Of the whole feed: `Live` while a connection is up and REST is not forbidden.
    pub state: State,
    /// Why.
    pub reason: Reason,
    /// seq of the frame published last, 0 before the first.
    pub last_seq: i64,
    /// Stream messages.
    pub messages: u64,
    /// Messages of a kind we do not use.
    pub ignored: u64,
    /// Messages that could not be read and name no instrument of ours.
    pub malformed: u64,
    /// Connections asked for after the first.
    pub reconnects: u64,
    /// REST weight used in the last minute, as the venue says.
    pub used_weight: u32,
    /// REST answers 429.
    pub rate_limited: u64,
}
