//! Text captures: lines `<receive ns> <json>`, plain or gzip.

mod chain;
mod file;
mod kept;
mod line;
mod plain;
mod reader;
mod shape;
mod survey;

pub(crate) use chain::{TextChain, chains};
pub use file::TextFile;
pub use kept::KeptLines;
pub use line::{Line, split_line};
pub use reader::{LINE_BYTES_MAX, LineReader, Step, Tail};
pub use shape::{Level, Numbers, Shape, is_snapshot, stream_symbol};
pub use survey::{FileSurvey, OFF_LOT_PPM_MAX, SymbolSeen, Table, survey};
