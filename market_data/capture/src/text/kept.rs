//! Lines of a capture that stay in memory from the first pass to the second, so that they are unpacked and split once.

use std::mem::size_of;

/// Timed lines, one behind the other.
#[derive(Clone, Debug, Default)]
pub struct KeptLines {
    text: Vec<u8>,
    lines: Vec<Kept>,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    recv_ns: i64,
    /// Where in the text its JSON ends.
    end: usize,
    is_snapshot: bool,
}

/// One line.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeptLine<'a> {
    pub(super) recv_ns: i64,
    pub(super) json: &'a [u8],
    pub(super) is_snapshot: bool,
}

impl KeptLines {
    /// Bytes that it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len() + self.lines.len() * size_of::<Kept>()
    }

    /// Adds a line; false, and nothing is added, if it would take more bytes than that.
    pub(super) fn push(&mut self, line: KeptLine<'_>, bytes_max: usize) -> bool {
        if self.bytes() + line.json.len() + size_of::<Kept>() > bytes_max {
            return false;
        }
        self.text.extend_from_slice(line.json);
        self.lines.push(Kept {
            recv_ns: line.recv_ns,
            end: self.text.len(),
            is_snapshot: line.is_snapshot,
        });
        true
    }

    /// The line at that place, from 0.
    pub(super) fn get(&self, at: usize) -> Option<KeptLine<'_>> {
        let kept = self.lines.get(at)?;
        let begin = match at {
            0 => 0,
            _ => self.lines[at - 1].end,
        };
        Some(KeptLine {
            recv_ns: kept.recv_ns,
            json: &self.text[begin..kept.end],
            is_snapshot: kept.is_snapshot,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_as_they_are_within_the_bound() {
        let mut kept = KeptLines::default();
        let line = |recv_ns, json, is_snapshot| KeptLine {
            recv_ns,
            json,
            is_snapshot,
        };
        assert!(kept.push(line(1, b"one", false), 1_000));
        assert!(kept.push(line(2, b"", true), 1_000));
        let full = kept.bytes();
        assert!(!kept.push(line(3, b"three", false), full + size_of::<Kept>()));
        assert_eq!(kept.bytes(), full);
        assert!(kept.push(line(3, b"three", false), full + size_of::<Kept>() + 5));
        let shown: Vec<_> = (0..4)
            .map_while(|at| kept.get(at))
            .map(|line| (line.recv_ns, line.json, line.is_snapshot))
            .collect();
        assert_eq!(
            shown,
            [
                (1, &b"one"[..], false),
                (2, b"", true),
                (3, b"three", false)
            ]
        );
    }
}
