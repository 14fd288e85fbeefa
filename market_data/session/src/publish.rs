//! The numbering of frames: every frame goes through here, so seq has no holes and time never goes back.

use crate::output::{Frame, Output, PROBLEMS_MAX, Problem};
use book::Weights;
use venue::Malformed;
use wire::Kind;

pub(crate) const MS: i64 = 1_000_000;
pub(crate) const SECOND: i64 = 1_000 * MS;
pub(crate) const MINUTE: i64 = 60 * SECOND;

/// What the parts of a session share that does not change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) levels: usize,
    pub(crate) weights: Weights,
    pub(crate) snapshot_limit: u32,
    pub(crate) stale_after: i64,
    pub(crate) crossed_resync: i64,
    pub(crate) rest_check: Option<i64>,
    pub(crate) candle_seed: i64,
}

/// A frame that a late reader gets again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) seq: i64,
    pub(crate) recv_ns: i64,
}

/// The last number given, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) last_seq: i64,
    pub(crate) last_ns: i64,
}

/// Random numbers for waits (splitmix64). They come from a seed of the configuration, and no frame depends on them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jitter(pub(crate) u64);

impl Jitter {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// One record's moment: its time, and where what it causes goes.
pub(crate) struct Moment<'a> {
    pub(crate) now: i64,
    pub(crate) settings: &'a Settings,
    pub(crate) numbers: &'a mut Numbers,
    pub(crate) jitter: &'a mut Jitter,
    pub(crate) out: &'a mut Output,
}

impl Moment<'_> {
    /// Publishes the frame that `write` appends for the given seq and time; gives that seq.
    #[inline(always)]
    pub(crate) fn publish(
        &mut self,
        kind: Kind,
        write: impl FnOnce(&mut Vec<u8>, i64, i64),
    ) -> i64 {
        let (seq, start) = (self.numbers.last_seq + 1, self.out.bytes.len());
        write(&mut self.out.bytes, seq, self.now);
        self.out.frames.push(Frame {
            kind,
            seq,
            recv_ns: self.now,
            bytes: start..self.out.bytes.len(),
        });
        *self.numbers = Numbers {
            last_seq: seq,
            last_ns: self.now,
        };
        seq
    }

    /// Notes for the log that something could not be read.
    #[cold]
    pub(crate) fn problem(&mut self, instrument: Option<u8>, error: Malformed) {
        if self.out.problems.len() < PROBLEMS_MAX {
            self.out.problems.push(Problem { instrument, error });
        }
    }
}
