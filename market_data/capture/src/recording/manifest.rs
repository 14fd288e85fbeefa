//! The two JSON files of a recording: the manifest says what it is, the index what its finished segments hold.

use serde::{Deserialize, Serialize};

use super::segment::SegmentEnd;
use crate::instrument::Instrument;

/// Format of the directories that are written. 2: the index has a checksum of each segment, the manifest what the session
/// was told, the segments what was published. Format 1 is read as well.
pub const FORMAT: u32 = 2;
const FORMAT_MIN: u32 = 1;
/// The manifest's file name.
pub const MANIFEST_FILE: &str = "manifest.json";
/// The index' file name.
pub const INDEX_FILE: &str = "index.json";

/// What a recording is, written once at its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `FORMAT`.
    pub format: u32,
    /// The build that recorded.
    pub build: String,
    /// The session that was recorded.
    pub session: String,
    /// The venue it was recorded at.
    pub venue: String,
    /// True if the prices came from a market generator.
    pub simulated: bool,
    /// True if the answers to the feed's REST requests are in it: false if a text capture was recorded anew.
    pub rest_answers: bool,
    /// UTC nanoseconds.
    pub started_ns: i64,
    /// In the order of their index.
    pub instruments: Vec<Instrument>,
    /// What else the session was told; `None` in format 1, which therefore cannot be compared frame by frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
}

/// What a session is told besides its instruments: a replay that is to give the same frames must be told the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `wall` or `recorded`.
    pub clock: String,
    /// Levels of each side in a Book frame.
    pub publish_levels: usize,
    /// Levels of each side asked for in a snapshot.
    pub snapshot_limit: u32,
    /// Weight of the next level in the weighted imbalance.
    pub imbalance_decay_ppm: u32,
    /// A book without an update for so long is stale.
    pub stale_after_ms: u32,
    /// A book crossed for so long is built anew.
    pub crossed_resync_ms: u32,
    /// Step of the comparison of each book with a fresh snapshot, 0: never.
    pub rest_check_seconds: u32,
    /// One-minute bars asked for at the start.
    pub candle_seed: u32,
    /// Candles were built from trades until the first kline.
    pub candles_from_trades: bool,
    /// Seed of the jitter in back-off and connection age.
    pub jitter_seed: u64,
}

/// Whether this build reads recordings of that format.
#[must_use]
pub fn is_read(format: u32) -> bool {
    (FORMAT_MIN..=FORMAT).contains(&format)
}

impl Manifest {
    /// Reads a manifest; the reason says what to do.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct FormatOnly {
            format: u32,
        }
        let only: FormatOnly =
            serde_json::from_slice(json).map_err(|error| format!("is not a manifest: {error}"))?;
        if !is_read(only.format) {
            return Err(format!(
                "is of format {}, this build reads {FORMAT_MIN} to {FORMAT}",
                only.format
            ));
        }
        serde_json::from_slice(json).map_err(|error| format!("is not a manifest: {error}"))
    }

    /// The manifest's bytes.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("a manifest is plain data")
    }
}

/// What the finished segments of a recording hold, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// One a finished segment that still exists.
    pub segments: Vec<IndexEntry>,
}

/// One finished segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexEntry {
    /// Its number, from 1.
    pub number: u32,
    /// Records in it.
    pub records: u64,
    /// Compressed bytes.
    pub bytes: u64,
    /// Receive time of its first record.
    pub first_ns: i64,
    /// Receive time of its last record.
    pub last_ns: i64,
    /// SHA-256 of the file, hex: a changed bit is found without decoding. `None` in format 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl IndexEntry {
    /// The entry of a segment just finished.
    #[must_use]
    pub fn new(number: u32, end: SegmentEnd, sha256: Option<String>) -> Self {
        Self {
            number,
            records: end.records,
            bytes: end.bytes,
            first_ns: end.first_ns,
            last_ns: end.last_ns,
            sha256,
        }
    }
}

impl Index {
    /// Reads an index.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(json).map_err(|error| format!("is not an index: {error}"))
    }

    /// The index' bytes.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("an index is plain data")
    }
}

/// The file name of a segment.
#[must_use]
pub fn segment_file(number: u32) -> String {
    format!("{number:08}.seg")
}

/// The number in a segment's file name.
#[must_use]
pub fn segment_number(file: &str) -> Option<u32> {
    file.strip_suffix(".seg")
        .filter(|digits| digits.len() == 8)
        .and_then(|digits| digits.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_of_another_format_is_refused() {
        let reason = Manifest::parse(br#"{"format":3,"more":1}"#).expect_err("another format");
        assert_eq!(reason, "is of format 3, this build reads 1 to 2");
    }

    #[test]
    fn a_segment_is_known_by_its_name_alone() {
        assert_eq!(segment_number(&segment_file(17)), Some(17));
        for other in ["17.seg", "index.json", "0000001x.seg", "00000017.seg.part"] {
            assert_eq!(segment_number(other), None);
        }
    }
}
