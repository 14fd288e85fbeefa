//! Frames to bytes and back, exactly as PROTOCOL.md says; pure, `no_std`.
//!
//! Writers append to a buffer they are given, so a warm buffer makes a frame without an allocation. Readers get values
//! that borrow from the bytes, or the name of the refusal.
#![no_std]

extern crate alloc;

/// Writing frames.
mod encode;
/// Names and numbers of PROTOCOL.md: kinds, states, reasons.
mod names;

pub use encode::{Book, Candle, Counters, Floats, Hello, Instrument, Trade};
pub use encode::{book, candle, goodbye, heartbeat, hello, skipped, status, trade};
pub use names::{Ending, Kind, Reason, State};

/// The protocol's number, in every Hello.
pub const PROTOCOL: i64 = 1;
/// Bytes after the length.
pub const FRAME_BYTES_MAX: usize = 65_536;
/// Levels of one side in a Book frame.
pub const LEVELS_MAX: usize = 50;
/// Instruments of one session.
pub const INSTRUMENTS_MAX: usize = 16;
