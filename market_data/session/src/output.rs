//! What a record causes: frames ready for the socket, and requests to the shell.

use capture::Endpoint;
use std::ops::Range;
use venue::Malformed;
use wire::{Kind, Reason};

/// Where one frame stands in the bytes of an `Output`, and what a publisher needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Only Book frames may be left out for a slow reader.
    pub kind: Kind,
    /// Its number.
    pub seq: i64,
    /// Its time.
    pub recv_ns: i64,
    /// Its bytes, length included.
    pub bytes: Range<usize>,
}

/// What the shell is asked to do, at once. It answers by a record (`Rest`, `Connected`, `Disconnected`), even when it
/// failed. A replay carries none of it out: the recording holds the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Ask the venue over REST; `path` is what follows the base URL.
    Fetch {
        /// For the record of the answer.
        endpoint: Endpoint,
        /// For the record of the answer.
        symbol: String,
        /// With its query.
        path: String,
    },
    /// Open a stream connection with this number; the path is `Session::stream_path`.
    Connect {
        /// For its records.
        connection: u32,
        /// Why, for the log: `Starting`, `ConnectionLost`, `ServerShutdown`, `NoDepth` …
        reason: Reason,
    },
    /// Close a stream connection.
    Close {
        /// Which.
        connection: u32,
        /// Why, for the log.
        reason: Reason,
    },
    /// The exchange changed an instrument's tick or lot: this session's Hello is no longer true. Say Goodbye(stopping)
    /// and start a new session.
    Restart {
        /// Whose filters changed.
        symbol: String,
    },
}

/// Something that could not be read: for the log. It is counted and dealt with already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whose it is, by index; `None` if that is not known.
    pub instrument: Option<u8>,
    /// What is wrong.
    pub error: Malformed,
}

/// Problems noted between two calls of `clear`.
pub(crate) const PROBLEMS_MAX: usize = 64;

/// What one record or more caused. `clear` it before the next; warm, it does not allocate.
#[derive(Debug, Default)]
pub struct Output {
    pub(crate) bytes: Vec<u8>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) requests: Vec<Request>,
    pub(crate) problems: Vec<Problem>,
}

impl Output {
    /// Room for a burst of frames.
    #[must_use]
    pub fn new() -> Self {
        Self {
            bytes: Vec::with_capacity(1 << 18),
            frames: Vec::with_capacity(1 << 12),
            ..Self::default()
        }
    }

    /// Forgets frames and requests, keeps the room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.frames.clear();
        self.requests.clear();
        self.problems.clear();
    }

    /// All frames, one behind the other: one write sends them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the frames are, in order of seq.
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The bytes of one frame.
    #[must_use]
    pub fn frame_bytes(&self, frame: &Frame) -> &[u8] {
        &self.bytes[frame.bytes.clone()]
    }

    /// What the shell is asked to do, in order.
    #[must_use]
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// What could not be read, for the log; at most 64 are noted.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// True if nothing was caused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.requests.is_empty()
    }
}
