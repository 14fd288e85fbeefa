//! Events to an order book and its metrics; pure, `no_std`: no clock, no socket, no exchange's format.
#![no_std]

extern crate alloc;

/// Both sides of one instrument.
mod book;
/// Levels far from the best: a table without order.
mod far;
/// One side: a window of ticks around the best, and the far levels.
mod ladder;
/// The top of the book, and what is computed from it.
mod metrics;
/// Which updates follow on which.
mod sequencer;
/// Bid and ask as types.
mod side;

pub use book::{Book, Difference};
pub use ladder::Ladder;
pub use metrics::{Metrics, TOP_MAX, Top, Weights};
pub use sequencer::{OLD_RUN_MAX, Sequencer, Step};
pub use side::{Ask, Bid, Side};
