//! One segment over any `Read` or `Write`: a zstd stream of a header and records.

use std::io::{self, Read, Write};

use super::codec::{DecodeFault, decode_header, decode_payload, encode, measure};
use super::manifest::{FORMAT, is_read};
use crate::Record;

/// First bytes of every segment's contents; behind them stands the format.
const MAGIC: [u8; 7] = *b"qfrecd\x00";
const ZSTD_LEVEL: i32 = 3;

/// Writes records; what was flushed survives a kill of the process.
pub struct SegmentWriter<W: Write> {
    stream: zstd::Encoder<'static, Counted<W>>,
    bytes: Vec<u8>,
    records: u64,
    first_ns: i64,
    last_ns: i64,
}

/// What a finished segment holds, for the index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentEnd {
    /// Records in it.
    pub records: u64,
    /// Compressed bytes.
    pub bytes: u64,
    /// Receive time of its first record, 0 if it is empty.
    pub first_ns: i64,
    /// Receive time of its last record.
    pub last_ns: i64,
}

struct Counted<W> {
    inner: W,
    written: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W: Write> SegmentWriter<W> {
    /// Begins a segment.
    pub fn new(inner: W) -> io::Result<Self> {
        let mut stream = zstd::Encoder::new(Counted { inner, written: 0 }, ZSTD_LEVEL)?;
        stream.write_all(&MAGIC)?;
        stream.write_all(&[FORMAT as u8])?;
        Ok(Self {
            stream,
            bytes: Vec::new(),
            records: 0,
            first_ns: 0,
            last_ns: 0,
        })
    }

    /// Adds a record.
    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        encode(record, &mut bytes);
        let appended = self.append_encoded(&bytes);
        self.bytes = bytes;
        appended
    }

    /// Adds one record as `encode` made it.
    pub fn append_encoded(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (recv_ns, _) = measure(bytes).map_err(io::Error::other)?;
        self.stream.write_all(bytes)?;
        if self.records == 0 {
            self.first_ns = recv_ns;
        }
        self.last_ns = recv_ns;
        self.records += 1;
        Ok(())
    }

    /// Records so far.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Hands everything so far to the writer below.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }

    /// The writer below.
    pub fn get_ref(&self) -> &W {
        &self.stream.get_ref().inner
    }

    /// Compressed bytes handed down so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.stream.get_ref().written
    }

    /// Ends the stream; gives back the writer below and what the segment holds.
    pub fn finish(self) -> io::Result<(W, SegmentEnd)> {
        let mut counted = self.stream.finish()?;
        counted.flush()?;
        let end = SegmentEnd {
            records: self.records,
            bytes: counted.written,
            first_ns: self.first_ns,
            last_ns: self.last_ns,
        };
        Ok((counted.inner, end))
    }
}

/// Reads records until the end or the first that is not whole.
pub struct SegmentReader<R: Read> {
    stream: zstd::Decoder<'static, io::BufReader<R>>,
    payload: Vec<u8>,
    records: u64,
    begun: bool,
    ended: Option<Result<(), DecodeFault>>,
}

impl<R: Read> SegmentReader<R> {
    /// Over an opened segment.
    pub fn new(inner: R) -> io::Result<Self> {
        let stream = zstd::Decoder::new(inner)?;
        Ok(Self {
            stream,
            payload: Vec::new(),
            records: 0,
            begun: false,
            ended: None,
        })
    }

    /// The next record; `Ok(None)` at the end, an error where the segment is torn or damaged, and that error again.
    pub fn next_record(&mut self) -> Result<Option<Record>, DecodeFault> {
        if let Some(end) = self.ended {
            return end.map(|()| None);
        }
        match self.read_record() {
            Ok(Some(record)) => {
                self.records += 1;
                Ok(Some(record))
            }
            Ok(None) => {
                self.ended = Some(Ok(()));
                Ok(None)
            }
            Err(fault) => {
                self.ended = Some(Err(fault));
                Err(fault)
            }
        }
    }

    /// Whole records so far.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    fn read_record(&mut self) -> Result<Option<Record>, DecodeFault> {
        if !self.begun {
            let mut begin = [0; MAGIC.len() + 1];
            if self.fill(&mut begin)? != begin.len() {
                return Err(DecodeFault::Truncated);
            }
            let is_known = begin.starts_with(&MAGIC) && is_read(u32::from(begin[MAGIC.len()]));
            if !is_known {
                return Err(DecodeFault::NotASegment);
            }
            self.begun = true;
        }
        let mut header = [0; 8];
        match self.fill(&mut header)? {
            0 => return Ok(None),
            8 => {}
            _ => return Err(DecodeFault::Truncated),
        }
        let (length, crc) = decode_header(header)?;
        let mut payload = std::mem::take(&mut self.payload);
        payload.resize(length, 0);
        let filled = self.fill(&mut payload);
        self.payload = payload;
        if filled? != length {
            return Err(DecodeFault::Truncated);
        }
        decode_payload(&self.payload, crc).map(Some)
    }

    /// Fills as much as there is.
    fn fill(&mut self, out: &mut [u8]) -> Result<usize, DecodeFault> {
        let mut filled = 0;
        while filled < out.len() {
            match self.stream.read(&mut out[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(DecodeFault::Truncated);
                }
                Err(_) => return Err(DecodeFault::Compression),
            }
        }
        Ok(filled)
    }
}
