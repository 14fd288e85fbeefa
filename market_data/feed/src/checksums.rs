//! Checksums of what is written and of what was published.

use std::io::{self, Write};

use capture::Published;
use ring::digest::{Context, SHA256};

/// A writer that keeps the SHA-256 of what went through it.
pub(crate) struct Hashed<W> {
    inner: W,
    context: Context,
}

impl<W: Write> Hashed<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            context: Context::new(&SHA256),
        }
    }

    /// The writer below.
    pub(crate) fn get_ref(&self) -> &W {
        &self.inner
    }

    /// The writer below and the checksum, hex.
    pub(crate) fn finish(self) -> (W, String) {
        (self.inner, hex(self.context.finish().as_ref()))
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.context.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// CRC-32 of a frame without its length.
pub(crate) fn frame_checksum(frame: &[u8]) -> u32 {
    crc32fast::hash(&frame[LENGTH_BYTES..])
}

const LENGTH_BYTES: usize = 4;

/// The frames of a run: a checksum of each since the last look, and the digest of all.
pub(crate) struct FrameLog {
    last_seq: i64,
    checksums: Vec<u32>,
    digest: Context,
}

impl Default for FrameLog {
    fn default() -> Self {
        Self {
            last_seq: 0,
            checksums: Vec::new(),
            digest: Context::new(&SHA256),
        }
    }
}

impl FrameLog {
    /// Adds whole frames, each with its length before it.
    pub(crate) fn add(&mut self, mut frames: &[u8]) -> io::Result<()> {
        self.digest.update(frames);
        while let Some(length) = frames.first_chunk::<LENGTH_BYTES>() {
            let end = LENGTH_BYTES + u32::from_be_bytes(*length) as usize;
            let (frame, rest) = frames
                .split_at_checked(end)
                .ok_or_else(|| io::Error::other("a frame that is not whole"))?;
            self.checksums.push(frame_checksum(frame));
            self.last_seq += 1;
            frames = rest;
        }
        Ok(())
    }

    /// Checksums since the last look.
    pub(crate) fn waiting(&self) -> usize {
        self.checksums.len()
    }

    /// What was added since the last look; `None` if nothing was.
    pub(crate) fn take(&mut self) -> Option<Published> {
        if self.checksums.is_empty() {
            return None;
        }
        Some(Published {
            last_seq: self.last_seq,
            checksums: std::mem::take(&mut self.checksums),
            digest: self.digest(),
        })
    }

    /// Of all frames so far.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        digest.copy_from_slice(self.digest.clone().finish().as_ref());
        digest
    }

    /// How many frames there were.
    pub(crate) fn last_seq(&self) -> i64 {
        self.last_seq
    }
}
