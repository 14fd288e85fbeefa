//! The two JSON files of a recording: the manifest says what it is, the index what its finished segments hold.

use serde::{Deserialize, Serialize};

use super::segment::SegmentEnd;
use crate::instrument::Instrument;

/// Format of the whole directory; another number is refused.
pub const FORMAT: u32 = 1;
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
        if only.format != FORMAT {
            return Err(format!(
                "is of format {}, this build reads {FORMAT}",
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl IndexEntry {
    /// The entry of a segment just finished.
    #[must_use]
    pub fn new(number: u32, end: SegmentEnd) -> Self {
        Self {
            number,
            records: end.records,
            bytes: end.bytes,
            first_ns: end.first_ns,
            last_ns: end.last_ns,
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
        let reason = Manifest::parse(br#"{"format":2,"more":1}"#).expect_err("another format");
        assert_eq!(reason, "is of format 2, this build reads 1");
    }

    #[test]
    fn a_segment_is_known_by_its_name_alone() {
        assert_eq!(segment_number(&segment_file(17)), Some(17));
        for other in ["17.seg", "index.json", "0000001x.seg", "00000017.seg.part"] {
            assert_eq!(segment_number(other), None);
        }
    }
}
