//! What waits for one reader: whole frames in order, bounded; pure.
//!
//! A reader that is behind by more than `READER_QUEUE_BYTES_MAX` is given no more Book frames than the latest of each
//! instrument: what comes is set aside until it has caught up, then a Skipped frame says what was left out, and what was
//! kept follows. Beyond `READER_QUEUE_BYTES_END` it is lost.

use std::collections::VecDeque;

use wire::{INSTRUMENTS_MAX, Kind};

/// What waits for one reader before Book frames are left out.
pub const READER_QUEUE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What waits for one reader before it is disconnected.
pub const READER_QUEUE_BYTES_END: usize = 32 * 1024 * 1024;
/// A reader with no more than this waiting has caught up.
const CAUGHT_UP_BYTES: usize = READER_QUEUE_BYTES_MAX / 2;

/// One frame, as the queue needs to know it.
#[derive(Clone, Copy, Debug)]
pub struct QueuedFrame<'a> {
    /// Only Book frames are left out.
    pub kind: Kind,
    /// Its number.
    pub seq: i64,
    /// Its time.
    pub recv_ns: i64,
    /// With its length.
    pub bytes: &'a [u8],
}

/// More than `READER_QUEUE_BYTES_END` would wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

/// Frames that wait for one reader.
#[derive(Debug, Default)]
pub struct ReaderQueue {
    chunks: VecDeque<Vec<u8>>,
    written: usize,
    chunk_bytes: usize,
    aside: Option<Aside>,
    skipped: u64,
}

/// What came while the reader was too far behind. `recv_ns` is that of its first frame, so that time does not go back for
/// the reader.
#[derive(Debug)]
struct Aside {
    from: i64,
    to: i64,
    recv_ns: i64,
    left_out: i64,
    /// A frame that a later one of the same book replaced is empty.
    kept: Vec<Vec<u8>>,
    latest_books: [Option<usize>; INSTRUMENTS_MAX],
    bytes: usize,
}

impl ReaderQueue {
    /// Bytes that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.chunk_bytes - self.written + self.aside.as_ref().map_or(0, |aside| aside.bytes)
    }

    /// Nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// Book frames left out so far.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Adds bytes of whole frames of which the first `written` have been written, whatever waits already. For what a
    /// reader is owed at its start, and for a replay, which leaves nothing out.
    pub fn push_all(&mut self, bytes: &[u8], written: usize) {
        if written < bytes.len() {
            debug_assert!(
                written == 0 || self.chunks.is_empty(),
                "only the front can be half written"
            );
            if self.chunks.is_empty() {
                self.written = written;
            }
            self.chunk_bytes += bytes.len();
            self.chunks.push_back(bytes.to_vec());
        }
    }

    /// Adds frames of a live feed; leaves out Book frames if too much waits.
    pub fn push<'a>(
        &mut self,
        all: &[u8],
        frames: impl Iterator<Item = QueuedFrame<'a>>,
    ) -> Result<(), Overflow> {
        if self.aside.is_none() && self.waiting() + all.len() <= READER_QUEUE_BYTES_MAX {
            self.push_all(all, 0);
            return Ok(());
        }
        for frame in frames {
            self.set_aside(frame);
        }
        if self.waiting() > READER_QUEUE_BYTES_END {
            Err(Overflow)
        } else {
            Ok(())
        }
    }

    /// What to write next; empty if nothing waits.
    #[must_use]
    pub fn front(&self) -> &[u8] {
        self.chunks
            .front()
            .map_or(&[], |chunk| &chunk[self.written..])
    }

    /// So many bytes of the front were written.
    pub fn advance(&mut self, count: usize) {
        self.written += count;
        if self
            .chunks
            .front()
            .is_some_and(|chunk| self.written == chunk.len())
        {
            self.chunk_bytes -= self.written;
            self.written = 0;
            self.chunks.pop_front();
        }
        if self.chunk_bytes <= CAUGHT_UP_BYTES
            && let Some(aside) = self.aside.take()
        {
            self.take_back(aside);
        }
    }

    /// Forgets all that waits but the rest of a frame that is half written, and adds the last words.
    pub fn end_with(&mut self, goodbye: &[u8]) {
        self.aside = None;
        let rest = match self.chunks.front() {
            Some(chunk) if self.written > 0 => {
                chunk[self.written..frame_end(chunk, self.written)].to_vec()
            }
            _ => Vec::new(),
        };
        self.chunks.clear();
        (self.written, self.chunk_bytes) = (0, 0);
        self.push_all(&rest, 0);
        self.push_all(goodbye, 0);
    }

    fn set_aside(&mut self, frame: QueuedFrame<'_>) {
        let aside = self.aside.get_or_insert_with(|| Aside {
            from: frame.seq,
            to: frame.seq,
            recv_ns: frame.recv_ns,
            left_out: 0,
            kept: Vec::new(),
            latest_books: [None; INSTRUMENTS_MAX],
            bytes: 0,
        });
        aside.to = frame.seq;
        if let Some(latest) =
            book_instrument(frame).and_then(|index| aside.latest_books.get_mut(index))
            && let Some(replaced) = latest.replace(aside.kept.len())
        {
            aside.bytes -= std::mem::take(&mut aside.kept[replaced]).len();
            aside.left_out += 1;
            self.skipped += 1;
        }
        aside.bytes += frame.bytes.len();
        aside.kept.push(frame.bytes.to_vec());
    }

    fn take_back(&mut self, aside: Aside) {
        let mut bytes = Vec::with_capacity(aside.bytes + 64);
        if aside.left_out > 0 {
            wire::skipped(
                &mut bytes,
                aside.to,
                aside.recv_ns,
                aside.from,
                aside.left_out,
            );
        }
        for kept in aside.kept {
            bytes.extend_from_slice(&kept);
        }
        self.push_all(&bytes, 0);
    }
}

/// Whose book a Book frame shows.
fn book_instrument(frame: QueuedFrame<'_>) -> Option<usize> {
    if frame.kind != Kind::Book {
        return None;
    }
    match wire::decode(frame.bytes) {
        Ok((
            wire::Frame {
                body: wire::Body::Book { head, .. },
                ..
            },
            _,
        )) => Some(usize::from(head.instrument)),
        _ => None,
    }
}

/// Where the frame that holds this byte ends, in bytes of whole frames.
fn frame_end(frames: &[u8], at: usize) -> usize {
    let mut end = 0;
    while end < at {
        let Some(length) = frames
            .get(end..end + 4)
            .and_then(|bytes| bytes.first_chunk::<4>())
        else {
            return frames.len();
        };
        end += 4 + u32::from_be_bytes(*length) as usize;
    }
    end.min(frames.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame's kind, seq and bytes; the queue looks into Book frames only.
    fn frame(kind: Kind, seq: i64, instrument: u8) -> (Kind, i64, Vec<u8>) {
        let mut bytes = Vec::new();
        let book = wire::Book {
            instrument,
            event_ns: 0,
            epoch: 1,
            last_id: seq,
            state: wire::State::Live,
            window_bid: 0,
            window_ask: 0,
        };
        let trade = wire::Trade {
            instrument,
            event_ns: 0,
            trade_id: seq,
            price: 1,
            qty: 1,
            aggressor: 0,
        };
        match kind {
            Kind::Book => wire::book(
                &mut bytes,
                seq,
                seq,
                &book,
                &[[1, 1]; 20],
                &[[2, 1]; 20],
                &wire::Floats::default(),
            ),
            _ => wire::trade(&mut bytes, seq, seq, &trade),
        }
        (kind, seq, bytes)
    }

    fn push(queue: &mut ReaderQueue, frames: &[(Kind, i64, Vec<u8>)]) -> Result<(), Overflow> {
        let all: Vec<u8> = frames
            .iter()
            .flat_map(|(_, _, bytes)| bytes.clone())
            .collect();
        let queued = |(kind, seq, bytes): &'_ (Kind, i64, Vec<u8>)| (*kind, *seq, bytes.clone());
        let frames: Vec<_> = frames.iter().map(queued).collect();
        let frames = frames.iter().map(|(kind, seq, bytes)| QueuedFrame {
            kind: *kind,
            seq: *seq,
            recv_ns: *seq,
            bytes,
        });
        queue.push(&all, frames)
    }

    /// Reads the queue in pieces and gives (kind, seq, left out) of each frame.
    fn drain(queue: &mut ReaderQueue, piece: usize) -> Vec<(u8, i64, i64)> {
        let mut bytes = Vec::new();
        while !queue.is_empty() {
            let count = queue.front().len().min(piece);
            assert!(count > 0, "bytes wait, so there is a front");
            bytes.extend_from_slice(&queue.front()[..count]);
            queue.advance(count);
        }
        let mut rows = Vec::new();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (frame, used) = wire::decode(rest).expect("whole frames, one after the other");
            rows.push(match frame.body {
                wire::Body::Book { .. } => (2, frame.seq, 0),
                wire::Body::Trade(_) => (3, frame.seq, 0),
                wire::Body::Skipped { from, count } => (7, from, count),
                wire::Body::Goodbye { .. } => (8, frame.seq, 0),
                other => panic!("nothing else was pushed: {other:?}"),
            });
            rest = &rest[used..];
        }
        rows
    }

    #[test]
    fn a_reader_that_keeps_up_gets_every_frame() {
        let mut queue = ReaderQueue::default();
        push(
            &mut queue,
            &[frame(Kind::Book, 1, 0), frame(Kind::Trade, 2, 0)],
        )
        .expect("there is room");
        push(&mut queue, &[frame(Kind::Book, 3, 0)]).expect("there is room");
        assert_eq!(drain(&mut queue, 7), [(2, 1, 0), (3, 2, 0), (2, 3, 0)]);
        assert_eq!(queue.waiting(), 0);
    }

    #[test]
    fn a_slow_reader_loses_books_but_the_latest_of_each_and_nothing_else() {
        let mut queue = ReaderQueue::default();
        let mut seq = 0;
        while queue.aside.is_none() {
            seq += 1;
            push(&mut queue, &[frame(Kind::Book, seq, 0)]).expect("there is room");
        }
        let first = seq;
        for kind in [Kind::Trade, Kind::Book, Kind::Trade, Kind::Book] {
            seq += 1;
            push(&mut queue, &[frame(kind, seq, 0)]).expect("there is room");
        }
        seq += 1;
        push(&mut queue, &[frame(Kind::Book, seq, 1)]).expect("there is room");
        let rows = drain(&mut queue, 1 << 16);
        let whole = first as usize - 1;
        assert!(
            rows[..whole]
                .iter()
                .zip(1..)
                .all(|(row, seq)| *row == (2, seq, 0))
        );
        let expected = [
            (7, first, 2),
            (3, first + 1, 0),
            (3, first + 3, 0),
            (2, first + 4, 0),
            (2, first + 5, 0),
        ];
        assert_eq!(rows[whole..], expected);
        assert_eq!(queue.skipped(), 2);
        push(&mut queue, &[frame(Kind::Book, seq + 1, 0)]).expect("there is room");
        assert_eq!(drain(&mut queue, 100), [(2, seq + 1, 0)]);
    }

    #[test]
    fn a_reader_that_never_reads_overflows_by_its_trades() {
        let mut queue = ReaderQueue::default();
        let batch: Vec<_> = (1..=10_000).map(|seq| frame(Kind::Trade, seq, 0)).collect();
        let mut pushed = 0;
        while push(&mut queue, &batch).is_ok() {
            pushed += 1;
            assert!(pushed < 1_000, "the bound must hold");
        }
        assert!(queue.waiting() > READER_QUEUE_BYTES_END);
        assert!(queue.waiting() < READER_QUEUE_BYTES_END + 1024 * 1024);
    }

    #[test]
    fn last_words_come_after_the_frame_that_is_half_written() {
        let mut queue = ReaderQueue::default();
        let (first, second) = (frame(Kind::Trade, 1, 0), frame(Kind::Trade, 2, 0));
        push(&mut queue, &[first.clone(), second.clone()]).expect("there is room");
        queue.advance(5);
        let mut goodbye = Vec::new();
        wire::goodbye(&mut goodbye, 2, 2, wire::Ending::ReaderTooSlow, &[]);
        queue.end_with(&goodbye);
        let mut rest = Vec::new();
        while !queue.is_empty() {
            rest.extend_from_slice(queue.front());
            queue.advance(queue.front().len());
        }
        assert_eq!(rest, [&first.2[5..], &goodbye].concat());

        push(&mut queue, &[first, second.clone()]).expect("there is room");
        queue.advance(second.2.len());
        queue.end_with(&goodbye);
        assert_eq!(drain(&mut queue, 3), [(8, 2, 0)]);
    }
}
