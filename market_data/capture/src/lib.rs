//! What came in, as records: the recording's own segments and text captures.
//!
//! A live feed writes these records and a replay reads them through the same door, so whatever happens behind the door
//! cannot tell the two apart. `Source` is that door for files; `text` and `recording` are the two kinds of file behind
//! it.

/// Decimal text to integers and back.
pub mod decimal;
mod error;
mod instrument;
/// The recording's own format.
pub mod recording;
mod selection;
mod source;
/// Text captures.
pub mod text;
mod timeline;

pub use error::{CaptureError, InstrumentFault, LineFault, OffUnit};
pub use instrument::{FiltersFrom, Instrument, StepsSeen, TableEntry};
pub use selection::Selection;
pub use source::{FileSummary, Source, Summary};
pub use timeline::{PAUSE_NS, RecordStream, TICK_NS};

/// One thing that reached the feed, with the time at which it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// UTC nanoseconds; never decreases within a recording.
    pub recv_ns: i64,
    /// What it was.
    pub input: Input,
}

/// The kinds of thing that reach the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A stream connection is up. `connection` counts from 1 over a session.
    Connected {
        /// Which connection.
        connection: u32,
    },
    /// A stream connection ended.
    Disconnected {
        /// Which connection.
        connection: u32,
        /// Why, as the shell saw it.
        reason: String,
    },
    /// One text message of a stream connection: combined-stream JSON.
    Message {
        /// Which connection.
        connection: u32,
        /// The message as it came.
        text: Vec<u8>,
    },
    /// The answer to a REST request, or its failure (`status` 0: no answer in time or no connection).
    Rest {
        /// What was asked.
        endpoint: Endpoint,
        /// Upper-case symbol; empty for what concerns the whole exchange.
        symbol: String,
        /// HTTP status, 0 if there was no answer.
        status: u16,
        /// `Retry-After` in seconds, 0 if there was none.
        retry_after_s: u32,
        /// `X-MBX-USED-WEIGHT-1M`, 0 if there was none.
        used_weight: u32,
        /// The body as it came.
        body: Vec<u8>,
    },
    /// The feed's timer, so that ages and deadlines replay too.
    Tick,
    /// What the records before it made the feed publish: written by the recorder, so that a replay can be compared.
    Published(Published),
    /// The feed ended on purpose at this time, with these words of its Goodbye.
    Ended {
        /// The reason in the Goodbye.
        reason: String,
    },
}

/// Checksums of the frames published since the `Published` before, and the digest of all frames of the run so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Frames of the run so far: the `seq` of the last one.
    pub last_seq: i64,
    /// CRC-32 of each frame since the last `Published`, its length left out, in order of `seq`.
    pub checksums: Vec<u32>,
    /// SHA-256 over the bytes of every frame of the run so far, lengths included.
    pub digest: [u8; 32],
}

/// The REST resources the feed asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/api/v3/depth`
    Depth,
    /// `/api/v3/exchangeInfo`
    ExchangeInfo,
    /// `/api/v3/klines`
    Klines,
    /// `/api/v3/ticker/bookTicker`
    BookTicker,
}
