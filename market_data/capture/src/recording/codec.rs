//! One record ↔ bytes: a length, a checksum, then what came in. All integers little-endian.
//!
//! `u32` length of the payload, `u32` CRC-32 of the payload, payload. Payload: `i64` recv_ns, `u8` kind, then by kind
//! 1 Connected `u32 connection` · 2 Disconnected `u32 connection, reason` · 3 Message `u32 connection, text` ·
//! 4 Rest `u8 endpoint, u16 status, u32 retry_after_s, u32 used_weight, u8 symbol length, symbol, body` · 5 Tick ·
//! 6 Published `i64 last_seq, 32 bytes digest, u32 checksum …` · 7 Ended `reason`. Format 1 has no 6 and 7.

use crate::{Endpoint, Input, Published, Record};

/// Longest payload: a message or REST body is bounded by the shell far below it.
pub const RECORD_BYTES_MAX: usize = 32 * 1024 * 1024;

const HEADER_BYTES: usize = 8;
const SYMBOL_BYTES_MAX: usize = 64;

/// Why bytes are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeFault {
    /// They end before the record does.
    #[error("truncated")]
    Truncated,
    /// The length is beyond `RECORD_BYTES_MAX`.
    #[error("too long")]
    TooLong,
    /// The payload is not what was written.
    #[error("checksum differs")]
    Checksum,
    /// A kind of record that this build does not know.
    #[error("unknown kind {0}")]
    UnknownKind(u8),
    /// A REST resource that this build does not know.
    #[error("unknown endpoint {0}")]
    UnknownEndpoint(u8),
    /// A text that is not UTF-8.
    #[error("text is not UTF-8")]
    NotUtf8,
    /// Bytes behind the last field.
    #[error("wrong length")]
    WrongLength,
    /// The segment does not begin with its header, or with one of another format.
    #[error("not a segment of this format")]
    NotASegment,
    /// The compressed stream is damaged.
    #[error("compressed data is damaged")]
    Compression,
}

/// Appends the record's bytes.
///
/// # Panics
/// If the record is longer than `RECORD_BYTES_MAX` or its symbol than 64 bytes; the shell bounds both at its door.
pub fn encode(record: &Record, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_BYTES]);
    out.extend_from_slice(&record.recv_ns.to_le_bytes());
    match &record.input {
        Input::Connected { connection } => {
            out.push(1);
            out.extend_from_slice(&connection.to_le_bytes());
        }
        Input::Disconnected { connection, reason } => {
            out.push(2);
            out.extend_from_slice(&connection.to_le_bytes());
            out.extend_from_slice(reason.as_bytes());
        }
        Input::Message { connection, text } => {
            out.push(3);
            out.extend_from_slice(&connection.to_le_bytes());
            out.extend_from_slice(text);
        }
        Input::Rest {
            endpoint,
            symbol,
            status,
            retry_after_s,
            used_weight,
            body,
        } => {
            assert!(symbol.len() <= SYMBOL_BYTES_MAX, "a symbol is short");
            out.extend_from_slice(&[4, endpoint_code(*endpoint)]);
            out.extend_from_slice(&status.to_le_bytes());
            out.extend_from_slice(&retry_after_s.to_le_bytes());
            out.extend_from_slice(&used_weight.to_le_bytes());
            out.push(symbol.len() as u8);
            out.extend_from_slice(symbol.as_bytes());
            out.extend_from_slice(body);
        }
        Input::Tick => out.push(5),
        Input::Published(published) => {
            out.push(6);
            out.extend_from_slice(&published.last_seq.to_le_bytes());
            out.extend_from_slice(&published.digest);
            for checksum in &published.checksums {
                out.extend_from_slice(&checksum.to_le_bytes());
            }
        }
        Input::Ended { reason } => {
            out.push(7);
            out.extend_from_slice(reason.as_bytes());
        }
    }
    let (header, payload) = out[start..].split_at_mut(HEADER_BYTES);
    assert!(
        payload.len() <= RECORD_BYTES_MAX,
        "messages are bounded at the door"
    );
    header[..4].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    header[4..].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
}

/// The length of the payload, and its checksum, that a header announces.
pub(super) fn decode_header(header: [u8; HEADER_BYTES]) -> Result<(usize, u32), DecodeFault> {
    let [l0, l1, l2, l3, c0, c1, c2, c3] = header;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if length > RECORD_BYTES_MAX {
        return Err(DecodeFault::TooLong);
    }
    Ok((length, u32::from_le_bytes([c0, c1, c2, c3])))
}

/// The record that a payload holds.
pub(super) fn decode_payload(payload: &[u8], crc: u32) -> Result<Record, DecodeFault> {
    if crc32fast::hash(payload) != crc {
        return Err(DecodeFault::Checksum);
    }
    let mut rest = Fields(payload);
    let recv_ns = i64::from_le_bytes(rest.take()?);
    let [kind] = rest.take()?;
    let input = match kind {
        1 => Input::Connected {
            connection: u32::from_le_bytes(rest.take()?),
        },
        2 => Input::Disconnected {
            connection: u32::from_le_bytes(rest.take()?),
            reason: text(rest.all())?,
        },
        3 => Input::Message {
            connection: u32::from_le_bytes(rest.take()?),
            text: rest.all().to_vec(),
        },
        4 => decode_rest(&mut rest)?,
        5 => Input::Tick,
        6 => decode_published(&mut rest)?,
        7 => Input::Ended {
            reason: text(rest.all())?,
        },
        unknown => return Err(DecodeFault::UnknownKind(unknown)),
    };
    if rest.0.is_empty() {
        Ok(Record { recv_ns, input })
    } else {
        Err(DecodeFault::WrongLength)
    }
}

/// The first record of some bytes and how many of them it took.
pub fn decode(bytes: &[u8]) -> Result<(Record, usize), DecodeFault> {
    let header = bytes
        .first_chunk::<HEADER_BYTES>()
        .ok_or(DecodeFault::Truncated)?;
    let (length, crc) = decode_header(*header)?;
    let payload = bytes
        .get(HEADER_BYTES..HEADER_BYTES + length)
        .ok_or(DecodeFault::Truncated)?;
    Ok((decode_payload(payload, crc)?, HEADER_BYTES + length))
}

fn decode_rest(rest: &mut Fields<'_>) -> Result<Input, DecodeFault> {
    let [endpoint] = rest.take()?;
    let endpoint = endpoint_of(endpoint).ok_or(DecodeFault::UnknownEndpoint(endpoint))?;
    let status = u16::from_le_bytes(rest.take()?);
    let retry_after_s = u32::from_le_bytes(rest.take()?);
    let used_weight = u32::from_le_bytes(rest.take()?);
    let [length] = rest.take()?;
    let symbol = text(rest.slice(usize::from(length))?)?;
    Ok(Input::Rest {
        endpoint,
        symbol,
        status,
        retry_after_s,
        used_weight,
        body: rest.all().to_vec(),
    })
}

fn decode_published(rest: &mut Fields<'_>) -> Result<Input, DecodeFault> {
    let last_seq = i64::from_le_bytes(rest.take()?);
    let digest = rest.take()?;
    let (checksums, odd) = rest.all().as_chunks::<4>();
    if !odd.is_empty() {
        return Err(DecodeFault::WrongLength);
    }
    Ok(Input::Published(Published {
        last_seq,
        checksums: checksums
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes))
            .collect(),
        digest,
    }))
}

/// The receive time of the first record of some bytes that `encode` made, and how many of them it took; its checksum is
/// not looked at.
pub fn measure(bytes: &[u8]) -> Result<(i64, usize), DecodeFault> {
    let header = bytes
        .first_chunk::<HEADER_BYTES>()
        .ok_or(DecodeFault::Truncated)?;
    let (length, _) = decode_header(*header)?;
    let payload = bytes
        .get(HEADER_BYTES..HEADER_BYTES + length)
        .ok_or(DecodeFault::Truncated)?;
    let recv_ns = payload.first_chunk().ok_or(DecodeFault::Truncated)?;
    Ok((i64::from_le_bytes(*recv_ns), HEADER_BYTES + length))
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], DecodeFault> {
        let (field, rest) = self
            .0
            .split_first_chunk::<N>()
            .ok_or(DecodeFault::Truncated)?;
        self.0 = rest;
        Ok(*field)
    }

    fn slice(&mut self, length: usize) -> Result<&'a [u8], DecodeFault> {
        let (field, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(DecodeFault::Truncated)?;
        self.0 = rest;
        Ok(field)
    }

    fn all(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

fn text(bytes: &[u8]) -> Result<String, DecodeFault> {
    std::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|_| DecodeFault::NotUtf8)
}

fn endpoint_code(endpoint: Endpoint) -> u8 {
    match endpoint {
        Endpoint::Depth => 1,
        Endpoint::ExchangeInfo => 2,
        Endpoint::Klines => 3,
        Endpoint::BookTicker => 4,
    }
}

fn endpoint_of(code: u8) -> Option<Endpoint> {
    [
        Endpoint::Depth,
        Endpoint::ExchangeInfo,
        Endpoint::Klines,
        Endpoint::BookTicker,
    ]
    .into_iter()
    .find(|endpoint| endpoint_code(*endpoint) == code)
}
