//! Faults on top of a market, generated or recorded: pure. FAULTS.md lists them.

/// Messages that no exchange should send.
pub mod injected;
/// The faults by name.
pub mod kind;
/// Depth events with something wrong in them.
pub mod mutation;
/// Faults of REST answers.
pub mod rest;
/// One field of a message set to something else.
pub mod rewrite;
/// When which fault happens.
pub mod script;
/// Faults of the streams.
pub mod stage;
