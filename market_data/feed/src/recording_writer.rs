//! The process behind a recorder's pipe: takes records and frames and writes the run's directory until the pipe ends.
//!
//! `u8` tag, `u32` little-endian length, content: first an opening, then records as `capture` encodes them and, behind
//! them, the frames that they caused. A message that a kill of the feed cut short is left out.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use capture::recording::Manifest;
use serde::{Deserialize, Serialize};

use crate::run_directory::RunDirectory;
use crate::{config, crash_point};

/// What is said on standard output once the directory is there.
pub(crate) const READY: &str = "ready";
/// What a kill of this process may lose of a recording; a kill of the feed loses nothing.
const FLUSH_STEP: Duration = Duration::from_secs(1);
/// What a power cut may lose of it.
const SYNC_STEP: Duration = Duration::from_secs(10);
/// Longest message; the feed's batches are far below it.
const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;
const READ_BYTES: usize = 256 * 1024;
const HEADER_BYTES: usize = 5;

/// What a message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// JSON of an `Opening`.
    Opening,
    /// Records, one behind the other.
    Records,
    /// Frames, one behind the other.
    Frames,
}

impl Tag {
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Opening => b'o',
            Self::Records => b'r',
            Self::Frames => b'f',
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            b'o' => Some(Self::Opening),
            b'r' => Some(Self::Records),
            b'f' => Some(Self::Frames),
            _ => None,
        }
    }

    /// What stands before so much content.
    pub(crate) fn header(self, length: usize) -> [u8; HEADER_BYTES] {
        let [a, b, c, d] = u32::try_from(length)
            .expect("a message is far below 4 GiB")
            .to_le_bytes();
        [self.byte(), a, b, c, d]
    }
}

/// What the process is told first.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opening {
    pub(crate) record: config::Record,
    pub(crate) manifest: Manifest,
}

impl Opening {
    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an opening is plain data")
    }
}

/// Writes what comes over standard input. The error is what cannot be written.
pub fn write_standard_input() -> io::Result<()> {
    use std::os::fd::AsFd;
    crash_point::arm_with_parent().map_err(io::Error::other)?;
    let pipe = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let told = write(pipe, || {
        let mut out = io::stdout();
        writeln!(out, "{READY}")?;
        out.flush()
    });
    if let Err(error) = &told {
        // Before the opening was answered the feed reads this; later nobody does.
        let _ = writeln!(io::stdout(), "{error}");
    }
    told
}

fn write(pipe: UnixStream, ready: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let mut messages = Messages::over(pipe);
    let opening = loop {
        match messages.next()? {
            Next::Message(Tag::Opening, json) => break serde_json::from_slice::<Opening>(json)?,
            Next::Message(..) => return Err(io::Error::other("the opening comes first")),
            Next::Nothing => {}
            Next::End => return Ok(()),
        }
    };
    let mut run = RunDirectory::begin(&opening.record, &opening.manifest)?;
    ready()?;
    let mut flushed = Instant::now();
    let mut synced = flushed;
    loop {
        match messages.next()? {
            Next::Message(Tag::Records, records) => run.append(records)?,
            Next::Message(Tag::Frames, frames) => run.publish(frames)?,
            Next::Message(Tag::Opening, _) => return Err(io::Error::other("a second opening")),
            Next::Nothing => {}
            Next::End => return run.end(),
        }
        if flushed.elapsed() >= FLUSH_STEP {
            run.flush()?;
            flushed = Instant::now();
        }
        if synced.elapsed() >= SYNC_STEP {
            run.sync()?;
            synced = Instant::now();
        }
    }
}

enum Next<'a> {
    Message(Tag, &'a [u8]),
    /// Nothing came for a while.
    Nothing,
    End,
}

struct Messages {
    pipe: UnixStream,
    bytes: Vec<u8>,
    place: usize,
}

impl Messages {
    fn over(pipe: UnixStream) -> Self {
        Self {
            pipe,
            bytes: Vec::with_capacity(2 * READ_BYTES),
            place: 0,
        }
    }

    fn next(&mut self) -> io::Result<Next<'_>> {
        loop {
            if let Some((tag, length)) = self.whole()? {
                let begin = self.place + HEADER_BYTES;
                self.place = begin + length;
                return Ok(Next::Message(tag, &self.bytes[begin..begin + length]));
            }
            self.bytes.drain(..self.place);
            self.place = 0;
            self.pipe.set_nonblocking(false)?;
            self.pipe.set_read_timeout(Some(FLUSH_STEP))?;
            let before = self.bytes.len();
            self.bytes.resize(before + READ_BYTES, 0);
            let read = self.pipe.read(&mut self.bytes[before..]);
            self.bytes
                .truncate(before + read.as_ref().map_or(0, |count| *count));
            match read {
                Ok(0) => return Ok(Next::End),
                Ok(_) => {}
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return Ok(Next::Nothing);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // The feed was killed with bytes of ours unread.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(Next::End),
                Err(error) => return Err(error),
            }
        }
    }

    /// The tag and length of the message at `place`, if it is there whole.
    fn whole(&self) -> io::Result<Option<(Tag, usize)>> {
        let Some([tag, a, b, c, d]) = self.bytes[self.place..].first_chunk::<HEADER_BYTES>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        let tag = Tag::of(*tag).ok_or_else(|| io::Error::other("an unknown message"))?;
        if length > MESSAGE_BYTES_MAX {
            return Err(io::Error::other("a message that is too long"));
        }
        let is_whole = self.bytes.len() - self.place >= HEADER_BYTES + length;
        Ok(is_whole.then_some((tag, length)))
    }
}
