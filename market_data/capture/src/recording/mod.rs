//! The recording's own format: a directory of zstd segments, an index and a manifest.
//!
//! | file | what |
//! |---|---|
//! | `manifest.json` | written once at the start: format, build, session, venue, what the session was told, instruments |
//! | `00000001.seg`, … | one zstd stream each: the segment's header, then records, flushed at a bounded interval |
//! | `index.json` | replaced whole when a segment is finished: its records, bytes, times and SHA-256 |
//!
//! One run of the feed writes one such directory, named by its start. A segment that is missing from the index is the one
//! that was being written; whatever is torn at its end is cut.

mod chain;
mod codec;
mod manifest;
mod rotation;
mod segment;
mod tape;

pub use chain::Recording;
pub(crate) use chain::RecordingChain;
pub use codec::{DecodeFault, RECORD_BYTES_MAX, decode, encode, measure};
pub use manifest::{
    FORMAT, INDEX_FILE, Index, IndexEntry, MANIFEST_FILE, Manifest, Settings, is_read,
    segment_file, segment_number,
};
pub use rotation::surplus;
pub use segment::{SegmentEnd, SegmentReader, SegmentWriter};
pub use tape::Tape;
