//! Every way reading or writing a capture can fail, each with the file and, for text, the line.

use std::io;
use std::path::PathBuf;

use crate::decimal::DecimalFault;
use crate::recording::DecodeFault;

/// What went wrong, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The system refused to open, read or write.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file or directory.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line of a text capture cannot be used.
    #[error("{}, line {line}: {fault}", file.display())]
    Line {
        /// The capture.
        file: PathBuf,
        /// Counted from 1.
        line: u64,
        /// Why not.
        fault: LineFault,
    },
    /// A file holds nothing to replay.
    #[error("{}: holds no message", file.display())]
    Empty {
        /// The capture.
        file: PathBuf,
    },
    /// Two files of one symbol overlap in time or stand in the wrong order.
    #[error(
        "{}: begins before {} ends ({second_first_ns} < {first_last_ns}); name the files of one symbol in the order of their times",
        second.display(), first.display()
    )]
    TimeWentBack {
        /// The file that comes first in the list.
        first: PathBuf,
        /// Its last receive time.
        first_last_ns: i64,
        /// The file after it.
        second: PathBuf,
        /// Its first receive time.
        second_first_ns: i64,
    },
    /// Inferring a unit or reading a table entry failed.
    #[error("{symbol}: {fault}")]
    Instrument {
        /// The symbol.
        symbol: String,
        /// What is wrong with it.
        fault: InstrumentFault,
    },
    /// Text captures and recordings in one list.
    #[error(
        "{}: is a recording, but {} is a text capture; replay them apart",
        recording.display(), text.display()
    )]
    MixedKinds {
        /// A recording of the list.
        recording: PathBuf,
        /// A text capture of the list.
        text: PathBuf,
    },
    /// No file was named.
    #[error("no file to replay was named")]
    NoFiles,
    /// A wanted symbol is in none of the files.
    #[error(
        "{symbol}: is not in the files, which hold {present}; name one of these or leave `symbols` empty for all"
    )]
    SymbolAbsent {
        /// What was asked for.
        symbol: String,
        /// What there is, separated by commas.
        present: String,
    },
    /// A manifest is absent, unreadable or of another format.
    #[error("{}: {reason}", file.display())]
    Manifest {
        /// The manifest's path.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A finished segment is damaged before its end.
    #[error(
        "{}: damaged after record {records} ({fault}); replay without this segment and those before it",
        file.display()
    )]
    Damaged {
        /// The segment.
        file: PathBuf,
        /// Whole records before the damage.
        records: u64,
        /// What was found there.
        fault: DecodeFault,
    },
}

/// Why one line of a text capture cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// No number and space at its start.
    #[error("does not begin with a receive time and a space")]
    NoTime,
    /// The number is not UTC nanoseconds of this century.
    #[error("its receive time {0} is not UTC nanoseconds since 1970")]
    NotNanoseconds(String),
    /// The time is more than a second earlier than the line before.
    #[error(
        "its receive time {now_ns} is earlier than {before_ns} on the line before; sort the capture by receive time"
    )]
    TimeWentBack {
        /// Of the line before.
        before_ns: i64,
        /// Of this line.
        now_ns: i64,
    },
    /// Longer than `LINE_BYTES_MAX`.
    #[error("is longer than {0} bytes")]
    TooLong(usize),
    /// Not JSON, or a field is absent or has another type.
    #[error("is not a message of the exchange: {0}")]
    Malformed(String),
    /// JSON, but neither `{{"stream", "data"}}` nor a depth snapshot.
    #[error(
        "is neither a combined-stream message (\"stream\" and \"data\") nor a depth snapshot (\"lastUpdateId\")"
    )]
    NotCombined,
    /// A message of the futures market.
    #[error(
        "is of a USD-M futures market ({0}), whose books follow another rule; only spot captures can be replayed"
    )]
    UsdMFutures(&'static str),
    /// A snapshot names no symbol, and the file has several.
    #[error(
        "is a depth snapshot, which names no symbol, but the file holds {0}; put each symbol's lines into a file of its own"
    )]
    SnapshotOfSeveral(String),
    /// A snapshot stands in a file without any message.
    #[error("is a depth snapshot, which names no symbol, and no message of the file names one")]
    SnapshotOfNone,
    /// A number of a message is not a decimal.
    #[error("{field} {value:?} {fault}")]
    Decimal {
        /// `price` or `quantity`.
        field: &'static str,
        /// As it stands there.
        value: String,
        /// Why not.
        fault: DecimalFault,
    },
    /// A number is not a multiple of the table's unit.
    #[error("{0}")]
    OffUnit(Box<OffUnit>),
}

/// A price or quantity that the instrument table's unit does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{symbol} {field} {value} is not a multiple of the {unit} {table}; put {unit} = \"{fits}\" into [instruments.{symbol}]"
)]
pub struct OffUnit {
    /// The symbol.
    pub symbol: String,
    /// `price` or `quantity`.
    pub field: &'static str,
    /// As it stands there.
    pub value: String,
    /// `tick` or `lot`.
    pub unit: &'static str,
    /// The table's unit.
    pub table: String,
    /// A unit that would fit this value and the table's.
    pub fits: String,
}

/// What is wrong with an instrument as a whole.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstrumentFault {
    /// The quote asset cannot be told from the symbol.
    #[error("base and quote cannot be told from the name; add [instruments.{symbol}] with base, quote, tick and lot", symbol = .0)]
    UnknownQuote(String),
    /// Nothing was seen to infer a unit from.
    #[error("no {0} was seen to infer its unit from; add it to the instrument table")]
    NothingSeen(&'static str),
    /// A value of the table.
    #[error("{key} {value:?} {fault}")]
    Decimal {
        /// The table's key.
        key: &'static str,
        /// As it stands there.
        value: String,
        /// Why not.
        fault: DecimalFault,
    },
    /// A unit of zero.
    #[error("{0} must be greater than 0")]
    ZeroUnit(&'static str),
    /// A bound that is not a multiple of the lot.
    #[error("{key} {value} is not a multiple of the lot {lot}")]
    OffLot {
        /// The table's key.
        key: &'static str,
        /// As it stands there.
        value: String,
        /// The lot.
        lot: String,
    },
}

impl CaptureError {
    pub(crate) fn io(file: &std::path::Path, source: io::Error) -> Self {
        Self::Io {
            file: file.to_path_buf(),
            source,
        }
    }
}
