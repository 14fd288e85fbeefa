//! Frames to bytes and back, exactly as PROTOCOL.md says; pure, `no_std`.
//!
//! Writers append to a buffer they are given, so a warm buffer makes a frame without an allocation. Readers get values
//! that borrow from the bytes, or the name of the refusal.
#![no_std]

extern crate alloc;

/// Bytes to frames.
mod decode;
/// Writing frames.
mod encode;
/// Names and numbers of PROTOCOL.md: kinds, states, reasons.
mod names;
/// One msgpack value at a time.
mod read;

pub use decode::{Body, Frame, Levels, decode, decode_body};
pub use encode::{Book, Candle, Counters, Floats, Hello, Instrument, Trade};
pub use encode::{book, candle, goodbye, heartbeat, hello, skipped, status, trade};
pub use names::{Ending, Kind, Reason, State};
pub use read::Refusal;

/// The protocol's number, in every Hello.
pub const PROTOCOL: i64 = 1;
/// Bytes after the length.
pub const FRAME_BYTES_MAX: usize = 65_536;
/// Levels of one side in a Book frame.
pub const LEVELS_MAX: usize = 50;
/// Instruments of one session.
pub const INSTRUMENTS_MAX: usize = 16;
/// Bytes of one level of a Book frame: two little-endian words.
pub const LEVEL_BYTES: usize = 16;

const _: () = assert!(
    2 * LEVELS_MAX * LEVEL_BYTES + 256 < FRAME_BYTES_MAX,
    "the fullest Book fits into a frame"
);
