//! One recording, record by record as it was written: nothing renumbered, nothing added, what was published included.

use super::chain::{Recording, RecordingChain};
use crate::Record;
use crate::error::CaptureError;

/// The records of one recording.
pub struct Tape {
    recording: Recording,
    chain: RecordingChain,
}

impl Tape {
    /// Over a recording that was looked through.
    pub fn new(recording: Recording) -> Result<Self, CaptureError> {
        let chain = RecordingChain::new(vec![recording.clone()])?;
        Ok(Self { recording, chain })
    }

    /// What is read.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The next record; `None` at the end, which is where a torn tail was cut.
    pub fn next_record(&mut self) -> Result<Option<Record>, CaptureError> {
        self.chain.read()
    }
}
