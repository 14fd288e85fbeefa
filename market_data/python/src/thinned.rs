//! The frames of a batch as a slow reader has them (market_data/PROTOCOL.md): of a range the latest Book of each
//! instrument and everything that is no Book, behind a Skipped frame that says what was left out.
//!
//! core_risk judges an order by the quotes of the order's frame. It needs every frame up to there, and of the Books only
//! those that still stand; so a backtest asks the real core_risk without making it read a whole day of books.

use std::ops::Range;

use wire::{Body, Frame, INSTRUMENTS_MAX};

struct Kept {
    seq: i64,
    recv_ns: i64,
    /// Whose book it is.
    book: Option<u8>,
    bytes: Range<usize>,
}

/// Frames that were made and not handed on yet.
#[derive(Default)]
pub struct Thinned {
    bytes: Vec<u8>,
    frames: Vec<Kept>,
    /// How many were handed on.
    passed: usize,
}

impl Thinned {
    /// Forgets what was handed on.
    pub fn begin_batch(&mut self) {
        if self.passed == self.frames.len() {
            self.bytes.clear();
            self.frames.clear();
            self.passed = 0;
        }
    }

    /// Adds one frame with its bytes, its length included.
    pub fn add(&mut self, frame: &Frame<'_>, bytes: &[u8]) {
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let book = match &frame.body {
            Body::Book { head, .. } => Some(head.instrument),
            _ => None,
        };
        self.frames.push(Kept {
            seq: frame.seq,
            recv_ns: frame.recv_ns,
            book,
            bytes: begin..self.bytes.len(),
        });
    }

    /// Those up to `seq`, thinned.
    pub fn until(&mut self, seq: i64) -> Vec<u8> {
        let waiting = &self.frames[self.passed..];
        let range = &waiting[..waiting.partition_point(|frame| frame.seq <= seq)];
        let mut latest = [None; INSTRUMENTS_MAX];
        for (at, frame) in range.iter().enumerate() {
            if let Some(instrument) = frame.book {
                latest[usize::from(instrument)] = Some(at);
            }
        }
        let stays = |at: usize, frame: &Kept| {
            frame
                .book
                .is_none_or(|instrument| latest[usize::from(instrument)] == Some(at))
        };
        let kept = range
            .iter()
            .enumerate()
            .filter(|(at, frame)| stays(*at, frame));
        let left_out = range.len() - kept.clone().count();
        let mut out = Vec::new();
        if left_out > 0 {
            let (first, last) = (&range[0], &range[range.len() - 1]);
            wire::skipped(
                &mut out,
                last.seq,
                first.recv_ns,
                first.seq,
                left_out as i64,
            );
        }
        for (_, frame) in kept {
            out.extend_from_slice(&self.bytes[frame.bytes.clone()]);
        }
        self.passed += range.len();
        out
    }
}
