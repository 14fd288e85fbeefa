//! What one reader had of a session: where it joined, the last frame it took, the Book frames it was not given.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde::Deserialize;
use wire::{Body, Kind};

use crate::run::Exit;

/// One connection of a reader.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    /// Of its Hello.
    next_seq: i64,
    /// Of its Hello.
    recv_ns: i64,
    /// The last frame it took; null: all.
    last_seq: Option<i64>,
    /// First and last frame of each Skipped that it got.
    skipped: Vec<[i64; 2]>,
}

/// What a session made, in order.
pub(crate) enum Item {
    /// Hello and what repeats the present.
    Join(Vec<u8>),
    /// One frame.
    Frame {
        kind: Kind,
        seq: i64,
        recv_ns: i64,
        bytes: Vec<u8>,
    },
}

/// The connections of a reader, one after the other, and where their frames go.
pub(crate) struct Windows {
    windows: Vec<Window>,
    /// How many were met by the session.
    met: usize,
    /// Which one's frames are passed on; 0 before the first.
    open: usize,
    aside: Vec<(Kind, Option<u8>, Vec<u8>)>,
    aside_ns: i64,
    out: Option<Box<dyn Write>>,
}

impl Windows {
    /// Nobody read.
    pub(crate) fn none() -> Self {
        Self::of(Vec::new(), None)
    }

    /// From a JSON file.
    pub(crate) fn read(file: &Path, out: Box<dyn Write>) -> Result<Self, Exit> {
        let json = fs::read(file).map_err(Exit::system(file.display().to_string()))?;
        let windows = serde_json::from_slice(&json)
            .map_err(|error| Exit::Configuration(format!("{}: {error}", file.display())))?;
        Ok(Self::of(windows, Some(out)))
    }

    fn of(windows: Vec<Window>, out: Option<Box<dyn Write>>) -> Self {
        Self {
            windows,
            met: 0,
            open: 0,
            aside: Vec::new(),
            aside_ns: 0,
            out,
        }
    }

    /// Whether the next reader joined at this moment; then it is met.
    pub(crate) fn joins(&mut self, next_seq: i64, recv_ns: i64) -> bool {
        let joins = self
            .windows
            .get(self.met)
            .is_some_and(|next| (next.next_seq, next.recv_ns) == (next_seq, recv_ns));
        self.met += usize::from(joins);
        joins
    }

    /// How many were met.
    pub(crate) fn met(&self) -> usize {
        self.met
    }

    /// Passes on what the reader had of it.
    pub(crate) fn pass(&mut self, item: Item) -> Result<(), Exit> {
        match item {
            Item::Join(bytes) => {
                self.open += 1;
                self.aside.clear();
                self.write(b'j', &bytes)
            }
            Item::Frame {
                kind,
                seq,
                recv_ns,
                bytes,
            } => {
                let Some(window) = self.open.checked_sub(1).and_then(|at| self.windows.get(at))
                else {
                    return Ok(());
                };
                if seq < window.next_seq || window.last_seq.is_some_and(|last| seq > last) {
                    return Ok(());
                }
                let range = window
                    .skipped
                    .iter()
                    .find(|[from, to]| (*from..=*to).contains(&seq))
                    .copied();
                match range {
                    None => self.write(b'f', &bytes),
                    Some(range) => self.put_aside(range, kind, seq, recv_ns, bytes),
                }
            }
        }
    }

    /// A slow reader gets of such a range the latest Book of each instrument and everything else.
    fn put_aside(
        &mut self,
        [from, to]: [i64; 2],
        kind: Kind,
        seq: i64,
        recv_ns: i64,
        bytes: Vec<u8>,
    ) -> Result<(), Exit> {
        if self.aside.is_empty() {
            self.aside_ns = recv_ns;
        }
        let instrument = match wire::decode(&bytes) {
            Ok((frame, _)) => match frame.body {
                Body::Book { head, .. } => Some(head.instrument),
                _ => None,
            },
            Err(_) => None,
        };
        self.aside.push((kind, instrument, bytes));
        if seq < to {
            return Ok(());
        }
        let aside = std::mem::take(&mut self.aside);
        let mut latest = BTreeMap::new();
        for (at, (_, instrument, _)) in aside.iter().enumerate() {
            if let Some(instrument) = instrument {
                latest.insert(*instrument, at);
            }
        }
        let is_kept = |at: usize, instrument: Option<u8>| {
            instrument.is_none_or(|instrument| latest.get(&instrument) == Some(&at))
        };
        let left_out = aside
            .iter()
            .enumerate()
            .filter(|(at, (_, instrument, _))| !is_kept(*at, *instrument))
            .count();
        let mut kept = Vec::new();
        wire::skipped(&mut kept, to, self.aside_ns, from, left_out as i64);
        for (at, (_, instrument, bytes)) in aside.iter().enumerate() {
            if is_kept(at, *instrument) {
                kept.extend_from_slice(bytes);
            }
        }
        self.write(b'f', &kept)
    }

    fn write(&mut self, tag: u8, bytes: &[u8]) -> Result<(), Exit> {
        let Some(out) = &mut self.out else {
            return Ok(());
        };
        let length = u32::try_from(bytes.len()).expect("frames of a session are bounded");
        out.write_all(&[tag])
            .and_then(|()| out.write_all(&length.to_le_bytes()))
            .and_then(|()| out.write_all(bytes))
            .map_err(Exit::system("standard output"))
    }

    /// Hands over what is buffered.
    pub(crate) fn flush(&mut self) -> Result<(), Exit> {
        match &mut self.out {
            Some(out) => out.flush().map_err(Exit::system("standard output")),
            None => Ok(()),
        }
    }
}
