//! Names and numbers of PROTOCOL.md: kinds, states, reasons, endings.

/// Declares an enum whose every value has one name, so that number, name and list cannot drift apart.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $number:literal $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $name { $($(#[$value_doc])* $value = $number,)* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$value,)*];

            /// The word that contract, journal and page use.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $word,)* }
            }

            /// The value of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($word => Some(Self::$value),)* _ => None }
            }

            /// The value of that number.
            #[must_use]
            pub const fn from_number(number: i64) -> Option<Self> {
                match number { $($number => Some(Self::$value),)* _ => None }
            }
        }
    };
}

named! {
    /// What a frame is; its first element.
    Kind {
        /// The first frame of a reader.
        Hello = 1 "hello",
        /// Top of one instrument's book.
        Book = 2 "book",
        /// One trade.
        Trade = 3 "trade",
        /// One minute, open or closed.
        Candle = 4 "candle",
        /// The state of one instrument or of the whole feed.
        Status = 5 "status",
        /// Nothing else happened for a second.
        Heartbeat = 6 "heartbeat",
        /// What a slow reader did not get.
        Skipped = 7 "skipped",
        /// The feed ends on purpose.
        Goodbye = 8 "goodbye",
    }
}

named! {
    /// State of one instrument's book. Only `Live` may be traded on.
    State {
        /// No connection.
        Disconnected = 0 "disconnected",
        /// The book is being built.
        Resyncing = 1 "resyncing",
        /// The book follows the exchange.
        Live = 2 "live",
        /// No depth update in time.
        Stale = 3 "stale",
        /// Best bid at or above best ask.
        Crossed = 4 "crossed",
        /// The exchange does not trade this instrument.
        Halted = 5 "halted",
        /// HTTP 451 or 403.
        GeoBlocked = 6 "geo_blocked",
        /// HTTP 418.
        Banned = 7 "banned",
    }
}

named! {
    /// Why a state was entered. The number is not on the wire, the word is.
    Reason {
        /// The session begins.
        Starting = 0 "starting",
        /// The first book is being built.
        FirstSnapshot = 1 "first_snapshot",
        /// A snapshot and the updates behind it made a book.
        SnapshotApplied = 2 "snapshot_applied",
        /// The snapshot ends before the first buffered update.
        SnapshotTooOld = 3 "snapshot_too_old",
        /// Updates were missed.
        Gap = 4 "gap",
        /// The connection ended.
        ConnectionLost = 5 "connection_lost",
        /// The venue said that it will close the connection.
        ServerShutdown = 6 "server_shutdown",
        /// Updates waiting for a snapshot reached their bound.
        BufferFull = 7 "buffer_full",
        /// Best bid at or above best ask.
        BookCrossed = 8 "book_crossed",
        /// The book's top differs from the bookTicker of the same id.
        TickerMismatch = 9 "ticker_mismatch",
        /// The book differs from a later snapshot.
        RestMismatch = 10 "rest_mismatch",
        /// No depth update within `stale_after_ms`.
        NoDepth = 11 "no_depth",
        /// Depth updates came again.
        DepthResumed = 12 "depth_resumed",
        /// exchangeInfo says HALT or END_OF_DAY.
        SymbolHalt = 13 "symbol_halt",
        /// exchangeInfo says BREAK.
        SymbolBreak = 14 "symbol_break",
        /// exchangeInfo says CANCEL_ONLY.
        CancelOnly = 15 "cancel_only",
        /// The venue does not know the symbol.
        Delisted = 16 "delisted",
        /// exchangeInfo says TRADING again.
        SymbolTrading = 17 "symbol_trading",
        /// HTTP 403.
        Http403 = 18 "http_403",
        /// HTTP 451.
        Http451 = 19 "http_451",
        /// HTTP 418.
        Http418 = 20 "http_418",
        /// HTTP 429, or our own weight budget.
        RateLimited = 21 "rate_limited",
        /// A message could not be read.
        Malformed = 22 "malformed",
        /// The book is no longer crossed.
        Uncrossed = 23 "uncrossed",
    }
}

named! {
    /// Why the feed says goodbye.
    Ending {
        /// A replay's input ended.
        RecordingEnded = 0 "recording_ended",
        /// The operator stopped the feed.
        Stopping = 1 "stopping",
        /// More than `READER_QUEUE_BYTES_END` waited for this reader.
        ReaderTooSlow = 2 "reader_too_slow",
        /// `READERS_MAX` readers are connected.
        TooManyReaders = 3 "too_many_readers",
    }
}
